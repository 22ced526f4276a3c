"""What a plugin that names ``rosters`` in ``requires`` has of it."""

from __future__ import annotations

from bot.plugin import Plugin
from plugins.rosters.plugin import Rosters
from plugins.rosters.roster import Roster


class UsesRosters(Plugin):
    """A plugin that knows teams and people."""

    @property
    def rosters(self) -> Rosters:
        """Who is who."""
        return self.bot.plugin(Rosters)

    @property
    def roster(self) -> Roster:
        """All teams and people, now."""
        return self.rosters.roster
