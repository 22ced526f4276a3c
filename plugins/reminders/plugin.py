"""The plugin, put together."""

from __future__ import annotations

from bot.plugin import Plugin


class Reminders(Plugin):
    """Reminders: once, at the local hour, and never to somebody who has answered already."""
