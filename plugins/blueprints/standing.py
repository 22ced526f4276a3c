"""How far blueprints are, in four words, by milestone and team. Pure.

Rules:

1. A blueprint is done, in progress, blocked or not started; one that is superseded or obsolete is none of
   these, and counts nowhere.
2. A work item is for the milestone of its heading, else for its blueprint's; it counts for the team that has
   the blueprint. One that is postponed is not to be done in it, and counts not.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from plugins.blueprints.owning import Holding
from plugins.blueprints.workitems import State, work_items
from plugins.tracker import Item, ItemKind, Ref


class Standing(enum.StrEnum):
    """How far a blueprint is. The values are stored, and name the colours of charts."""

    DONE = "done"
    WORK = "work"
    STUCK = "stuck"
    IDLE = "idle"


WORDS: Mapping[Standing, str] = {
    Standing.DONE: "Done",
    Standing.WORK: "In progress",
    Standing.STUCK: "Blocked",
    Standing.IDLE: "Not started",
}
OPEN = (Standing.WORK, Standing.STUCK, Standing.IDLE)
"""How far what is open can be."""
_NOT_BEGUN = frozenset({"Unknown", "Not started", "Deferred", "Needs Infrastructure"})


@lru_cache(maxsize=512)
def standing_of(definition: str, implementation: str) -> Standing | None:
    """How far a blueprint of these states is; ``None`` for one that is over."""
    item = Item(Ref(ItemKind.BLUEPRINT, ""), "", definition=definition, implementation=implementation)
    if item.is_done:
        return Standing.DONE
    if not item.is_open:
        return None
    if implementation == "Blocked":
        return Standing.STUCK
    return Standing.IDLE if implementation in _NOT_BEGUN else Standing.WORK


def standing(item: Item) -> Standing | None:
    """How far a blueprint is; ``None`` for one that is over."""
    return standing_of(item.definition, item.implementation)


@dataclass(slots=True)
class Far:
    """How far something is: blueprints by :class:`Standing`, and work items that are done, of how many."""

    blueprints: Counter[Standing] = field(default_factory=Counter)
    items_done: int = 0
    items: int = 0

    @property
    def all(self) -> int:
        """All blueprints."""
        return self.blueprints.total()

    @property
    def done(self) -> int:
        """Those that are done."""
        return self.blueprints[Standing.DONE]

    @property
    def open(self) -> int:
        """Those that are not."""
        return self.all - self.done

    def add(self, how: Standing) -> None:
        """One more blueprint."""
        self.blueprints[how] += 1

    def shares(self) -> list[tuple[str, int, str]]:
        """For a chart: each word, its count and its tone."""
        return [(WORDS[how].lower(), self.blueprints[how], how.value) for how in Standing]


def by_milestone(items: Iterable[Item]) -> dict[str, Far]:
    """How far each milestone is (``""``: what is for none), its work items left out."""
    found: dict[str, Far] = {}
    for item in items:
        how = standing(item)
        if how is not None:
            found.setdefault(item.milestone, Far()).add(how)
    return found


def by_team(milestone: str, items: Iterable[Item], held: Mapping[str, Holding]) -> dict[str, Far]:
    """How far a milestone is with each team (``""``: no team's), those with most to do first. ``held`` says
    whose each blueprint is.
    """
    found: dict[str, Far] = {}
    for item in items:
        how = standing(item)
        done, count = work_for(milestone, item) if item.work_items else (0, 0)
        is_for = item.milestone == milestone and how is not None
        if not is_for and not count:
            continue
        team = held[item.name].team
        far = found.setdefault(team.name if team is not None else "", Far())
        if is_for and how is not None:
            far.add(how)
        far.items_done += done
        far.items += count
    return dict(sorted(found.items(), key=lambda pair: (-pair[1].open, -pair[1].items, pair[0])))


def whole(parts: Iterable[Far]) -> Far:
    """All of these together."""
    total = Far()
    for one in parts:
        total.blueprints += one.blueprints
        total.items_done += one.items_done
        total.items += one.items
    return total


def work_for(milestone: str, item: Item) -> tuple[int, int]:
    """How many of a blueprint's work items for a milestone are done, of how many."""
    done = count = 0
    for at, finished in _work(item.work_items):
        if (at or item.milestone) == milestone:
            count += 1
            done += finished
    return done, count


@lru_cache(maxsize=16_384)
def _work(text: str) -> tuple[tuple[str, bool], ...]:
    """The work items of a text: their milestones, and whether they are done."""
    return tuple(
        (one.milestone, one.state is State.DONE)
        for one in work_items(text)
        if one.state is not State.POSTPONED
    )
