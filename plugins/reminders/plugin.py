"""The plugin, put together."""

from __future__ import annotations

from plugins.reminders.commands.muting import Muting
from plugins.reminders.commands.reminding import Reminding
from plugins.reminders.following import Following


class Reminders(Reminding, Muting, Following):
    """Reminders: once, at the local hour, and never to somebody who has answered already."""
