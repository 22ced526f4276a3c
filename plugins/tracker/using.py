"""What a plugin that names ``tracker`` in ``requires`` has of it."""

from __future__ import annotations

from bot.plugin import Plugin
from plugins.tracker.plugin import Tracker


class UsesTracker(Plugin):
    """A plugin that knows what the tracker holds."""

    @property
    def tracker(self) -> Tracker:
        """Where blueprints, bugs and milestones live."""
        return self.bot.plugin(Tracker)
