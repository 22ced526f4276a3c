"""Daily work: once for each local date, by one process, whatever the clocks and processes do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.schedule import LEASE, Job, OccurrenceRow, Schedule, claim, claims, finish
from bot.store import Store
from bot.testing import SetClock

NINE = time(9, 0)
BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 23)


class Process:
    """One process's schedule, on a clock that all share; ``done`` is what it did."""

    def __init__(self, store: Store, clock: SetClock) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.schedule = Schedule(store, clock, self._spawn)
        self.done: list[date] = []
        self.fails = False
        self.began = asyncio.Event()
        self.blocked: asyncio.Event | None = None

    def _spawn(self, work: Awaitable[None], _name: str) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def idle(self) -> None:
        while self.tasks:
            await asyncio.gather(*self.tasks)

    async def work(self, day: date) -> None:
        self.done.append(day)
        self.began.set()
        if self.blocked is not None:
            await self.blocked.wait()
        if self.fails:
            raise ValueError("no mail server today")

    def begin(self, at: time = NINE, zone: ZoneInfo = BERLIN) -> None:
        self.schedule.daily(Job("mail.remind", at, zone, self.work))
        self.schedule.start()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture
def process(store: Store, clock: SetClock) -> Process:
    return Process(store, clock)


def rows(session: Session) -> list[tuple[str, str, bool]]:
    found = session.scalars(select(OccurrenceRow).order_by(OccurrenceRow.due))
    return [(row.job, row.due, row.done_at is not None) for row in found]


class TestClaiming:
    def test_the_first_who_claims_an_occurrence_has_it(self, store: Store) -> None:
        assert store.write_now(claim, "job", "2026-11-23", "a", START)
        assert not store.write_now(claim, "job", "2026-11-23", "b", START)
        assert store.write_now(claim, "job", "2026-11-24", "b", START)
        assert store.write_now(claim, "other", "2026-11-23", "b", START)

    def test_what_is_done_is_never_claimed_again(self, store: Store) -> None:
        store.write_now(claim, "job", "2026-11-23", "a", START)
        store.write_now(finish, "job", "2026-11-23", START)
        assert not store.write_now(claim, "job", "2026-11-23", "b", START + timedelta(days=30))

    def test_a_claim_whose_holder_died_is_taken_over_once_its_lease_is_out(self, store: Store) -> None:
        store.write_now(claim, "job", "2026-11-23", "a", START)
        assert not store.write_now(claim, "job", "2026-11-23", "b", START + LEASE)
        late = START + LEASE + timedelta(seconds=1)
        assert store.read_now(claims, "2026-11-23", late) == {("job", "2026-11-23"): True}
        assert store.write_now(claim, "job", "2026-11-23", "b", late)
        assert not store.write_now(claim, "job", "2026-11-23", "c", late)

    async def test_of_three_processes_at_once_each_occurrence_has_one(
        self, open_store: Callable[[], Store]
    ) -> None:
        stores = [open_store() for _ in range(3)]
        claimed = await asyncio.gather(
            *(
                one.write(claim, "job", f"day {day}", f"process {number}", START)
                for day in range(50)
                for number, one in enumerate(stores)
            )
        )
        assert sum(claimed) == 50


