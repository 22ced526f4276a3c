"""What Muster keeps of a tracker elsewhere: its items, its milestones, and the writes that wait for it.

Rules:

1. The database first, then memory: what is shown was stored. One change is made at a time.
2. What others changed is recorded as theirs, in the transaction that keeps it, and told to whoever listens
   once it is gathered (:meth:`Shelf.tell`).
3. A page that was asked for before a write of Muster's came to its end says nothing of that write's item.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.model import Actor, Json
from bot.plugin import By, record
from bot.store import Store
from plugins.tracker import tables
from plugins.tracker.answers import Seen
from plugins.tracker.comparing import Found, compared
from plugins.tracker.forms import as_json
from plugins.tracker.index import Items
from plugins.tracker.items import Item, ItemKind, Milestone, Ref
from plugins.tracker.planning import Plan
from plugins.tracker.queue import Act, State, Write, rebased

log = logging.getLogger(__name__)


class Shelf:
    """What is kept of the tracker with this ``key``, which people call ``title``. :meth:`open` comes first;
    ``now`` tells the time, ``untold`` what only a look at one item tells of a kind.
    """

    def __init__(
        self,
        store: Store,
        key: str,
        title: str,
        now: Callable[[], datetime],
        untold: Callable[[ItemKind], Collection[str]],
    ) -> None:
        self._store = store
        self._key = key
        self._title = title
        self._now = now
        self._untold = untold
        self._changing = asyncio.Lock()
        self._tracker = 0
        self._digests: tables.Digests = {}
        self._writes: dict[int, Write] = {}
        self._written: dict[Ref, int] = {}
        self._news: dict[Ref, Seen] = {}
        self._hears: list[Callable[[Sequence[Seen]], None]] = []
        self.tick = 0
        """Counts the ends of Muster's own writes: what was asked for before one does not show it."""
        self.items = Items()
        self.milestones: Sequence[Milestone] = ()
        self.on_milestones: Callable[[], None] = lambda: None
        self.focus = ""
        """The series under development."""
        self.synced: datetime | None = None

    async def open(self) -> None:
        """Read what is kept."""
        kept = await self._store.write(tables.opened, self._key)
        self.items, self._writes = Items(), {}
        self._open(kept)

    async def load(self) -> None:
        """Read what is kept, where nothing may be written: what has changed since the last time."""
        kept = await self._store.read(tables.kept, self._key, self._digests)
        if kept is not None:
            self._open(kept)

    def _open(self, kept: tables.Kept) -> None:
        self._tracker = kept.tracker
        self.milestones = kept.milestones
        self.focus = kept.focus
        self.synced = kept.synced
        self._digests = kept.digests
        self.items.take(kept.items, kept.gone)
        were, self._writes = self._writes, {write.id: write for write in kept.writes}
        if self._writes != were:
            for ref in {write.ref for write in (*were.values(), *kept.writes)}:
                self._lay(ref)

    # Writes

    @property
    def open_writes(self) -> list[Write]:
        """The writes of which something will still come, in their order."""
        return [write for write in self._writes.values() if write.is_open]

    @property
    def left(self) -> list[Write]:
        """The writes that were not made, in their order."""
        return [write for write in self._writes.values() if not write.is_open]

    def _on_its_way(self, ref: Ref) -> Write | None:
        return next(
            (one for one in self._writes.values() if one.ref == ref and one.state is State.SENDING), None
        )

    async def change(
        self,
        plan: Callable[[], Plan],
        superseded: Callable[[], Iterable[Write]],
        by: By,
        also: Callable[[Session], None] | None,
    ) -> tuple[Plan, dict[int, int]]:
        """Keep writes for all that is planned, with their records, and ``also``; the plan, and by the
        number of the ask the id of its write. Those ``superseded`` are kept no more.
        """
        async with self._changing:
            planned, old = plan(), list(superseded())
            stored = await self._store.write(_queue, self._tracker, planned, old, by, also)
            for write in old:
                del self._writes[write.id]
            self._add(stored.values())
            return planned, {number: write.id for number, write in stored.items() if number >= 0}

    async def add(self, write: Write, what: str, before: Json, after: Json) -> Write:
        """Keep a write that makes an item or a comment, recorded as ``what``; it with its id."""
        async with self._changing:
            stored = await self._store.write(_add, self._tracker, write, what, before, after)
            self._add([stored])
            return stored

    def _add(self, writes: Iterable[Write]) -> None:
        for write in writes:
            self._writes[write.id] = write
            self._lay(write.ref)

    async def keep_write(self, write: Write) -> None:
        """Keep how far a write is."""
        async with self._changing:
            await self._store.write(tables.save_write, write)
            self._writes[write.id] = write

    async def end(self, write: Write, item: Item | None) -> None:
        """Keep that something came of an attempt at a write, and the item as it was found then, if it was."""
        async with self._changing:
            found = self._compared(item, write) if item is not None else None
            ended = not write.is_open
            later = [one for one in self.open_writes if one.id > write.id]
            back = rebased(write, later, item) if write.state is State.REFUSED else []
            by = self._by()
            await self._store.write(_end, self._tracker, write, back, found, item, by)
            self.tick += 1
            self._written[write.ref] = self.tick
            for one in back:
                self._writes[one.id] = one
            self._writes[write.id] = write
            if write.state is State.DONE:
                del self._writes[write.id]
            if found is not None:
                self._written[found.item.ref] = self.tick
                self._take([found])
            if ended:
                self._lay(write.ref)

    async def drop_writes(self, writes: Iterable[Write]) -> None:
        """Keep these no more."""
        async with self._changing:
            ids = [write.id for write in writes]
            await self._store.write(tables.drop_writes, ids)
            for id_ in ids:
                self._writes.pop(id_, None)

    async def set_told(self, writes: Iterable[Write]) -> None:
        """It was told what became of these."""
        async with self._changing:
            ids = [write.id for write in writes if write.id in self._writes]
            await self._store.write(tables.set_told, ids)
            for id_ in ids:
                write = self._writes[id_]
                if write.state is State.REFUSED:
                    del self._writes[id_]
                else:
                    self._writes[id_] = write.replace(told=True)

    def _lay(self, ref: Ref) -> None:
        if ref.name:  # a new bug has no number yet
            self.items.lay(ref, [one.laid for one in self.open_writes if one.ref == ref])

    # What is found

    async def take(self, page: Iterable[Item], asked: int) -> None:
        """Keep a page of items, which was asked for at this :attr:`tick`."""
        async with self._changing:
            fresh = [item for item in page if self._written.get(item.ref, 0) <= asked]
            found = [one for item in fresh if (one := self._compared(item, self._on_its_way(item.ref)))]
            if found:
                await self._store.write(_take, self._tracker, found, self._by())
                self._take(found)

    async def take_whole(self, item: Item, asked: int) -> None:
        """Keep one item, of which all is told."""
        async with self._changing:
            if self._written.get(item.ref, 0) > asked:
                return
            found = self._compared(item, self._on_its_way(item.ref), untold=())
            if found is not None:
                await self._store.write(_take, self._tracker, [found], self._by())
                self._take([found])

    async def drop(self, items: Sequence[Item]) -> None:
        """The tracker does not have these any more."""
        async with self._changing:
            await self._store.write(_drop, self._tracker, items, self._by())
            for item in items:
                self.items.drop(item.ref)
                self._gather(Seen(item, None), item.ref)

    async def keep_milestones(self, milestones: Sequence[Milestone], focus: str) -> None:
        """These are the milestones, and the series under development."""
        async with self._changing:
            after = sorted(milestones, key=lambda one: one.name)
            if after != list(self.milestones):
                await self._store.write(tables.keep_milestones, self._tracker, after)
                self.milestones = after
                self.on_milestones()
            if focus != self.focus:
                await self._store.write(tables.set_focus, self._tracker, focus)
                self.focus = focus

    async def complete(self, began: datetime) -> None:
        """All was looked at, beginning then."""
        async with self._changing:
            await self._store.write(tables.set_synced, self._tracker, began)
            self.synced = began

    def _compared(self, item: Item, own: Write | None, untold: Collection[str] | None = None) -> Found | None:
        if untold is None and not item.own_version:  # which only a look at a bug itself gives
            untold = self._untold(item.ref.kind)
        left_out = untold or ()
        return compared(self.items.kept(item.ref), item, own, left_out, self._now())

    def _take(self, found: Iterable[Found]) -> None:
        for one in found:
            self.items.keep(one.item)
            # The first time all is new, and none of it is news.
            if one.is_news and self.synced is not None:
                self._gather(one.seen, one.item.ref)

    def _by(self) -> By:
        """The tracker, as the one who changed something."""
        return By(Actor("", self._title), None, self._now())

    # News

    def listen(self, hear: Callable[[Sequence[Seen]], None]) -> None:
        """Call ``hear`` with what others changed; at once with what nobody was there to hear."""
        self._hears.append(hear)
        self.tell()

    def unlisten(self, hear: Callable[[Sequence[Seen]], None]) -> None:
        """Call it no more."""
        self._hears.remove(hear)

    def tell(self) -> None:
        """Tell what was gathered. While nobody listens it waits."""
        if not self._news or not self._hears:
            return
        news, self._news = [*self._news.values()], {}
        for hear in self._hears:
            try:
                hear(news)
            except Exception:
                log.exception("What changed in %s was told to one who failed", self._title)

    def _gather(self, seen: Seen, ref: Ref) -> None:
        """One more piece of news; of the same item, it goes on where the last one ended."""
        first = self._news.pop(ref, seen)
        if first.before is not None or seen.after is not None:
            self._news[ref] = Seen(first.before, seen.after)


