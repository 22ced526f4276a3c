"""What waiting alarms cost, and how soon those that are due at one instant are with their job."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from bench.figures import Figure
from bot import database, loader
from bot.alarms import Alarm, Alarms
from bot.clock import SystemClock
from bot.store import Store, database_url

SHARE = 1.0
"""Per cent of a core."""
LAST_WITHIN = 1.0
_JOB = "bench.ring"


class _Jobs:
    """A process with one job, that notes when it was given what and looks each second for others' alarms."""

    def __init__(self, store: Store) -> None:
        self.clock = SystemClock()
        self.store = store
        self.alarms = Alarms(store, self.clock, self._spawn, shared=True)
        self.lateness: list[float] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def _spawn(self, work: Awaitable[None], name: str) -> None:
        async def run() -> None:
            await work

        task = asyncio.create_task(run(), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def ring(self, alarms: Sequence[Alarm]) -> None:
        now = self.clock.now()
        self.lateness += [(now - alarm.due).total_seconds() for alarm in alarms]

    async def set(self, count: int, after: timedelta, prefix: str) -> None:
        due = self.clock.now() + after
        await self.store.write(self.alarms.set, _JOB, {f"{prefix}{n}": due for n in range(count)})

    async def stop(self) -> None:
        self.alarms.stop()
        while self._tasks:
            await asyncio.wait(self._tasks)


async def _measured(store: Store, pending: int, due: int, seconds: float) -> tuple[float, float]:
    """The share of a core that the clock takes at rest, in per cent; and how late, in seconds, the last of
    those is that are due at one instant.
    """
    jobs = _Jobs(store)
    jobs.alarms.add(_JOB, jobs.ring)
    await jobs.set(pending, timedelta(days=1), "later ")
    jobs.alarms.start()
    await asyncio.sleep(min(1.0, seconds))  # the first looks compile their statements
    cpu, begun = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    share = 100 * (time.process_time() - cpu) / (time.perf_counter() - begun)
    await jobs.set(due, timedelta(seconds=0.5), "now ")
    async with asyncio.timeout(60):
        while len(jobs.lateness) < due:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await jobs.stop()
    return share, max(jobs.lateness)


def measure(pending: int = 10_000, due: int = 1_000, seconds: float = 20.0) -> Iterator[Figure]:
    """Let alarms wait, and others ring, on SQLite as if other processes shared it."""
    loader.installed()
    with (
        tempfile.TemporaryDirectory(prefix="muster-bench-") as folder,
        closing(Store(database_url("sqlite:///muster.db", Path(folder)))) as store,
    ):
        database.upgrade(store)
        share, last = asyncio.run(_measured(store, pending, due, seconds))
    yield Figure(f"{pending:,} alarms pending, looked at each second: share of a core", share, "%", SHARE)
    yield Figure(
        f"{due:,} alarms due at one instant among {pending:,}: the last is with its job after",
        last,
        "s",
        LAST_WITHIN,
    )
