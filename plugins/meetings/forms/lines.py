"""A meeting's lines as the forms take them, and the clock and calendar they are shown by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.model import Json, Kind, Line
from plugins.meetings.notes import OPENED

_WEB = re.compile(r"https?://[^\s/]")


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """A line of a meeting with the N of its anchor ``l-N``; notes have none."""

    number: int | None
    line: Line


PIECE = 65_536
"""Characters after which a piece of a form ends."""


def in_pieces(parts: Iterable[str], end: str = "") -> Iterator[str]:
    """The parts put together, each followed by ``end``, in pieces of a bounded size.

    Nothing else runs while one call puts a whole long meeting together, or encodes it: chat would wait.
    """
    some: list[str] = []
    size = 0
    for part in parts:
        some.append(part)
        size += len(part)
        if size > PIECE:
            yield end.join(some) + end
            some.clear()
            size = 0
    if some:
        yield end.join(some) + end


def log_url_of(lines: Sequence[NumberedLine]) -> str:
    """The public address of the log page, as the opening note has it; empty where there was none."""
    address = _opening(lines).get("log_url")
    return address if isinstance(address, str) and _WEB.match(address) else ""


def prefix_of(lines: Sequence[NumberedLine]) -> str:
    """What a command began with in this meeting."""
    prefix = _opening(lines).get("prefix")
    return prefix if isinstance(prefix, str) and prefix else "#"


def _opening(lines: Sequence[NumberedLine]) -> Mapping[str, Json]:
    """The data of the opening note; empty where there is none."""
    for numbered in lines[:2]:
        if numbered.line.kind is Kind.NOTE and numbered.line.text == OPENED:
            return numbered.line.data
    return {}


def zone_of(name: str) -> tzinfo:
    """The zone of that name from the IANA database; raises ``KeyError`` or ``ValueError`` for no such one."""
    return ZoneInfo(name)


_EPOCH = date(1970, 1, 1).toordinal()
_STEADY = 15 * 60
"""Seconds: no zone changes its offset within one of these."""
_MINUTES = tuple(f"{minute // 60:02}:{minute % 60:02}:" for minute in range(24 * 60))
_SECONDS = tuple(f"{second:02}" for second in range(60))


class Times:
    """Times in one zone, for the files of one meeting. Turning a time into the zone's is slow, and several of
    them show a line's time: each is found once.
    """

    __slots__ = ("_cache", "_offsets", "_zone", "name")

    def __init__(self, zone: str) -> None:
        self.name = zone
        self._zone = zone_of(zone)
        self._cache: dict[datetime, str] = {}
        self._offsets: dict[int, int] = {}

    def local(self, time: datetime) -> datetime:
        """The same instant on the zone's clocks."""
        return time.astimezone(self._zone)

    def clock(self, time: datetime) -> str:
        """``20:15:00``."""
        known = self._cache.get(time)
        if known is None:
            known = self._cache[time] = f"{self.local(time):%H:%M:%S}"
        return known

    def at(self, stamp: int) -> tuple[int, str]:
        """The day's number (:meth:`datetime.date.toordinal`) and the :meth:`clock`, of microseconds since
        1970: for thousands of lines.
        """
        second = stamp // 1_000_000
        offset = self._offsets.get(second // _STEADY)
        if offset is None:
            moment = self.local(datetime.fromtimestamp(second, UTC))
            offset = round((moment.utcoffset() or timedelta()).total_seconds())
            self._offsets[second // _STEADY] = offset
        day, second = divmod(second + offset, 86_400)
        minute, second = divmod(second, 60)
        return _EPOCH + day, _MINUTES[minute] + _SECONDS[second]

    def date(self, time: datetime) -> str:
        """``Sunday, 22 November 2026``: in English whatever the machine's locale."""
        return day_text(self.local(time))

    def stamp(self, time: datetime) -> str:
        """``2026-11-22 20:15:00``."""
        return f"{self.local(time):%Y-%m-%d %H:%M:%S}"


def day_text(day: date) -> str:
    """``Sunday, 22 November 2026``."""
    return f"{DAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_changed(local: datetime) -> str:
    """``--- Day changed Mon Nov 23 2026``, as irssi writes it."""
    day, month = DAYS[local.weekday()][:3], MONTHS[local.month - 1][:3]
    return f"--- Day changed {day} {month} {local.day:02} {local.year}"
