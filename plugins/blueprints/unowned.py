"""What no team has. Pure.

Rules:

1. Only open blueprints count: what is done or given up needs no team.
2. What fits no team is the coordinator's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from plugins.blueprints.progress import pressing
from plugins.blueprints.suggest import Suggestion
from plugins.tracker import Item


@dataclass(frozen=True, slots=True)
class Fitting:
    """A blueprint that no team has, and the team that it fits best."""

    item: Item
    best: Suggestion


@dataclass(frozen=True, slots=True)
class Unowned:
    """The open blueprints, ``total`` of them, that no team has: those that ``fit`` one, by the team's name,
    the one with most first, each with the surest first; and those that fit ``none``, the most pressing first.
    """

    total: int
    fit: Mapping[str, tuple[Fitting, ...]]
    none: tuple[Item, ...]

    @property
    def count(self) -> int:
        """How many no team has."""
        return len(self.none) + sum(map(len, self.fit.values()))

    @property
    def sure(self) -> tuple[Fitting, ...]:
        """Those that fit a team for sure."""
        return tuple(one for fitting in self.fit.values() for one in fitting if one.best.is_sure)


def without_team(items: Iterable[Item], teams: Mapping[str, str]) -> list[Item]:
    """The open blueprints that no team has, the most pressing first; ``teams`` names the team of each."""
    return pressing(item for item in items if item.is_open and not teams.get(item.name))


def unowned(
    items: Iterable[Item], teams: Mapping[str, str], suggest: Callable[[Item], Suggestion | None]
) -> Unowned:
    """What no team has, by the team that it fits."""
    everything = [item for item in items if item.is_open]
    fit: dict[str, list[Fitting]] = {}
    none = []
    for item in without_team(everything, teams):
        best = suggest(item)
        if best is None:
            none.append(item)
        else:
            fit.setdefault(best.team, []).append(Fitting(item, best))
    ordered = {
        team: tuple(sorted(fit[team], key=lambda one: (not one.best.is_sure, -one.item.rank)))
        for team in sorted(fit, key=lambda team: (-len(fit[team]), team))
    }
    return Unowned(len(everything), ordered, tuple(none))