def _queue(
    session: Session,
    tracker: int,
    plan: Plan,
    superseded: Iterable[Write],
    by: By,
    also: Callable[[Session], None] | None,
) -> dict[int, Write]:
    """Queue and record what was planned; the writes by the numbers of their asks, and by negative ones those
    that are left.
    """
    stored = {}
    for number, before, wanted in plan.steps:
        seen = {field: before.value(field) for field in wanted}
        changes = tables.record_fields(session, by, before, wanted)
        write = Write(Act.UPDATE, before.ref, by, seen=seen, wanted=wanted, changes=changes)
        stored[number] = tables.add_write(session, tracker, write)
    if also is not None and plan.is_accepted:
        also(session)
    tables.drop_writes(session, [write.id for write in superseded])
    for count, write in enumerate(plan.left, 1):
        stored[-count] = tables.add_write(session, tracker, write)
    return stored


def _add(session: Session, tracker: int, write: Write, what: str, before: Json, after: Json) -> Write:
    if not write.ref.name:
        return tables.add_write(session, tracker, write)
    change = record(session, write.by, str(write.ref), what, before, after)
    return tables.add_write(session, tracker, write.replace(changes=(change,)))


def _end(
    session: Session,
    tracker: int,
    write: Write,
    rebased_: Iterable[Write],
    found: Found | None,
    item: Item | None,
    by: By,
) -> None:
    tables.save_write(session, write)
    for one in rebased_:
        tables.save_write(session, one)
    if found is not None:
        _take(session, tracker, [found], by)
    if write.state is State.DONE and item is not None and not write.changes:
        # A new bug, whose number nobody knew before.
        record(session, write.by, str(item.ref), "created", None, item.title)
    if write.state in {State.REFUSED, State.DIVERGED}:
        tables.take_back(session, write, item, by)


def _take(session: Session, tracker: int, found: Iterable[Found], by: By) -> None:
    tables.keep(session, tracker, [one.item for one in found])
    for one in found:
        if one.before is not None:
            tables.record_fields(session, by, one.before, one.changed)


def _drop(session: Session, tracker: int, items: Sequence[Item], by: By) -> None:
    tables.drop(session, tracker, [item.ref for item in items])
    for item in items:
        record(session, by, str(item.ref), "removed", as_json(item.title), None)
