"""When a tracker is looked at: every so often, when somebody asks, and as soon as it is back. Between two
looks, each :data:`CATCH_UP`, at what was changed since, where it can tell that.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.plugin import Bot, Timer
from plugins.tracker.backend import AwayError, BackendError
from plugins.tracker.contact import Contact
from plugins.tracker.shelf import Shelf
from plugins.tracker.syncing import Sync

log = logging.getLogger(__name__)

CATCH_UP = timedelta(minutes=3)


class Looks:
    """Looks at a tracker by ``sync``, ``every`` so often; ``back`` is called when one shows that it works
    again. ``name`` is the tracker's, for the log.
    """

    def __init__(
        self,
        sync: Sync,
        shelf: Shelf,
        contact: Contact,
        bot: Bot,
        *,
        name: str,
        every: timedelta,
        back: Callable[[], None],
    ) -> None:
        self._sync = sync
        self._shelf = shelf
        self._contact = contact
        self._bot = bot
        self._name = name
        self._every = every
        self._back = back
        self._timer: Timer | None = None
        self._due = bot.now()
        self._thens: list[Callable[[BackendError | None], None]] = []
        self.task: asyncio.Task[None] | None = None

    @property
    def are_on(self) -> bool:
        """Whether it is being looked at now."""
        return self.task is not None and not self.task.done()

    @property
    def are_wanted(self) -> bool:
        """Whether somebody waits for the end of a look."""
        return bool(self._thens)

    def stop(self) -> None:
        """Look no more by itself."""
        if self._timer is not None:
            self._timer.cancel()

    def begin(self, then: Callable[[BackendError | None], None] = lambda _error: None) -> None:
        """Look at all of it now; ``then`` hears whether that went well. While it is being looked at
        already, it is looked at once more.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._thens.append(then)
        if not self.are_on:
            self.task = asyncio.create_task(self._look(), name="look at the tracker")

    def come_forward(self) -> None:
        """Look as soon as a look is due, however long it was to be waited for; nothing while one goes on."""
        if self.are_on:
            return
        self.stop()
        self._due = self._shelf.synced + self._every if self._shelf.synced else self._bot.now()
        if self._due <= self._bot.now():
            self.begin()
        else:
            self._wait()

    def _wait(self) -> None:
        """Until the next look, or until it is time to catch up."""
        due, soon = self._contact.until_or(self._due), self._bot.now() + CATCH_UP
        if soon < due and self._sync.can_catch_up and not self._contact.is_away:
            self._timer = self._bot.at(soon, self._begin_to_catch_up)
        else:
            self._timer = self._bot.at(due, self.begin)

    def _begin_to_catch_up(self) -> None:
        if not self.are_on:
            self.task = asyncio.create_task(self._catch_up(), name="look at what changed in the tracker")

    async def _catch_up(self) -> None:
        await self._looked(self._sync.catch_up())
        await self._look()

    async def _look(self) -> None:
        """Look at it all, as long as somebody asked for that meanwhile; then wait."""
        while self._thens:
            self._due = self._bot.now() + self._every
            error = await self._looked(self._sync.run())
            thens, self._thens = self._thens, []
            for then in thens:
                then(error)
            if error is None and not self._thens:
                await self._looked(self._sync.deepen())
        self._wait()

    async def _looked(self, look: Awaitable[None]) -> BackendError | None:
        """What came of a look."""
        try:
            await look
        except BackendError as failed:
            error = failed
        except Exception:
            log.exception("%s could not be looked at", self._name)
            error = AwayError("something went wrong here, see my log.")
        else:
            if self._contact.worked():
                self._back()
            return None
        log.warning("%s could not be looked at: %s", self._name, error)
        self._contact.failed(error, self._bot.now(), random.random())  # noqa: S311
        return error
