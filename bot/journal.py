"""The group-commit writer of lines: the durable, ordered record that everything else is rebuilt from.

Rules:

1. :meth:`Journal.append` never waits. It gives a line its place in its room at once; one transaction
   commits all that has gathered, as soon as the one before is done. There is no timer.
2. What confirms a line waits for its commit: :meth:`Journal.after_commit` calls back, in order, once all
   that was appended before it is durable.
3. What a plugin stores about lines goes with them, in the very same transaction (:meth:`Journal.also`): after
   a crash either both are there or neither is.
4. A line's place (``seq``) is given once and never changes; a redaction overwrites its text for ever.
5. If the database refuses (a full disk), lines stay in memory and are tried again, and nothing is confirmed
   meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import Actor, Entry, Kind, Line, Room
from bot.networks.base import Known
from bot.store import Base, Store, from_stamp, to_stamp

T = TypeVar("T")

log = logging.getLogger(__name__)

_RECENT = 500  # lines of a room remembered to recognise what history repeats
_SAME_MOMENT = timedelta(seconds=2)  # servers keep whole seconds in their history
_RETRY = (0.1, 0.5, 2.0, 5.0)


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


@dataclass(slots=True)
class _Place:
    """What is known of a room's journal: the last place given, and recent lines for recognising repeats."""

    seq: int = 0
    last: datetime | None = None
    recent: deque[Entry] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def remember(self, entry: Entry) -> None:
        line = entry.line
        if self.last is None or line.time > self.last:
            self.last = line.time
        if not line.own:
            self.recent.append(entry)


class Journal:
    """The record of lines. Made by the application; plugins reach it through their ``bot``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._places: dict[Room, _Place] = {}
        self._room_ids: dict[Room, int] = {}  # used by the writing thread alone once open
        self._pending: list[tuple[Room, dict[str, Any]]] = []
        self._riders: list[Callable[[Session], Callable[[], None]]] = []
        self._waiting: list[Callable[[], None]] = []
        self._flush: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Read where each room's record ends. Needs to be called once, before lines come."""
        for room, room_id, seq, recent in await self._store.read(_places):
            self._room_ids[room] = room_id
            place = _Place(seq)
            for entry in recent:
                place.remember(entry)
            self._places[room] = place

    def append(self, line: Line, *, lasting: bool) -> Entry:
        """Take a line in. ``lasting`` says that it is never purged. Does not wait for the commit."""
        place = self._places.get(line.room)
        if place is None:
            place = self._places[line.room] = _Place()
        place.seq += 1
        entry = Entry(place.seq, line)
        place.remember(entry)
        actor = line.actor
        self._pending.append(
            (
                line.room,
                {
                    "seq": place.seq,
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
                    "data": json.dumps(dict(line.data), ensure_ascii=False) if line.data else None,
                },
            )
        )
        self._start()
        return entry

    def also(self, transaction: Callable[[Session], T], then: Callable[[T], None] | None = None) -> None:
        """Run a transaction in the one that commits what was appended so far, after those lines; then call
        ``then`` with what it returned, once that is durable. What it raises is logged, and the lines stay.
        """

        def ride(session: Session) -> Callable[[], None]:
            with session.begin_nested():
                found = transaction(session)
            return lambda: then(found) if then is not None else None

        self._riders.append(ride)
        self._start()

    def _start(self) -> None:
        if self._flush is None:
            self._flush = asyncio.create_task(self._commit(), name="journal")

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back once all appended so far is durable: at once if it is, and always in order."""
        if self._flush is None:
            callback()
        else:
            self._waiting.append(callback)

    async def settled(self) -> None:
        """Wait until all appended so far is durable."""
        done = asyncio.get_running_loop().create_future()

        def finish() -> None:
            if not done.done():
                done.set_result(None)

        self.after_commit(finish)
        await done

    async def _commit(self) -> None:
        try:
            while self._pending or self._riders or self._waiting:
                batch, self._pending = self._pending, []
                riders, self._riders = self._riders, []
                waiting, self._waiting = self._waiting, []
                done = await self._insert(batch, riders) if batch or riders else []
                for callback in (*done, *waiting):
                    try:
                        callback()
                    except Exception:
                        log.exception("What waited for a commit failed")
        finally:
            self._flush = None

    async def _insert(
        self, batch: list[tuple[Room, dict[str, Any]]], riders: list[Callable[[Session], Callable[[], None]]]
    ) -> list[Callable[[], None]]:
        tries = 0
        while True:
            try:
                return await self._store.write(self._write, batch, riders)
            except SQLAlchemyError:
                log.exception(
                    "The database refused %d lines; they wait in memory and are tried again", len(batch)
                )
                await asyncio.sleep(_RETRY[min(tries, len(_RETRY) - 1)])
                tries += 1

    def _write(
        self,
        session: Session,
        batch: list[tuple[Room, dict[str, Any]]],
        riders: list[Callable[[Session], Callable[[], None]]],
    ) -> list[Callable[[], None]]:
        found: dict[Room, int] = {}
        for room, row in batch:
            room_id = self._room_ids.get(room) or found.get(room)
            if room_id is None:
                room_id = found[room] = _room_id(session, room)
            row["room_id"] = room_id
        if batch:
            session.execute(insert(LineRow.__table__), [row for _, row in batch])  # type: ignore[arg-type]
        done: list[Callable[[], None]] = [lambda: self._room_ids.update(found)]
        for rider in riders:
            try:
                done.append(rider(session))
            except OperationalError:
                raise  # the database's fault, not the rider's: all of it is tried again
            except Exception:
                log.exception("What was to be stored with %d lines was not", len(batch))
        session.flush()
        return done

    def known(self, room: Room) -> Known | None:
        """The end of a room's record, for a network to catch up from; ``None`` where there is none."""
        place = self._places.get(room)
        if place is None or place.last is None:
            return None
        return Known(place.last, frozenset(entry.line.id for entry in place.recent if entry.line.id))

    def unknown(self, room: Room, history: Iterable[Line]) -> list[Line]:
        """The lines of a room's history that its record lacks.

        What is older than the record's end was heard when it was said, and is in the record if it was to be
        kept. At the end itself a repeat is known by its message id; where it has none, by nick, text and
        time (to two seconds, since servers keep whole seconds), each recorded line standing for one repeat.
        A redacted line stands for whatever its author said then.
        """
        place = self._places.get(room)
        if place is None or place.last is None:
            return list(history)
        ids = {entry.line.id for entry in place.recent if entry.line.id}
        recorded = [entry.line for entry in place.recent]
        missing = []
        for line in history:
            if line.time < place.last - _SAME_MOMENT or (line.id is not None and line.id in ids):
                continue
            twin = next((other for other in recorded if _same(line, other)), None)
            if twin is None:
                missing.append(line)
            else:
                recorded.remove(twin)
        return missing

    async def lines(self, room: Room, first: int, last: int | None = None) -> list[Entry]:
        """The room's lines from place ``first`` to ``last`` (to the end if ``None``), committed ones only."""
        return await self._store.read(read_lines, room, first, last)

    async def redact(self, room: Room, texts: Mapping[int, str]) -> None:
        """Overwrite the text of lines, by place, and drop their data, for ever."""
        await self.settled()
        place = self._places.get(room)
        if place is not None:
            for index, entry in enumerate(place.recent):
                if entry.seq in texts:
                    stub = entry.line.replace(text=texts[entry.seq])
                    place.recent[index] = Entry(entry.seq, stub)
        await self._store.write(_redact, room, texts)

    async def purge(self, room: Room, before: datetime) -> int:
        """Delete a room's passing lines older than ``before`` (UTC); how many went."""
        return await self._store.write(_purge, room, before)


