"""When a team meets: read from what people type, said back, and counted out in dates. Pure.

    every thursday 21:00 Europe/Berlin
    every other tuesday 15:00 UTC for 90 minutes from 2026-12-01
    first and third monday 20:00 America/New_York
    monthly on the 15th at 9pm

Rules:

1. A series is a rule of RFC 5545 (RRULE) over *local* times in one zone: 21:00 stays 21:00 when clocks are
   changed. A local time that does not exist is as much later as the clock was put on; of two that are the
   same, the first is meant (RFC 5545, section 3.3.5).
2. What can be read in two ways (``every second tuesday``, ``biweekly``) is not read: the answer says what to
   write instead. A mistake is a ``ValueError``.
3. What was read is said back in one form (:attr:`~plugins.rosters.roster.Meets.words`), which reads as the
   same rule again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import islice
from zoneinfo import ZoneInfo

from bot.dates import whole_date
from bot.recurrence import (
    EXAMPLE,
    YEARS,
    at_local,
    days_of,
    find_time,
    first_day,
    is_day_of,
    read_rule,
    read_time,
    said_rule,
)
from bot.text import shorten
from bot.zones import read_zone
from plugins.rosters.roster import Meets

_LONGEST_WORDS = 200

_FOR = re.compile(r"\bfor (\d{1,3}) ?(minutes?|mins?|m|hours?|h)\b")
_FROM = re.compile(r"\b(?:from|starting(?: on)?|beginning(?: on)?) (.+)$")


@dataclass(frozen=True, slots=True)
class SaidMeets:
    """A series as somebody said it. ``has_start``: also from which day on, so that of every other week they
    mean these; else the series may have begun before.
    """

    meets: Meets
    has_start: bool = False

    def is_of(self, other: Meets) -> bool:
        """Whether a series is the one that is said."""
        mine = self.meets
        if (mine.rule, mine.zone, mine.minutes, mine.start[10:]) != (
            other.rule,
            other.zone,
            other.minutes,
            other.start[10:],
        ):
            return False
        return not self.has_start or mine.start == other.start


def read_meets(text: str, today: date, zone: str) -> SaidMeets:
    """The series that ``text`` says. ``zone`` is meant where it names none; without ``from DATE`` it begins
    on the first of its days from ``today`` on. Raises ``ValueError``.
    """
    words = " ".join(text.lower().split())
    if len(words) > _LONGEST_WORDS:
        raise ValueError(f"that is too long; {EXAMPLE}")
    words, minutes = _read_minutes(words)
    words, first = _read_from(words, today)
    found = find_time(words)
    if found is None:
        raise ValueError(f"at what time? {EXAMPLE}")
    rule = read_rule(words[: found.start()].strip(" ,"))
    clock = read_time(found)
    named = read_zone(words[found.end() :].strip(" ,()")) if words[found.end() :].strip(" ,()") else zone
    start = first_day(rule, first or today, clock)
    found_meets = Meets(
        id=0,
        rule=rule,
        start=start.isoformat(timespec="minutes"),
        zone=named,
        minutes=minutes,
        words=said_rule(rule, clock, named),
    )
    return SaidMeets(found_meets, has_start=first is not None)


def read_all_meets(text: str, today: date, zone: str) -> tuple[SaidMeets, ...]:
    """Several series, with ``;`` between them. Raises ``ValueError``."""
    return tuple(read_meets(part, today, zone) for part in text.split(";") if part.strip())


def _read_minutes(words: str) -> tuple[str, int]:
    found = _FOR.search(words)
    if found is None:
        return words, 60
    minutes = int(found[1]) * (60 if found[2].startswith("h") else 1)
    if not 5 <= minutes <= 24 * 60:
        raise ValueError("a meeting takes from 5 minutes to 24 hours")
    return " ".join((words[: found.start()] + words[found.end() :]).split()), minutes


def _read_from(words: str, today: date) -> tuple[str, date | None]:
    found = _FROM.search(words)
    if found is None:
        return words, None
    first = whole_date(found[1], today)
    if first is None:
        raise ValueError(f"{shorten(found[1], 40)!r} is no date to begin on: write one like 2026-12-01")
    if first.year not in YEARS:
        raise ValueError(f"{first} is too far away to begin on")
    return words[: found.start()].strip(), first


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One meeting of a series. ``start`` and ``end`` are in UTC, ``local`` is its start in the series' zone;
    ``date`` is the day in the series that it stands for, another than its own where it ``is_moved``.
    """

    start: datetime
    end: datetime
    local: datetime
    date: date
    is_moved: bool
    series: int
    words: str


def upcoming(series: Iterable[Meets], since: datetime, count: int) -> list[Occurrence]:
    """The next meetings of several series that have not ended at ``since`` (UTC), the first first."""
    return list(islice(merge(*(_from(one, since) for one in series)), count))


def _from(meets: Meets, since: datetime) -> Iterator[Occurrence]:
    """The meetings of a series that have not ended at a time, in order."""
    moved = sorted(_occurrence(meets, date.fromisoformat(day), to) for day, to in meets.moved.items())
    usual = (_occurrence(meets, day, None) for day in days_of(meets, (since - timedelta(days=3)).date()))
    for found in merge((one for one in usual if not _is_other(meets, one.date)), moved):
        if found.end > since:
            yield found


def _is_other(meets: Meets, day: date) -> bool:
    return day.isoformat() in meets.cancelled or day.isoformat() in meets.moved


def _occurrence(meets: Meets, day: date, moved_to: str | None) -> Occurrence:
    local = at_local(moved_to or day.isoformat() + meets.start[10:], meets.zone)
    start = local.astimezone(UTC)
    return Occurrence(
        start=start,
        end=start + timedelta(minutes=meets.minutes),
        local=start.astimezone(ZoneInfo(meets.zone)),
        date=day,
        is_moved=moved_to is not None,
        series=meets.id,
        words=meets.words,
    )


def on_day(series: Sequence[Meets], day: date) -> list[tuple[Meets, date]]:
    """What is meant by the meeting on a day: the series, and the day in it. First what is held on that day;
    where nothing is, what would have been but for being moved or cancelled.
    """
    held: list[tuple[Meets, date]] = []
    other: list[tuple[Meets, date]] = []
    for one in series:
        held += (
            (one, date.fromisoformat(was)) for was, to in one.moved.items() if to[:10] == day.isoformat()
        )
        if is_day_of(one, day):
            (other if _is_other(one, day) else held).append((one, day))
    return held or other
