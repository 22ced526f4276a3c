"""When the index follows: a moment after a line was said, and for what is old little by little.

Rules:

1. Of a room where something was said, what is new is taken in :data:`SOON` later, all at once, in steps.
2. While something is said, a step takes as much at once as it gets done in about :data:`SHORT`, and after it
   nothing is done for several times as long as it took. So however much comes, or is there from before, no
   line of chat waits long for the one thread that writes, which is mostly free for it. In silence a step may
   take :data:`LONG`.
3. What is to be done stands in the database: whoever starts finds it there, after a kill too. Several
   processes may do it at the same time; each step is somebody's alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias, TypeVar

from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from bot.model import Room
from bot.plugin import Bot, RoomRow, Timer
from plugins.meetings import News, unindexed
from plugins.search.gathering import STEP, At, forget_room, index_meeting, index_room

T = TypeVar("T", int, str)

_Step: TypeAlias = Callable[[Session, T, int, At | None], At | None]
"""Takes in what is next of a meeting or a room, by its id."""

log = logging.getLogger(__name__)

SOON = timedelta(seconds=0.5)
"""How long after a line others are waited for, to be taken in with it."""
SHORT = 0.004
"""Seconds of the processor that a step takes while something is said."""
LONG = 0.02
"""Seconds likewise, where nothing was said meanwhile: much may be left of what was said before."""
_FEWEST = 8  # lines of a step: fewer would cost little less than these
_AGAIN = timedelta(seconds=5)  # after a failure
_REST = 3  # times as long as a step took, with what it waited for, is waited before the next
_REST_IN_SILENCE = 0.5  # likewise, where nothing was said meanwhile
_MOST_REST = 0.5  # seconds
_NEWEST = 3  # meetings of a room that are looked at when something is said there
_AT_ONCE = 50  # meetings of long ago that are looked for in one transaction
_TRIES = 5  # of a step that another process was quicker with


class Indexing:
    """Keeps the index. Told by :meth:`heard` and :meth:`told` of what is new; :meth:`start` takes in what is
    not there yet, until :meth:`leave`.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._rooms: dict[Room, None] = {}
        self._timer: Timer | None = None
        self._is_busy = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving = asyncio.Event()
        self._limit = _FEWEST
        self._heard = 0  # lines

    def start(self) -> None:
        """Begin, with what was said before."""
        self._loop = asyncio.get_running_loop()
        self._bot.spawn(self._begin(), "indexing what was said before")

    async def _begin(self) -> None:
        """What a kill may have cut off: words of what was taken out leave the database's files."""
        await self._bot.store.scrub()
        await self.catch_up()

    def leave(self) -> None:
        """End soon: what is left is done after the next start."""
        self._leaving.set()
        if self._timer is not None:
            self._timer.cancel()

    def is_logged(self, room: Room) -> bool:
        """Whether all that is said in a room is kept and may be found."""
        settings = self._bot.room_settings(room)
        return not room.private and settings.log == "always" and not settings.restricted

    def heard(self, room: Room) -> None:
        """A line of this room was kept."""
        self._heard += 1
        if room in self._rooms or room.private:
            return
        self._rooms[room] = None
        if self._timer is None and not self._leaving.is_set():
            self._timer = self._bot.at(self._bot.now() + SOON, self._ring)

    def told(self, _session: Session, _news: News) -> None:
        """What a meeting came to is being stored, in the thread that writes: look at it once it is."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._bot.after_commit, self._look_at_all)

    def _look_at_all(self) -> None:
        if not self._leaving.is_set():
            self._bot.spawn(self.catch_up(), "indexing what meetings came to")

    def _ring(self) -> None:
        self._timer = None
        self._bot.spawn(self._follow(), "indexing")

    async def _follow(self) -> None:
        """Take in what is new in the rooms where something was said."""
        if self._is_busy:
            return  # it goes on until there is nothing more
        self._is_busy = True
        try:
            while self._rooms and not self._leaving.is_set():
                rooms, self._rooms = self._rooms, {}
                for room in rooms:
                    await self._index(room)
        except (SQLAlchemyError, OSError) as error:
            log.warning("What was said cannot be indexed now, and is later: %s", type(error).__name__)
            self._rooms = rooms | self._rooms
            if not self._leaving.is_set():
                self._timer = self._bot.at(self._bot.now() + _AGAIN, self._ring)
        finally:
            self._is_busy = False

    async def _index(self, room: Room) -> None:
        for key in await self._bot.store.read(unindexed, _NEWEST, room):
            await self._all(index_meeting, key)
        if self.is_logged(room):
            room_id = await self._bot.store.read(_room_id, room)
            if room_id is not None:
                await self._all(index_room, room_id)

    async def catch_up(self) -> None:
        """Take in all that is not there yet, the newest first."""
        seen: set[str] = set()
        while not self._leaving.is_set():
            keys = await self._bot.store.read(unindexed, _AT_ONCE + len(seen))
            new = [key for key in keys if key not in seen]
            if not new:
                break
            for key in new:
                await self._all(index_meeting, key)
                seen.add(key)
        for room_id, room in (await self._bot.store.read(_rooms)).items():
            if self._leaving.is_set():
                return
            if self.is_logged(room):
                await self._all(index_room, room_id)
            else:
                await self._bot.store.write(forget_room, room_id)

    async def _all(self, step: _Step[T], of: T) -> None:
        """Do a step after the other until there is no more, resting in between."""
        tries = 0
        at: At | None = None
        while not self._leaving.is_set():
            begun, heard = time.monotonic(), self._heard
            took: list[float] = []
            try:
                at = await self._bot.store.write(_timed, took, step, of, self._limit, at)
            except IntegrityError:  # on PostgreSQL another process has taken the very id
                tries += 1
                if tries == _TRIES:
                    raise
                at = at or At()
            else:
                within = LONG if heard == self._heard else SHORT
                self._limit = _next_limit(self._limit, sum(took), within)
            rest = _REST_IN_SILENCE if heard == self._heard else _REST
            await self._rest(min((time.monotonic() - begun) * rest, _MOST_REST))
            if at is None:
                return

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._leaving.wait(), seconds)
        except TimeoutError:
            return


def _timed(
    session: Session, took: list[float], step: _Step[T], of: T, limit: int, at: At | None
) -> At | None:
    """A step; ``took`` gets how many seconds of the processor it took. A transaction."""
    begun = time.thread_time()
    # SQLite's FTS5 does most of its work as it commits.
    event.listen(session, "after_commit", lambda _: took.append(time.thread_time() - begun), once=True)
    return step(session, of, limit, at)


def _next_limit(limit: int, took: float, within: float) -> int:
    """How much is taken in at once, after a step with that limit took so long, in seconds."""
    fitting = int(limit * within / took) if took else STEP
    # Less at once, but more by halves: what one step took tells little of the next.
    return min(max(min(fitting, (limit + fitting) // 2), _FEWEST), STEP)


def _room_id(session: Session, room: Room) -> int | None:
    named = (RoomRow.network == room.network, RoomRow.name == room.name, RoomRow.private.is_(False))
    return session.scalar(select(RoomRow.id).where(*named))


def _rooms(session: Session) -> dict[int, Room]:
    rows = session.execute(
        select(RoomRow.id, RoomRow.network, RoomRow.name).where(RoomRow.private.is_(False))
    )
    return {id_: Room(network, name) for id_, network, name in rows}