def _same(line: Line, recorded: Line) -> bool:
    if line.id is not None and recorded.id is not None:
        return False  # both have ids, and they differ
    return (
        line.actor.nick == recorded.actor.nick
        and (line.text == recorded.text or "[redacted by " in recorded.text)
        and abs(line.time - recorded.time) <= _SAME_MOMENT
    )


def _room_id(session: Session, room: Room) -> int:
    named = (RoomRow.network == room.network, RoomRow.name == room.name, RoomRow.private == room.private)
    found = session.scalar(select(RoomRow.id).where(*named))
    if found is None:
        row = RoomRow(network=room.network, name=room.name, private=room.private)
        session.add(row)
        session.flush()
        found = row.id
    return found


def _places(session: Session) -> list[tuple[Room, int, int, list[Entry]]]:
    places = []
    for row in session.scalars(select(RoomRow)).all():
        room = Room(row.network, row.name, row.private)
        seq = session.scalar(select(func.max(LineRow.seq)).where(LineRow.room_id == row.id)) or 0
        recent = read_lines(session, room, max(1, seq - _RECENT + 1))
        if recent:
            end = max(entry.line.time for entry in recent)
            recent = [entry for entry in recent if entry.line.time >= end - _SAME_MOMENT]
        places.append((room, row.id, seq, recent))
    return places


_TABLE = LineRow.__table__.c


def read_lines(session: Session, room: Room, first: int, last: int | None = None) -> list[Entry]:
    """A room's entries from place ``first`` to ``last``: a transaction, for those who read within one."""
    named = (RoomRow.network == room.network, RoomRow.name == room.name, RoomRow.private == room.private)
    room_id = session.scalar(select(RoomRow.id).where(*named))
    chosen = [_TABLE.room_id == room_id, _TABLE.seq >= first]
    if last is not None:
        chosen.append(_TABLE.seq <= last)
    columns: Sequence[Any] = (
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
    entries = []
    for row in session.execute(select(*columns).where(*chosen).order_by(_TABLE.seq)):
        seq, time, kind, nick, account, address, bot, text, msgid, own, history, data = row
        actor = Actor(room.network, nick, account, address, bot)
        particulars = {"data": json.loads(data)} if data else {}
        line = Line(
            room, from_stamp(time), Kind(kind), actor, text, msgid, bool(own), bool(history), **particulars
        )
        entries.append(Entry(seq, line))
    return entries


def _redact(session: Session, room: Room, texts: Mapping[int, str]) -> None:
    room_id = _room_id(session, room)
    for seq, text in texts.items():
        session.execute(
            update(LineRow).where(LineRow.room_id == room_id, LineRow.seq == seq).values(text=text, data=None)
        )


def _purge(session: Session, room: Room, before: datetime) -> int:
    room_id = _room_id(session, room)
    gone = session.execute(
        delete(LineRow).where(
            LineRow.room_id == room_id, LineRow.lasting.is_(False), LineRow.time < to_stamp(before)
        )
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]
