"""What somebody who asks may do in teams, by the capabilities of their account. Pure."""

from __future__ import annotations

from collections.abc import Callable

from plugins.rosters.roster import Team


class TeamAsker:
    """Somebody who asks; ``has`` tells which capabilities the account has."""

    __slots__ = ()
    has: Callable[[str], bool]

    @property
    def coordinates(self) -> bool:
        """Whether a coordinator (or an owner of this Muster)."""
        return self.has("coordinator")

    def leads(self, team: Team | None) -> bool:
        """Whether a team's confirmed lead."""
        return team is not None and self.has(f"lead:{team.name}")

    def is_on(self, team: Team | None) -> bool:
        """Whether on a team."""
        return team is not None and self.has(f"member:{team.name}")
