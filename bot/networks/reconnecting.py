"""One connection after the other.

Rules of this file:

1. A lost connection is tried again, as :mod:`bot.networks.backoff` has it; one that stood for :data:`STOOD`
   counts as good, and the next loss as the first.
2. What trying again cannot help (a wrong password, a ban) ends the network, unless it has worked before in
   this process with the same settings: then the server, services or an operator may be wrong, and a meeting
   that is open must not end for it. It is tried again, slowly.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from bot.networks.backoff import Backoff, Failure, Loss
from bot.networks.base import PermanentError

log = logging.getLogger(__name__)

STOOD = 60.0
"""Seconds."""


class Reconnecting:
    """What keeps one network connected."""

    def __init__(self, network: str, backoff: Backoff) -> None:
        self.has_worked = False
        """Whether a connection has been ready for use, in this process; set by the network."""
        self._network = network
        self._backoff = backoff

    async def forever(self, connect: Callable[[], Awaitable[Loss]]) -> NoReturn:
        """Connect, with what stays until the connection is lost and gives why, until cancelled. Raises
        :class:`PermanentError` where trying again cannot help.
        """
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            loss = await connect()
            if loop.time() - began >= STOOD:
                self._backoff.succeeded()
            failure = loss.failure
            if failure is Failure.PERMANENT:
                if not self.has_worked:
                    raise PermanentError(f"{self._network}: {loss.why}")
                log.error("%s: %s", self._network, loss.why)
                failure = Failure.THROTTLED
            wait = self._backoff.after(failure).total_seconds()
            log.info("%s: %s; trying again in %.1f s", self._network, loss.why, wait)
            await asyncio.sleep(wait)
