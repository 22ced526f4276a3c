"""Turns: how many pages are made at once, so that whoever reads keeps no line of chat waiting.

Rules:

1. At most :data:`AT_ONCE` pages are made at once; who comes later waits for their turn, in their order. All
   are answered as soon as they would be side by side, since what is to be done is the same; and between two
   of them lines are heard.
2. While many lines are heard (:data:`MANY`), a turn is followed by a rest of :data:`REST` times as long as it
   took: all pages together have about a fifth of the time then.
3. A turn ends when an answer begins to be sent. A live stream holds none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BEGUN = "muster.begun"
"""Where an ASGI scope may have what is called when a turn begins."""
AT_ONCE = 2
REST = 8
MANY = 100
"""Lines a second."""
_LOOK = 0.25  # seconds over which lines are counted


class Turns:
    """The turns of one site. ``heard`` is how many lines this process has heard so far."""

    def __init__(self, heard: Callable[[], int]) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._heard = heard
        self._looked: tuple[float, int] = (0.0, 0)
        self._is_busy = False

    async def make(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Have ``app`` answer a request when it is its turn."""
        await self._turns.acquire()
        loop = asyncio.get_running_loop()
        began = loop.time()
        scope.get(BEGUN, _nothing)()
        is_over = False

        def end() -> None:
            nonlocal is_over
            if is_over:
                return
            is_over = True
            if self._many(loop.time()):
                loop.call_later(REST * (loop.time() - began), self._turns.release)
            else:
                self._turns.release()

        async def sending(message: Message) -> None:
            end()
            await send(message)

        try:
            await app(scope, receive, sending)
        finally:
            end()

    def _many(self, now: float) -> bool:
        """Whether many lines are heard now."""
        at, before = self._looked
        if now - at >= _LOOK:
            heard = self._heard()
            self._is_busy = heard - before >= MANY * (now - at)
            self._looked = now, heard
        return self._is_busy


def _nothing() -> None:
    """Nobody wants to know."""
