"""How old bugs are, by their states. Pure.

Rules:

1. A bug's age is the time since it came in; its age in a state the time since it came into that state, as the
   tracker tells, else since it last changed.
2. Open states are told in the order of their course: New, Incomplete, Confirmed, Triaged, In Progress.
3. A bug is stale that waits for triage, or Incomplete for an answer, longer than ``[plugin triage] stale``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.text import counted
from plugins.tracker import BUG_STATUSES, Item
from plugins.triage.queue import came

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_UNITS = ((_DAY, "day"), (_HOUR, "hour"), (timedelta(minutes=1), "minute"))


def spoken(time: timedelta) -> str:
    """A length of time in its greatest unit, rounded down: ``9 days``."""
    for size, name in _UNITS:
        if time >= size:
            return counted(time // size, name)
    return "a few seconds"


def left(time: timedelta) -> str:
    """A length of time that is left: in hours while it is under two days."""
    return spoken(time) if time >= 2 * _DAY or time < _HOUR else counted(time // _HOUR, "hour")


def age(item: Item, now: datetime) -> timedelta | None:
    """How long ago a bug came in; ``None`` where that is not known."""
    since = came(item)
    return max(now - since, timedelta()) if since is not None else None


def age_text(item: Item, now: datetime) -> str:
    """A bug's age in words."""
    known = age(item, now)
    return spoken(known) if known is not None else "unknown age"


def state_age(item: Item, now: datetime) -> timedelta | None:
    """How long a bug is in its state."""
    since = item.state_since or (item.created if item.definition == "New" else None) or item.updated
    return max(now - since, timedelta()) if since is not None else None


@dataclass(frozen=True, slots=True)
class Ages:
    """The bugs in one state: how many, how long at least half of them are in it, and the oldest."""

    state: str
    count: int
    half: timedelta
    longest: timedelta
    oldest: str

    def __str__(self) -> str:
        oldest = f"#{self.oldest} for {spoken(self.longest)}"
        if self.count == 1:
            return f"{self.state}: {oldest}"
        half = f", half of them for at least {spoken(self.half)}" if self.count > 2 else ""
        return f"{self.state}: {self.count} bugs{half}, {oldest}"


def by_state(items: Iterable[Item], now: datetime) -> list[Ages]:
    """The ages of open bugs in each state."""
    found: dict[str, list[tuple[timedelta, str]]] = {}
    for item in items:
        known = state_age(item, now)
        if item.is_open and known is not None:
            found.setdefault(item.definition, []).append((known, item.name))
    states = sorted(found, key=lambda state: BUG_STATUSES.index(state) if state in BUG_STATUSES else 99)
    return [_ages(state, found[state]) for state in states]


def _ages(state: str, ages: list[tuple[timedelta, str]]) -> Ages:
    longest, oldest = max(ages, key=lambda pair: (pair[0], -int(pair[1])))
    return Ages(state, len(ages), sorted(time for time, _ in ages)[len(ages) // 2], longest, oldest)


def stale(waiting: Iterable[Item], open_: Iterable[Item], after: timedelta, now: datetime) -> list[Item]:
    """What is stale, the longest first: of bugs that wait for triage, and of open ones that wait for an
    answer.
    """
    found: dict[str, tuple[timedelta, Item]] = {}
    for item in waiting:
        known = age(item, now)
        if known is not None and known >= after:
            found[item.name] = (known, item)
    for item in open_:
        known = state_age(item, now)
        if item.definition == "Incomplete" and known is not None and known >= after:
            found[item.name] = (known, item)
    return [item for _, item in sorted(found.values(), key=lambda pair: (-pair[0], int(pair[1].name)))]
