"""A day of a logged room as rows of a page: made the same way for whoever visits it, and to be stored
(:mod:`plugins.meetings.rendered_days`). Nothing of a web server is loaded for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from bot.model import Room
from bot.store import Store
from plugins.meetings.forms import Times
from plugins.meetings.pages import days
from plugins.meetings.pages.rows import Rows
from plugins.meetings.rendered import compress
from plugins.meetings.rendered_days import Body, digest_of

WHOLE = 2_000
"""Lines of a day whose page is made as one; a longer one goes out as it is made."""
AT_ONCE = 500
"""Places of the journal that are read for one piece of a longer one."""
T = TypeVar("T")


class DayRows:
    """The rows between two places of a room, in a zone."""

    def __init__(self, store: Store, where: Room, zone: str, first: int, behind: int) -> None:
        self._store = store
        self._where = where
        self._first = first
        self._behind = behind
        self._rows = Rows(Times(zone))

    @property
    def is_whole(self) -> bool:
        """Whether they are read and made as one piece."""
        return self._behind - self._first <= WHOLE

    async def pieces(self) -> AsyncIterator[str]:
        """The HTML, made in the threads that read."""
        step = self._behind - self._first if self.is_whole else AT_ONCE
        async for piece in in_pieces(self._store, self._where, self._first, self._behind, self._made, step):
            yield piece
        yield self._rows.end()

    def _made(self, connection: Connection, where: Room, first: int, last: int) -> str:
        return "".join(self._rows.pieces(days.lines_of(connection, where, first, last)))


async def in_pieces(
    store: Store,
    where: Room,
    first: int,
    behind: int,
    made: Callable[[Connection, Room, int, int], T],
    step: int = AT_ONCE,
) -> AsyncIterator[T]:
    """What is made of the lines between two places, ``step`` at a time, in the thread that reads them."""
    for place in range(first, behind, step):
        yield await store.look(made, where, place, min(place + step, behind) - 1)


def sealed(pieces: Sequence[str], lines: int) -> Body:
    """HTML of so many lines as it is stored. It takes some time: for a thread."""
    return Body(digest_of(encoded(pieces)), compress(pieces), lines)


def encoded(pieces: Sequence[str]) -> bytes:
    """HTML as it is sent."""
    return "".join(pieces).encode("utf-8", "replace")
