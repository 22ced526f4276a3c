"""Alarms: rung once, by one process, whatever is restarted meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import integers, sampled_from
from sqlalchemy import create_engine, event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot import alarms
from bot.alarms import AT_ONCE, LEASE, LOOK_EVERY, RARELY, AlarmRow, Alarms, claim, clear_alarms, next_ring
from bot.clock import SystemClock
from bot.plugin import Alarm, Context, Plugin, alarm, command
from bot.store import Base, Store
from bot.testing import SetClock, Stage

START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
JOB = "kettle.whistle"


class Process:
    """One process's alarms, on a clock that all share; ``calls`` is what its job was called with."""

    def __init__(self, store: Store, clock: SetClock, *, shared: bool = False) -> None:
        self.store = store
        self.clock = clock
        self.tasks: set[asyncio.Task[None]] = set()
        self.alarms = Alarms(store, clock, self._spawn, shared=shared)
        self.calls: list[list[Alarm]] = []
        self.began = asyncio.Event()
        self.blocked: asyncio.Event | None = None
        self.also: Callable[[Sequence[Alarm]], Awaitable[None]] | None = None

    def _spawn(self, work: Awaitable[None], name: str) -> None:
        async def run() -> None:
            try:
                await work
            except Exception:
                logging.exception("%s failed", name)

        task = asyncio.create_task(run(), name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def idle(self) -> None:
        # A look may be asked for by a thread that has just committed.
        await asyncio.sleep(0)
        while self.tasks:
            await asyncio.gather(*self.tasks)
            await asyncio.sleep(0)

    async def work(self, alarms: Sequence[Alarm]) -> None:
        self.calls.append(list(alarms))
        self.began.set()
        if self.blocked is not None:
            await self.blocked.wait()
        if self.also is not None:
            await self.also(alarms)

    def begin(self) -> None:
        self.alarms.add(JOB, self.work)
        self.alarms.start()

    async def set(self, dues: Mapping[str, datetime]) -> None:
        await self.store.write(self.alarms.set, JOB, dues)
        await asyncio.sleep(0)

    async def advance(self, by: timedelta) -> None:
        await self.clock.advance(by, self.idle)
        await self.idle()

    async def go_on(self, by: timedelta) -> None:
        """Let time pass without waiting for the job."""

        async def but_for_work() -> None:
            await asyncio.sleep(0)
            while others := [task for task in self.tasks if task.get_name() != JOB]:
                await asyncio.wait(others)
                await asyncio.sleep(0)
            if self.tasks:
                await self.began.wait()

        await self.clock.advance(by, but_for_work)
        await but_for_work()

    def die(self) -> None:
        self.alarms.stop()
        for task in self.tasks:
            task.cancel()

    @property
    def rung(self) -> list[str]:
        """The keys that rang, in their order."""
        return [alarm.key for call in self.calls for alarm in call]


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture
def process(store: Store, clock: SetClock) -> Process:
    return Process(store, clock)


def pending(session: Session) -> dict[str, datetime]:
    return {row.key: row.due for row in session.scalars(select(AlarmRow))}


def soon(*keys: str, after: timedelta = MINUTE) -> dict[str, datetime]:
    return dict.fromkeys(keys, START + after)


def refusing(store: Store, monkeypatch: pytest.MonkeyPatch, what: str) -> Callable[[], None]:
    """Let reads or writes (``what``) fail as when the database is away, until what is returned is called."""
    real = getattr(store, what)

    async def refuse(*_args: object, **_more: object) -> Any:
        raise OperationalError("SELECT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(store, what, refuse)

    def back() -> None:
        monkeypatch.setattr(store, what, real)

    return back


class TestRinging:
    async def test_an_alarm_rings_at_its_time_once(self, process: Process) -> None:
        process.begin()
        await process.set(soon("tea"))
        await process.advance(MINUTE - timedelta(microseconds=1))
        assert process.calls == []
        await process.advance(timedelta(microseconds=1))
        assert process.calls == [[Alarm("tea", START + MINUTE)]]
        await process.advance(timedelta(days=2))
        assert process.rung == ["tea"]
        assert process.store.read_now(pending) == {}

    async def test_what_is_due_in_the_same_instant_rings_in_one_call_in_the_order_of_its_times(
        self, process: Process
    ) -> None:
        process.begin()
        later = {f"{n}": START + n * SECOND for n in (3, 1, 2)}
        await process.set({**later, "now": START})
        process.clock._now = START + 3 * SECOND  # the machine slept meanwhile
        await process.advance(timedelta(0))
        assert process.calls == [
            [
                Alarm(key, due)
                for key, due in sorted({**later, "now": START}.items(), key=lambda pair: pair[1])
            ]
        ]

    async def test_one_set_to_the_past_rings_at_once_and_knows_its_time(self, process: Process) -> None:
        process.begin()
        await process.set({"late": START - timedelta(days=3)})
        await process.advance(timedelta(0))
        assert process.calls == [[Alarm("late", START - timedelta(days=3))]]

    async def test_what_was_due_while_nothing_ran_rings_at_the_start(self, process: Process) -> None:
        await process.set(soon("tea"))
        process.clock._now = START + timedelta(days=1)
        process.begin()
        await process.advance(timedelta(0))
        assert process.calls == [[Alarm("tea", START + MINUTE)]]

    async def test_the_last_time_it_was_set_to_counts(self, process: Process) -> None:
        process.begin()
        await process.set(soon("tea", after=5 * MINUTE))
        await process.set(soon("tea", after=MINUTE))
        await process.advance(MINUTE)
        assert process.rung == ["tea"]
        await process.set(soon("tea", after=3 * MINUTE))
        await process.set(soon("tea", after=9 * MINUTE))
        await process.advance(7 * MINUTE)
        assert process.rung == ["tea"]
        await process.advance(MINUTE)
        assert process.rung == ["tea", "tea"]

    async def test_what_is_cleared_does_not_ring(self, process: Process) -> None:
        process.begin()
        await process.set(soon("tea", "coffee"))
        await process.store.write(clear_alarms, JOB, ["tea"])
        await process.advance(2 * MINUTE)
        assert process.rung == ["coffee"]

    async def test_more_than_are_claimed_at_once_all_ring_at_their_time(self, process: Process) -> None:
        keys = [f"{n:04}" for n in range(2 * AT_ONCE + 7)]
        process.begin()
        await process.set(soon(*keys))
        await process.advance(MINUTE)
        assert [len(call) for call in process.calls] == [AT_ONCE, AT_ONCE, 7]
        assert sorted(process.rung) == keys
        assert process.store.read_now(pending) == {}

    async def test_ten_thousand_wait_and_none_is_read_before_it_is_due(self, process: Process) -> None:
        process.begin()
        await process.set({f"{n}": START + MINUTE + n * SECOND for n in range(10_000)})
        await process.advance(MINUTE + 2 * SECOND)
        assert process.rung == ["0", "1", "2"]

    async def test_a_savepoint_tells_of_no_alarm_before_the_commit(self, process: Process) -> None:
        process.begin()
        await process.advance(timedelta(0))

        def fill(session: Session) -> None:
            with session.begin_nested():
                process.alarms.set(session, JOB, {"tea": START})
            # Whoever looks now sees nothing.
            asyncio.run_coroutine_threadsafe(process.advance(timedelta(0)), loop).result()

        loop = asyncio.get_running_loop()
        await process.store.write(fill)
        assert process.calls == []
        await process.advance(timedelta(0))
        assert process.rung == ["tea"]

    async def test_what_is_rolled_back_was_never_set(self, process: Process) -> None:
        process.begin()

        def fill(session: Session) -> None:
            process.alarms.set(session, JOB, soon("tea"))
            raise LookupError

        with pytest.raises(LookupError):
            await process.store.write(fill)
        await process.advance(timedelta(hours=1))
        assert process.calls == []

    async def test_a_key_that_one_database_would_not_take_is_refused_on_every(self, process: Process) -> None:
        with pytest.raises(ValueError, match="is longer than 255"):
            await process.set({"k" * 256: START})


class TestWorking:
    async def test_one_set_again_by_its_own_job_rings_again(self, process: Process) -> None:
        async def again(alarms: Sequence[Alarm]) -> None:
            if len(process.calls) < 3:
                await process.set({alarm.key: alarm.due + MINUTE for alarm in alarms})

        process.also = again
        process.begin()
        await process.set(soon("tea"))
        await process.advance(timedelta(hours=1))
        assert [alarm.due for call in process.calls for alarm in call] == [
            START + n * MINUTE for n in (1, 2, 3)
        ]
        assert process.store.read_now(pending) == {}

    async def test_one_set_again_while_its_job_works_waits_for_that_and_then_rings(
        self, process: Process
    ) -> None:
        process.blocked = asyncio.Event()
        process.begin()
        await process.set(soon("tea"))
        await process.go_on(MINUTE)
        await process.set(soon("tea"))  # to the same time, now past
        await process.go_on(10 * SECOND)
        assert process.rung == ["tea"]
        process.blocked.set()
        await process.idle()
        await process.advance(timedelta(0))
        assert process.rung == ["tea", "tea"]
        assert process.store.read_now(pending) == {}

    async def test_one_that_is_cleared_while_it_rings_is_over(self, process: Process) -> None:
        async def clear(alarms: Sequence[Alarm]) -> None:
            await process.store.write(clear_alarms, JOB, [alarm.key for alarm in alarms])

        process.also = clear
        process.begin()
        await process.set(soon("tea"))
        await process.advance(timedelta(hours=1))
        assert process.rung == ["tea"]

    async def test_one_that_fails_costs_no_other_and_is_tried_again_ever_later(
        self, process: Process, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def burn(alarms: Sequence[Alarm]) -> None:
            if any(alarm.key == "milk" for alarm in alarms):
                raise ValueError("it boiled over")

        process.also = burn
        process.begin()
        await process.set(soon("milk", "tea", "coffee"))
        await process.advance(MINUTE)
        assert [sorted(alarm.key for alarm in call) for call in process.calls] == [
            ["coffee", "milk", "tea"],
            *([key] for key in process.rung[:3]),
        ]
        assert list(process.store.read_now(pending)) == ["milk"]
        assert "it boiled over" in caplog.text
        process.calls.clear()
        await process.advance(timedelta(days=1))
        # After 1, 2, 4, 8, 16, 32 minutes, and then each hour.
        assert process.rung == ["milk"] * (6 + 22)
        assert timedelta(hours=1) == RARELY
        process.also = None
        await process.advance(RARELY)
        assert process.store.read_now(pending) == {}

    async def test_what_a_job_ended_before_it_failed_is_not_tried_again(self, process: Process) -> None:
        async def half(alarms: Sequence[Alarm]) -> None:
            if len(alarms) > 1:
                await process.store.write(process.alarms.end, JOB, alarms[:1])
                raise ValueError("no water")

        process.also = half
        process.begin()
        await process.set({"tea": START, "coffee": START + SECOND})
        process.clock._now = START + MINUTE
        await process.advance(timedelta(hours=1))
        assert process.rung == ["tea", "coffee", "coffee"]

    async def test_a_holder_that_works_for_long_keeps_its_claim(self, store: Store, clock: SetClock) -> None:
        slow, other = Process(store, clock, shared=True), Process(store, clock, shared=True)
        slow.blocked = asyncio.Event()
        slow.begin()
        await slow.set(soon("tea"))
        await slow.go_on(MINUTE)
        other.begin()
        await slow.go_on(10 * LEASE)
        assert (slow.rung, other.rung) == (["tea"], [])
        slow.blocked.set()
        await slow.idle()
        assert store.read_now(pending) == {}

    async def test_one_whose_holder_died_rings_elsewhere_once_its_lease_is_out(
        self, store: Store, clock: SetClock
    ) -> None:
        dead, other = Process(store, clock, shared=True), Process(store, clock, shared=True)
        dead.blocked = asyncio.Event()
        dead.begin()
        await dead.set(soon("tea"))
        await dead.go_on(MINUTE)
        dead.die()
        other.begin()
        await other.advance(LEASE - SECOND)
        assert other.rung == []
        await other.advance(SECOND)
        assert (dead.rung, other.rung) == (["tea"], ["tea"])
        await other.advance(timedelta(hours=1))
        assert other.rung == ["tea"]

    async def test_what_a_holder_stores_whose_lease_ran_out_is_stored_by_the_next_alone(
        self, store: Store, clock: SetClock
    ) -> None:
        slow, other = Process(store, clock), Process(store, clock)
        stored: list[tuple[str, list[Alarm]]] = []

        def storing(name: str, process: Process) -> Callable[[Sequence[Alarm]], Awaitable[None]]:
            async def store_it(alarms: Sequence[Alarm]) -> None:
                stored.append((name, await store.write(process.alarms.end, JOB, alarms)))

            return store_it

        slow.also, other.also = storing("slow", slow), storing("other", other)
        slow.blocked = asyncio.Event()
        slow.begin()
        await slow.set(soon("tea"))
        await slow.go_on(MINUTE)
        slow.alarms.stop()  # a process that hangs renews nothing
        other.begin()
        await other.advance(2 * LEASE)
        slow.blocked.set()
        await slow.idle()
        assert stored == [("other", [Alarm("tea", START + MINUTE)]), ("slow", [])]

    async def test_what_works_when_muster_stops_is_finished(self, process: Process) -> None:
        process.blocked = asyncio.Event()
        process.begin()
        await process.set(soon("tea"))
        await process.go_on(MINUTE)
        process.alarms.stop()
        process.blocked.set()
        await process.idle()
        assert process.store.read_now(pending) == {}

    async def test_what_is_claimed_while_muster_stops_is_left_for_the_next(
        self, process: Process, store: Store, clock: SetClock
    ) -> None:
        process.begin()
        await process.set({"tea": START})
        await clock.advance(timedelta(0), lambda: None)  # the look begins
        process.alarms.stop()
        await process.idle()
        assert process.calls == []
        successor = Process(store, clock)
        successor.begin()
        await successor.advance(timedelta(0))
        assert successor.rung == ["tea"]


class TestTheDatabaseIsAway:
    async def test_the_clock_goes_on_and_what_was_due_rings_late(
        self, process: Process, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        process.begin()
        await process.set(soon("tea"))
        await process.advance(timedelta(0))
        back = refusing(process.store, monkeypatch, "read")
        await process.advance(timedelta(minutes=10))
        assert process.calls == []
        assert caplog.text.count("does not say what is due") == 1
        back()
        await process.advance(timedelta(seconds=5))
        assert process.rung == ["tea"]

    async def test_what_could_not_be_claimed_rings_late(
        self, process: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        process.begin()
        await process.set(soon("tea"))
        back = refusing(process.store, monkeypatch, "write")
        await process.advance(timedelta(minutes=10))
        assert process.calls == []
        back()
        await process.advance(timedelta(seconds=5))
        assert process.rung == ["tea"]

    async def test_what_was_done_is_not_done_again_when_the_database_comes_back(
        self, process: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        process.blocked = asyncio.Event()
        process.begin()
        await process.set(soon("tea"))
        await process.go_on(MINUTE)
        back = refusing(process.store, monkeypatch, "write")
        process.blocked.set()
        await process.advance(10 * LEASE)
        back()
        assert list(process.store.read_now(pending)) == ["tea"]
        await process.advance(timedelta(hours=1))
        assert process.rung == ["tea"]
        assert process.store.read_now(pending) == {}

    async def test_what_was_done_is_stored_when_muster_stops(
        self, process: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        process.blocked = asyncio.Event()
        process.begin()
        await process.set(soon("tea"))
        await process.go_on(MINUTE)
        back = refusing(process.store, monkeypatch, "write")
        process.blocked.set()
        await process.idle()
        back()
        process.alarms.stop()
        await process.idle()
        assert process.store.read_now(pending) == {}

    async def test_a_job_that_cannot_write_is_called_again_for_all_of_them(
        self, process: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def write(_alarms: Sequence[Alarm]) -> None:
            if len(process.calls) == 1:
                raise OperationalError("INSERT", {}, Exception("the server closed the connection"))

        process.also = write
        process.begin()
        await process.set(soon("tea", "coffee"))
        await process.advance(MINUTE + timedelta(seconds=5))
        assert [len(call) for call in process.calls] == [2, 2]


class TestShared:
    async def test_what_another_process_sets_rings_within_a_second(
        self, store: Store, clock: SetClock
    ) -> None:
        one, other = Process(store, clock, shared=True), Process(store, clock, shared=True)
        one.begin()
        await one.advance(timedelta(minutes=10))
        await other.set({"tea": clock.now() + SECOND / 2})  # and dies
        await one.advance(LOOK_EVERY)
        assert one.rung == ["tea"]

    async def test_of_three_processes_each_alarm_is_had_by_one(
        self, open_store: Callable[[], Store], clock: SetClock
    ) -> None:
        processes = [Process(open_store(), clock, shared=True) for _ in range(3)]
        for process in processes:
            process.begin()
        keys = {f"{n:04}" for n in range(AT_ONCE + 100)}
        await processes[0].set(soon(*keys))

        async def idle() -> None:
            for process in processes:
                await process.idle()

        await clock.advance(MINUTE, lambda: None)  # all three look at the same time
        await idle()
        await clock.advance(5 * SECOND, idle)
        rung = [key for process in processes for key in process.rung]
        assert len(rung) == len(keys)
        assert set(rung) == keys

    async def test_a_process_without_the_job_leaves_its_alarms_alone(
        self, store: Store, clock: SetClock
    ) -> None:
        one, other = Process(store, clock, shared=True), Process(store, clock, shared=True)
        other.alarms.start()
        await one.set(soon("tea"))
        await other.advance(timedelta(minutes=10))
        one.begin()
        await one.advance(timedelta(0))
        assert one.rung == ["tea"]


def test_the_index_answers_what_rings_next(store: Store) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if "alarm" in statement:
            asked.append((statement, parameters))

    event.listen(store._reading, "before_cursor_execute", note)
    event.listen(store._writing, "before_cursor_execute", note)
    store.read_now(next_ring, [JOB, "duty.hand over"])
    store.write_now(claim, [JOB, "duty.hand over"], "me", START)
    for statement, parameters in tuple(asked):
        with store._reading.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        looks = [row[3] for row in plan if "alarm" in row[3]]
        assert looks
        assert all("ix_alarm_job_alarm_rings (job=?" in look for look in looks), looks


async def test_a_corrected_clock_is_followed_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, rang = SystemClock(), asyncio.Event()
    waits: list[float] = []
    loop = asyncio.get_running_loop()
    real = loop.call_later

    def later(delay: float, callback: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        waits.append(delay)
        return real(0, callback, *args)

    monkeypatch.setattr(loop, "call_later", later)
    due = clock.now() + timedelta(hours=5)
    now = [clock.now(), clock.now(), due]
    monkeypatch.setattr(clock, "now", lambda: now.pop(0) if len(now) > 1 else now[0])
    clock.at(due, rang.set)
    await rang.wait()
    assert max(waits) <= 60


class Kettle(Plugin):
    """Whistles."""

    name = "kettle"

    @command("boil")
    async def boil(self, ctx: Context, minutes: int) -> None:
        """Whistle later."""
        due = self.bot.now() + timedelta(minutes=minutes)

        def fill(session: Session) -> None:
            self.set_alarms(session, "whistle", {str(ctx.room): due})

        await self.store.write(fill)

    @command("cool")
    async def cool(self, ctx: Context) -> None:
        """Whistle not."""

        def clear(session: Session) -> None:
            self.clear_alarms(session, "whistle", [str(ctx.room)])

        await self.store.write(clear)

    @alarm("whistle")
    async def whistle(self, alarms: Sequence[Alarm]) -> None:
        """It is hot."""

        def end(session: Session) -> list[Alarm]:
            return self.end_alarms(session, "whistle", alarms)

        for one in await self.store.write(end):
            late = self.bot.now() - one.due > timedelta(seconds=1)
            self.bot.say(self.bot.rooms()[0], f"hot{', late' if late else ''}")


class TestInAPlugin:
    async def test_an_alarm_rings_once_at_its_time(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, plugins={"kettle": Kettle}) as stage:
            await stage.play(
                """
                <alice> !boil 5
                -- 4 minutes pass
                <alice> hm
                -- 1 minutes pass
                <muster> hot
                -- 60 minutes pass
                <alice> and now?
                <alice> !boil 5
                <alice> !cool
                -- 60 minutes pass
                """
            )

    async def test_it_rings_after_a_kill_late_where_its_time_is_over(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, plugins={"kettle": Kettle}) as stage:
            await stage.play(
                """
                <alice> !boil 5
                -- 4 minutes pass
                -- muster is killed
                -- 1 minute passes
                <muster> hot
                <alice> !boil 5
                """
            )
            stage.clock.forget()  # it is not there when the time comes
            await stage.play(
                """
                -- 10 minutes pass
                -- muster is killed
                -- 1 second passes
                <muster> hot, late
                -- muster is killed
                -- 10 minutes pass
                """
            )

    async def test_the_alarms_of_a_disabled_plugin_wait_until_it_is_enabled(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, plugins={"kettle": Kettle}) as stage:
            await stage.play(
                """
                <alice> !boil 5
                """
            )
            await stage.app.disable("kettle")
            await stage.play("-- 10 minutes pass")
            await stage.app.enable("kettle")
            await stage.play(
                """
                -- 0 seconds pass
                <muster> hot, late
                """
            )


class AnyOrder(RuleBasedStateMachine):
    """Alarms set, set again and cleared, claimed and ended: what rings is what a dictionary says."""

    JOBS = ("a", "b")

    def __init__(self) -> None:
        super().__init__()
        engine = create_engine("sqlite://")
        Base.metadata.tables["alarm"].create(engine)
        self.session = Session(engine)
        self.now = START
        self.due: dict[tuple[str, str], datetime] = {}
        self.held: dict[tuple[str, str], tuple[str, datetime]] = {}

    @rule(job=sampled_from(JOBS), key=sampled_from("xyz"), after=integers(-60, 180))
    def set(self, job: str, key: str, after: int) -> None:
        self.due[job, key] = self.now + after * SECOND
        self.held.pop((job, key), None)
        alarms.set_alarms(self.session, job, {key: self.due[job, key]})

    @rule(job=sampled_from(JOBS), key=sampled_from("xyz"))
    def clear(self, job: str, key: str) -> None:
        self.due.pop((job, key), None)
        self.held.pop((job, key), None)
        clear_alarms(self.session, job, [key])

    @rule(by=integers(0, 90))
    def wait(self, by: int) -> None:
        self.now += by * SECOND

    @rule(who=sampled_from(["p", "q"]), jobs=sampled_from([("a",), ("b",), JOBS]))
    def claim(self, who: str, jobs: tuple[str, ...]) -> None:
        expected = {
            (job, key)
            for (job, key), due in self.due.items()
            if job in jobs and max(due, self.held.get((job, key), ("", due))[1]) <= self.now
        }
        found = claim(self.session, jobs, who, self.now)
        assert {(job, alarm.key) for job, those in found.items() for alarm in those} == expected
        for name in expected:
            self.held[name] = (who, self.now + LEASE)

    @rule(who=sampled_from(["p", "q"]), job=sampled_from(JOBS))
    def end(self, who: str, job: str) -> None:
        asked = [Alarm(key, self.due[job, key]) for key in "xyz" if (job, key) in self.due]
        ended = {alarm.key for alarm in alarms.end(self.session, job, asked, who)}
        assert ended == {one.key for one in asked if self.held.get((job, one.key), ("",))[0] == who}
        for key in ended:
            del self.due[job, key], self.held[job, key]

    @invariant()
    def rings_next(self) -> None:
        expected = [self.held.get(name, ("", due))[1] for name, due in self.due.items()]
        assert next_ring(self.session, self.JOBS) == min(expected, default=None)

    def teardown(self) -> None:
        self.session.close()
        self.session.get_bind().engine.dispose()


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestAnyOrder = AnyOrder.TestCase
