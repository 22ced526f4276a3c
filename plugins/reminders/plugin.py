"""The plugin, put together."""

from __future__ import annotations

from plugins.reminders.commands.muting import Muting
from plugins.reminders.commands.reminding import Reminding
from plugins.reminders.following import Following
from plugins.reminders.nags import Nagging


class Reminders(Reminding, Muting, Following, Nagging):
    """Reminders: once, at the local hour, and never to somebody who has answered already."""
