"""The one clock: what time it is, and calls at a time to come, in this process.

Tests inject their own (:class:`bot.testing.SetClock`), so nothing else may ask the system for the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Call it off."""


class Clock(Protocol):
    """Tells the time and calls back."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""

    def at(self, when: datetime, callback: Callable[[], None]) -> Timer:
        """Call back at a time; at once, if it is past, but never before this returns."""


class SystemClock:
    """The machine's clock."""

    _FAR = timedelta(minutes=1)

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return datetime.now(UTC)

    def at(self, when: datetime, callback: Callable[[], None]) -> Timer:
        """Call back at a time, looking again each minute so that a corrected clock is followed."""
        return _SystemTimer(self, when, callback)


class _SystemTimer:
    def __init__(self, clock: SystemClock, when: datetime, callback: Callable[[], None]) -> None:
        self._clock = clock
        self._when = when
        self._callback = callback
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle
        self._arm()

    def _arm(self) -> None:
        wait = min(self._when - self._clock.now(), SystemClock._FAR)
        self._handle = self._loop.call_later(max(0.0, wait.total_seconds()), self._ring)

    def _ring(self) -> None:
        if self._clock.now() < self._when:
            self._arm()
        else:
            self._callback()

    def cancel(self) -> None:
        self._handle.cancel()
