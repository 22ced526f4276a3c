"""Who could do a review, and why. Pure.

Rules:

1. In question is who is on the team. Not: the author, who is away, who has voted on it, who was asked by
   ``!review pick`` within a day, and who has as many reviews as one takes at once.
2. Of these the one with the most points: :data:`KNOWS` for each change to the same folders that they wrote or
   voted on, up to :data:`MOST_KNOWN` of them; :data:`HERE` for being here; :data:`HAS` less for each review
   that they have. Of equals, the one who was asked or took one least lately, then by name.
3. It is said why, for the first and for the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.text import counted, fold_nick
from plugins.reviews.review import Review
from plugins.rosters import Person

KNOWS = 2
MOST_KNOWN = 3
HERE = 3
HAS = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could: how many reviews they have of how many that they take, in which folder they are at
    home and by how many changes, and whether they are here.
    """

    person: Person
    has: int
    of: int
    folder: str = ""
    knows: int = 0
    is_here: bool = False
    last: datetime | None = None

    @property
    def points(self) -> int:
        """How well it fits."""
        return KNOWS * min(self.knows, MOST_KNOWN) + HERE * self.is_here - HAS * self.has

    @property
    def why(self) -> str:
        """In words: ``has 1 review of 3, knows nova/api (2 changes), is here``."""
        parts = [f"has {counted(self.has, 'review')} of {self.of}" if self.has else "has no review"]
        if self.knows:
            parts.append(f"knows {self.folder or 'the code'} ({counted(self.knows, 'change')})")
        if self.is_here:
            parts.append("is here")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Picked:
    """Who could do a review, the best first, and why others are not among them: reason -> names."""

    candidates: tuple[Candidate, ...]
    others: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What picking goes by: who has how many reviews (by a person's id), who is away and who is here, who
    was asked for this one already, when each was asked or took one last, and all reviews that Muster knows.
    """

    has: Mapping[int, int]
    away: Collection[int]
    here: Collection[int]
    asked: Collection[int]
    last: Mapping[int, datetime]
    seen: Sequence[Review]
    at_once: int = 3


def names_of(person: Person) -> set[str]:
    """By which names a source may know somebody: enough to leave them out, not enough to let them do
    anything.
    """
    names = {*person.names, person.launchpad, *(account for _, account in person.accounts)}
    return {fold_nick(name) for name in names if name}


def is_by(person: Person, name: str) -> bool:
    """Whether a source's name may be somebody."""
    return fold_nick(name) in names_of(person)


def picked(review: Review, members: Iterable[Person], how: Circumstances) -> Picked:
    """Who could do a review."""
    voters = {fold_nick(vote.who) for vote in review.votes if vote.value}
    others: dict[str, list[str]] = {}
    candidates: list[Candidate] = []
    for person in members:
        has = sum(how.has.get(one, 0) for one in person.ids)
        names = names_of(person)
        if fold_nick(review.author) in names:
            reason = "wrote it"
        elif set(person.ids) & set(how.away):
            reason = "away"
        elif names & voters:
            reason = "voted on it"
        elif set(person.ids) & set(how.asked):
            reason = "asked already"
        elif has >= how.at_once:
            reason = f"has {has} reviews"
        else:
            folder, knows = _known(review, names, how.seen)
            last = max((how.last[one] for one in person.ids if one in how.last), default=None)
            is_here = bool(set(person.ids) & set(how.here))
            candidates.append(Candidate(person, has, how.at_once, folder, knows, is_here, last))
            continue
        others.setdefault(reason, []).append(person.name)
    candidates.sort(key=_order)
    return Picked(tuple(candidates), {why: tuple(sorted(names)) for why, names in sorted(others.items())})


def _order(one: Candidate) -> tuple[int, float, str, int]:
    last = one.last.timestamp() if one.last is not None else 0.0
    return (-one.points, last, fold_nick(one.person.name), one.person.id)


def folders(review: Review) -> set[str]:
    """The folders that a change is in, with those above, but for the top."""
    found: set[str] = set()
    for path in review.paths:
        parts = path.split("/")[:-1]
        found |= {"/".join(parts[:depth]) for depth in range(2, len(parts) + 1)}
        if len(parts) == 1:
            found.add(parts[0])
    return {f"{review.project}:{folder}" for folder in found}


def _known(review: Review, names: Collection[str], seen: Sequence[Review]) -> tuple[str, int]:
    """The deepest of a review's folders in which somebody wrote or voted on most changes, and how many."""
    wanted = folders(review)
    counts: dict[str, int] = {}
    for other in seen:
        if other.key == review.key:
            continue
        theirs = {fold_nick(other.author), *(fold_nick(vote.who) for vote in other.votes if vote.value)}
        if theirs & set(names):
            for folder in folders(other) & wanted:
                counts[folder] = counts.get(folder, 0) + 1
    if not counts:
        return "", 0
    best = min(counts, key=lambda folder: (-counts[folder], -len(folder), folder))
    return best.partition(":")[2], counts[best]
