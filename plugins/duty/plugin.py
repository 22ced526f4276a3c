"""The plugin, put together."""

from __future__ import annotations

from bot.plugin import Plugin


class Duty(Plugin):
    """Whose turn it is to look after a team's bugs."""
