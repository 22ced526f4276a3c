"""What the index of the search holds of meetings, and how it follows what becomes of them.

Rules:

1. A meeting is indexed as the source that :func:`source_of` names. What stores a change of it says in its own
   transaction that it is to be looked through again (:func:`follow`); who indexes does so a little later.
2. What is restricted leaves the index in the transaction that makes it so, and all that was made of a
   meeting's lines in the one that redacts any of them: it comes back with the minutes. Both are done here,
   whether anybody indexes or not.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.model import Room
from bot.plugin import RoomRow
from bot.search import forget_span, touch

SOURCE = "meeting "
"""How the names of sources begin that are meetings."""

Spans = Sequence[tuple[int, int | None]]


def source_of(key: str) -> str:
    """What the meeting of that id is called in the index."""
    return SOURCE + key


def key_of(source: str) -> str | None:
    """The id of the meeting that a source is; ``None`` where it is none."""
    return source.removeprefix(SOURCE) if source.startswith(SOURCE) else None


def follow(session: Session, key: str, room: Room, spans: Spans, *, restricted: bool) -> None:
    """In the transaction that stores a meeting's row: let the index follow, and hold nothing of it from now
    on where it is restricted.
    """
    room_id = _room_id(session, room)
    if room_id is None:
        return
    if restricted:
        for first, last in spans:
            forget_span(session, room_id, first, last)
    touch(session, source_of(key), room_id)


def forget_items(session: Session, key: str, room: Room, spans: Spans) -> None:
    """In the transaction that redacts something of a meeting: let nothing be found that was made of its
    lines, until it is looked through again.
    """
    room_id = _room_id(session, room)
    if room_id is None:
        return
    for first, last in spans:
        forget_span(session, room_id, first, last, derived=True)
    touch(session, source_of(key), room_id)


def look_again(session: Session, key: str, room: Room) -> None:
    """In the transaction that stores what was made of a meeting's lines: let the index follow."""
    room_id = _room_id(session, room)
    if room_id is not None:
        touch(session, source_of(key), room_id)


def _room_id(session: Session, room: Room) -> int | None:
    return session.scalar(
        select(RoomRow.id).where(
            RoomRow.network == room.network, RoomRow.name == room.name, RoomRow.private == room.private
        )
    )
