"""Days of the week as people write them: ``mon-fri``, ``mon, wed and fri``, ``daily``. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun|tues|wednes|thurs?|satur)(?:days?)?")
_WORDS = {
    "weekdays": range(5),
    "daily": range(7),
    "all": range(7),
    "weekend": range(5, 7),
    "every-day": range(7),
}


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the week: 0 is Monday."""

    weekdays: frozenset[int]

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day.weekday() in self.weekdays

    def __str__(self) -> str:
        """``mon-fri``, ``mon, wed-fri``: reads as the same days again."""
        parts: list[list[int]] = []
        for day in sorted(self.weekdays):
            if parts and parts[-1][-1] == day - 1:
                parts[-1].append(day)
            else:
                parts.append([day])
        return ", ".join(
            f"{NAMES[part[0]]}-{NAMES[part[-1]]}" if len(part) > 2 else ", ".join(NAMES[day] for day in part)
            for part in parts
        )

    def first(self, day: date) -> date:
        """The first of these days from a day on."""
        return next(
            found
            for found in (day + timedelta(days=more) for more in range(7))
            if found.weekday() in self.weekdays
        )


def read_days(text: str) -> Days:
    """The days that a text says. Raises ``ValueError``."""
    found: set[int] = set()
    for part in re.split(r"[,\s]+|\band\b", text.lower()):
        if not part:
            continue
        if part in _WORDS:
            found |= set(_WORDS[part])
            continue
        first, dash, last = part.partition("-")
        if not _DAY.fullmatch(first) or (dash and not _DAY.fullmatch(last)):
            raise ValueError(f"{part[:20]!r} is no day: write days like mon-fri, or mon, wed, fri")
        begin, end = NAMES.index(first[:3]), NAMES.index((last or first)[:3])
        found |= {day % 7 for day in range(begin, end + 1 + 7 * (end < begin))}
    if not found:
        raise ValueError("says no day: write days like mon-fri, or mon, wed, fri")
    return Days(frozenset(found))
