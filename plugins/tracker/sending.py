"""Sends the writes that wait, one after the other, as :func:`plugins.tracker.queue.course` has it.

Rules:

1. One task sends, and only while something waits. When the tracker is away it ends, and begins again at the
   time that :class:`~plugins.tracker.contact.Contact` says, or as soon as something else shows that it is
   back.
2. It may be ended at any point: what it had begun is found in the database, and looked up.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import timedelta

from bot.plugin import Bot, Timer
from plugins.tracker.backend import AwayError, Backend, BackendError, Outcome
from plugins.tracker.contact import Contact
from plugins.tracker.items import Field, Item, ItemKind
from plugins.tracker.queue import Act, Course, Keep, LookUp, Result, Send, Step, Write, course
from plugins.tracker.shelf import Shelf

log = logging.getLogger(__name__)

_IN_A_ROW = 5
"""After so many conflicts in a row, whose item still holds what was seen, the tracker is given a rest."""
_SKEW = timedelta(minutes=10)
"""So far the tracker's clock may be off."""


class Sender:
    """Sends what waits on the shelf. ``ended`` is told of each write of which something came, ``paused`` that
    the rest must wait; ``back`` that the tracker works again.
    """

    def __init__(
        self,
        backend: Backend,
        shelf: Shelf,
        contact: Contact,
        bot: Bot,
        *,
        ended: Callable[[Write], None],
        paused: Callable[[], None],
        back: Callable[[], None],
    ) -> None:
        self._backend = backend
        self._shelf = shelf
        self._contact = contact
        self._bot = bot
        self._ended = ended
        self._paused = paused
        self._back = back
        self._timer: Timer | None = None
        self.task: asyncio.Task[None] | None = None

    def poke(self) -> None:
        """Something waits: send it, unless the tracker is away."""
        running = self.task is not None and not self.task.done()
        if not running and not self._contact.is_away:
            self.begin()

    def begin(self) -> None:
        """Try, whether the tracker is away or not."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._run(), name="tracker's writes")

    def stop(self) -> None:
        """Leave the rest for the next start."""
        if self._timer is not None:
            self._timer.cancel()
        if self.task is not None:
            self.task.cancel()

    async def _run(self) -> None:
        try:
            error = await self._drain()
        except Exception:
            log.exception("A write to the tracker could not be sent")
            error = AwayError("something went wrong here, see my log")
        if error is None:
            return
        before = self._contact.error
        self._contact.failed(error, self._bot.now(), random.random())  # noqa: S311
        if before is None:
            waiting = len(self._shelf.open_writes)
            log.warning("%s is away, %d writes wait: %s", self._backend.name, waiting, error)
        if self._contact.until is not None:
            self._timer = self._bot.at(self._contact.until, self.begin)
        self._paused()

    async def _drain(self) -> BackendError | None:
        """Send until nothing waits, or the tracker is away: then why."""
        conflicts = 0
        while waiting := self._shelf.open_writes:
            made = await self._attempt(waiting[0])
            await self._shelf.end(made.write, made.item)
            if made.error is not None:
                return made.error
            if self._contact.worked():
                self._back()
            if made.write.is_open:
                conflicts += 1
                if conflicts == _IN_A_ROW:
                    return AwayError(f"{made.write.ref.name} changes all the time")
                continue
            conflicts = 0
            # A new bug has its number only now.
            self._ended(made.write if made.item is None else made.write.replace(ref=made.item.ref))
        return None

    async def _attempt(self, write: Write) -> Course:
        steps = course(write, self._shelf.items.kept(write.ref), self._bot.now())
        result: Result = None
        while True:
            try:
                step = steps.send(result)
            except StopIteration as stop:
                ended: Course = stop.value
                return ended
            result = await self._result(step)

    async def _result(self, step: Step) -> Result:
        try:
            match step:
                case Keep(write=write):
                    await self._shelf.keep_write(write)
                    return None
                case LookUp(write=write):
                    return await self._found(write)
                case Send(write=write):
                    return await self._sent(step)
        except BackendError as error:
            return error

    async def _found(self, write: Write) -> Item | None:
        if write.act is not Act.CREATE or write.ref.kind is ItemKind.BLUEPRINT:
            return await self._backend.get(write.ref)
        since = (write.since or self._bot.now()) - _SKEW
        async for page in self._backend.find(ItemKind.BUG, since):
            for item in page:
                is_since = item.created is None or item.created >= since
                if is_since and item.title == write.wanted[Field.TITLE]:
                    return item
        return None

    async def _sent(self, step: Send) -> Outcome:
        write = step.write
        match write.act:
            case Act.UPDATE:
                return await self._backend.update(write.ref, step.version, step.changes, step.own_version)
            case Act.COMMENT:
                return await self._backend.comment(write.ref, write.text)
            case Act.CREATE:
                return await self._backend.create(write.new)
