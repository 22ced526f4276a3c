"""Times that can be reckoned with, whatever a server or a log says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.model import Line
from bot.text import one_line
from plugins.meetings.minutes import Gap

EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""Far enough from the ends of the calendar that zones and deadlines stay within it."""


def in_time(line: Line) -> Line:
    """The line, its time brought between :data:`EARLIEST` and :data:`LATEST`."""
    if EARLIEST <= line.time <= LATEST:
        return line
    return replace(line, time=min(max(line.time, EARLIEST), LATEST))


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name; UTC where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def gap_of(line: Line, number: int) -> Gap:
    """The gap that a line tells of; what it does not tell is the line's own time."""

    def time(key: str) -> datetime:
        value = line.data.get(key)
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else line.time
        except ValueError:
            return line.time
        found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        return min(max(found, EARLIEST), LATEST)

    place = line.data.get("in")
    return Gap(time("since"), time("until"), number, one_line(place) if isinstance(place, str) else "")
