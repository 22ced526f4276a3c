"""A meeting's lines as the forms take them, and the clock and calendar they are shown by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
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


class Times:
    """Times in one zone, for the files of one meeting. Turning a time into the zone's is slow, and several of
    them show a line's time: each is found once.
    """

    __slots__ = ("_cache", "_minutes", "_zone", "name")

    def __init__(self, zone: str) -> None:
        self.name = zone
        self._zone = zone_of(zone)
        self._cache: dict[datetime, str] = {}
        self._minutes: dict[int, tuple[int, str]] = {}

    def local(self, time: datetime) -> datetime:
        """The same instant on the zone's clocks."""
        return time.astimezone(self._zone)

    def clock(self, time: datetime) -> str:
        """``20:15:00``."""
        known = self._cache.get(time)
        if known is None:
            known = self._cache[time] = f"{self.local(time):%H:%M:%S}"
        return known

    def minute(self, number: int) -> tuple[int, str]:
        """The day's number (:meth:`datetime.date.toordinal`) and ``20:15:`` of a minute that is so many after
        1970 began: for thousands of lines. No zone has known seconds of its own since there was chat.
        """
        found = self._minutes.get(number)
        if found is None:
            local = self.local(datetime.fromtimestamp(number * 60, UTC))
            found = self._minutes[number] = local.toordinal(), f"{local:%H:%M:}"
        return found

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
