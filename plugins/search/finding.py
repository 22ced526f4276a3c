"""Finding what was asked for, on one view of the database: the hits of a page, and how many there are.

What is restricted is not in the index. All the same each hit is held against the database once more before
anybody sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from bot.model import Room
from bot.search import Filter, Hit, count, find, read_hits, rooms_with_documents, state_of
from plugins.meetings import key_of, readable
from plugins.search.asking import Asked, rooms_meant

PAGE = 20
"""Hits on a page."""
COUNTED = 100
"""Hits that are counted; past these there are just more. To count on would cost more than all the rest."""


class Found(NamedTuple):
    """A hit that may be shown. ``meeting`` is the id and ``title`` the title of the meeting that it is of;
    nothing, where it was said outside of one.
    """

    hit: Hit
    meeting: str
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of hits, the newest first: ``count`` is that of all pages, at most :data:`COUNTED` plus one.
    ``newer`` and ``older``: the ids of hits before and behind which there are more. ``rooms`` are all rooms
    of which anything can be found.
    """

    hits: tuple[Found, ...]
    count: int
    newer: int | None
    older: int | None
    rooms: tuple[Room, ...]
    knows_room: bool = True


class Rooms:
    """The rooms of which anything may be found, remembered for as long as they stay the same."""

    def __init__(self) -> None:
        self._state: tuple[int, int] | None = None
        self._known: Mapping[int, Room] = {}

    def of(self, connection: Connection) -> Mapping[int, Room]:
        """By their numbers. A transaction."""
        state = state_of(connection)
        if state != self._state:
            self._known = rooms_with_documents(connection)
            self._state = state
        return self._known


def search(
    connection: Connection,
    asked: Asked,
    teams: Collection[str] | None,
    people: Collection[str] | None,
    all_rooms: Rooms,
    is_logged: Callable[[Room], bool],
) -> Page:
    """The page that is asked for. A transaction. ``is_logged`` says whether a room's lines outside of
    meetings may be found.
    """
    known = all_rooms.of(connection)
    shown = tuple(known.values())
    rooms = rooms_meant(asked.typed["room"], known) if asked.typed["room"] else None
    if asked.is_empty:
        return Page((), 0, None, None, shown)
    chosen = asked.chosen(rooms, teams, people)
    ids, newer, older, counted = _page(connection, asked, chosen)
    hits = _shown(connection, ids, is_logged)
    return Page(hits, counted, newer, older, shown, knows_room=rooms is None or bool(rooms))


def _page(
    connection: Connection, asked: Asked, chosen: Filter
) -> tuple[Sequence[int], int | None, int | None, int]:
    """The ids of a page, those at its ends where there is more, and how many there are on all pages."""

    def counted() -> int:
        return count(connection, asked.query, chosen, COUNTED + 1)

    if asked.after is not None:
        ids = find(connection, asked.query, chosen, PAGE + 1, after=asked.after)
        if len(ids) > PAGE:
            ids = ids[-PAGE:]
            return ids, ids[0], ids[-1], counted()
    elif asked.before is not None:
        ids = find(connection, asked.query, chosen, PAGE + 1, before=asked.before)
        if ids:
            older = ids[PAGE - 1] if len(ids) > PAGE else None
            is_first = not find(connection, asked.query, chosen, 1, after=ids[0])
            return ids[:PAGE], None if is_first else ids[0], older, counted()
    # All that are counted are found at once: to look again for those behind the page cost a sixth more.
    ids = find(connection, asked.query, chosen, COUNTED + 1)
    return ids[:PAGE], None, ids[PAGE - 1] if len(ids) > PAGE else None, len(ids)


def newest(
    connection: Connection, asked: Asked, limit: int, is_logged: Callable[[Room], bool]
) -> tuple[Found, ...]:
    """The newest hits. A transaction."""
    chosen = asked.chosen(None, None, None)
    return _shown(connection, find(connection, asked.query, chosen, limit), is_logged)


def _shown(
    connection: Connection, ids: Sequence[int], is_logged: Callable[[Room], bool]
) -> tuple[Found, ...]:
    hits = read_hits(connection, ids)
    keys = {key for hit in hits if (key := key_of(hit.source)) is not None}
    titles = readable(connection, keys) if keys else {}
    found = []
    for hit in hits:
        key = key_of(hit.source)
        if key is None:
            if is_logged(hit.room):
                found.append(Found(hit, "", ""))
        elif key in titles:
            found.append(Found(hit, key, titles[key]))
    return tuple(found)
