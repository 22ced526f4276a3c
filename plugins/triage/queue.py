"""What waits for triage, in which order, and what is next for somebody: a fold of what is known. Pure.

Rules:

1. A bug waits while it is New and open, repeats no other, and is assigned to no person. A team that it is
   assigned to is the one whose queue it is in.
2. The most important come first, and of those the oldest. What nobody rated yet stands behind all that
   somebody did, but for Low and Wishlist: it may be anything.
3. What somebody has taken is offered to nobody else until it comes back; what somebody skipped is not offered
   to them until it does. Both stay in the queue: a skip is one person's and no team's.
4. Next for somebody is what waits in the queues of their teams; first in those that they are on duty for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import TypeAlias

from plugins.tracker import IMPORTANCES, Item
from plugins.triage.routing import Lesson, Route
from plugins.triage.rules import Rule

_FAR = datetime.max.replace(tzinfo=UTC)
_UNRATED = IMPORTANCES.index("Low") + 0.5


@dataclass(frozen=True, slots=True)
class Take:
    """That somebody has a bug for triage: the person's id and name, since when and until when (UTC), and
    where they took it.
    """

    bug: str
    person: int
    name: str
    since: datetime
    until: datetime
    network: str = ""
    room: str = ""
    private: bool = False
    nick: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """That a bug is not offered to a person until a time (UTC), and why, if they said."""

    bug: str
    person: int
    until: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """All that Muster keeps of triage, as it is in the database: by bugs' numbers, and skips by the person's
    id too.
    """

    routes: Mapping[str, Route] = field(default_factory=dict)
    takes: Mapping[str, Take] = field(default_factory=dict)
    skips: Mapping[tuple[int, str], Skip] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    lessons: tuple[Lesson, ...] = ()


def waits(item: Item, is_person: Callable[[str], bool]) -> bool:
    """Whether a bug waits for triage; ``is_person`` says of an assignee whether it is one and not a team."""
    is_new = item.definition == "New" and item.is_open and not item.duplicate_of
    return is_new and not (item.assignee and is_person(item.assignee))


def not_waiting(item: Item, called: Callable[[str], str] = str) -> str:
    """Why a bug waits for no triage, in words: ``bug 7 is Triaged``; ``called`` names an assignee."""
    if item.duplicate_of:
        return f"bug {item.name} repeats bug {item.duplicate_of}"
    if item.definition != "New" or not item.assignee:
        return f"bug {item.name} is {item.definition} already"
    return f"bug {item.name} is assigned to {called(item.assignee)} already"


def came(item: Item) -> datetime | None:
    """When a bug came in (UTC), as far as it is known."""
    return item.created or item.updated


def is_rated(item: Item) -> bool:
    """Whether somebody said how important a bug is."""
    return item.priority in IMPORTANCES and item.priority not in {"Unknown", "Undecided"}


def order(item: Item) -> tuple[float, datetime, int]:
    """By what queues are ordered."""
    rank = IMPORTANCES.index(item.priority) if is_rated(item) else _UNRATED
    return -rank, came(item) or _FAR, int(item.name)


@dataclass(frozen=True, slots=True)
class Place:
    """A bug in a queue: why it is there, who has it (as long as that lasts), and who skips it until when."""

    item: Item
    route: Route
    take: Take | None = None
    skips: tuple[Skip, ...] = ()

    def is_free_for(self, person: Collection[int]) -> bool:
        """Whether it may be offered to somebody, by their ids."""
        if self.take is not None:
            return False
        return not any(skip.person in person for skip in self.skips)


Lines: TypeAlias = Mapping[str, Sequence[tuple[Item, Route]]]
"""What waits for each team (``""``: for the coordinator), in order, and why it is there."""


def lines(items: Iterable[Item], route: Callable[[Item], Route]) -> Lines:
    """What waits, by teams. ``items`` are bugs that wait."""
    found: dict[str, list[tuple[Item, Route]]] = {}
    for item in sorted(items, key=order):
        to = route(item)
        found.setdefault(to.team, []).append((item, to))
    return found


def queue(waiting: Lines, kept: Kept, now: datetime, teams: Collection[str] | None = None) -> list[Place]:
    """What waits for these teams (``""``: the coordinator), or for all, in order."""
    skips: dict[str, list[Skip]] = {}
    for skip in kept.skips.values():
        if skip.until > now:
            skips.setdefault(skip.bug, []).append(skip)
    chosen = [line for team, line in waiting.items() if teams is None or team in teams]
    found = []
    for item, to in chain.from_iterable(chosen):
        take = kept.takes.get(item.name)
        is_taken = take is not None and take.until > now
        found.append(Place(item, to, take if is_taken else None, tuple(skips.get(item.name, ()))))
    return found if len(chosen) == 1 else sorted(found, key=lambda place: order(place.item))


def next_for(places: Sequence[Place], person: Collection[int], on_duty: Collection[str] = ()) -> Place | None:
    """What is next for somebody, by their ids, of a queue; ``on_duty`` are the teams whose bugs are theirs to
    look at now.
    """
    free = [place for place in places if place.is_free_for(person)]
    return next((place for place in free if place.route.team in on_duty), free[0] if free else None)


def oldest(items: Iterable[Item]) -> Item | None:
    """The bug that came in first; ``None`` where none is known to."""
    known = [(since, one) for one in items if (since := came(one)) is not None]
    first = min((since for since, _ in known), default=None)
    return min((one for since, one in known if since == first), key=order, default=None)
