"""The tracker's tables, and the transactions on them.

One set of tables holds what Muster keeps itself and what it has seen in Launchpad: each row belongs to a
tracker, which is told by its backend's key. An item is one document, since it is looked for in memory alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from typing import TypeAlias

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, UniqueConstraint, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import Actor, Room
from bot.plugin import By, changes_with, record
from bot.store import Base, Utc
from bot.tallies import follow
from plugins.tracker.forms import as_json, changes_of, changes_text, item_of, item_text
from plugins.tracker.items import Changes, Field, Item, ItemKind, Milestone, Ref, same
from plugins.tracker.queue import Act, State, Write

Digests: TypeAlias = Mapping[tuple[str, str], bytes]
"""Of the texts of items, by their kinds and names: that a text is the same as before is seen twenty times as
soon as it is read.
"""


class StateRow(Base):
    """A tracker. ``synced`` is when the last look at all of it began that came to its end; ``focus`` the
    series under development, where one is known.
    """

    __tablename__ = "tracker_state"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    synced: Mapped[datetime | None] = mapped_column(Utc)
    focus: Mapped[str | None] = mapped_column(Text)


class ItemRow(Base):
    """A blueprint or a bug."""

    __tablename__ = "tracker_item"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tracker_id: Mapped[int] = mapped_column(ForeignKey("tracker_state.id"))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(Text)
    data: Mapped[str] = mapped_column(Text)
    __table_args__ = (UniqueConstraint("tracker_id", "kind", "name"),)


class MilestoneRow(Base):
    """A milestone."""

    __tablename__ = "tracker_milestone"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tracker_id: Mapped[int] = mapped_column(ForeignKey("tracker_state.id"))
    name: Mapped[str] = mapped_column(Text)
    series: Mapped[str] = mapped_column(Text)
    due: Mapped[str | None] = mapped_column(String(10))
    is_active: Mapped[bool] = mapped_column(Boolean)
    url: Mapped[str] = mapped_column(Text)
    __table_args__ = (UniqueConstraint("tracker_id", "name"),)


class WriteRow(Base):
    """A write that is not done: it waits or is on its way, or it never will be, which is to be ``told`` where
    it was asked for, and may be asked for again. ``changes`` are the ids of its records of changes.
    """

    __tablename__ = "tracker_write"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tracker_id: Mapped[int] = mapped_column(ForeignKey("tracker_state.id"))
    act: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(Text)
    seen: Mapped[str] = mapped_column(Text)
    wanted: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(Text)
    tries: Mapped[int]
    since: Mapped[datetime | None] = mapped_column(Utc)
    lines: Mapped[int]
    network: Mapped[str] = mapped_column(String(64))
    nick: Mapped[str] = mapped_column(Text)
    account: Mapped[str | None] = mapped_column(Text)
    room: Mapped[str] = mapped_column(Text)
    private: Mapped[bool]
    time: Mapped[datetime] = mapped_column(Utc)
    changes: Mapped[str] = mapped_column(Text)
    told: Mapped[bool] = mapped_column(Boolean)


FOLLOWED = follow(StateRow, ItemRow, MilestoneRow, WriteRow)
"""The tables that hold what is kept of a tracker."""


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is kept of a tracker. ``tracker`` is its row's id; ``synced`` and ``focus`` are as
    :class:`StateRow` has them. For who had ``digests`` of all items before, ``items`` are those that are
    others now, and ``gone`` what is kept no more.
    """

    tracker: int
    synced: datetime | None
    focus: str
    items: Sequence[Item]
    milestones: Sequence[Milestone]
    writes: Sequence[Write]
    gone: Sequence[Ref] = ()
    digests: Digests = field(default_factory=dict)


def opened(session: Session, key: str) -> Kept:
    """What is kept of the tracker with this key; a row for it is made if need be."""
    found = kept(session, key)
    if found is not None:
        return found
    row = StateRow(key=key, synced=None)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # another process was quicker
        found = kept(session, key)
        if found is None:
            raise
        return found
    return Kept(row.id, None, "", (), (), ())


def kept(session: Session, key: str, digests: Digests | None = None) -> Kept | None:
    """What is kept of the tracker with this key; ``None`` where nothing ever was. Who reads it again and
    again gives the ``digests`` of the last time, at first none.
    """
    row = session.scalar(select(StateRow).where(StateRow.key == key))
    if row is None:
        return None
    texts = {
        (kind, name): data
        for kind, name, data in session.execute(
            select(ItemRow.kind, ItemRow.name, ItemRow.data)
            .where(ItemRow.tracker_id == row.id)
            .order_by(ItemRow.kind, ItemRow.name)
        )
    }
    now: Digests = {}
    gone: list[Ref] = []
    if digests is not None:
        now = {one: blake2b(text.encode(), digest_size=16).digest() for one, text in texts.items()}
        gone = [Ref(ItemKind(kind), name) for kind, name in digests.keys() - now.keys()]
        texts = {one: text for one, text in texts.items() if digests.get(one) != now[one]}
    milestones = session.scalars(
        select(MilestoneRow).where(MilestoneRow.tracker_id == row.id).order_by(MilestoneRow.name)
    )
    writes = session.scalars(select(WriteRow).where(WriteRow.tracker_id == row.id).order_by(WriteRow.id))
    return Kept(
        tracker=row.id,
        synced=row.synced,
        focus=row.focus or "",
        items=[item_of(Ref(ItemKind(kind), name), text) for (kind, name), text in texts.items()],
        milestones=[_milestone(one) for one in milestones],
        writes=[_write(one) for one in writes],
        gone=gone,
        digests=now,
    )


