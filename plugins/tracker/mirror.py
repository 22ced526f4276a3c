"""A tracker elsewhere (Launchpad), as Muster keeps it: look-ups from what was seen, changes through a queue.

Rules:

1. A change is kept before it is sent. Whoever asked waits at most :data:`WITHIN` for what comes of it, and
   not at all while the tracker is away.
2. What then does not come to be is told in the room where it was asked for, to the nick who asked, once
   Muster is there; it is told again rather than not at all.
3. It is looked at again every ``sync_every``, and as soon as it is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from bot.plugin import Bot, By, UserError
from bot.text import counted, listed
from plugins.tracker.answers import (
    Answer,
    Ask,
    Diverged,
    Done,
    Refused,
    Seen,
    Waiting,
    WhyNot,
    named,
)
from plugins.tracker.backend import (
    AwayError,
    Backend,
    BackendError,
    Capability,
    Denied,
    Invalid,
)
from plugins.tracker.contact import Contact, spoken
from plugins.tracker.hearing import Hearing
from plugins.tracker.index import Items
from plugins.tracker.items import (
    Changes,
    Field,
    Item,
    ItemKind,
    MergeProposal,
    Milestone,
    New,
    Ref,
    TrackerMember,
)
from plugins.tracker.looking import Looks
from plugins.tracker.planning import Plan, is_past, superseded, to_make_again
from plugins.tracker.queue import Act, State, Write, created, with_line
from plugins.tracker.reporting import Reporter
from plugins.tracker.rules import why_not_by_hand, why_not_duplicate
from plugins.tracker.sending import Sender
from plugins.tracker.shelf import Shelf
from plugins.tracker.syncing import Sync
from plugins.tracker.telling import waiting

log = logging.getLogger(__name__)

T = TypeVar("T")

WITHIN = timedelta(seconds=6)
"""So long a command waits for the tracker."""


class Mirror:
    """A tracker behind a :class:`~plugins.tracker.backend.Backend`, of a project. :meth:`open` comes
    first.
    """

    is_local = False

    def __init__(self, bot: Bot, backend: Backend, project: str, sync_every: timedelta) -> None:
        self._bot = bot
        self._backend = backend
        self._project = project
        self._contact = Contact()
        self.title = backend.name.partition(" (")[0]
        self._shelf = Shelf(bot.store, backend.key, self.title, bot.now, backend.untold)
        self._sync = Sync(backend, self._shelf, bot.now)
        self._looks = Looks(
            self._sync, self._shelf, self._contact, bot, name=backend.name, every=sync_every, back=self._back
        )
        self._reporter = Reporter(bot, self._shelf, is_awaited=lambda id_: id_ in self._waits)
        self._sender = Sender(
            backend,
            self._shelf,
            self._contact,
            bot,
            ended=self._ended,
            paused=self._paused,
            back=self._back,
        )
        self._hearing = Hearing(bot, self._contact, look=self.refresh, look_at_all=self.sync, back=self._back)
        self._waits: dict[int, asyncio.Future[Write | None]] = {}
        self._beside: set[asyncio.Task[None]] = set()
        self._leaving = asyncio.Event()
        self._hears_failures: list[Callable[[Ref, By], None]] = []

    async def open(self) -> None:
        """Read what is kept, and go on with what waits."""
        await self._shelf.open()
        self._sender.poke()
        self._looks.come_forward()

    async def load(self) -> None:
        """Read what is kept, and leave the tracker alone."""
        await self._shelf.load()

    def leave(self) -> None:
        """Muster ends: whoever waits for the tracker, and whoever would yet, waits no more."""
        self._leaving.set()
        self._give_up(self._waits)

    async def close(self) -> None:
        """Leave what waits for the next start."""
        self._looks.stop()
        self._hearing.stop()
        self._sender.stop()
        tasks = self._tasks
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._backend.close()

    async def idle(self) -> None:
        """Wait until nothing is being sent or looked at."""
        while tasks := [task for task in self._tasks if not task.done()]:
            await asyncio.wait(tasks)

    @property
    def _tasks(self) -> list[asyncio.Task[None]]:
        tasks = (self._sender.task, self._looks.task, self._hearing.task, *self._beside)
        return [task for task in tasks if task is not None]

    # What there is

    @property
    def items(self) -> Items:
        """All that was seen, with the writes that wait."""
        return self._shelf.items

    @property
    def on_milestones(self) -> Callable[[], None]:
        """What is called once other milestones, or other dates of them, are known."""
        return self._shelf.on_milestones

    @on_milestones.setter
    def on_milestones(self, call: Callable[[], None]) -> None:
        self._shelf.on_milestones = call

    @property
    def milestones(self) -> Sequence[Milestone]:
        """The milestones, by name."""
        return self._shelf.milestones

    @property
    def focus(self) -> str:
        """The series under development; nothing, where none is known."""
        return self._shelf.focus

    def unasked(self, kind: ItemKind) -> int:
        """Of how many open items it may not be known yet what only a look at each tells."""
        return self._sync.unasked(kind)

    def capabilities(self) -> Collection[str]:
        """What the tracker lets Muster do."""
        return self._backend.capabilities()

    @property
    def synced(self) -> datetime | None:
        """When the last look at all of it began that came to its end."""
        return self._shelf.synced

    def age(self) -> timedelta | None:
        """How old what is kept is; :data:`timedelta.max` where nothing was ever seen whole."""
        synced = self._shelf.synced
        return self._bot.now() - synced if synced is not None else timedelta.max

    def as_of(self) -> str:
        """That it is away, and how old what is known of it is; nothing, where it is not away."""
        if not self._contact.is_away:
            return ""
        synced = self._shelf.synced
        if synced is None:
            return f"({self.title} is away, and was not read yet)"
        return f"({self.title} is away; as of {spoken(self._bot.now() - synced)} ago)"

    def status(self) -> list[str]:
        """What ``!tracker`` says."""
        lines = [self._what_there_is()]
        error, until = self._contact.error, self._contact.until
        if self._contact.must_log_in:
            lines.append(f"It does not let Muster in, and nothing is written: {error}")
        elif error is not None and until is not None:
            pause = spoken(max(until - self._bot.now(), timedelta()))
            lines.append(f"It is away: {error} I try again in {pause}.")
        waits = waiting(self._shelf.open_writes)
        if waits:
            lines.append(waits)
        now = self._bot.now()
        left = [one for one in self._shelf.left if one.state is State.DIVERGED and not is_past(one, now)]
        if left:
            again = f"whoever asked for them can say {self._bot.prefix}again"
            lines.append(f"{counted(len(left), 'change')} diverged from what others did; {again}.")
        return lines

    def _what_there_is(self) -> str:
        counts = (
            counted(len(self.items.blueprints), "blueprint"),
            counted(len(self.items.bugs), "bug"),
            counted(len(self.milestones), "milestone"),
        )
        synced = self._shelf.synced
        age = f"read {spoken(self._bot.now() - synced)} ago" if synced is not None else "not read whole yet"
        reading = ", being read now" if self._looks.are_wanted else ""
        mode = "" if Capability.UPDATE in self.capabilities() else " It is read-only: `muster tracker login`."
        return f"{self._backend.name}, {self._project}: {listed(counts)}, {age}{reading}.{mode}"

    # What is changed

    async def change(
        self, asks: Sequence[Ask], by: By, also: Callable[[Session], None] | None = None
    ) -> list[Answer]:
        """See :meth:`plugins.tracker.plugin.Tracker.change`."""
        plan, ids = await self._shelf.change(
            lambda: self._planned(asks, by),
            lambda: superseded(self._shelf.left, asks, by),
            by,
            also,
        )
        outcomes = await self._outcomes(ids.values())
        answers = list(plan.answers)
        for number, id_ in ids.items():
            answers[number] = self._answer(outcomes[id_], asks[number].seen.ref)
        return answers

    def _planned(self, asks: Sequence[Ask], by: By) -> Plan:
        plan = Plan(self.items, by, later=lambda item: item, why_not=self._why_not)
        plan.take(asks)
        return plan

    def _why_not(self, ref: Ref, changes: Changes) -> str:
        return (
            self._why_not_write(Capability.UPDATE)
            or why_not_by_hand(ref, changes)
            or why_not_duplicate(ref, str(changes.get(Field.DUPLICATE, "")), self.items.get, is_all=False)
        )

    def _why_not_write(self, capability: str) -> str:
        if capability in self.capabilities():
            return ""
        if Capability.UPDATE in self.capabilities():
            return f"{self.title} cannot do that"
        return f"{self.title} is read-only here, until an operator has run `muster tracker login`"

    async def create(self, new: New, by: By) -> Answer:
        """See :meth:`plugins.tracker.plugin.Tracker.create`."""
        is_bug = new.kind is ItemKind.BUG
        why = self._why_not_write(Capability.CREATE_BUG if is_bug else Capability.CREATE_BLUEPRINT)
        if why:
            return Refused(why)
        write = created(new, by)
        if not is_bug and self.items.get(write.ref) is not None:
            return Refused(f"there is a blueprint {new.name} already")
        return await self._made(await self._shelf.add(write, "created", None, new.title))

    async def comment(self, ref: Ref, text: str, by: By) -> Answer:
        """See :meth:`plugins.tracker.plugin.Tracker.comment`."""
        item = self.items.get(ref)
        if item is None:
            return Refused(f"there is no {named(ref)}")
        why = self._why_not_write(Capability.COMMENT)
        if why:
            return Refused(why)
        write = Write(Act.COMMENT, ref, by, text=text)
        if ref.kind is ItemKind.BUG:
            return await self._made(await self._shelf.add(write, "comment", None, text))
        after = with_line(item, text).whiteboard
        return await self._made(await self._shelf.add(write, "whiteboard", item.whiteboard, after))

    async def _made(self, write: Write) -> Answer:
        outcomes = await self._outcomes([write.id])
        return self._answer(outcomes[write.id] or write, write.ref)

    async def again(self, by: By, why_not: WhyNot) -> list[Answer]:
        """See :meth:`plugins.tracker.plugin.Tracker.again`."""
        asks = []
        answers: list[Answer] = []
        for write in to_make_again(self._shelf.left, by):
            item = self.items.get(write.ref)
            wanted = {Field.WHITEBOARD: write.text} if write.act is Act.COMMENT else write.wanted
            why = why_not(Ask(item, wanted)) if item is not None else ""
            if why:
                await self._shelf.drop_writes([write])
                answers.append(Refused(why))
            elif write.act is Act.UPDATE and item is not None:
                asks.append(Ask(item, write.wanted))
            elif write.act is Act.COMMENT and item is not None:
                await self._shelf.drop_writes([write])
                answers.append(await self.comment(write.ref, write.text, by))
            else:
                await self._shelf.drop_writes([write])
                answers.append(Refused(f"{named(write.ref)}: {write.why}"))
        return answers + (await self.change(asks, by) if asks else [])

    async def add_milestone(self, milestone: Milestone, by: By) -> None:
        """Raises :class:`UserError`: they are made there."""
        raise UserError(f"Milestones are made in {self.title}, by who drives the project there; I see them.")

    async def close_milestone(self, name: str, by: By) -> None:
        """Raises :class:`UserError`, likewise."""
        raise UserError(f"Milestones are closed in {self.title}, by who drives the project there; I see it.")

    # What comes of it

    async def _outcomes(self, ids: Iterable[int]) -> Mapping[int, Write | None]:
        """What comes of these writes; ``None`` of those that must wait."""
        loop = asyncio.get_running_loop()
        waits = {id_: loop.create_future() for id_ in ids}
        self._waits |= waits
        self._sender.poke()
        if self._contact.is_away or self._leaving.is_set():
            self._give_up(waits)
        timer = self._bot.at(self._bot.now() + WITHIN, lambda: self._give_up(waits))
        try:
            found = {id_: await wait for id_, wait in waits.items()}
        finally:
            timer.cancel()
            for id_ in waits:
                self._waits.pop(id_, None)
        told = [write for write in found.values() if write is not None and write.state is not State.DONE]
        if told:  # once whoever asked has the answer
            self._spawn(self._shelf.set_told(told), "what was told of the tracker's writes")
        return found

    def _give_up(self, ids: Iterable[int]) -> None:
        """Let nobody wait for these any more."""
        for id_ in list(ids):
            wait = self._waits.pop(id_, None)
            if wait is not None and not wait.done():
                wait.set_result(None)

    def _answer(self, write: Write | None, ref: Ref) -> Answer:
        item = self.items.get(write.ref if write is not None else ref)
        if write is None or write.is_open:
            shown = item if item is not None else (write.laid(None) if write is not None else None)
            if shown is None:
                return Refused(f"there is no {named(ref)} any more")
            return Waiting(shown, self._why_waiting())
        if write.state is State.REFUSED:
            return Refused(write.why)
        if item is None:
            return Refused(write.why or f"there is no {named(ref)} any more")
        if write.state is State.DIVERGED:
            return Diverged(item, write.differing(item) if write.act is Act.UPDATE else (), write.why)
        return Done(item)

    def _why_waiting(self) -> str:
        if self._contact.must_log_in:
            return f"{self.title} does not let Muster in"
        return f"{self.title} is away" if self._contact.is_away else f"{self.title} takes its time"

    def _ended(self, write: Write) -> None:
        wait = self._waits.pop(write.id, None)
        if wait is not None and not wait.done():
            wait.set_result(write)
        elif write.state is State.DONE:
            self._reporter.tell_number(write)
        else:
            log.warning("A write to %s came to nothing: %s: %s", self._backend.name, write.ref, write.why)
            for hear in self._hears_failures:
                hear(write.ref, write.by)
            self._spawn(self._reporter.report(), "what came of the tracker's writes")

    def _paused(self) -> None:
        self._give_up(self._waits)

    def _back(self) -> None:
        """It works again: what waits is sent, and what is due is looked at."""
        log.info("%s is back", self._backend.name)
        self._sender.begin()
        self._looks.come_forward()
        self._hearing.begin()

    def entered(self) -> None:
        """Muster came into a room: tell there what was not told yet."""
        if self._reporter.has_untold:
            self._spawn(self._reporter.report(), "what came of the tracker's writes")

    def _spawn(self, work: Awaitable[None], name: str) -> None:
        async def run() -> None:
            try:
                await work
            except Exception:
                log.exception("%s failed", name)

        task = asyncio.create_task(run(), name=name)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    # Looking at it

    def listen(self, hear: Callable[[Sequence[Seen]], None]) -> None:
        """Call ``hear`` with what others changed."""
        self._shelf.listen(hear)

    def unlisten(self, hear: Callable[[Sequence[Seen]], None]) -> None:
        """Call it no more."""
        self._shelf.unlisten(hear)

    def listen_to_failures(self, hear: Callable[[Ref, By], None]) -> None:
        """Call ``hear`` with what waited and came to nothing; at once with what is known still."""
        self._hears_failures.append(hear)
        for write in self._shelf.left:
            hear(write.ref, write.by)

    def unlisten_to_failures(self, hear: Callable[[Ref, By], None]) -> None:
        """Call it no more."""
        self._hears_failures.remove(hear)

    def sync(self, then: Callable[[BackendError | None], None] = lambda _error: None) -> None:
        """Look at all of it now; ``then`` hears whether that went well. While it is being looked at
        already, it is looked at once more.
        """
        self._looks.begin(then)

    def was_told(self, ref: Ref) -> None:
        """The tracker says that something about this item has changed: it is looked at soon."""
        self._hearing.hear(ref)

    def pass_on(self, call: Callable[[], None]) -> None:
        """Call this once, when what the tracker says now is gathered."""
        self._hearing.pass_on(call)

    async def refresh(self, ref: Ref) -> Item | None:
        """Look at one item now, and keep what was found; one that is gone is kept no more."""
        asked = self._shelf.tick
        found = await self._while_here(self._backend.get(ref))
        kept = self.items.kept(ref)
        if found is not None:
            await self._shelf.take_whole(found, asked)
        elif kept is not None:
            await self._shelf.drop([kept])
        self._shelf.tell()
        return self.items.get(ref)

    async def reviews(self) -> Sequence[MergeProposal]:
        """What waits to be reviewed."""
        return await self._while_here(self._backend.reviews())

    # Teams

    async def members(self, team: str) -> Sequence[TrackerMember] | None:
        """Who is on a team."""
        return await self._while_here(self._backend.members(team))

    async def person(self, id_: str) -> TrackerMember | None:
        """Somebody by their id."""
        return await self._while_here(self._backend.person(id_))

    async def set_member(self, team: str, person: str, *, on: bool) -> Refused | None:
        """Add somebody to a team, or take them off."""
        outcome = await self._while_here(self._backend.set_member(team, person, on=on))
        return Refused(outcome.why) if isinstance(outcome, Denied | Invalid) else None

    async def _while_here(self, work: Coroutine[Any, Any, T]) -> T:
        """What the tracker answers, as long as Muster does not end. Raises :class:`BackendError`."""
        leaving = asyncio.create_task(self._leaving.wait())
        asked = asyncio.create_task(work)
        try:
            await asyncio.wait({leaving, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise AwayError("Muster is ending.")
            return asked.result()
        finally:
            leaving.cancel()
            asked.cancel()
