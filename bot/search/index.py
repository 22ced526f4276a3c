"""The index of what may be found: its documents, where they come from, and the transactions on them.

A document is a line, or what a line came to (a decision, an action), at its line's place in its room. What is
said stays where it is stored: the index holds words, and the text of a hit is read from its line, so that it
can show nothing that is no longer there.

Rules:

1. A document's id is its time in milliseconds since 1970, made unique by counting up. So documents are found
   in the order of time, a page of hits begins where the last ended, and a day is a range of ids.
2. At one place stand the documents that were put there last, of whatever source.
3. A line that is redacted or deleted leaves the index in the very transaction (:func:`forget_places`, called
   by :mod:`bot.lines`); what becomes restricted does so too (:func:`forget_span`). What reads lines in order
   to index them does both in one transaction, and has called :func:`hold` before: so nothing can slip in
   between, on PostgreSQL neither.
4. On SQLite the words that were taken out are in the database's file until :func:`compact` has said that
   there is nothing more to do; :meth:`bot.store.Store.scrub` sees to that, after a crash too.
5. All of it can be made again from the lines.
6. A search reads by the connection itself (:meth:`bot.store.Store.look`): many may ask at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    bindparam,
    column,
    delete,
    func,
    select,
    table,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import Room
from bot.search import postgresql, sqlite
from bot.search.entry import Entry, Looked, kind_mark, named, person_mark, room_mark, team_mark
from bot.search.words import Query, words_of
from bot.store import Base, from_stamp, to_stamp
from bot.text import fold_nick, plain

# Not imported: what deletes lines imports this.
_LINE = table("line", *map(column, ("room_id", "seq", "time", "nick", "text")))
_ROOM = table("room", *map(column, ("id", "network", "name", "private")))
_MILLISECOND = 1_000  # microseconds
_AT_ONCE = 500  # parameters in one statement
_NEVER = 1 << 62  # an id that no document has


class SourceRow(Base):
    """Where documents come from: a meeting, or a room's whole record; ``name`` tells which. ``upto`` is the
    last place whose line was looked at, ``covered`` how many places that were, and ``counted`` how many of
    their lines have a number. ``done``: all of it is indexed, as far as is known.
    """

    __tablename__ = "search_source"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), index=True)
    team: Mapped[str] = mapped_column(Text, default="")
    upto: Mapped[int] = mapped_column(BigInteger, default=0)
    covered: Mapped[int] = mapped_column(BigInteger, default=0)
    counted: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[bool] = mapped_column(Boolean, default=False, index=True)


class DocRow(Base):
    """A document: ``number`` is that of its line in the source, ``item`` its own among what was made of the
    lines. ``people`` are those it is found by, hashed; ``text`` is null where it is its line's.
    """

    __tablename__ = "search_doc"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    source_id: Mapped[int] = mapped_column(ForeignKey("search_source.id"))
    room_id: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int | None] = mapped_column(Integer)
    item: Mapped[int | None] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    people: Mapped[str] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (Index(None, "room_id", "seq"), {"sqlite_with_rowid": False})


class StateRow(Base):
    """One row: how often something was taken out, how often that was when getting rid of the words of it
    began, and when it last came to its end.
    """

    __tablename__ = "search_state"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    removed: Mapped[int] = mapped_column(BigInteger, default=0)
    compacting: Mapped[int] = mapped_column(BigInteger, default=0)
    compacted: Mapped[int] = mapped_column(BigInteger, default=0)


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be found: at the place ``seq`` of its source's room. ``number`` is the line's in its
    meeting; ``people`` are names as people type them. Without an ``item``, a number among what was made of
    the lines, its text is that of the line.
    """

    seq: int
    time: datetime
    kind: str
    text: str
    people: Sequence[str] = ()
    number: int | None = None
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """What a search is narrowed by: one of each of these, where any is given; times are from and before."""

    rooms: Collection[int] | None = None
    teams: Collection[str] | None = None
    people: Collection[str] | None = None
    kinds: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


class Hit(NamedTuple):
    """A document that was found: as it stands now."""

    id: int
    source: str
    room: Room
    seq: int
    number: int | None
    item: int | None
    kind: str
    nick: str
    time: datetime
    text: str


def _engine(at: Session | Connection) -> ModuleType:
    dialect = at.dialect if isinstance(at, Connection) else at.get_bind().dialect
    return sqlite if dialect.name == "sqlite" else postgresql


def _parts(values: Iterable[int]) -> Iterable[list[int]]:
    whole = list(values)
    return (whole[at : at + _AT_ONCE] for at in range(0, len(whole), _AT_ONCE))


