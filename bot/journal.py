"""The group-commit writer of lines: the durable, ordered record that everything else is rebuilt from.

Rules:

1. :meth:`Journal.append` never waits. It gives a line its place in its room at once, and one transaction
   commits all that has gathered: at once if anybody waits for it, else :data:`GATHER` after the one before.
   So neither a lone line waits nor what is to be confirmed, and many lines do not cost a transaction each.
2. What confirms a line waits for its commit: :meth:`Journal.after_commit` calls back, in order, once all
   that was appended before it is durable.
3. What a plugin stores about lines goes with them, in the very same transaction (:meth:`Journal.also`): after
   a crash either both are there or neither is. A mistake of the plugin's costs its own part alone.
4. A line's place (``seq``) is given once and never changes; a redaction overwrites its text for ever
   (:func:`bot.lines.redact`).
5. Where one room is in several places (:mod:`bot.linking`), what history repeats is known of each by itself:
   servers have their own ids and clocks, and one may be away while the others go on.
6. If the database refuses (a full disk), lines stay in memory and are tried again, and nothing is confirmed
   meanwhile. A line that it will never take is dropped, and the log says so: it must not hold up the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError
from sqlalchemy.orm import Session

from bot import lines
from bot.model import Entry, Kind, Line, Room
from bot.networks.base import Known
from bot.store import Store, insert_rows, is_unavailable
from bot.text import one_line

T = TypeVar("T")

log = logging.getLogger(__name__)

_RECENT = 500  # lines of a room remembered at most, to recognise what history repeats
_RECENTLY = timedelta(minutes=2)  # before the room's last line: so long they are remembered
_SAME_MOMENT = timedelta(seconds=2)  # servers keep whole seconds in their history
GATHER = 0.01
"""Seconds. A transaction costs as much of the processor as fifty lines, and chat waits for its thread."""
_RETRY = (0.1, 0.5, 2.0, 5.0)  # seconds between tries to commit
_pause = asyncio.sleep
REDACTED = "[redacted by "
"""What the text of a redacted line begins with."""


@dataclass(slots=True)
class _Place:
    """What was heard last where people talk: a room, or one of several places of one.

    ``last`` is the time of the last line heard, ``recent`` the lines heard lately, and ``caught_up`` what
    ``last`` was when history was last asked for.
    """

    last: datetime | None = None
    recent: deque[Entry] = field(default_factory=lambda: deque(maxlen=_RECENT))
    caught_up: datetime | None = None

    def remember(self, entry: Entry) -> None:
        line = entry.line
        if line.own or line.kind is Kind.NOTE:
            return  # no history repeats them, and their time is our clock's and not the server's
        last = self.heard(line.time)
        self.recent.append(entry)
        while self.recent and self.recent[0].line.time < last - _RECENTLY:
            self.recent.popleft()

    def heard(self, time: datetime) -> datetime:
        """Something was heard at a time; the time of the last."""
        if self.last is None or time > self.last:
            self.last = time
        return self.last


class Journal:
    """The record of lines. Made by the application; plugins reach it through their ``bot``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.on_commit: Callable[[Mapping[Room, int]], None] = lambda _ends: None
        """Told of each commit, after what waited for it: of each room the place of its last line then."""
        self.line_count = 0
        """How many lines this process has committed."""
        self.commit_count = 0
        self._seqs: dict[Room, int] = {}  # the last place given in each room
        self._places: dict[Room, _Place] = {}
        self._room_ids: dict[Room, int] = {}  # used by the writing thread alone once open
        self._pending: list[tuple[Room, dict[str, Any]]] = []
        self._riders: list[Callable[[Session], Callable[[], None]]] = []
        self._confirming: deque[Callable[[], None]] = deque()  # wait for what is being committed
        self._waiting: list[Callable[[], None]] = []  # wait for what is pending
        self._is_committing = False
        self._in_hand = 0  # lines in the transaction that is being committed
        self._flush: asyncio.Task[None] | None = None
        self._is_wanted = asyncio.Event()  # somebody waits for what is pending
        self._committed = float("-inf")  # when the last commit was done, on the loop's clock

    async def open(self, linked: Mapping[Room, Sequence[Room]] | None = None) -> None:
        """Read where each room's record ends. Needs to be called once, before lines come. ``linked`` are the
        rooms that are one in several places, with these.
        """
        for end in await self._store.read(lines.room_ends, _RECENT, _RECENTLY, linked or {}):
            self._room_ids[end.room] = end.id
            self._seqs[end.room] = end.seq
            for where, last in end.last.items():
                self._at(where).heard(last)
            for entry in end.recent:
                self._at(entry.line.where).remember(entry)

    def _at(self, where: Room) -> _Place:
        place = self._places.get(where)
        if place is None:
            place = self._places[where] = _Place()
        return place

    def append(self, line: Line, *, lasting: bool) -> Entry:
        """Take a line in. ``lasting`` says that it is never purged. Does not wait for the commit."""
        seq = self._seqs[line.room] = self._seqs.get(line.room, 0) + 1
        line = lines.storable(line)
        entry = Entry(seq, line)
        self._at(line.where).remember(entry)
        self._pending.append((line.room, lines.to_row(line, seq, lasting=lasting)))
        self._start()
        return entry

    def also(self, transaction: Callable[[Session], T], then: Callable[[T], None] | None = None) -> None:
        """Run a transaction in the one that commits what was appended so far, after those lines; then call
        ``then`` with what it returned, once that is durable. What it raises is logged, and the lines stay.

        Where the connection broke during a commit, nobody knows what became of it, and it runs once more: it
        must come to the same the second time.
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
        if self._pending or self._riders:
            self._waiting.append(callback)
            self._is_wanted.set()
        elif self._is_committing:
            self._confirming.append(callback)
        else:
            callback()

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
            while self._pending or self._riders:
                await self._gather()
                self._is_wanted.clear()
                batch, self._pending = self._pending, []
                riders, self._riders = self._riders, []
                self._confirming, self._waiting = deque(self._waiting), []
                self._in_hand = len(batch)
                self._is_committing = True
                self._confirming.extendleft(reversed(await self._insert(batch, riders)))
                self._in_hand = 0
                self.line_count += len(batch)
                self.commit_count += 1
                self._confirm()
                self.on_commit({room: row["seq"] for room, row in batch})
                self._is_committing = False
                self._committed = asyncio.get_running_loop().time()
                # What was just confirmed goes out before the next commit begins and wants the processor.
                await asyncio.sleep(0)
        finally:
            self._is_committing = False
            self._flush = None

    async def _gather(self) -> None:
        """Let what comes gather (rule 1)."""
        if self._is_wanted.is_set():
            return
        try:
            async with asyncio.timeout_at(self._committed + GATHER):
                await self._is_wanted.wait()
        except TimeoutError:
            return

    def _confirm(self) -> None:
        while self._confirming:  # a confirmation may ask for another
            callback = self._confirming.popleft()
            try:
                callback()
            except Exception:
                log.exception("What waited for a commit failed")

    async def _insert(
        self, batch: list[tuple[Room, dict[str, Any]]], riders: list[Callable[[Session], Callable[[], None]]]
    ) -> list[Callable[[], None]]:
        tries = 0
        singly = False
        while True:
            try:
                return await self._store.write(self._write, batch, riders, singly=singly, again=tries > 0)
            except Exception as error:  # whatever it was: better late than lost
                if _is_of_a_line(error) and not singly:
                    singly = True
                    continue
                log.exception(
                    "The database refused %d lines; they wait in memory and are tried again", len(batch)
                )
                await _pause(_RETRY[min(tries, len(_RETRY) - 1)])
                tries += 1

    def _write(
        self,
        session: Session,
        batch: list[tuple[Room, dict[str, Any]]],
        riders: list[Callable[[Session], Callable[[], None]]],
        *,
        singly: bool,
        again: bool,
    ) -> list[Callable[[], None]]:
        found: dict[Room, int] = {}
        if again and batch and lines.is_stored(session, *batch[-1]):
            pass  # the commit that seemed to fail was done, and its answer was lost
        elif singly:
            self._write_singly(session, batch, found)
        elif batch:
            self._write_lines(session, batch, found)
        done: list[Callable[[], None]] = [lambda: self._room_ids.update(found)]
        for rider in riders:
            try:
                done.append(rider(session))
            except Exception as error:
                if is_unavailable(error):
                    raise  # not the rider's fault: all of it is tried again
                log.exception("What was to be stored with %d lines was not", len(batch))
        session.flush()
        return done

    def _write_lines(
        self, session: Session, batch: Iterable[tuple[Room, dict[str, Any]]], found: dict[Room, int]
    ) -> None:
        rows = []
        for room, row in batch:
            room_id = self._room_ids.get(room) or found.get(room)
            if room_id is None:
                room_id = found[room] = lines.room_id_of(session, room)
            row["room_id"] = room_id
            rows.append(row)
        insert_rows(session, lines.LineRow, rows)

    def _write_singly(
        self, session: Session, batch: Iterable[tuple[Room, dict[str, Any]]], found: dict[Room, int]
    ) -> None:
        """Leave out the lines that the database will not take, now or later."""
        for room, row in batch:
            before = dict(found)
            try:
                with session.begin_nested():
                    self._write_lines(session, [(room, row)], found)
            except Exception as error:
                if not _is_of_a_line(error):
                    raise
                found.clear()
                found.update(before)  # a room that was made for this line is gone too
                place = one_line(f"line {row['seq']} of {room}")
                log.exception("The database does not take %s; it is lost", place)

    @property
    def is_settled(self) -> bool:
        """Whether all is durable and nothing waits for it."""
        return not (self._pending or self._riders or self._is_committing)

    @property
    def waiting(self) -> int:
        """How many lines are not durable yet."""
        return self._in_hand + len(self._pending)

    def known(self, room: Room) -> Known | None:
        """The end of the record of a room, or of one of its places, for a network to catch up from; ``None``
        where there is none.
        """
        place = self._places.get(room)
        if place is None or place.last is None:
            return None
        return Known(place.last, frozenset(entry.line.id for entry in place.recent if entry.line.id))

    def unknown(self, room: Room, history: Iterable[Line], *, late: bool = False) -> list[Line]:
        """The lines of the history of a room, or of one of its places, that the record lacks.

        What is older than the record's end was heard when it was said, and is in the record if it was to be
        kept. At the end itself a repeat is known by its message id; where it has none, by kind, nick, text
        and time (to two seconds, since servers keep whole seconds), each recorded line standing for one
        repeat. A redacted line stands for whatever its author said then. ``late`` history comes after live
        lines have: it is compared with the record's end as that was before them.
        """
        place = self._places.get(room)
        if place is None or place.last is None:
            return list(history)
        if not late or place.caught_up is None:
            place.caught_up = place.last
        recorded = [entry.line for entry in place.recent]
        ids = {line.id for line in recorded if line.id}
        missing = []
        for line in history:
            if line.kind is Kind.GAP:
                missing.append(line)
                continue
            if line.time < place.caught_up - _SAME_MOMENT or line.id in ids:
                continue
            if line.time <= place.last + _SAME_MOMENT:  # a long history is mostly later
                twin = next((other for other in recorded if _same(line, other)), None)
                if twin is not None:
                    recorded.remove(twin)
                    continue
            missing.append(line)
            if line.id:
                ids.add(line.id)
        return missing

    async def lines(self, room: Room, first: int, last: int | None = None) -> list[Entry]:
        """The room's lines from place ``first`` to ``last`` (to the end if ``None``), committed ones only."""
        return await self._store.read(lines.read_lines, room, first, last)

    def rooms(self) -> list[Room]:
        """The rooms that there is a record of."""
        return list(self._seqs)

    async def purge(self, room: Room, before: datetime) -> int:
        """Delete a room's passing lines older than ``before`` (UTC); how many went."""
        gone = after = 0
        while True:
            count, more = await self._store.write(lines.purge, room, before, after)
            gone += count
            if more is None:
                return gone
            after = more


def _is_of_a_line(error: Exception) -> bool:
    """Whether the database refused a line for what it is, and would for ever."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return False
    # A value that the driver cannot even hand over is refused by an error of Python's own.
    return isinstance(
        error, (DataError, IntegrityError, InterfaceError, ValueError, TypeError, OverflowError)
    )


def _same(line: Line, recorded: Line) -> bool:
    if line.id is not None and recorded.id is not None:
        return False  # both have ids, and they differ
    return (
        line.kind is recorded.kind
        and line.actor.nick == recorded.actor.nick
        and (line.text == recorded.text or recorded.text.startswith(REDACTED))
        and abs(line.time - recorded.time) <= _SAME_MOMENT
    )
