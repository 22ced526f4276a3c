"""What was open on past days: counted back from what is there, by the record of changes. Pure.

Rules:

1. A day is told as it was at its end. Before the first recorded change after that, a field held what the
   change found; where there is none, what it holds now.
2. A blueprint was there since it was made, as the tracker tells, else as the record does, else always.
3. Nothing is known of the time before the record's first change of any blueprint (:attr:`Past.began`): there
   may have been changes that nobody wrote down.
4. It has slipped from a milestone that it was for where it is now for one that is due later, or has no date,
   or for none.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.model import Json
from bot.plugin import Change, RecordEnd
from plugins.blueprints.standing import Standing, standing, standing_of
from plugins.tracker import Field, Item, Milestone

CREATED = "created"
FIELDS = (CREATED, Field.MILESTONE.value, Field.DEFINITION.value, Field.IMPLEMENTATION.value)
"""Of which the record is read."""
_OVERLAP = 200
"""So many ids before the last are read again: where several processes write, a smaller id may come later."""


@dataclass(frozen=True, slots=True)
class Slipped:
    """A blueprint that was for a milestone, and when it was moved from it (UTC)."""

    item: Item
    when: datetime


class Past:
    """What the record says of blueprints: the values that changes found, by blueprint and field."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, list[tuple[datetime, int, str]]]] = {}
        self._left: dict[str, set[str]] = {}  # which blueprints were moved from each milestone
        self._recent: set[int] = set()
        self._last = 0
        self.version = 0
        self.began: datetime | None = None
        self.end = RecordEnd()
        """Where the record ended when it was last read."""

    @property
    def after(self) -> int:
        """After which id the record is to be read on."""
        return max(self._last - _OVERLAP, 0)

    def take(self, changes: Iterable[Change], end: RecordEnd | None = None) -> None:
        """Take in what was read of the record, the oldest first, and where it ended then."""
        self.end = end or self.end
        touched: list[list[tuple[datetime, int, str]]] = []
        for change in changes:
            if change.id in self._recent:
                continue
            self._recent.add(change.id)
            self.version += 1
            self._last = max(self._last, change.id)
            self.began = min(self.began or change.by.time, change.by.time)
            name = change.subject.partition(":")[2]
            found = self._found.setdefault(name, {}).setdefault(change.what, [])
            before = _text(change.before)
            found.append((change.by.time, change.id, before))
            if change.what == Field.MILESTONE.value:
                self._left.setdefault(before, set()).add(name)
            touched.append(found)
        for found in touched:
            found.sort()
        if touched:
            self._recent = {id_ for id_ in self._recent if id_ > self.after}

    def counts(
        self, milestone: str, items: Mapping[str, Item], ends: Sequence[datetime]
    ) -> dict[Standing, list[int]]:
        """How far a milestone's blueprints were at each of these times, which are in order."""
        steps = {how: [0] * (len(ends) + 1) for how in Standing}
        left = self._left.get(milestone, ())
        for name, item in items.items():
            if item.milestone != milestone and name not in left:
                continue
            for begins, until, how in self._stretches(item, milestone, self._found.get(name, {})):
                first = 0 if begins is None else bisect_left(ends, begins)
                steps[how][first] += 1
                if until is not None:
                    steps[how][bisect_left(ends, until)] -= 1
        return {how: _summed(row[:-1]) for how, row in steps.items()}

    def _stretches(
        self, item: Item, milestone: str, found: Mapping[str, Sequence[tuple[datetime, int, str]]]
    ) -> Iterable[tuple[datetime | None, datetime | None, Standing]]:
        """From when until when a blueprint was for a milestone, and how far it was then."""
        made = item.created or next((when for when, _, _ in found.get(CREATED, ())), None)
        times = sorted({when for what in FIELDS[1:] for when, _, _ in found.get(what, ())})
        if not times:  # as most are
            how = standing(item)
            if how is not None:
                yield made, None, how
            return
        starts = [made, *(when for when in times if made is None or when > made)]
        for begins, until in zip(starts, [*starts[1:], None], strict=True):
            if _held(found.get(FIELDS[1], ()), begins, item.milestone) != milestone:
                continue
            definition = _held(found.get(FIELDS[2], ()), begins, item.definition)
            how = standing_of(definition, _held(found.get(FIELDS[3], ()), begins, item.implementation))
            if how is not None:
                yield begins, until, how

    def slipped(
        self, milestone: Milestone, items: Mapping[str, Item], all_: Iterable[Milestone]
    ) -> list[Slipped]:
        """What has slipped from a milestone, the last first."""
        due = {one.name: one.due for one in all_}
        slipped: list[Slipped] = []
        for name in self._left.get(milestone.name, ()):
            item = items.get(name)
            if item is None or item.milestone == milestone.name:
                continue
            left = [when for when, _, before in self._found[name][FIELDS[1]] if before == milestone.name]
            if _is_later(due.get(item.milestone), milestone.due) and (item.is_open or item.is_done):
                slipped.append(Slipped(item, left[-1]))
        return sorted(slipped, key=lambda one: (one.when, one.item.name), reverse=True)


def _is_later(day: date | None, than: date | None) -> bool:
    return day is None or (than is not None and day > than)


def _held(found: Sequence[tuple[datetime, int, str]], when: datetime | None, now: str) -> str:
    """What a field held at a time (``None``: at first), holding something now."""
    for time, _, before in found:
        if when is None or time > when:
            return before
    return now


def _summed(row: Sequence[int]) -> list[int]:
    total, found = 0, []
    for one in row:
        total += one
        found.append(total)
    return found


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
