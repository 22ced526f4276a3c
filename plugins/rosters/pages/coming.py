"""When teams meet next: counted out once, since each page of all teams asks for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from plugins.rosters.recurrence import Occurrence, upcoming
from plugins.rosters.roster import Meets, Team

_AT_ONCE = 3


class Coming:
    """Remembers the next meetings of teams, until one of them is over or the team meets otherwise."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[Meets, ...], list[Occurrence]]] = {}

    def of(self, team: Team, now: datetime) -> list[Occurrence]:
        """A team's next meetings, that which is on included: up to three."""
        if not team.meets:
            return []
        known = self._known.get(team.name)
        if known is not None and known[0] == team.meets and (not known[1] or known[1][0].end > now):
            return known[1]
        found = upcoming(team.meets, now, _AT_ONCE)
        self._known[team.name] = (team.meets, found)
        return found

    def first_of(self, teams: Iterable[Team], now: datetime) -> list[tuple[Occurrence, Team]]:
        """The next meeting of each of these teams that has one, the first first."""
        found = [(one, team) for team in teams for one in self.of(team, now)[:1]]
        # By far the most are told apart by when they begin, which is quickly compared.
        return sorted(found, key=lambda pair: (pair[0].start, pair[0], pair[1].name))
