"""The days of logged rooms that are over, kept as HTML, as the pages of meetings are
(:mod:`plugins.meetings.rendered`): whoever visits one waits for no reading of a thousand lines.

Rules:

1. A day is made by the Muster that hears the room, some time after it is over
   (:mod:`plugins.meetings.daily_pages`). Who only shows pages writes nothing.
2. Whatever changes or deletes lines takes away the days that show them in its own transaction: that is told
   to :data:`bot.lines.CHANGING`. A meeting that becomes restricted, or public again, does so too.
3. Between the reading of a day's lines and the storing of what was made of them they may change. So a row
   that shows nothing keeps the day's place from before the first line is read. What changes lines takes that
   away too, and then nothing is stored. Whoever takes a day away, or keeps a place, holds the room
   (:func:`bot.search.hold`): so neither overtakes the other, on PostgreSQL neither.
4. A row is shown by the edition of Muster that made it, in the zone whose day it is, and while the day has
   the places that it was made of: a line that came late may have moved where a day begins. What is not shown
   is made anew, and until then for each visit.
5. A day of few lines is made as quickly as it is read, and one of very many would take as long to unpack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    BigInteger,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import Room
from bot.plugin import CHANGING, RoomRow
from bot.search import hold
from bot.store import Base

LEAST, MOST = 200, 10_000
"""Places of a day that is worth storing."""


class DayRow(Base):
    """A day of a room in a zone: ``first`` to that before ``behind`` are the places of its lines, of which as
    many as ``lines`` are shown, without notes; ``body`` is their HTML, compressed (zlib), ``digest`` the
    SHA-256 of it. One of no ``edition`` keeps the place of what is made by whoever knows its ``digest``.
    """

    __tablename__ = "room_day"
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    zone: Mapped[str] = mapped_column(String(64))
    edition: Mapped[str] = mapped_column(String(16))
    first: Mapped[int] = mapped_column(BigInteger)
    behind: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)


_D = DayRow.__table__.c
_UNTRACKED = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Span:
    """The places of a day's lines, from the first to that behind the last."""

    day: date
    first: int
    behind: int

    @property
    def is_worth_it(self) -> bool:
        """Whether it is quicker shown as it was made than made."""
        return LEAST <= self.behind - self.first <= MOST


@dataclass(frozen=True, slots=True)
class Body:
    """The lines of a day as HTML, compressed, and the digest of that; how many they are, without notes."""

    digest: str
    body: bytes
    lines: int


def digest_of(html: bytes) -> str:
    """What tells the lines of a day from all others."""
    return hashlib.sha256(html).hexdigest()


_FOUND = select(_D.digest, _D.body, _D.lines).where(
    *(_D.room_id == bindparam("room"), _D.day == bindparam("day"), _D.zone == bindparam("zone")),
    *(_D.edition == bindparam("edition"), _D.first == bindparam("first", type_=BigInteger)),
    _D.behind == bindparam("behind", type_=BigInteger),
)


def find(connection: Connection, room_id: int, span: Span, zone: str, edition: str) -> Body | None:
    """A day as it was made, if it was and is so still. A transaction."""
    if not span.is_worth_it:
        return None
    of = {"room": room_id, "day": span.day.isoformat(), "first": span.first, "behind": span.behind}
    found = connection.execute(_FOUND, {**of, "zone": zone, "edition": edition}).first()
    return Body(*found) if found is not None else None


def made(
    connection: Connection, room_id: int, since: date, until: date, zone: str, edition: str
) -> set[Span]:
    """The days of a room from one to another that are stored as this edition makes them. A transaction."""
    days = _D.day.between(since.isoformat(), until.isoformat())
    chosen = (_D.room_id == room_id, days, _D.zone == zone, _D.edition == edition)
    rows = connection.execute(select(_D.day, _D.first, _D.behind).where(*chosen))
    return {Span(date.fromisoformat(day), first, behind) for day, first, behind in rows}


def counted(
    connection: Connection, room_id: int, since: date, until: date, zone: str, edition: str
) -> list[tuple[Span, int]]:
    """The days of a room from one to the one before another that are stored as this edition makes them, each
    with how many lines it has, in the order of their places. A transaction.
    """
    of = {"room": room_id, "since": since.isoformat(), "until": until.isoformat()}
    rows = connection.execute(_COUNTED, {**of, "zone": zone, "edition": edition})
    return [(Span(date.fromisoformat(day), first, behind), lines) for day, first, behind, lines in rows]


_COUNTED = (
    select(_D.day, _D.first, _D.behind, _D.lines)
    .where(
        *(_D.room_id == bindparam("room"), _D.day >= bindparam("since"), _D.day < bindparam("until")),
        *(_D.zone == bindparam("zone"), _D.edition == bindparam("edition")),
    )
    .order_by(_D.first)
)


def keep_places(session: Session, room_id: int, spans: Iterable[Span], token: str) -> None:
    """Before lines of these days are read to be made and stored. A transaction."""
    hold(session, room_id)
    for span in spans:
        named = {"room_id": room_id, "day": span.day.isoformat()}
        session.execute(delete(DayRow).where(DayRow.room_id == room_id, DayRow.day == named["day"]))
        empty = DayRow(**named, zone="", edition="", first=span.first, behind=span.behind)
        empty.digest, empty.body, empty.lines = token, b"", 0
        session.add(empty)
    session.flush()


def put(
    session: Session, room_id: int, made: Iterable[tuple[Span, Body]], zone: str, edition: str, token: str
) -> None:
    """Store days whose places were kept, but for those whose lines have changed since. A transaction."""
    for span, body in made:
        kept = (DayRow.room_id == room_id, DayRow.day == span.day.isoformat())
        values = {"zone": zone, "edition": edition, "lines": body.lines}
        values |= {"digest": body.digest, "body": body.body}
        being_made = (DayRow.edition == "", DayRow.digest == token)
        session.execute(update(DayRow).where(*kept, *being_made).values(values), execution_options=_UNTRACKED)


def forget(session: Session, room_id: int, first: int, last: int | None) -> None:
    """Take away the days of a room that show anything from the place ``first`` to ``last`` (to the end if
    ``None``). A transaction.
    """
    hold(session, room_id)
    shown = [DayRow.room_id == room_id, DayRow.behind > first]
    if last is not None:
        shown.append(DayRow.first <= last)
    session.execute(delete(DayRow).where(*shown), execution_options=_UNTRACKED)


def forget_spans(session: Session, room: Room, spans: Iterable[tuple[int, int | None]]) -> None:
    """Take away the days that show anything of a meeting of these stretches. A transaction."""
    named = (RoomRow.network == room.network, RoomRow.name == room.name, RoomRow.private == room.private)
    room_id = session.scalar(select(RoomRow.id).where(*named))
    if room_id is not None:
        for first, last in spans:
            forget(session, room_id, first, last)


CHANGING.append(forget)
