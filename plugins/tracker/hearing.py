"""Looks at what the tracker said has changed, one item after the other.

Rules:

1. What is said within :data:`GATHER` is gathered: an item that is named ten times is looked at once.
2. While the tracker is away it is remembered, and looked at when it is back. Whatever is lost with the
   process, or is too much, the next look at everything finds.
3. That reviews have changed is passed on, likewise gathered.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.plugin import Bot, Timer
from plugins.tracker.backend import AwayError, BackendError, UnauthorizedError
from plugins.tracker.contact import Contact
from plugins.tracker.items import Item, Ref

log = logging.getLogger(__name__)

GATHER = timedelta(seconds=1)
MOST = 200
"""Where more items wait than this, everything is looked at instead."""


class Hearing:
    """Takes in what the tracker says. ``look`` looks at an item, ``look_at_all`` at everything; ``back`` is
    called when a look shows that the tracker works again.
    """

    def __init__(
        self,
        bot: Bot,
        contact: Contact,
        *,
        look: Callable[[Ref], Awaitable[Item | None]],
        look_at_all: Callable[[], None],
        back: Callable[[], None],
    ) -> None:
        self._bot = bot
        self._contact = contact
        self._look = look
        self._look_at_all = look_at_all
        self._back = back
        self._named: dict[Ref, None] = {}
        self._passes_on: list[Callable[[], None]] = []
        self._timer: Timer | None = None
        self.task: asyncio.Task[None] | None = None

    def hear(self, ref: Ref) -> None:
        """Something about this item has changed."""
        if len(self._named) >= MOST:
            self._named.clear()
            self._look_at_all()
            return
        self._named[ref] = None
        self._begin_at(GATHER)

    def pass_on(self, call: Callable[[], None]) -> None:
        """Call this, once, when what is said now is gathered."""
        if call not in self._passes_on:
            self._passes_on.append(call)
        self._begin_at(GATHER)

    def begin(self) -> None:
        """Look now at what was named."""
        self.stop()
        calls, self._passes_on = self._passes_on, []
        for call in calls:
            call()
        if self._named and (self.task is None or self.task.done()):
            self.task = asyncio.create_task(self._run(), name="what the tracker said")

    def stop(self) -> None:
        """Look no more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin_at(self, after: timedelta) -> None:
        if self._timer is None:
            self._timer = self._bot.at(self._bot.now() + after, self.begin)

    async def _run(self) -> None:
        while self._named:
            ref = next(iter(self._named))
            del self._named[ref]  # what is said of it from now on wants another look
            try:
                await self._look(ref)
            except (AwayError, UnauthorizedError) as error:
                self._named = {ref: None, **self._named}
                self._wait(error)
                return
            except BackendError as error:
                log.warning("%s was named and could not be looked at: %s", ref, error)
            else:
                if self._contact.worked():
                    self._back()

    def _wait(self, error: BackendError) -> None:
        """Until the tracker is back, which others may see before."""
        if not self._contact.is_away:
            log.warning("What the tracker named cannot be looked at: %s", error)
        self._contact.failed(error, self._bot.now(), random.random())  # noqa: S311
        if self._contact.until is not None:
            self._begin_at(self._contact.until - self._bot.now())
