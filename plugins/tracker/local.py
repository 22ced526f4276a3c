"""Muster's own tracker, for teams that have no other: it is the database.

A change is made in the transaction that records it, so nothing ever waits; what people see is what is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.plugin import By, UserError, record
from bot.store import Store
from bot.text import counted, listed
from plugins.tracker import tables
from plugins.tracker.answers import Answer, Ask, Done, Refused, Seen, WhyNot, named
from plugins.tracker.backend import Capability, UnsupportedError
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
    moved,
)
from plugins.tracker.planning import Plan, superseded, to_make_again
from plugins.tracker.queue import Write, with_line
from plugins.tracker.rules import (
    followers,
    why_no_name,
    why_not_by_hand,
    why_not_change,
    why_not_create,
    why_not_duplicate,
)

KEY = "local"
_NO_TEAMS = "Muster's own tracker keeps no teams of its own."


class Local:
    """What is kept in Muster's own database. :meth:`open` comes first."""

    is_local = True
    title = "Muster's own tracker"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changing = asyncio.Lock()
        self._tracker = 0
        self._left: list[Write] = []
        self._digests: tables.Digests = {}
        self.items = Items()
        self.milestones: Sequence[Milestone] = ()
        self.on_milestones: Callable[[], None] = lambda: None

    async def open(self) -> None:
        """Read what is kept."""
        kept = await self._store.write(tables.opened, KEY)
        self.items = Items()
        self._take(kept)

    async def load(self) -> None:
        """Read what is kept, where nothing may be written: what has changed since the last time."""
        kept = await self._store.read(tables.kept, KEY, self._digests)
        if kept is not None:
            self._take(kept)

    def _take(self, kept: tables.Kept) -> None:
        self._tracker = kept.tracker
        self._left = list(kept.writes)
        self._digests = kept.digests
        self.items.take(kept.items, kept.gone)
        self.milestones = kept.milestones

    def leave(self) -> None:
        """Nobody waits here."""

    async def close(self) -> None:
        """Nothing is under way here."""

    async def idle(self) -> None:
        """Nothing is, ever."""

    def entered(self) -> None:
        """Nothing is to be told."""

    @property
    def focus(self) -> str:
        """Nothing: no series is more than another."""
        return ""

    def unasked(self, _kind: ItemKind) -> int:
        """Of none: all is here."""
        return 0

    def capabilities(self) -> Collection[str]:
        """All that there are of items; no teams."""
        return frozenset(
            {Capability.CREATE_BLUEPRINT, Capability.CREATE_BUG, Capability.UPDATE, Capability.COMMENT}
        )

    @property
    def synced(self) -> datetime | None:
        """There is nothing to look at."""
        return None

    def age(self) -> timedelta | None:
        """It is always as it is."""
        return None

    def as_of(self) -> str:
        """Nothing: it is never away."""
        return ""

    def listen(self, hear: Callable[[Sequence[Seen]], None]) -> None:
        """Nobody changes it elsewhere."""

    def unlisten(self, hear: Callable[[Sequence[Seen]], None]) -> None:
        """Nobody is called."""

    def listen_to_failures(self, hear: Callable[[Ref, By], None]) -> None:
        """Nothing waits here."""

    def unlisten_to_failures(self, hear: Callable[[Ref, By], None]) -> None:
        """Nobody is called."""

    def status(self) -> list[str]:
        """What ``!tracker`` says."""
        items, milestones = self.items, len(self.milestones)
        counts = (
            counted(len(items.blueprints), "blueprint"),
            counted(len(items.bugs), "bug"),
            counted(milestones, "milestone"),
        )
        return [f"{self.title}: {listed(counts)}."]

    async def change(
        self, asks: Sequence[Ask], by: By, also: Callable[[Session], None] | None = None
    ) -> list[Answer]:
        """See :meth:`plugins.tracker.plugin.Tracker.change`."""
        async with self._changing:
            plan = Plan(
                self.items,
                by,
                later=lambda item: _later(self._now(plan, item.ref), item, by),
                why_not=lambda ref, changes: self._why_not(plan, ref, changes),
            )
            plan.take(asks)
            self._let_follow(plan, by)
            old = superseded(self._left, asks, by)
            left = await self._store.write(_make, self._tracker, plan, old, by, also)
            self._left = [write for write in self._left if write not in old] + left
            for item in plan.now.values():
                self.items.keep(item)
            return plan.answers

    def _now(self, plan: Plan, ref: Ref) -> Item | None:
        """An item with what is planned so far."""
        return plan.now.get(ref) or self.items.get(ref)

    def _why_not(self, plan: Plan, ref: Ref, changes: Changes) -> str:
        return (
            why_not_change(ref, changes, self.milestones)
            or why_not_by_hand(ref, changes)
            or why_not_duplicate(
                ref, str(changes.get(Field.DUPLICATE, "")), lambda other: self._now(plan, other)
            )
        )

    def _let_follow(self, plan: Plan, by: By) -> None:
        """What repeats a bug that now repeats another repeats that one too."""
        for number, before, changes in list(plan.steps):
            of = changes.get(Field.DUPLICATE, "")
            bugs = [plan.now.get(bug.ref, bug) for bug in self.items.bugs.values()] if of else []
            for bug in followers(before.ref, str(of), bugs):
                plan.steps.append((number, bug, {Field.DUPLICATE: of}))
                plan.now[bug.ref] = _later(bug, bug.changed({Field.DUPLICATE: of}), by)

    async def create(self, new: New, by: By) -> Answer:
        """See :meth:`plugins.tracker.plugin.Tracker.create`."""
        why = why_not_create(new)
        if why:
            return Refused(why)
        async with self._changing:
            name = new.name if new.kind is ItemKind.BLUEPRINT else self._next_number()
            ref = Ref(new.kind, name)
            if self.items.get(ref) is not None:
                return Refused(f"there is a blueprint {name} already")
            item = Item(
                ref,
                new.title,
                summary=new.summary,
                tags=new.tags,
                owner=by.actor.account or "",
                version="1",
                created=by.time,
                updated=by.time,
            )
            item = moved(None, item, by.time)
            await self._store.write(_create, self._tracker, item, by)
            self.items.keep(item)
            return Done(item)

    def _next_number(self) -> str:
        return str(max((int(number) for number in self.items.bugs), default=0) + 1)

    async def comment(self, ref: Ref, text: str, by: By) -> Answer:
        """See :meth:`plugins.tracker.plugin.Tracker.comment`. Of a bug it stays in the record of changes."""
        async with self._changing:
            item = self.items.get(ref)
            if item is None:
                return Refused(f"there is no {named(ref)}")
            after = _later(item, with_line(item, text), by) if ref.kind is ItemKind.BLUEPRINT else item
            await self._store.write(_comment, self._tracker, item, after, text, by)
            self.items.keep(after)
            return Done(after)

    async def again(self, by: By, why_not: WhyNot) -> list[Answer]:
        """See :meth:`plugins.tracker.plugin.Tracker.again`."""
        both = [
            (write, Ask(item, write.wanted))
            for write in to_make_again(self._left, by)
            if (item := self.items.get(write.ref)) is not None
        ]
        refused = {write.id: why for write, ask in both if (why := why_not(ask))}
        if refused:
            async with self._changing:
                await self._store.write(tables.drop_writes, refused)
                self._left = [write for write in self._left if write.id not in refused]
        asks = [ask for write, ask in both if write.id not in refused]
        made = await self.change(asks, by)  # which takes their place
        return [*map(Refused, refused.values()), *made]

    async def add_milestone(self, milestone: Milestone, by: By) -> None:
        """Add a milestone. Raises :class:`UserError` where its name cannot be, or is there already."""
        name = milestone.name
        why = why_no_name(name) or (why_no_name(milestone.series) if milestone.series else "")
        if why:
            raise UserError(f"{why}.")
        async with self._changing:
            if any(one.name == name for one in self.milestones):
                raise UserError(f"There is a milestone {name} already.")
            after = [*self.milestones, milestone]
            await self._store.write(_set_milestones, self._tracker, after, by, name, "created")
            self.milestones = after
            self.on_milestones()

    async def close_milestone(self, name: str, by: By) -> None:
        """Let a milestone take nothing more. Raises :class:`UserError` where there is none that does."""
        async with self._changing:
            if not any(one.name == name and one.is_active for one in self.milestones):
                raise UserError(f"There is no milestone {name} that takes blueprints.")
            after = [replace(one, is_active=False) if one.name == name else one for one in self.milestones]
            await self._store.write(_set_milestones, self._tracker, after, by, name, "closed")
            self.milestones = after
            self.on_milestones()

    async def refresh(self, ref: Ref) -> Item | None:
        """The item: it is always as it is."""
        return self.items.get(ref)

    async def reviews(self) -> Sequence[MergeProposal]:
        """Raises :class:`UnsupportedError`: there are none."""
        raise UnsupportedError("Muster's own tracker keeps no reviews.")

    async def members(self, team: str) -> Sequence[TrackerMember] | None:
        """Raises :class:`UnsupportedError`: there are no teams."""
        raise UnsupportedError(_NO_TEAMS)

    async def person(self, id_: str) -> TrackerMember | None:
        """Raises :class:`UnsupportedError`: there are no people."""
        raise UnsupportedError(_NO_TEAMS)

    async def set_member(self, team: str, person: str, *, on: bool) -> Refused | None:
        """Raises :class:`UnsupportedError`: there are no teams."""
        raise UnsupportedError(_NO_TEAMS)


