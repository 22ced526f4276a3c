"""A change that is proposed, as Gerrit or Launchpad have it, in one form. Pure.

Rules:

1. A :class:`Review` is never changed: what is seen anew is another one, which keeps of the one before what
   the source does not tell (:func:`carried`).
2. It waits for its author while it is work in progress, after a vote against it, and while it cannot be
   merged; for the reviewers otherwise, until it is approved. Where Gerrit says whose turn it is (its
   attention set), that counts more than a vote.
3. It waits for reviewers since it came to do so: another patch set that nobody looked at meanwhile does not
   begin the waiting anew.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


class State(enum.StrEnum):
    """What became of a change. The values are stored."""

    OPEN = "open"
    MERGED = "merged"
    ABANDONED = "abandoned"
    CLOSED = "closed"  # it is open no more, and the source does not tell why


class Waits(enum.StrEnum):
    """For whom a change waits."""

    REVIEWERS = "reviewers"
    AUTHOR = "author"
    MERGE = "merge"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Voted:
    """What somebody said under a label (``Code-Review``). ``who`` is the source's name of them."""

    label: str
    who: str
    value: int
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A change. ``source`` is the name of its Gerrit in ``bot.ini``, or ``launchpad``; ``number`` is what
    people call it by there; ``author`` and ``reviewers`` (who were asked) are the source's names of people;
    ``attention`` whose turn it is, where the source says so. Times are in UTC; ``asked`` is since when it
    waits for reviewers. ``mergeable`` is ``None`` where that is not known. ``bugs`` are numbers,
    ``blueprints`` names of what it is about.
    """

    source: str
    number: str
    title: str
    url: str = ""
    change_id: str = ""
    project: str = ""
    branch: str = ""
    topic: str = ""
    paths: tuple[str, ...] = ()
    author: str = ""
    state: State = State.OPEN
    patch_set: int = 1
    votes: tuple[Voted, ...] = ()
    is_approved: bool = False
    is_rejected: bool = False
    is_wip: bool = False
    mergeable: bool | None = None
    reviewers: tuple[str, ...] = ()
    attention: tuple[str, ...] = ()
    bugs: tuple[str, ...] = ()
    blueprints: tuple[str, ...] = ()
    created: datetime | None = None
    updated: datetime | None = None
    asked: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return (self.source, self.number)

    @property
    def is_open(self) -> bool:
        """Whether it is neither merged nor given up."""
        return self.state is State.OPEN

    @property
    def waits_for(self) -> Waits:
        """For whom it waits."""
        if not self.is_open:
            return Waits.NOBODY
        if self.is_wip:
            return Waits.AUTHOR
        if self.attention:
            others = [who for who in self.attention if who != self.author]
            return Waits.REVIEWERS if others else Waits.AUTHOR
        if self.is_rejected or self.mergeable is False:
            return Waits.AUTHOR
        return Waits.MERGE if self.is_approved else Waits.REVIEWERS

    @property
    def waits_for_reviewers(self) -> bool:
        """Whether somebody should review it now."""
        return self.waits_for is Waits.REVIEWERS

    @property
    def since(self) -> datetime | None:
        """Since when it waits, as far as that is known."""
        return self.asked or self.created

    def waited(self, now: datetime) -> timedelta:
        """How long it has waited."""
        return max(now - self.since, timedelta()) if self.since is not None else timedelta()

    @property
    def score(self) -> str:
        """What was said of it in sum: ``+1``, ``-1``, ``+2 -1``; nothing, where nobody said anything."""
        people = [vote.value for vote in self.votes if vote.label == CODE_REVIEW]
        best, worst = max((0, *people)), min((0, *people))
        return " ".join(f"{value:+d}" for value in (best, worst) if value)

    @property
    def standing(self) -> str:
        """How it stands, in a few words: ``needs review, +1``."""
        if not self.is_open:
            return _CLOSED[self.state]
        if self.is_wip:
            words = "work in progress"
        else:
            words = _STANDING[self.waits_for]
            if self.waits_for is Waits.AUTHOR and self.mergeable is False:
                words = "does not merge, waits for its author"
        return f"{words}, {self.score}" if self.score else words


CODE_REVIEW = "Code-Review"
_STANDING = {
    Waits.REVIEWERS: "needs review",
    Waits.AUTHOR: "waits for its author",
    Waits.MERGE: "approved",
    Waits.NOBODY: "",
}
_CLOSED = {State.MERGED: "merged", State.ABANDONED: "abandoned", State.CLOSED: "closed"}


def carried(before: Review | None, after: Review) -> Review:
    """A review as it is seen now, with what was known of it before and is not told again: since when it
    waits (rule 3).
    """
    if before is None or before.asked is None:
        return after
    if before.waits_for_reviewers and after.waits_for_reviewers:
        return replace(after, asked=min(before.asked, after.asked or before.asked))
    return after


def in_order(reviews: Iterable[Review]) -> list[Review]:
    """By source and number, so that what follows is the same each time."""
    return sorted(reviews, key=lambda one: (one.source, len(one.number), one.number))
