"""Whose all blueprints are, and how far: found out once while nothing changes, since each page asks."""

from __future__ import annotations

from collections.abc import Mapping

from plugins.blueprints.owning import Holding, Owning
from plugins.blueprints.standing import Far, by_milestone, by_team
from plugins.rosters import Roster
from plugins.tracker import Item, Items

_NOTHING: tuple[Item, ...] = ()


class Held:
    """Whose blueprints are, as ``owning`` has it: of each, by its name, and those of each team (``""``: of no
    team), by the team's.
    """

    def __init__(self, owning: Owning, items: Items) -> None:
        self.owning = owning
        self.of: dict[str, Holding] = {}
        self._by_team: dict[str, list[Item]] = {}
        self._items = items
        self._changes = items.changes
        self._kept = dict(owning.kept)
        self._far: dict[str, Far] | None = None
        self._far_by_team: dict[str, dict[str, Far]] = {}
        for item in items.blueprints.values():
            held = self.of[item.name] = owning.holding(item)
            self._by_team.setdefault(held.team.name if held.team is not None else "", []).append(item)

    def holds(self, roster: Roster, kept: Mapping[str, str], items: Items) -> bool:
        """Whether it is so still."""
        is_same = roster is self.owning.roster and items is self._items and items.changes == self._changes
        return is_same and kept == self._kept

    def team_s(self, name: str) -> list[Item]:
        """The blueprints of a team."""
        return list(self._by_team.get(name, _NOTHING))

    def milestones(self) -> Mapping[str, Far]:
        """How far each milestone is that has blueprints."""
        if self._far is None:
            self._far = by_milestone(self._items.blueprints.values())
        return self._far

    def teams(self, milestone: str) -> Mapping[str, Far]:
        """How far a milestone is with each team, those with most to do first."""
        if milestone not in self._far_by_team:
            blueprints = self._items.blueprints.values()
            self._far_by_team[milestone] = by_team(milestone, blueprints, self.of)
        return self._far_by_team[milestone]