def _later(before: Item | None, after: Item, by: By) -> Item:
    """An item that was just changed."""
    version = str(int(after.version or 0) + 1)
    return replace(moved(before, after, by.time), version=version, updated=by.time)


def _make(
    session: Session,
    tracker: int,
    plan: Plan,
    superseded: Iterable[Write],
    by: By,
    also: Callable[[Session], None] | None,
) -> list[Write]:
    """Make and record what was planned; the writes that are left of it, with their ids."""
    for _, before, changes in plan.steps:
        tables.record_fields(session, by, before, changes)
    tables.keep(session, tracker, plan.now.values())
    if also is not None and plan.is_accepted:
        also(session)
    tables.drop_writes(session, [write.id for write in superseded])
    return [tables.add_write(session, tracker, write) for write in plan.left]


def _create(session: Session, tracker: int, item: Item, by: By) -> None:
    tables.keep(session, tracker, [item])
    record(session, by, str(item.ref), "created", None, item.title)


def _comment(session: Session, tracker: int, before: Item, after: Item, text: str, by: By) -> None:
    tables.keep(session, tracker, [after])
    tables.record_comment(session, by, before, after, text)


def _set_milestones(
    session: Session, tracker: int, milestones: Sequence[Milestone], by: By, name: str, what: str
) -> None:
    tables.keep_milestones(session, tracker, milestones)
    record(session, by, f"milestone:{name}", what, None, True)
