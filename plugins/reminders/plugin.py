"""The plugin, put together."""

from __future__ import annotations

from plugins.reminders.commands.reminding import Reminding
from plugins.reminders.telling import Telling


class Reminders(Reminding, Telling):
    """Reminders: once, at the local hour, and never to somebody who has answered already."""
