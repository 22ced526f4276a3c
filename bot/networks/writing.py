"""The writer of a connection: it sends what may go out, then waits until something may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NoReturn

from bot.networks.receipts import KEPT


class Writing:
    """What a writer task does until it is cancelled."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something may go out that could not before."""
        self._wake.set()

    async def run(self, send: Callable[[], None], wait: Callable[[], float | None]) -> NoReturn:
        """``send`` sends all that may go now; ``wait`` says in how many seconds more may, if any will."""
        while True:
            self._wake.clear()
            send()
            try:
                async with asyncio.timeout(wait()):
                    await self._wake.wait()
            except TimeoutError:
                continue


async def has_gone(ask: Callable[[Callable[[bool], None]], None]) -> bool:
    """Wait for what ``ask`` calls back with, for up to :data:`~bot.networks.receipts.KEPT`."""
    gone: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def answer(value: bool) -> None:
        if not gone.done():
            gone.set_result(value)

    ask(answer)
    try:
        async with asyncio.timeout(KEPT):
            return await gone
    except TimeoutError:
        return False
