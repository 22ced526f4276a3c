"""Who wants to know when a room's record grows: pages that are live.

Rules:

1. Whoever watches a room hears at once where its record ends, and then whenever it has grown: of what comes
   while they are busy, the last alone. What they are told of is committed and can be read.
2. What this process commits is told by its journal. What another process commits (a ``muster web``'s
   ``muster run``; on PostgreSQL any) is looked for in the database, every :data:`EVERY` seconds, for all
   rooms at once, and only while somebody watches.
3. At the end of Muster every watch ends by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection, Mapping

from sqlalchemy.exc import SQLAlchemyError

from bot.lines import last_places
from bot.model import Room
from bot.store import Store
from bot.text import one_line

log = logging.getLogger(__name__)

EVERY = 0.1
"""Seconds."""
_AGAIN = 1.0  # seconds until a database that failed is asked again


class _Watcher:
    """One who watches: where the record ends, and whether they have been told of it."""

    __slots__ = ("end", "has_changed")

    def __init__(self) -> None:
        self.end = -1
        self.has_changed = asyncio.Event()

    def told(self, end: int) -> None:
        if end > self.end:
            self.end = end
            self.has_changed.set()


class Watching:
    """All who watch rooms. ``polls`` says whether other processes may add lines to this database."""

    def __init__(self, store: Store, *, polls: bool) -> None:
        self._store = store
        self._polls = polls
        self._watchers: dict[Room, set[_Watcher]] = {}
        self._polling: asyncio.Task[None] | None = None
        self._is_over = False

    @property
    def rooms(self) -> Collection[Room]:
        """The rooms that somebody watches."""
        return self._watchers.keys()

    def committed(self, ends: Mapping[Room, int]) -> None:
        """The journal has committed lines: of each room the last one's place."""
        for room in self._watchers.keys() & ends.keys():
            for watcher in self._watchers[room]:
                watcher.told(ends[room])

    async def watch(self, room: Room) -> AsyncGenerator[int]:
        """The place of a room's last committed line (0 where it has none), now and whenever there is another.

        Close it (:func:`contextlib.aclosing`) where it is left before its end. Raises what reading the
        database raises.
        """
        if self._is_over:
            return
        watcher = _Watcher()
        self._watchers.setdefault(room, set()).add(watcher)
        try:
            watcher.told((await self._store.read(last_places, (room,))).get(room, 0))
            if self._polls and self._polling is None:
                self._polling = asyncio.create_task(self._poll(), name="watching")
            while not self._is_over:
                await watcher.has_changed.wait()
                watcher.has_changed.clear()
                if not self._is_over:
                    yield watcher.end
        finally:
            others = self._watchers[room]
            others.discard(watcher)
            if not others:
                del self._watchers[room]

    async def _poll(self) -> None:
        """Look for what other processes have added, while somebody watches."""
        has_failed = False
        try:
            while self._watchers and not self._is_over:
                try:
                    self.committed(await self._store.read(last_places, tuple(self._watchers)))
                    has_failed = False
                except SQLAlchemyError as error:
                    if not has_failed:
                        log.error("Live pages stand still: %s", one_line(str(error)))
                    has_failed = True
                await asyncio.sleep(_AGAIN if has_failed else EVERY)
        finally:
            self._polling = None

    def close(self) -> None:
        """End every watch, and let no other begin."""
        self._is_over = True
        if self._polling is not None:
            self._polling.cancel()
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.has_changed.set()
