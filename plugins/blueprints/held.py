"""Whose all blueprints are, how far, and which there are of each kind: found out once while nothing changes,
since each page asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plugins.blueprints.filters import NONE, Filter, fits
from plugins.blueprints.owning import Holding, Owning
from plugins.blueprints.progress import dependents, needing, pressing
from plugins.blueprints.standing import Far, by_milestone, by_team, whole
from plugins.rosters import Person, Team
from plugins.tracker import Item, Items

_NOTHING: Sequence[Item] = ()


class Held:
    """Whose blueprints are, as ``owning`` has it: of each, by its name, in :attr:`of`. All that is listed has
    the most pressing first.
    """

    def __init__(self, owning: Owning, items: Items) -> None:
        self.owning = owning
        self.of: dict[str, Holding] = {}
        self._items = items
        self._all = pressing(items.blueprints.values())
        self._by_team: dict[str, list[Item]] = {}
        self._by_person: dict[int, list[Item]] = {}
        self._by_milestone: dict[str, list[Item]] = {}
        self._with_work = [item for item in self._all if item.work_items]
        self._of_anybody: dict[Filter, Sequence[Item]] = {}
        self._far: dict[str, Far] | None = None
        self._far_by_team: dict[str, dict[str, Far]] = {}
        self._whole: dict[str, Far] = {}
        self._needing: Mapping[str, Sequence[str]] | None = None
        for item in self._all:
            held = self.of[item.name] = owning.holding(item)
            self._by_team.setdefault(held.team.name if held.team is not None else "", []).append(item)
            if held.person is not None:
                self._by_person.setdefault(held.person.id, []).append(item)
            self._by_milestone.setdefault(item.milestone, []).append(item)

    def team_s(self, name: str) -> Sequence[Item]:
        """The blueprints of a team; of no team, where the name is empty."""
        return self._by_team.get(name, _NOTHING)

    def milestone_s(self, name: str) -> Sequence[Item]:
        """The blueprints that are for a milestone; for none, where the name is empty."""
        return self._by_milestone.get(name, _NOTHING)

    def chosen(self, wanted: Filter) -> Sequence[Item]:
        """The blueprints that are asked for."""
        if isinstance(wanted.whose, Team):
            among = self.team_s(wanted.whose.name)
        elif isinstance(wanted.whose, Person):
            among = self._by_person.get(wanted.whose.id, _NOTHING)
        elif wanted.whose == NONE:
            among = self.team_s("")
        else:
            return self._of_all(wanted)
        return [item for item in among if fits(wanted, item)]

    def _of_all(self, wanted: Filter) -> Sequence[Item]:
        """Whosever they are: kept, since these are many, and milestones and states are few."""
        among = self._all if wanted.milestone is None else self.milestone_s(wanted.milestone)
        if not among:
            return _NOTHING
        if wanted not in self._of_anybody:
            self._of_anybody[wanted] = [item for item in among if fits(wanted, item)]
        return self._of_anybody[wanted]

    def dependents(self, name: str) -> list[Item]:
        """What is open and depends on a blueprint, directly or through others; the nearest first."""
        if self._needing is None:
            self._needing = needing(self._items.blueprints)
        return dependents(name, self._items.blueprints, self._needing)

    def milestones(self) -> Mapping[str, Far]:
        """How far each milestone is that has blueprints."""
        if self._far is None:
            self._far = by_milestone(self._all)
        return self._far

    def teams(self, milestone: str) -> Mapping[str, Far]:
        """How far a milestone is with each team, those with most to do first."""
        if milestone not in self._far_by_team:
            others = (item for item in self._with_work if item.milestone != milestone)
            own = self.milestone_s(milestone)
            self._far_by_team[milestone] = by_team(milestone, (*own, *others), self.of)
        return self._far_by_team[milestone]

    def whole(self, milestone: str) -> Far:
        """How far a milestone is, with all teams together and the work items that are for it."""
        if milestone not in self._whole:
            self._whole[milestone] = whole(self.teams(milestone).values())
        return self._whole[milestone]