class TestADay:
    async def test_work_is_done_at_its_hour_and_not_before(self, process: Process, clock: SetClock) -> None:
        process.begin()
        await clock.advance(timedelta(hours=11, minutes=59), process.idle)  # 08:59 in Berlin
        assert process.done == [date(2026, 11, 22)]  # of the day on which Muster came too late
        await clock.advance(timedelta(minutes=1), process.idle)
        assert process.done == [date(2026, 11, 22), MONDAY]

    async def test_what_was_due_today_before_muster_came_is_made_up_for_once(
        self, store: Store, process: Process, clock: SetClock
    ) -> None:
        process.begin()
        await clock.advance(timedelta(hours=1), process.idle)
        assert process.done == [date(2026, 11, 22)]
        assert store.read_now(rows) == [("mail.remind", "2026-11-22", True)]

    async def test_three_processes_do_each_day_s_work_once_between_them(
        self, open_store: Callable[[], Store], clock: SetClock
    ) -> None:
        processes = [Process(open_store(), clock) for _ in range(3)]

        async def idle() -> None:
            for process in processes:
                await process.idle()

        for process in processes:
            process.begin()
        await clock.advance(timedelta(days=2), idle)
        done = Counter(day for process in processes for day in process.done)
        assert done == {date(2026, 11, 22) + timedelta(days=n): 1 for n in range(3)}

    async def test_work_that_fails_is_tried_again_once_its_lease_is_out(
        self, store: Store, process: Process, clock: SetClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        process.fails = True
        process.begin()
        await clock.advance(timedelta(minutes=10), process.idle)
        assert process.done == [date(2026, 11, 22)]
        assert "no mail server today" in caplog.text
        process.fails = False
        await clock.advance(timedelta(minutes=10), process.idle)
        assert process.done == [date(2026, 11, 22)] * 2
        await clock.advance(timedelta(hours=2), process.idle)
        assert store.read_now(rows) == [("mail.remind", "2026-11-22", True)]

    async def test_work_whose_holder_died_before_midnight_is_done_by_another_after_it(
        self, store: Store, process: Process, clock: SetClock
    ) -> None:
        dead = "dead"
        late = datetime(2026, 11, 22, 22, 55, tzinfo=UTC)  # 23:55 in Berlin
        await store.write(claim, "mail.remind", "2026-11-22", dead, late)
        await clock.advance(late - clock.now(), process.idle)
        process.begin(at=time(23, 50))
        await clock.advance(timedelta(minutes=20), process.idle)
        assert process.done == [date(2026, 11, 22)]

    async def test_long_work_keeps_its_lease_and_is_not_begun_twice(
        self, open_store: Callable[[], Store], clock: SetClock
    ) -> None:
        one, other = Process(open_store(), clock), Process(open_store(), clock)
        one.blocked = asyncio.Event()
        one.begin()
        working = asyncio.ensure_future(one.schedule.look())
        await one.began.wait()
        other.begin()
        for _ in range(12):
            clock._now += timedelta(minutes=5)
            await one.schedule.look()
            await other.schedule.look()
        one.blocked.set()
        await working
        assert (one.done, other.done) == ([date(2026, 11, 22)], [])

    async def test_a_plugin_that_is_disabled_does_no_more_work(
        self, process: Process, clock: SetClock
    ) -> None:
        process.begin()
        process.schedule.forget("mail.")
        await clock.advance(timedelta(days=2), process.idle)
        assert process.done == []
        process.schedule.daily(Job("mail.remind", NINE, BERLIN, process.work))
        await clock.advance(timedelta(days=1), process.idle)
        assert len(process.done) == 2

    async def test_after_stopping_no_hour_strikes(self, process: Process, clock: SetClock) -> None:
        process.begin()
        process.schedule.stop()
        await clock.advance(timedelta(days=2), process.idle)
        assert process.done == []


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [time(0, 0), time(1, 45), time(2, 15), time(2, 30), time(23, 59)], ids=str)
def test_through_two_years_an_hour_strikes_once_for_each_local_date(zone: str, at: time) -> None:
    """Clocks are set forward and back, in Lord Howe by half an hour, in Casablanca around Ramadan."""
    local = ZoneInfo(zone)
    job = Job("job", at, local, lambda _day: asyncio.sleep(0))
    now = datetime(2026, 1, 1, tzinfo=local).astimezone(UTC) - timedelta(seconds=1)
    strikes = []
    while (now := job.strikes_after(now)).astimezone(local).year < 2028:
        strikes.append(now.astimezone(local))
    assert [strike.date() for strike in strikes] == [date(2026, 1, 1) + timedelta(days=n) for n in range(730)]
    late = [strike for strike in strikes if strike.time() != at]
    assert len(late) <= 4
    assert all(strike.time() > at for strike in late)


@pytest.mark.parametrize("zone", ZONES)
async def test_through_the_days_on_which_clocks_change_work_is_done_once_a_day(
    zone: str, store: Store, clock: SetClock
) -> None:
    local = ZoneInfo(zone)
    for change in changes(local):
        process = Process(store, clock)
        clock._now = datetime.combine(change.astimezone(local), time(0, 1), local).astimezone(UTC)
        process.begin(at=time(2, 30), zone=local)
        await clock.advance(timedelta(hours=28), process.idle)
        process.schedule.stop()
        first = change.astimezone(local).date()
        assert process.done == [first, first + timedelta(days=1)]


def changes(zone: ZoneInfo) -> list[datetime]:
    """The hours in 2026 after which the zone's clocks show another offset."""
    hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(365 * 24)]
    return [
        hour
        for hour, after in pairwise(hours)
        if hour.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()
    ]
