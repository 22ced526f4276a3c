"""Kept lines: their tables, and the transactions on them.

A line is stored once, in its room and at its place there (``seq``). Whoever runs Muster reaches lines through
:class:`~bot.journal.Journal`; what works without one (an import, a search) uses the transactions here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    not_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import SPEECH, Actor, Entry, Kind, Line, Room
from bot.search import forget_places
from bot.store import Base, from_stamp, insert_rows, to_stamp
from bot.text import one_line

AT_ONCE = 2_000
"""Lines deleted in one transaction, so that chat is never held up for long."""
_PLACE, _NETWORK = "@place", "@network"
"""Under these names a line's stored data hold what its room does not tell: in which of several places it was
said, and on which network the actor is. They outlive a redaction.
"""
_ABOUT = "of"  # likewise: which message a line corrects or reacts to
_SEARCHED = 100_000
"""Lines of a room in whose places at most the last one of a place is looked for."""
_MICROSECOND = timedelta(microseconds=1)
CHANGING: list[Callable[[Session, int, int, int], None]] = []
"""Called with the number of a room's row and the first and last place, in each transaction that overwrites or
deletes lines between them, before it does: for whoever stores what was made of lines.
"""


class RoomRow(Base):
    """A room that lines were kept of."""

    __tablename__ = "room"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    network: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(Text)
    private: Mapped[bool] = mapped_column(Boolean)
    __table_args__ = (UniqueConstraint("network", "name", "private"),)


class LineRow(Base):
    """A kept line. ``time`` is microseconds since 1970 in UTC; ``lasting`` ones are never purged."""

    __tablename__ = "line"
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    time: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(16))
    nick: Mapped[str] = mapped_column(Text)
    account: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    bot: Mapped[bool] = mapped_column(Boolean)
    text: Mapped[str] = mapped_column(Text)
    msgid: Mapped[str | None] = mapped_column(Text)
    own: Mapped[bool] = mapped_column(Boolean)
    history: Mapped[bool] = mapped_column(Boolean)
    lasting: Mapped[bool] = mapped_column(Boolean)
    data: Mapped[str | None] = mapped_column(Text)
    # Clustered by room and place: a meeting is one stretch of the file. No index slows the writing down.
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012


_TABLE = LineRow.__table__.c
_COLUMNS: Sequence[Any] = (
    _TABLE.seq,
    _TABLE.time,
    _TABLE.kind,
    _TABLE.nick,
    _TABLE.account,
    _TABLE.address,
    _TABLE.bot,
    _TABLE.text,
    _TABLE.msgid,
    _TABLE.own,
    _TABLE.history,
    _TABLE.data,
)


_BETWEEN = (
    _TABLE.room_id == bindparam("room"),
    _TABLE.seq.between(bindparam("first", type_=BigInteger), bindparam("last", type_=BigInteger)),
)
_IS_SPOKEN = _TABLE.kind.in_(sorted(SPEECH)) & _TABLE.data.is_(None)
_SPOKEN = (
    select(
        _TABLE.seq,
        _TABLE.time,
        _TABLE.kind,
        _TABLE.nick,
        _TABLE.text,
        type_coerce(_TABLE.own, Integer),  # as the driver has it: SQLAlchemy takes as long to make it a bool
    )
    .where(*_BETWEEN, _IS_SPOKEN)
    .order_by(_TABLE.seq)
)
_OTHERS = (
    select(*_COLUMNS).where(*_BETWEEN, _TABLE.kind != Kind.NOTE.value, not_(_IS_SPOKEN)).order_by(_TABLE.seq)
)
_SEQ = attrgetter("seq")
_ROOMS = RoomRow.__table__.c
_ROOM_ID = select(_ROOMS.id).where(
    _ROOMS.network == bindparam("network"),
    _ROOMS.name == bindparam("name"),
    _ROOMS.private == bindparam("private"),
)
_HEARD = (_TABLE.own.is_(False), _TABLE.kind != Kind.NOTE.value)


@dataclass(frozen=True, slots=True)
class RoomEnd:
    """The end of a room's record: its row, the last place given, when a line was last heard (nothing where
    there is no line; where the room is in several places, of each), and the lines heard shortly before that.
    """

    room: Room
    id: int
    seq: int
    last: Mapping[Room, datetime]
    recent: list[Entry]


def storable(line: Line) -> Line:
    """A line that every database takes: without NUL and lone surrogates, which networks let through."""
    actor = line.actor
    names = (actor.nick, actor.account, actor.address, line.id)
    if "".join((line.text, *filter(None, names))).isprintable():
        return line
    nick, account, address, id_ = (name if name is None else one_line(name) for name in names)
    actor = Actor(actor.network, nick or "", account, address, actor.bot)
    return line.replace(text=one_line(line.text), actor=actor, id=id_)


def to_row(line: Line, seq: int, *, lasting: bool) -> dict[str, Any]:
    """A line as it is stored, its room aside."""
    actor = line.actor
    return {
        "seq": seq,
        "time": to_stamp(line.time),
        "kind": line.kind.value,
        "nick": actor.nick,
        "account": actor.account,
        "address": actor.address,
        "bot": actor.bot,
        "text": line.text,
        "msgid": line.id,
        "own": line.own,
        "history": line.history,
        "lasting": lasting,
        "data": _data(line),
    }


def _data(line: Line) -> str | None:
    place, network = line.place, line.actor.network
    if place is None and network == line.room.network:
        return json.dumps(dict(line.data)) if line.data else None
    data = dict(line.data)
    if place is not None:
        data[_PLACE] = str(place)
    if network != line.where.network:
        data[_NETWORK] = network
    return json.dumps(data)


def _kept_of(data: str | None) -> str | None:
    """What is left of a redacted line's data."""
    found = json.loads(data) if data else {}
    kept = {key: found[key] for key in (_PLACE, _NETWORK, _ABOUT) if key in found}
    return json.dumps(kept) if kept else None


