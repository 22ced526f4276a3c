"""Which review should be done first, and why. Pure.

Rules:

1. A review has points for what it fixes: those of the most pressing of its bugs (by importance) and
   blueprints (by priority), as :data:`POINTS` has them. One that fixes nothing known has :data:`UNKNOWN`.
2. It has :data:`A_DAY` points for each day that it has waited, so that nothing rots: after two weeks the
   least goes before what is critical and new.
3. Of those with as many points the one that waits longer is first, then the one with the smaller number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.text import counted
from plugins.reviews.review import Review
from plugins.reviews.subjects import Subjects
from plugins.tracker import Item, ItemKind

POINTS = {
    "Critical": 60,
    "Essential": 50,
    "High": 40,
    "Medium": 25,
    "Low": 10,
    "Wishlist": 5,
}
"""Of a bug's importance and a blueprint's priority."""
UNKNOWN = 8
A_DAY = 4


@dataclass(frozen=True, slots=True)
class Ranked:
    """A review, what it fixes that counts most, and how long it has waited."""

    review: Review
    fixes: Item | None
    waited: timedelta

    @property
    def points(self) -> float:
        """How pressing it is."""
        return worth(self.fixes) + A_DAY * self.waited / timedelta(days=1)

    @property
    def why(self) -> str:
        """In words: ``fixes bug 7 (Critical), waits 5 days``."""
        waits = f"waits {spoken(self.waited)}"
        return f"{fixing(self.fixes)}, {waits}" if self.fixes is not None else waits


def ranked(reviews: Iterable[Review], subjects: Subjects, now: datetime) -> list[Ranked]:
    """Reviews, the most pressing first."""
    found = [weighed(review, subjects, now) for review in reviews]
    return sorted(
        found,
        key=lambda one: (
            -one.points,
            -one.waited,
            one.review.source,
            len(one.review.number),
            one.review.number,
        ),
    )


def weighed(review: Review, subjects: Subjects, now: datetime) -> Ranked:
    """How pressing one is."""
    about = subjects.of(review)
    return Ranked(review, max(about, key=worth, default=None), review.waited(now))


def worth(item: Item | None) -> int:
    """The points for fixing something."""
    return UNKNOWN if item is None else POINTS.get(item.priority, UNKNOWN)


def fixing(item: Item) -> str:
    """``fixes bug 7 (Critical)``, ``for zones (High)``."""
    if item.ref.kind is ItemKind.BUG:
        return f"fixes bug {item.name} ({item.priority})"
    return f"for {item.name} ({item.priority})"


def spoken(time: timedelta) -> str:
    """A length of time in words: ``5 days``, ``3 hours``, ``14 minutes``."""
    seconds = int(time.total_seconds())
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(seconds // size, name)
    return "a moment"
