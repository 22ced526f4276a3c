"""Whose all blueprints are, found out once for as long as nothing changes: each page asks for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from plugins.blueprints.owning import Holding, Owning
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