def _place_named(name: object) -> Room | None:
    network, slash, room = name.partition("/") if isinstance(name, str) else ("", "", "")
    return Room(network, room) if slash else None


def is_stored(session: Session, room: Room, row: Mapping[str, Any]) -> bool:
    """Whether a row that :func:`to_row` made is in the database, as it was made: a transaction."""
    named = (RoomRow.network == room.network, RoomRow.name == room.name, RoomRow.private == room.private)
    same = [_TABLE[name] == row[name] for name in ("seq", "time", "kind", "nick", "text", "own")]
    stored = select(_TABLE.seq).join(RoomRow, RoomRow.id == _TABLE.room_id).where(*named, *same)
    return session.scalar(stored) is not None


def room_id_of(session: Session, room: Room) -> int:
    """The number of a room's row, which is made if need be."""
    named = (RoomRow.network == room.network, RoomRow.name == room.name, RoomRow.private == room.private)
    found = session.scalar(select(RoomRow.id).where(*named))
    if found is None:
        row = RoomRow(network=room.network, name=room.name, private=room.private)
        session.add(row)
        session.flush()
        found = row.id
    return found


def room_ends(
    session: Session, at_most: int, recently: timedelta, linked: Mapping[Room, Sequence[Room]]
) -> list[RoomEnd]:
    """Where each room's record ends: a transaction. ``linked`` are the places of those in several.

    Of the last ``at_most`` lines, those heard no longer than ``recently`` before the last one heard are read.
    """
    ends = []
    last_seq = select(func.max(_TABLE.seq)).where(_TABLE.room_id == RoomRow.id).scalar_subquery()
    for row, seq in session.execute(select(RoomRow, last_seq)).all():
        room = Room(row.network, row.name, row.private)
        tail = (_TABLE.room_id == row.id, _TABLE.seq > (seq or 0) - at_most)
        last, oldest = session.execute(
            select(func.max(_TABLE.time).filter(*_HEARD), func.min(_TABLE.time)).where(*tail)
        ).one()
        places = linked.get(room)
        recent: list[Entry] = []
        if places is not None:
            recent = _entries(session, room, *tail, *_HEARD)
        elif last is not None:
            recent = _entries(session, room, *tail, *_HEARD, _TABLE.time >= last - recently // _MICROSECOND)
        # Where for long nobody spoke but Muster, history is asked for from before that.
        end = last if last is not None else oldest
        if end is None:
            heard: dict[Room, datetime] = {}
        elif places is None:
            heard = {room: from_stamp(end)}
        else:
            heard = _last_heard(session, row.id, room, places, recent, seq) or {room: from_stamp(end)}
        ends.append(RoomEnd(room, row.id, seq or 0, heard, recent))
    return ends


def _last_heard(
    session: Session, room_id: int, room: Room, places: Sequence[Room], recent: Iterable[Entry], seq: int
) -> dict[Room, datetime]:
    """When a line was last heard in each place of a room. One that was away for long is not among the last
    lines, while the others went on.
    """
    heard: dict[Room, datetime] = {}
    for entry in recent:
        where = entry.line.where
        heard[where] = max(entry.line.time, heard.get(where, entry.line.time))
    for place in places:
        if place in heard:
            continue
        named = _TABLE.data.contains(f'"{_PLACE}": {json.dumps(str(place))}', autoescape=True)
        if place == room:
            named = _TABLE.data.is_(None) | ~_TABLE.data.contains(f'"{_PLACE}": "', autoescape=True)
        chosen = (_TABLE.room_id == room_id, _TABLE.seq > seq - _SEARCHED, *_HEARD, named)
        time = session.scalar(select(_TABLE.time).where(*chosen).order_by(_TABLE.seq.desc()).limit(1))
        if time is not None:
            heard[place] = from_stamp(time)
    return heard


def last_places(session: Session, rooms: Collection[Room]) -> dict[Room, int]:
    """The places of the last lines of these rooms, as far as there are any: a transaction."""
    last_seq = select(func.max(_TABLE.seq)).where(_TABLE.room_id == RoomRow.id).scalar_subquery()
    named = select(RoomRow.network, RoomRow.name, RoomRow.private, last_seq).where(
        RoomRow.name.in_({room.name for room in rooms})
    )
    found = {Room(network, name, private): seq or 0 for network, name, private, seq in session.execute(named)}
    return {room: found[room] for room in rooms if room in found}


def read_lines(session: Session, room: Room, first: int, last: int | None = None) -> list[Entry]:
    """A room's entries from place ``first`` to ``last``: a transaction, for those who read within one."""
    room_id = _room_id(session.connection(), room)
    chosen = [_TABLE.room_id == room_id, _TABLE.seq >= first]
    if last is not None:
        chosen.append(_TABLE.seq <= last)
    return _entries(session, room, *chosen)


class Spoken(NamedTuple):
    """What somebody said and nothing more is known of, as the database has it: ``time`` in microseconds since
    1970, ``kind`` one of :data:`~bot.model.SPEECH`, ``own`` true or 1 for what Muster said.
    """

    seq: int
    time: int
    kind: str
    nick: str
    text: str
    own: int

    def line(self, room: Room) -> Line:
        """As a line of its room, said by somebody of whom no more than the nick is told."""
        actor = Actor(room.network, self.nick)
        return Line(room, from_stamp(self.time), Kind(self.kind), actor, self.text, own=bool(self.own))


def read_shown(connection: Connection, room: Room, first: int, last: int) -> list[Spoken | Entry]:
    """A room's entries from place ``first`` to ``last``, without notes: a transaction. Nearly all of them are
    :class:`Spoken`, which costs a third of an entry: for pages that show thousands.
    """
    given = {"room": _room_id(connection, room), "first": first, "last": last}
    spoken = [Spoken._make(row) for row in connection.execute(_SPOKEN, given).all()]
    others = [_entry(room, row) for row in connection.execute(_OTHERS, given)]
    return list(merge(spoken, others, key=_SEQ)) if others else list(spoken)


def _room_id(connection: Connection, room: Room) -> int | None:
    named = {"network": room.network, "name": room.name, "private": room.private}
    found: int | None = connection.scalar(_ROOM_ID, named)
    return found


def _entries(session: Session, room: Room, *chosen: ColumnElement[bool]) -> list[Entry]:
    rows = session.execute(select(*_COLUMNS).where(*chosen).order_by(_TABLE.seq))
    return [_entry(room, row) for row in rows]


def _entry(room: Room, row: Sequence[Any]) -> Entry:
    seq, time, kind, nick, account, address, bot, text, msgid, own, history, data = row
    particulars: dict[str, Any] = {}
    network = room.network
    if data:
        particulars["data"] = found = json.loads(data)
        place = particulars["place"] = _place_named(found.pop(_PLACE, None))
        network = found.pop(_NETWORK, None) or (place or room).network
    actor = Actor(network, nick, account, address, bot)
    line = Line(
        room, from_stamp(time), Kind(kind), actor, text, msgid, bool(own), bool(history), **particulars
    )
    return Entry(seq, line)


def redact(session: Session, room: Room, texts: Mapping[int, str]) -> None:
    """Overwrite the text of lines, by place, as :func:`redacted` does, so that no search finds it: a
    transaction.
    """
    room_id = room_id_of(session, room)
    changing(session, room_id, texts)
    for seq, text in texts.items():
        chosen = (LineRow.room_id == room_id, LineRow.seq == seq)
        data = _kept_of(session.scalar(select(LineRow.data).where(*chosen)))
        session.execute(update(LineRow).where(*chosen).values(text=text, data=data))


def changing(session: Session, room_id: int, places: Collection[int]) -> None:
    """Before lines at these places are overwritten or deleted, in the same transaction: let go of what was
    made of them.
    """
    forget_places(session, room_id, places)
    if places:
        for forget in CHANGING:
            forget(session, room_id, min(places), max(places))


def redacted(line: Line, text: str) -> Line:
    """A line whose text was taken away: ``text`` is left, and of its data which message it is about."""
    return line.replace(text=text, data={key: line.data[key] for key in (_ABOUT,) if key in line.data})


def purge(session: Session, room: Room, before: datetime, after: int) -> tuple[int, int | None]:
    """Delete a room's first passing lines that are behind the place ``after`` and older than ``before``.

    A transaction: how many there were, and behind which place there may be more, or ``None``.
    """
    room_id = room_id_of(session, room)
    chosen = (LineRow.room_id == room_id, LineRow.lasting.is_(False))
    old = select(LineRow.seq).where(*chosen, LineRow.seq > after, LineRow.time < to_stamp(before))
    places = session.scalars(old.order_by(LineRow.seq).limit(AT_ONCE)).all()
    changing(session, room_id, places)
    session.execute(delete(LineRow).where(*chosen, LineRow.seq.in_(places)))
    return len(places), places[-1] if len(places) == AT_ONCE else None


def make_lasting(session: Session, room: Room, first: int) -> None:
    """Let a room's passing lines from place ``first`` on be purged no more. A transaction."""
    chosen = (LineRow.room_id == room_id_of(session, room), LineRow.seq >= first)
    session.execute(update(LineRow).where(*chosen).values(lasting=True))


def add_old_lines(session: Session, room: Room, lines: Sequence[Line]) -> tuple[int, int]:
    """Put lines of long ago, as an archive holds them, behind a room's record; the first and last place.

    A transaction, for when no Muster runs: the journal of a running one gives places of its own.
    """
    room_id = room_id_of(session, room)
    last = session.scalar(select(func.max(LineRow.seq)).where(LineRow.room_id == room_id)) or 0
    rows = [
        {**to_row(line, last + count, lasting=True), "room_id": room_id}
        for count, line in enumerate(lines, 1)
    ]
    if rows:
        insert_rows(session, LineRow, rows)
    return last + 1, last + len(rows)
