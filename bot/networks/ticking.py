"""The one timer of a connection: it has done what its protocol has due, when that is due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

log = logging.getLogger(__name__)


class Ticking:
    """Calls ``tick`` at the time that ``due`` gives (UTC; ``None`` for never). An exception is logged, and
    what is due next is done all the same.
    """

    def __init__(
        self,
        network: str,
        clock: Callable[[], datetime],
        due: Callable[[], datetime | None],
        tick: Callable[[], None],
    ) -> None:
        self._network = network
        self._clock = clock
        self._due = due
        self._tick = tick
        self._timer: asyncio.TimerHandle | None = None
        self._planned: datetime | None = None

    def plan(self) -> None:
        """Look what is due next; call it after whatever may have changed that."""
        due = self._due()
        if due == self._planned:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._planned = None, due
        if due is not None:
            wait = max(0.0, (due - self._clock()).total_seconds())
            self._timer = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        self._timer, self._planned = None, None
        try:
            self._tick()
        except Exception:
            log.exception("%s: what was due could not be done", self._network)
        self.plan()
