"""The plugin, put together."""

from __future__ import annotations

from bot.plugin import Plugin


class Triage(Plugin):
    """Bugs: which are new to each team, who looks at them, and how long they wait."""
