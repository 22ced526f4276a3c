"""Redacted texts leave the journal in the very transaction that commits the ``#redact``.

So no crash can leave a text behind that somebody was told is gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from bot.model import Kind, Room
from bot.plugin import LineRow, RoomRow
from plugins.meetings import notes

Spans = Sequence[tuple[int, int | None]]


def erase(
    session: Session, room: Room, spans: Spans, lines: Mapping[int, str], items: Mapping[int, str]
) -> None:
    """Overwrite lines of a meeting for ever: a transaction.

    ``spans`` are the meeting's stretches of its room's journal; ``lines`` what each line ``l-N`` becomes, by
    N; ``items`` what the texts become that were edited into items after an end, by the item's number.
    """
    room_id = session.scalar(
        select(RoomRow.id).where(
            RoomRow.network == room.network, RoomRow.name == room.name, RoomRow.private == room.private
        )
    )
    within = or_(
        *(
            and_(LineRow.seq >= first, LineRow.seq <= last) if last is not None else LineRow.seq >= first
            for first, last in spans
        )
    )
    chosen = (LineRow.room_id == room_id, within)
    counted = select(LineRow.seq).where(*chosen, LineRow.kind != Kind.NOTE.value).order_by(LineRow.seq)
    for number, text in lines.items():
        place = session.scalar(counted.offset(number - 1).limit(1))
        _overwrite(session, room_id, place, text=text, data=None)
    if not items:
        return
    edits = select(LineRow.seq, LineRow.data).where(
        *chosen, LineRow.kind == Kind.NOTE.value, LineRow.text == notes.EDITED
    )
    for place, data in session.execute(edits).all():
        told = json.loads(data or "{}")
        if told.get("item") in items:
            _overwrite(session, room_id, place, data=json.dumps({**told, "text": items[told["item"]]}))


def _overwrite(session: Session, room_id: int | None, place: int | None, **values: str | None) -> None:
    session.execute(update(LineRow).where(LineRow.room_id == room_id, LineRow.seq == place).values(**values))
