"""A clock for tests: it stands until it is moved."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
"""When every stage's clock begins: a Sunday evening."""


@dataclass(order=True)
class _SetTimer:
    when: datetime
    order: int
    callback: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Call it off."""
        self.cancelled = True


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._timers: list[_SetTimer] = []
        self._count = 0

    def now(self) -> datetime:
        """The time it is set to."""
        return self._now

    def at(self, when: datetime, callback: Callable[[], None]) -> _SetTimer:
        """Call back once the clock has been moved that far."""
        self._count += 1
        timer = _SetTimer(when, self._count, callback)
        heapq.heappush(self._timers, timer)
        return timer

    def forget(self) -> None:
        """Drop all that is set, as when a process ends."""
        self._timers.clear()

    async def advance(self, by: timedelta, settled: Callable[[], object]) -> None:
        """Move on, ringing what is due on the way, each at its time."""
        until = self._now + by
        while self._timers and self._timers[0].when <= until:
            timer = heapq.heappop(self._timers)
            self._now = max(self._now, timer.when)
            if not timer.cancelled:
                timer.callback()
                waiting = settled()
                if asyncio.iscoroutine(waiting):
                    await waiting
        self._now = until
