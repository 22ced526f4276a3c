"""Searching what was said in meetings that everybody may read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot.model import Kind
from bot.plugin import LineRow, RoomRow
from bot.store import from_stamp
from plugins.meetings.tables import MeetingRow, SpanRow

Hit = tuple[datetime, str, str, str]
"""When, in which room, who, what."""


def search(session: Session, words: Sequence[str], limit: int, *, asked: str = "") -> list[Hit]:
    """The newest lines of public meetings that have all ``words``, in any case; times in UTC.

    ``asked`` is the line that asks: it has all the words itself, and is not given.
    """
    within = and_(SpanRow.first <= LineRow.seq, LineRow.seq <= func.coalesce(SpanRow.last, LineRow.seq))
    query = (
        select(LineRow.time, RoomRow.name, LineRow.nick, LineRow.text)
        .join(RoomRow, RoomRow.id == LineRow.room_id)
        .join(
            MeetingRow,
            and_(MeetingRow.network == RoomRow.network, MeetingRow.room == RoomRow.name),
        )
        .join(SpanRow, and_(SpanRow.meeting_id == MeetingRow.id, within))
        .where(
            MeetingRow.restricted.is_(False),
            RoomRow.private.is_(False),
            LineRow.own.is_(False),
            LineRow.text != asked,
            LineRow.kind.in_([Kind.SAID.value, Kind.ACTED.value, Kind.CORRECTED.value]),
        )
        .order_by(LineRow.time.desc())
        .limit(limit)
    )
    for word in words:
        query = query.where(LineRow.text.icontains(word, autoescape=True))
    return [(from_stamp(time), room, nick, text) for time, room, nick, text in session.execute(query)]
