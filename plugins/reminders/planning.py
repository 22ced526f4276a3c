"""When a team is reminded of what, unasked: as alarms, each with its key, set by difference. Pure.

    daily/nova-api                      what waits for it today
    weekly/nova-api                     how the last week was
    day/nova-api/7/2026-12-03           its meeting, a day before
    soon/nova-api/7/2026-12-03          and 15 minutes before

Rules:

1. Each is once for each local date of the team: an hour that the clock skips comes as much later, one that
   comes twice counts the first time.
2. A meeting's alarms have its series and its day in it as their key: one that is moved moves, one that is
   cancelled goes.
3. What is set already and due is left alone: it rings, late if need be (:func:`difference`).
4. What rang daily or weekly is set again by itself (:func:`following`): a team's meetings, which take longer
   to count out, are looked at only when one of them rang or the roster changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.when import local_time
from plugins.reminders.days import Days

DAILY, WEEKLY, DAY, SOON = "daily", "weekly", "day", "soon"
BEFORE: Mapping[str, timedelta] = {DAY: timedelta(days=1), SOON: timedelta(minutes=15)}
"""How long before a meeting a team hears of it."""


class Meets(Protocol):
    """One meeting, as rosters have it."""

    @property
    def start(self) -> datetime:
        """When it begins, in UTC."""

    @property
    def date(self) -> date:
        """The day of the series that it stands for."""

    @property
    def series(self) -> int:
        """Its series."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a team hears what: ``daily`` on ``days``, ``weekly`` (the weekday, 0 is Monday, and the time); all
    local, in ``zone``; ``None`` is never.
    """

    zone: str
    daily: time | None
    days: Days
    weekly: tuple[int, time] | None = None


def next_on(days: Days, clock: time, zone: str, after: datetime) -> datetime:
    """When a local time comes next on one of some days, strictly after a time; in UTC."""
    day = after.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    while True:
        day = days.first(day)
        found = local_time(day, clock, zone).astimezone(UTC)
        if found > after:
            return found
        day += timedelta(days=1)


def next_daily(rhythm: Rhythm, after: datetime) -> datetime | None:
    """When a team hears next what waits for it; ``None`` for never."""
    return None if rhythm.daily is None else next_on(rhythm.days, rhythm.daily, rhythm.zone, after)


def next_weekly(rhythm: Rhythm, after: datetime) -> datetime | None:
    """When a team hears next how the week was; ``None`` for never."""
    if rhythm.weekly is None:
        return None
    weekday, clock = rhythm.weekly
    return next_on(Days(frozenset({weekday})), clock, rhythm.zone, after)


def following(kind: str, rhythm: Rhythm, after: datetime) -> datetime | None:
    """When a team hears next of its day, or of its week; ``None`` for never."""
    return next_daily(rhythm, after) if kind == DAILY else next_weekly(rhythm, after)


def wanted(
    name: str, rhythm: Rhythm, meetings: Iterable[Meets], now: datetime
) -> Iterator[tuple[str, datetime]]:
    """The alarms of a team: each key, and when it is due, in UTC and after ``now``."""
    for kind in (DAILY, WEEKLY):
        if (due := following(kind, rhythm, now)) is not None:
            yield f"{kind}/{name}", due
    for one in meetings:
        for kind, before in BEFORE.items():
            if one.start - before > now:
                yield f"{kind}/{name}/{one.series}/{one.date}", one.start - before


def difference(
    have: Mapping[str, datetime], want: Mapping[str, datetime], now: datetime
) -> tuple[dict[str, datetime], list[str]]:
    """What is to be set, and the keys that are to go. ``have`` is what is set, by when it was first due."""
    ringing = {key for key, due in have.items() if due <= now}
    setting = {key: due for key, due in want.items() if key not in ringing and have.get(key) != due}
    return setting, sorted(key for key in have if key not in want and key not in ringing)
