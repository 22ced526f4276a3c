"""Which stretches of rooms' records are meetings', for whoever indexes what was said there."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, func, literal, or_, select
from sqlalchemy.orm import Session

from bot.model import Room
from bot.plugin import RoomRow
from bot.search import SourceRow
from plugins.meetings.indexed import SOURCE
from plugins.meetings.tables import ActionRow, MeetingRow, SpanRow


@dataclass(frozen=True, slots=True)
class Stretches:
    """A meeting as it stands in its room's record: ``spans`` are its stretches, the last without an end while
    it runs. ``room_id`` is the room's number in the database.
    """

    key: str
    room: Room
    room_id: int
    team: str
    restricted: bool
    is_over: bool
    spans: tuple[tuple[int, int | None], ...]


def stretches_of(session: Session, key: str) -> Stretches | None:
    """A meeting's stretches as they stand now, restricted or not. A transaction."""
    connection = session.connection()
    row = connection.execute(_MEETING, {"key": key}).first()
    if row is None:
        return None
    spans = connection.execute(_SPANS, {"meeting_id": row.id})
    return Stretches(
        key=key,
        room=Room(row.network, row.room),
        room_id=row.room_id,
        team=row.team,
        restricted=row.restricted,
        is_over=row.ended is not None,
        spans=tuple((first, last) for first, last in spans),
    )


# Put together once, and of tables: whoever indexes asks for it at each step, and holds up what is written.
_M, _R, _S = MeetingRow.__table__.c, RoomRow.__table__.c, SpanRow.__table__.c
_MEETING = (
    select(_M.id, _M.network, _M.room, _M.team, _M.restricted, _M.ended, _R.id.label("room_id"))
    .join_from(
        MeetingRow.__table__,
        RoomRow.__table__,
        and_(_R.network == _M.network, _R.name == _M.room, _R.private.is_(False)),
    )
    .where(_M.key == bindparam("key"))
)
_SPANS = select(_S.first, _S.last).where(_S.meeting_id == bindparam("meeting_id")).order_by(_S.first)


def action_owners(session: Session, key: str) -> dict[int, tuple[str, ...]]:
    """Whose the actions of a meeting are, by their items' numbers. A transaction."""
    rows = session.execute(
        select(ActionRow.key, ActionRow.owners)
        .join(MeetingRow, MeetingRow.id == ActionRow.meeting_id)
        .where(MeetingRow.key == key)
    )
    found = {}
    for action, owners in rows:
        number = action.rpartition("-a")[2]
        if number.isdecimal():
            found[int(number)] = tuple(json.loads(owners))
    return found


def unindexed(session: Session, limit: int, room: Room | None = None) -> list[str]:
    """The ids of meetings that everybody may read and that are not indexed as they stand, the newest first;
    of one room, or of all. A transaction.
    """
    query = (
        select(MeetingRow.key)
        .outerjoin(SourceRow, SourceRow.name == literal(SOURCE) + MeetingRow.key)
        .where(MeetingRow.restricted.is_(False), or_(SourceRow.id.is_(None), SourceRow.done.is_(False)))
        .order_by(MeetingRow.started.desc(), MeetingRow.id.desc())
        .limit(limit)
    )
    if room is not None:
        query = query.where(MeetingRow.network == room.network, MeetingRow.room == room.name)
    return list(session.scalars(query))


def spans_between(session: Session, room_id: int, first: int, last: int) -> list[tuple[int, int | None]]:
    """The stretches of all meetings, restricted ones too, that have lines between two places of a room's
    record. A transaction.
    """
    query = (
        select(SpanRow.first, SpanRow.last)
        .join(MeetingRow, MeetingRow.id == SpanRow.meeting_id)
        .join(RoomRow, and_(RoomRow.network == MeetingRow.network, RoomRow.name == MeetingRow.room))
        .where(RoomRow.id == room_id, SpanRow.first <= last, func.coalesce(SpanRow.last, last) >= first)
    )
    return [(begin, end) for begin, end in session.execute(query)]


def readable(connection: Connection, keys: Collection[str]) -> dict[str, str]:
    """Those of the meetings that everybody may read now, with their titles. A transaction."""
    found: dict[str, str] = {}
    whole = list(keys)
    for at in range(0, len(whole), _AT_ONCE):
        some = whole[at : at + _AT_ONCE]
        some += some[-1:] * (_AT_ONCE - len(some))
        told = connection.scalar(_READABLE, dict(zip(_KEYS, some, strict=True)))
        pairs = (one.partition(_BETWEEN) for one in told.split(_AFTER)) if told else ()
        found.update((key, title) for key, _, title in pairs)
    return found


_BETWEEN, _AFTER = "\x1f", "\x1e"
_AT_ONCE = 20
_KEYS = tuple(f"key_{number}" for number in range(_AT_ONCE))
# One row, for a driver that lets all other threads run between rows. Neither part has such signs in it. Put
# together once, for as many meetings as a page of hits may be of: that takes longer than running it.
_READABLE = select(
    func.aggregate_strings(MeetingRow.key + literal(_BETWEEN) + MeetingRow.title, _AFTER)
).where(MeetingRow.key.in_([bindparam(key) for key in _KEYS]), MeetingRow.restricted.is_(False))
