"""What the readers share: rows in, lines out, with the dates that a log only hints at.

A reader turns one row of text into a :class:`Heard` (something said or done, at a time of day), a ``date``
(a row that says which day it is), or :data:`NOTHING` (a row that says nothing about the room); ``None``
means that it cannot be read. :func:`read_rows` puts dates and zone to what was heard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Final, TypeAlias

from bot.model import Actor, Json, Kind, Line, Room
from bot.text import shorten

MIDNIGHT_JUMP = timedelta(hours=6)
"""A time of day this much earlier than the row's before is the next day's; less is a row out of order."""

_NO_DATA: Mapping[str, Json] = MappingProxyType({})


class LogError(ValueError):
    """A log that cannot be read at all; says what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was left out: its number in the file, from 1, and why."""

    row: int
    why: str


@dataclass(frozen=True, slots=True)
class Log:
    """What a log told. ``numbers``: the short numbers of actions, by key, which Muster's record has."""

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing said or done. ``clock`` is a time of day, or a whole local date and time."""

    clock: time | datetime
    kind: Kind
    nick: str
    text: str = ""
    address: str | None = None
    account: str | None = None
    data: Mapping[str, Json] = field(default_factory=lambda: _NO_DATA)
    bot: bool = False


class _Nothing:
    """The type of :data:`NOTHING`."""


NOTHING: Final = _Nothing()
Row: TypeAlias = "Heard | date | _Nothing | None"


def rows_of(text: str) -> Iterator[tuple[int, str]]:
    """A log's rows with their numbers from 1. Only line feeds end a row: other separators may be said."""
    for number, row in enumerate(text.split("\n"), 1):
        yield number, row.removesuffix("\r")


def read_rows(text: str, parse: Callable[[str], Row], *, room: Room, zone: tzinfo, start: date | None) -> Log:
    """A whole log of rows that ``parse`` reads one by one."""
    calendar = Calendar(zone, start)
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, row in rows_of(text):
        if not row.strip():
            continue
        found = parse(row)
        if found is NOTHING:
            continue
        if isinstance(found, Heard):
            when = calendar.when(found.clock)
            if when is None:
                problems.append(Problem(number, f"no such time: {shorten(row, 60)}"))
            else:
                lines.append(line_of(found, when, room, zone))
        elif isinstance(found, date):
            calendar.day(found)
        else:
            problems.append(Problem(number, f"not understood: {shorten(row, 60)}"))
    return Log(tuple(lines), tuple(problems))


def line_of(heard: Heard, when: datetime, room: Room, zone: tzinfo) -> Line:
    """What was heard, as a line at ``when``."""
    actor = Actor(room.network, heard.nick, heard.account, heard.address, heard.bot)
    data = heard.data
    if heard.kind is Kind.GAP:
        data = {key: _in_utc(value, zone, when) for key, value in data.items()}
    return Line(room, when, heard.kind, actor, heard.text, data=data)


def _in_utc(value: Json, zone: tzinfo, otherwise: datetime) -> str:
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=zone).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return otherwise.isoformat()


class Calendar:
    """Which day it is in a log: from its date rows, else counted on from the first date at each midnight."""

    def __init__(self, zone: tzinfo, start: date | None) -> None:
        self._zone = zone
        self._date = start
        self._last: time | None = None

    def day(self, day: date) -> None:
        """A date row: what follows is of that day."""
        self._date = day
        self._last = None

    def when(self, clock: time | datetime) -> datetime | None:
        """The instant in UTC of a local time of day; ``None`` for what no calendar has.

        Raises :class:`LogError` where the date was never said.
        """
        try:
            if isinstance(clock, datetime):
                self.day(clock.date())
                return clock.replace(tzinfo=clock.tzinfo or self._zone).astimezone(UTC)
            if self._date is None:
                raise LogError(
                    "it says no date, and its file's name has none: give one with --date YYYY-MM-DD"
                )
            if self._last is not None and _seconds(self._last) - _seconds(clock) > MIDNIGHT_JUMP.seconds:
                self._date += timedelta(days=1)
            self._last = clock
            return datetime.combine(self._date, clock, self._zone).astimezone(UTC)
        except OverflowError:
            return None


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def clock_of(text: str) -> time | None:
    """``20:15`` or ``20:15:00``; ``None`` for what is no time of day. A leap second is the second before."""
    try:
        hour, minute, second = (*map(int, text.split(":")), 0)[:3]
        return time(hour, minute, min(second, 59))
    except ValueError:
        return None


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORDY = re.compile(r"(?:[A-Za-z]{3} )?([A-Za-z]{3}) +(\d{1,2})(?: \d\d:\d\d:\d\d)?(?: (\d{4}))\Z")


def month_of(name: str) -> int | None:
    """1 for ``Jan``, in English, whatever the machine's locale; ``None`` for no month."""
    short = name[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else None


def wordy_date(text: str) -> date | None:
    """``Sun Nov 22 20:15:00 2026`` or ``Mon Nov 23 2026``, as C's ``asctime`` writes it."""
    match = _WORDY.match(text.strip())
    month = month_of(match[1]) if match else None
    if match is None or month is None:
        return None
    try:
        return date(int(match[3]), month, int(match[2]))
    except ValueError:
        return None
