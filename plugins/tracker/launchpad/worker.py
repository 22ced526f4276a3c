"""The one thread in which all talk with Launchpad happens, and how fast.

Rules:

1. launchpadlib's objects mix up each other's answers when threads share them: they are made, used and let go
   of in this thread alone. What comes out of it are frozen values.
2. A job is short: one page, one look-up, one change. What a person waits for goes before the pages of a sync.
3. A job that has begun is finished. One that nobody waits for any more, and has not begun, is not begun.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from plugins.tracker.backend import AwayError

T = TypeVar("T")


class Pace:
    """How often Launchpad may be asked: ``rate`` times a second, ``burst`` times at once. What nobody waits
    for leaves half of the burst to those who do. A token bucket; times are in seconds of one clock. Pure but
    for what it counts.
    """

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = 0.0

    def wait(self, now: float, *, urgent: bool) -> float:
        """Seconds until the next job may begin."""
        needed = 1.0 if urgent else 1.0 + self._burst / 2
        return max((needed - self._left(now)) / self._rate, 0.0)

    def take(self, now: float) -> None:
        """A request goes out."""
        self._tokens = self._left(now) - 1.0
        self._at = now

    def _left(self, now: float) -> float:
        return min(self._tokens + max(now - self._at, 0.0) * self._rate, self._burst)


@dataclass(order=True)
class _Job:
    """Something to do. The less comes first: what is urgent, then what has waited longest."""

    later: bool
    n: int
    work: Callable[[], Any] = field(compare=False)
    future: Future[Any] = field(compare=False)


class Worker:
    """A thread that does one job after the other. It starts with the first."""

    def __init__(self, name: str, pace: Pace, clock: Callable[[], float] = time.monotonic) -> None:
        self.pace = pace
        self.clock = clock
        self._changed = threading.Condition()
        self._jobs: list[_Job] = []
        self._made = 0
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def do(self, work: Callable[[], T], *, urgent: bool) -> Future[T]:
        """Do something in the thread, in its turn. Raises :class:`RuntimeError` after :meth:`close`."""
        future: Future[T] = Future()
        with self._changed:
            if self._is_closed:
                raise RuntimeError("the worker is closed")
            self._made += 1
            heapq.heappush(self._jobs, _Job(not urgent, self._made, work, future))
            if self._thread.ident is None:
                self._thread.start()
            self._changed.notify()
        return future

    def close(self, within: float | None = None) -> bool:
        """Begin nothing more, and wait for the job that has begun, so many seconds at most; whether it is
        done. What has not begun fails, undone.
        """
        with self._changed:
            self._is_closed = True
            for job in self._jobs:
                if job.future.set_running_or_notify_cancel():
                    job.future.set_exception(AwayError("Muster is ending."))
            self._jobs.clear()
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(within)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                result = job.work()
            except BaseException as error:  # noqa: BLE001 - whoever waits for the job gets what it raised
                job.future.set_exception(error)
            else:
                job.future.set_result(result)

    def _next(self) -> _Job | None:
        """The next job, once it may begin; ``None`` when closed."""
        with self._changed:
            while not self._is_closed:
                if not self._jobs:
                    self._changed.wait()
                    continue
                wait = self.pace.wait(self.clock(), urgent=not self._jobs[0].later)
                if wait <= 0:
                    return heapq.heappop(self._jobs)
                self._changed.wait(wait)
            return None
