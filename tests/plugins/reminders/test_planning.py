"""When teams and people are reminded, over years of simulated time: once for each local date, at the hour."""

from __future__ import annotations

import heapq
import time as clocks
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.recurrence import next_time
from bot.when import Again
from plugins.reminders.days import Days, read_days
from plugins.reminders.planning import DAILY, WEEKLY, Rhythm, difference, following, next_on, wanted

START = datetime(2026, 1, 1, tzinfo=UTC)
YEARS = timedelta(days=730)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca")
CLOCKS = (time(9), time(0), time(1, 45), time(2), time(2, 15), time(2, 30), time(3), time(23, 59))
EVERY_DAY = Days(frozenset(range(7)))


def dates(since: date) -> Iterator[date]:
    day = since
    while True:
        yield day
        day += timedelta(days=1)


def check(found: list[datetime], clock: time, zone: ZoneInfo) -> None:
    """Each date once, in order, at the hour, or as much later as the clock was put on."""
    for when, day in zip(found, dates(found[0].astimezone(zone).date()), strict=False):
        local = when.astimezone(zone)
        assert local.date() == day, local
        if local.time() != clock:
            before = (when - timedelta(hours=2)).astimezone(zone).utcoffset()
            after = local.utcoffset()
            assert before is not None
            assert after is not None
            assert after > before
            skipped = datetime.combine(day, clock) + (after - before)
            assert local.replace(tzinfo=None) == skipped
        assert local.fold == 0, "of two equal hours the first counts"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("clock", CLOCKS)
def test_a_team_s_day_is_told_once_for_each_date_over_two_years(zone: str, clock: time) -> None:
    now, found = START, []
    while now < START + YEARS:
        now = next_on(EVERY_DAY, clock, zone, now)
        found.append(now)
    assert len(found) >= 730
    check(found, clock, ZoneInfo(zone))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("clock", CLOCKS)
def test_a_repeated_reminder_comes_once_for_each_date_over_two_years(zone: str, clock: time) -> None:
    again = Again("FREQ=DAILY", f"2026-01-01T{clock:%H:%M}", zone, "")
    now, found = START, []
    while now < START + YEARS:
        now = next_time(again, now).astimezone(UTC)
        found.append(now)
    assert len(found) >= 730
    check(found, clock, ZoneInfo(zone))


@dataclass(frozen=True)
class Meeting:
    """A meeting of a team."""

    start: datetime
    date: date
    series: int


def meetings(series: int, zone: str, after: datetime) -> list[Meeting]:
    """The next two of a team that meets on thursdays at 20:00."""
    again = Again("FREQ=WEEKLY;BYDAY=TH", "2026-01-01T20:00", zone, "")
    first = next_time(again, after - timedelta(hours=1))
    return [Meeting(one.astimezone(UTC), one.date(), series) for one in (first, next_time(again, first))]


def test_a_year_of_200_teams_is_told_all_and_nothing_twice_in_seconds() -> None:
    began = clocks.perf_counter()
    rhythms = {
        f"team-{number}": Rhythm(ZONES[number % 4], time(9), read_days("mon-fri"), (0, time(9, 30)))
        for number in range(200)
    }
    rung: Counter[str] = Counter()
    have: dict[str, datetime] = {}
    queue: list[tuple[datetime, str]] = []
    until = START + timedelta(days=365)

    def plan(names: set[str], now: datetime) -> None:
        want: dict[str, datetime] = {}
        for name in names:
            rhythm = rhythms[name]
            want |= wanted(name, rhythm, meetings(1, rhythm.zone, now), now)
        mine = {key: due for key, due in have.items() if key.split("/")[1] in names}
        setting, gone = difference(mine, want, now)
        for key in gone:
            del have[key]
        have.update(setting)
        for key, due in setting.items():
            heapq.heappush(queue, (due, key))

    plan(set(rhythms), START)
    while queue and queue[0][0] < until:
        now, met = queue[0][0], set()
        while queue and queue[0][0] == now:
            _, key = heapq.heappop(queue)
            if have.pop(key, None) != now:
                continue  # it was set to another time since
            kind, name = key.split("/")[:2]
            local = now.astimezone(ZoneInfo(rhythms[name].zone))
            rung[f"{key}/{local:%Y-%m-%d}" if kind in {DAILY, WEEKLY} else key] += 1
            if kind in {DAILY, WEEKLY}:
                due = following(kind, rhythms[name], now)
                assert due is not None
                have[key] = due
                heapq.heappush(queue, (due, key))
            else:
                met.add(name)
        plan(met, now)
    kinds = Counter(key.partition("/")[0] for key in rung)
    assert set(rung.values()) == {1}
    assert kinds["daily"] == 200 * 261
    assert kinds["weekly"] == 200 * 52
    assert kinds["soon"] in range(200 * 52, 200 * 53 + 1)
    assert kinds["day"] in range(200 * 52, 200 * 53 + 1)
    assert clocks.perf_counter() - began < 120


def test_what_is_set_and_due_is_left_alone_and_the_rest_follows() -> None:
    now = START
    later, sooner = now + timedelta(hours=2), now + timedelta(hours=1)
    have = {"daily/a": now, "day/a/1/x": later, "soon/a/1/x": later, "weekly/a": later}
    want = {"daily/a": later, "day/a/1/x": sooner, "weekly/a": later, "soon/a/1/y": later}
    assert difference(have, want, now) == ({"day/a/1/x": sooner, "soon/a/1/y": later}, ["soon/a/1/x"])
    assert difference({}, {}, now) == ({}, [])


@given(st.sets(st.integers(0, 6), min_size=1))
def test_days_are_said_so_that_they_read_the_same(weekdays: set[int]) -> None:
    days = Days(frozenset(weekdays))
    assert read_days(str(days)) == days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("weekdays", {0, 1, 2, 3, 4}),
        ("Monday, wednesday and fri", {0, 2, 4}),
        ("sat-mon", {5, 6, 0}),
        ("daily", set(range(7))),
    ],
)
def test_days_as_people_write_them(text: str, days: set[int]) -> None:
    assert read_days(text).weekdays == days


@pytest.mark.parametrize("text", ["", "someday", "mon-", "mon-someday"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write days like"):
        read_days(text)