def keep(session: Session, tracker: int, items: Iterable[Item]) -> None:
    """Keep items as they are now."""
    for item in items:
        row = session.scalar(
            select(ItemRow).where(
                ItemRow.tracker_id == tracker, ItemRow.kind == item.ref.kind, ItemRow.name == item.ref.name
            )
        )
        if row is None:
            row = ItemRow(tracker_id=tracker, kind=item.ref.kind.value, name=item.ref.name)
            session.add(row)
        row.data = item_text(item)
    session.flush()


def drop(session: Session, tracker: int, refs: Iterable[Ref]) -> None:
    """Keep these no more."""
    for ref in refs:
        session.execute(
            delete(ItemRow).where(
                ItemRow.tracker_id == tracker, ItemRow.kind == ref.kind, ItemRow.name == ref.name
            )
        )


def record_fields(session: Session, by: By, before: Item, changes: Changes) -> tuple[int, ...]:
    """Record that somebody changes these fields; the ids of the records."""
    return tuple(
        record(session, by, str(before.ref), field.value, as_json(before.value(field)), as_json(value))
        for field, value in changes.items()
    )


def record_comment(session: Session, by: By, before: Item, after: Item, text: str) -> int:
    """Record a comment: of a blueprint its whiteboard, of a bug what was said."""
    if before.ref.kind is ItemKind.BUG:
        return record(session, by, str(before.ref), "comment", None, text)
    what = Field.WHITEBOARD.value
    return record(session, by, str(before.ref), what, before.whiteboard, after.whiteboard)


def take_back(session: Session, write: Write, item: Item | None, by: By) -> None:
    """Record that a write was not made: of each of its records the reverse. ``item`` is what is there."""
    for change in changes_with(session, write.changes):
        field = next((one for one in write.wanted if one.value == change.what), None)
        now = change.before
        if item is not None and write.act is Act.UPDATE and field is not None:
            if same(field, item.value(field), write.wanted[field]):
                continue  # this part of it was made
            now = as_json(item.value(field))
        record(session, by, change.subject, change.what, change.after, now, reverts=change.id)


def keep_milestones(session: Session, tracker: int, milestones: Iterable[Milestone]) -> None:
    """Keep these milestones and no others."""
    session.execute(delete(MilestoneRow).where(MilestoneRow.tracker_id == tracker))
    for one in milestones:
        session.add(
            MilestoneRow(
                tracker_id=tracker,
                name=one.name,
                series=one.series,
                due=one.due.isoformat() if one.due else None,
                is_active=one.is_active,
                url=one.url,
            )
        )


def set_focus(session: Session, tracker: int, series: str) -> None:
    """This series is under development."""
    session.get_one(StateRow, tracker).focus = series


def set_synced(session: Session, tracker: int, when: datetime) -> None:
    """All was looked at, beginning then."""
    session.get_one(StateRow, tracker).synced = when


def add_write(session: Session, tracker: int, write: Write) -> Write:
    """Keep a new write; it with its id."""
    row = WriteRow(tracker_id=tracker, told=False)
    _fill(row, write)
    session.add(row)
    session.flush()
    return write.replace(id=row.id)


def save_write(session: Session, write: Write) -> None:
    """Keep how far a write is; one that is done is kept no more."""
    row = session.get_one(WriteRow, write.id)
    if write.state is State.DONE:
        session.delete(row)
    else:
        _fill(row, write)


def set_told(session: Session, ids: Iterable[int]) -> None:
    """It was told what became of these writes. One that was refused is kept no more."""
    for id_ in ids:
        row = session.get(WriteRow, id_)
        if row is not None and row.state == State.REFUSED.value:
            session.delete(row)
        elif row is not None:
            row.told = True


def drop_writes(session: Session, ids: Iterable[int]) -> None:
    """Keep these writes no more."""
    session.execute(delete(WriteRow).where(WriteRow.id.in_(list(ids))))


def _milestone(row: MilestoneRow) -> Milestone:
    due = date.fromisoformat(row.due) if row.due else None
    return Milestone(row.name, row.series, due, row.is_active, row.url)


def _fill(row: WriteRow, write: Write) -> None:
    row.act, row.kind, row.name = write.act.value, write.ref.kind.value, write.ref.name
    row.seen, row.wanted, row.text = changes_text(write.seen), changes_text(write.wanted), write.text
    row.state, row.why, row.tries = write.state.value, write.why, write.tries
    row.since, row.lines, row.told = write.since, write.lines, write.told
    row.changes = json.dumps(list(write.changes))
    by = write.by
    row.network, row.nick, row.account = by.actor.network, by.actor.nick, by.actor.account
    row.room, row.private, row.time = (
        (by.room.name, by.room.private, by.time) if by.room else ("", False, by.time)
    )


def _write(row: WriteRow) -> Write:
    room = Room(row.network, row.room, row.private) if row.room else None
    return Write(
        id=row.id,
        act=Act(row.act),
        ref=Ref(ItemKind(row.kind), row.name),
        by=By(Actor(row.network, row.nick, row.account), room, row.time),
        seen=changes_of(row.seen),
        wanted=changes_of(row.wanted),
        text=row.text,
        state=State(row.state),
        why=row.why,
        tries=row.tries,
        since=row.since,
        lines=row.lines,
        changes=tuple(json.loads(row.changes)),
        told=row.told,
    )
