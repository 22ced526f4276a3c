"""The record of changes: who changed what, from where, when, from what to what.

Rules:

1. A change is written in the very transaction that makes it, so that neither is there without the other.
2. Nothing is overwritten or deleted: taking a change back is another change, which names it.
3. A ``subject`` is a kind and a name (``team:nova-api``); ``what`` is one of its fields, in the plugin's own
   words; ``before`` and ``after`` are values as JSON, ``None`` where there was or is nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, cast

from sqlalchemy import Connection, Index, Row, String, Text, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import Actor, Json, Room
from bot.store import Base, Utc

Reading: TypeAlias = "Session | Connection"
"""What the record is read with: in a transaction of :meth:`bot.store.Store.read`, or of ``look``."""
_OVERLAP = 200
"""Where several processes write, a smaller id may come later than a greater one: so far back is looked."""
_AT_ONCE = 500
"""Subjects that one question names."""


class ChangeRow(Base):
    """One change of one field of one subject."""

    __tablename__ = "change"
    __table_args__ = (Index(None, "subject", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(String(64))
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    network: Mapped[str] = mapped_column(String(64))
    nick: Mapped[str] = mapped_column(Text)
    account: Mapped[str | None] = mapped_column(Text)
    room: Mapped[str] = mapped_column(Text)
    private: Mapped[bool]
    time: Mapped[datetime] = mapped_column(Utc)
    reverts: Mapped[int | None]


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, in which room, and when (UTC). ``room`` is ``None`` where it is not said in one:
    the command line, a tracker, Muster itself; ``actor.nick`` then says which.
    """

    actor: Actor
    room: Room | None
    time: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A recorded change. ``reverts`` is the id of the change that it takes back."""

    id: int
    subject: str
    what: str
    before: Json
    after: Json
    by: By
    reverts: int | None = None


@dataclass(frozen=True, slots=True)
class RecordEnd:
    """Where the record ends: behind the id ``after`` there are so many changes, the last with the id
    ``last``. Of a record without changes all are 0.
    """

    after: int = 0
    count: int = 0
    last: int = 0


def record(
    session: Session,
    by: By,
    subject: str,
    what: str,
    before: Json,
    after: Json,
    *,
    reverts: int | None = None,
) -> int:
    """Record a change; its id. A transaction, or part of the one that makes the change."""
    row = ChangeRow(
        subject=subject,
        what=what,
        before=json.dumps(before, ensure_ascii=False),
        after=json.dumps(after, ensure_ascii=False),
        network=by.actor.network,
        nick=by.actor.nick,
        account=by.actor.account,
        room=by.room.name if by.room else "",
        private=by.room.private if by.room else False,
        time=by.time,
        reverts=reverts,
    )
    session.add(row)
    session.flush()
    return row.id


_CHANGES = ChangeRow.__table__
_C = _CHANGES.c
_OF = (
    select(_CHANGES)
    .where(_C.subject == bindparam("subject"))
    .order_by(_C.id.desc())
    .limit(bindparam("limit"))
)
_LATEST = (
    select(_C.subject, func.count(), func.max(_C.time))
    .where(
        _C.subject.in_(bindparam("subjects", expanding=True)),
        _C.what.in_(bindparam("whats", expanding=True)),
    )
    .group_by(_C.subject)
)
_BEHIND = select(func.count(), func.max(_C.id)).where(_C.id > bindparam("after"))


def changes_of(reading: Reading, subject: str, limit: int = 50) -> list[Change]:
    """The latest changes of a subject, the newest first. A transaction."""
    return [_change(row) for row in reading.execute(_OF, {"subject": subject, "limit": limit})]


def changes_since(session: Session, kind: str, since: datetime) -> list[Change]:
    """All changes of one kind of subject (``blueprint``) since a time, the oldest first. A transaction."""
    chosen = (
        select(_CHANGES)
        .where(_C.subject.startswith(f"{kind}:", autoescape=True), _C.time >= since)
        .order_by(_C.id)
    )
    return [_change(row) for row in session.execute(chosen)]


def record_end(reading: Reading, known: RecordEnd) -> RecordEnd:
    """Where the record ends now; ``known`` itself while nothing was recorded since that was found. For who
    follows the record, and would see cheaply whether it goes on. A transaction.
    """
    count, last = reading.execute(_BEHIND, {"after": known.after}).one()
    if (count, last or 0) == (known.count, known.last):
        return known
    after = max((last or 0) - _OVERLAP, 0)
    count, last = reading.execute(_BEHIND, {"after": after}).one()
    return RecordEnd(after, count, last or 0)


def changes_after(
    reading: Reading, kind: str, after: int, whats: Collection[str], since: datetime | None = None
) -> list[Change]:
    """The changes of some fields (``whats``) of one kind of subject with greater ids than ``after``, the
    oldest first: for who follows the record, and has read it so far. ``since``: those alone that were made
    since a time. A transaction.
    """
    chosen = (
        select(_CHANGES)
        .where(
            _C.id > after,
            _C.subject.startswith(f"{kind}:", autoescape=True),
            _C.what.in_(list(whats)),
        )
        .order_by(_C.id)
    )
    if since is not None:
        chosen = chosen.where(_C.time >= since)
    return [_change(row) for row in reading.execute(chosen)]


def latest_changes(
    reading: Reading, subjects: Collection[str], whats: Collection[str]
) -> dict[str, tuple[int, datetime]]:
    """How often some fields (``whats``) of these subjects were changed, and when the last time (UTC): of
    those that were. A transaction.
    """
    found: dict[str, tuple[int, datetime]] = {}
    asked = list(subjects)
    for first in range(0, len(asked), _AT_ONCE):
        named = {"subjects": asked[first : first + _AT_ONCE], "whats": list(whats)}
        found |= {subject: (count, when) for subject, count, when in reading.execute(_LATEST, named)}
    return found


def changes_with(session: Session, ids: Sequence[int]) -> list[Change]:
    """The changes with these ids, in their order. A transaction."""
    chosen = select(_CHANGES).where(_C.id.in_(ids)).order_by(_C.id)
    return [_change(row) for row in session.execute(chosen)]


def _change(row: Row[Any]) -> Change:
    room = Room(row.network, row.room, row.private) if row.room else None
    by = By(Actor(row.network, row.nick, row.account), room, row.time)
    before, after = (cast("Json", json.loads(text)) for text in (row.before, row.after))
    return Change(row.id, row.subject, row.what, before, after, by, row.reverts)