@lru_cache(8_192)
def _person(name: str) -> str:
    return named(fold_nick(name))


def hold(session: Session, room_id: int) -> None:
    """Within a transaction that indexes lines of a room, first of all: see rule 3."""
    _engine(session).hold(session, room_id)


def source_named(session: Session, name: str, room_id: int, team: str = "") -> SourceRow:
    """A source's row, which is made if need be. ``team`` is whose it is, if that is not known yet."""
    row = session.scalar(select(SourceRow).where(SourceRow.name == name))
    if row is None:
        row = SourceRow(name=name, room_id=room_id, team=team, upto=0, covered=0, counted=0, done=False)
        session.add(row)
        session.flush()
    return row


def put(session: Session, source: SourceRow, places: Mapping[int, Sequence[Document]]) -> None:
    """Let these documents stand at these places of the source's room, and no others. A transaction."""
    _remove(session, _at(session, source.room_id, places))
    found = [document for documents in places.values() for document in documents]
    if not found:
        return
    found.sort(key=lambda one: (one.time, one.seq))
    source_id, room_id, team = source.id, source.room_id, source.team
    rows: list[tuple[int | str | None, ...]] = []
    entries: list[Entry] = []
    ids = _free_ids(session, [to_stamp(one.time) // _MILLISECOND for one in found])
    for id_, one in zip(ids, found, strict=True):
        people = " ".join(dict.fromkeys(map(_person, one.people)))
        text = None if one.item is None else one.text
        rows.append((id_, source_id, room_id, one.seq, one.number, one.item, one.kind, people, text))
        entries.append(Entry(id_, words_of(plain(one.text)), _marks(room_id, one.kind, team, people)))
    engine = _engine(session)
    # Handed to the driver as they are, as the journal does: SQLAlchemy's own way costs as much as the rest.
    values = ", ".join([engine.PLACEHOLDER] * len(rows[0]))
    session.connection().exec_driver_sql(f"INSERT INTO search_doc ({_COLUMNS}) VALUES ({values})", rows)  # noqa: S608 - ours
    engine.add(session, entries)


_COLUMNS = "id, source_id, room_id, seq, number, item, kind, people, text"


def _marks(room_id: int, kind: str, team: str, people: str) -> list[str]:
    """What a document is found by besides its words. On SQLite it is taken out by the same marks: how they
    are made never changes, or the index is to be made anew.
    """
    found = [room_mark(room_id), kind_mark(kind), *map(person_mark, people.split())]
    return [*found, team_mark(team)] if team else found


def _free_ids(session: Session, wanted: Sequence[int]) -> list[int]:
    """An id for each, in their order: the one that is wanted, or the next that is free."""
    given: list[int] = []
    for id_ in wanted:
        given.append(max(id_, given[-1] + 1) if given else id_)
    connection = session.connection()
    taken = any(connection.execute(_SOME_TAKEN, {"ids": some}).first() is not None for some in _parts(given))
    if not taken:
        return given
    given, behind, end = [], 0, 0  # what is free: from what was given last up to the end
    for id_ in wanted:
        at = max(id_, behind)
        if not behind <= at < end:
            at, end = _free_stretch(session, at)
        given.append(at)
        behind = at + 1
    return given


def _free_stretch(session: Session, first: int) -> tuple[int, int]:
    """The first ids that are free from one on: from which, and up to which that is not."""
    connection = session.connection()
    if connection.execute(_SOME_TAKEN, {"ids": [first]}).first() is not None:
        first = (connection.execute(_LAST_TAKEN, {"first": first}).scalar() or first) + 1
    end = connection.execute(_NEXT_TAKEN, {"first": first}).scalar()
    return first, _NEVER if end is None else end


# Of tables and not of classes, and put together once: whoever indexes holds up all that is written, and
# SQLAlchemy's own part of a statement costs several times as much as the database's.
_DOC, _NEXT_DOC = DocRow.__table__.c, DocRow.__table__.alias().c
_SOURCE = SourceRow.__table__.c
_SOME_TAKEN = select(_DOC.id).where(_DOC.id.in_(bindparam("ids", expanding=True))).limit(1)
_LAST_TAKEN = (
    select(_DOC.id)
    .where(_DOC.id >= bindparam("first"), ~select(_NEXT_DOC.id).where(_NEXT_DOC.id == _DOC.id + 1).exists())
    .order_by(_DOC.id)
    .limit(1)
)
_NEXT_TAKEN = select(func.min(_DOC.id)).where(_DOC.id > bindparam("first"))
_Doc = tuple[int, int, str, str, str, str]  # id, room, kind, people, team, text


def _chosen(*where: Any) -> Any:
    text = func.coalesce(_DOC.text, _LINE.c.text, "")
    at_line = (_LINE.c.room_id == _DOC.room_id) & (_LINE.c.seq == _DOC.seq)
    return (
        select(_DOC.id, _DOC.room_id, _DOC.kind, _DOC.people, _SOURCE.team, text)
        .join(SourceRow.__table__, _SOURCE.id == _DOC.source_id)
        .outerjoin(_LINE, at_line)
        .where(*where)
    )


_AT_PLACES = _chosen(_DOC.room_id == bindparam("room_id"), _DOC.seq.in_(bindparam("places", expanding=True)))


def _at(session: Session, room_id: int, places: Iterable[int]) -> list[_Doc]:
    connection = session.connection()
    found: list[_Doc] = []
    for some in _parts(places):
        rows = connection.execute(_AT_PLACES, {"room_id": room_id, "places": some})
        found += (tuple(row) for row in rows)
    return found


def _remove(session: Session, docs: Sequence[_Doc]) -> None:
    if not docs:
        return
    entries = [
        Entry(id_, words_of(plain(text)), _marks(room_id, kind, team, people))
        for id_, room_id, kind, people, team, text in docs
    ]
    _engine(session).remove(session, entries)
    for some in _parts(one.id for one in entries):
        session.execute(delete(DocRow).where(DocRow.id.in_(some)), execution_options=_UNTRACKED)


_UNTRACKED = {"synchronize_session": False}


def forget_places(session: Session, room_id: int, places: Collection[int]) -> None:
    """Before lines at these places are overwritten or deleted, in the same transaction: take out what they
    are found by.
    """
    hold(session, room_id)
    if session.scalar(select(SourceRow.id).where(SourceRow.room_id == room_id).limit(1)) is None:
        return
    _remove(session, _at(session, room_id, places))
    _taken_away(session)


def forget_span(
    session: Session, room_id: int, first: int, last: int | None, *, derived: bool = False
) -> None:
    """In the transaction that makes a stretch of a room's record restricted: take out what is found there;
    with ``derived`` only what is no line's own text.
    """
    hold(session, room_id)
    where = [DocRow.room_id == room_id, DocRow.seq >= first]
    if derived:
        where.append(DocRow.text.is_not(None))
    if last is not None:
        where.append(DocRow.seq <= last)
    docs: list[_Doc] = [tuple(row) for row in session.execute(_chosen(*where))]
    if docs:
        _remove(session, docs)
        _taken_away(session)


def _taken_away(session: Session) -> None:
    """Words are to leave the file."""
    session.execute(update(StateRow).values(removed=StateRow.removed + 1), execution_options=_UNTRACKED)


def touch(session: Session, name: str, room_id: int) -> None:
    """In the transaction that changes what a source is: let it be looked through again."""
    hold(session, room_id)
    changed = update(SourceRow).where(SourceRow.name == name).values(done=False)
    session.execute(changed, execution_options={"synchronize_session": "fetch"})


def start_over(session: Session, source: SourceRow, team: str) -> None:
    """Take out all of a source, which is then indexed from its beginning: its lines have other numbers now,
    or it is another team's.
    """
    docs: list[_Doc] = [
        tuple(row)
        for row in session.execute(_chosen(DocRow.room_id == source.room_id, DocRow.source_id == source.id))
    ]
    _remove(session, docs)
    source.upto = source.covered = source.counted = 0
    source.team = team
    source.done = False


def derived(
    session: Session, source: SourceRow, first: int, last: int
) -> dict[int, list[tuple[int, str, str]]]:
    """What was made of lines of a source, from one place to another: by place, numbers, kinds and texts."""
    found: dict[int, list[tuple[int, str, str]]] = {}
    rows = session.execute(
        select(DocRow.seq, DocRow.item, DocRow.kind, DocRow.text)
        .where(DocRow.room_id == source.room_id, DocRow.seq.between(first, last))
        .where(DocRow.source_id == source.id, DocRow.text.is_not(None))
        .order_by(DocRow.id)
    )
    for seq, item, kind, text in rows:
        found.setdefault(seq, []).append((item or 0, kind, text or ""))
    return found


_STATE = "SELECT (SELECT removed FROM search_state), (SELECT max(id) FROM search_doc)"


def state_of(connection: Connection) -> tuple[int, int]:
    """What differs whenever the rooms of which something may be found do. A transaction."""
    removed, newest = connection.exec_driver_sql(_STATE).one()
    return removed or 0, newest or 0


def rooms_with_documents(connection: Connection) -> dict[int, Room]:
    """The rooms of which anything may be found, by their numbers. A transaction."""
    some = select(DocRow.id).where(DocRow.room_id == _ROOM.c.id).limit(1).exists()
    query = select(_ROOM.c.id, _ROOM.c.network, _ROOM.c.name).where(some).order_by(_ROOM.c.name, _ROOM.c.id)
    return {id_: Room(network, name) for id_, network, name in connection.execute(query)}


def find(
    connection: Connection,
    query: Query,
    chosen: Filter,
    limit: int,
    *,
    before: int | None = None,
    after: int | None = None,
) -> list[int]:
    """The ids of documents, the newest first: of those whose ids are below ``before``, or the nearest above
    ``after``. A transaction. Nothing where there is nothing to look for.
    """
    looked = _looked(query, chosen, limit, before, after)
    found: list[int] = [] if looked is None else _engine(connection).find(connection, looked)
    return found[::-1] if after is not None else found


def count(
    connection: Connection, query: Query, chosen: Filter, limit: int, *, before: int | None = None
) -> int:
    """How many documents there are, or how many whose ids are below ``before``, no further than a limit. A
    transaction.
    """
    looked = _looked(query, chosen, limit, before, None)
    return 0 if looked is None else int(_engine(connection).count(connection, looked))


def _looked(query: Query, chosen: Filter, limit: int, before: int | None, after: int | None) -> Looked | None:
    marks = _wanted_marks(chosen)
    if not (query.wanted or marks) or any(not some for some in marks):
        return None
    first, last = _id_of(chosen.since), _id_of(chosen.until)
    last = None if last is None else last - 1
    if before is not None:
        last = before - 1 if last is None else min(last, before - 1)
    if after is not None:
        first = after + 1 if first is None else max(first, after + 1)
    return Looked(query, marks, first, last, limit, is_ascending=after is not None)


def _wanted_marks(chosen: Filter) -> list[list[str]]:
    found = []
    if chosen.people is not None:
        found.append([person_mark(_person(name)) for name in sorted(chosen.people)])
    if chosen.rooms is not None:
        found.append([room_mark(room_id) for room_id in sorted(chosen.rooms)])
    if chosen.teams is not None:
        found.append([team_mark(team) for team in sorted(chosen.teams)])
    if chosen.kinds is not None:
        found.append([kind_mark(kind) for kind in sorted(chosen.kinds)])
    return found


def _id_of(time: datetime | None) -> int | None:
    return None if time is None else to_stamp(time) // _MILLISECOND


_HIT = """
    SELECT d.id, s.name AS source, r.network, r.name AS room, d.seq, d.number, d.item, d.kind, l.nick,
        l.time, coalesce(d.text, l.text) AS text
    FROM search_doc d
    JOIN search_source s ON s.id = d.source_id
    JOIN room r ON r.id = d.room_id
    JOIN line l ON l.room_id = d.room_id AND l.seq = d.seq
    WHERE d.id IN ({})
"""
"""The same on both databases. It is not put together anew each time: that took as long as running it."""
_HIT_COLUMNS = ("id", "source", "network", "room", "seq", "number", "item", "kind", "nick", "time", "text")


_room = lru_cache(1_024)(Room)


def read_hits(connection: Connection, ids: Sequence[int]) -> list[Hit]:
    """The documents with these ids, as far as they are there, in this order. A transaction."""
    if not ids:
        return []
    engine = _engine(connection)
    rows = engine.rows_of(
        connection, _HIT.format(", ".join([engine.PLACEHOLDER] * len(ids))), _HIT_COLUMNS, ids
    )
    found = {
        id_: Hit(id_, source, _room(network, name), seq, number, item, kind, nick, from_stamp(time), text)
        for id_, source, network, name, seq, number, item, kind, nick, time, text in rows
    }
    return [found[id_] for id_ in ids if id_ in found]


def clear(session: Session) -> None:
    """Take out all there is. A transaction, for when no Muster runs."""
    _engine(session).clear(session)
    session.execute(delete(DocRow), execution_options=_UNTRACKED)
    session.execute(delete(SourceRow), execution_options=_UNTRACKED)
    session.execute(update(StateRow).values(removed=StateRow.removed + 1), execution_options=_UNTRACKED)


def compact(session: Session) -> bool:
    """One step of getting rid of the words that were taken out (rule 4); whether more is to be done. A
    transaction.
    """
    state = session.scalar(select(StateRow))
    if state is None or state.removed == state.compacted:
        return False
    begin = state.compacting == state.compacted
    if begin:
        state.compacting = state.removed
    if _engine(session).compact(session, begin=begin):
        return True
    state.compacted = state.compacting
    return bool(state.removed != state.compacted)
