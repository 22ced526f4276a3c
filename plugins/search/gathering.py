"""What is put into the index, one step at a time: each is a transaction, short enough that chat goes on.

Rules:

1. A meeting that everybody may read is found by its lines, as they are said, and by its items once its
   minutes are written. At a line that made an item stands the item.
2. A line is what somebody said or did; what Muster says itself is not found.
3. A room that is logged is found by its other lines. What is part of any meeting's stretch is left to that
   meeting: where it is restricted, nobody finds it.
4. A step is done whole or not at all, and tells where the next begins: so one that was killed, or done twice
   by two processes, costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.model import Kind
from bot.plugin import LineRow
from bot.search import Document, SourceRow, derived, forget_span, hold, put, source_named, start_over
from bot.store import from_stamp
from plugins.meetings import (
    HeldItem,
    Stretches,
    action_owners,
    meeting_by_key,
    source_of,
    spans_between,
    stretches_of,
)

STEP = 200
"""Lines that are taken in at once."""
LINE = "line"
"""The kind of a document that is a line."""
_ROOM = "room "
_SAID = frozenset({Kind.SAID.value, Kind.ACTED.value, Kind.CORRECTED.value})


class _Row(NamedTuple):
    seq: int
    time: int
    kind: str
    nick: str
    account: str | None
    text: str
    own: bool


_COLUMNS = (
    LineRow.seq,
    LineRow.time,
    LineRow.kind,
    LineRow.nick,
    LineRow.account,
    LineRow.text,
    LineRow.own,
)


def index_meeting(session: Session, key: str, limit: int = STEP) -> bool:
    """Take in the next lines of a meeting, or after the last of them what was made of them; whether there may
    be more. A transaction.
    """
    meeting = stretches_of(session, key)
    if meeting is None:
        return False
    hold(session, meeting.room_id)
    meeting = stretches_of(session, key)  # as it is now that nobody else changes it
    if meeting is None or meeting.restricted:
        return False
    source = source_named(session, source_of(key), meeting.room_id, meeting.team)
    if source.team != meeting.team or source.covered != _covered(meeting.spans, source.upto):
        start_over(session, source, meeting.team)
    rows = _next(session, meeting.room_id, meeting.spans, source.upto, limit)
    places = {}
    number = source.counted
    for row in rows:
        number += row.kind != Kind.NOTE.value
        if _is_found(row):
            places[row.seq] = [_document(row, number)]
    put(session, source, places)
    if rows:
        source.counted = number
        source.upto = rows[-1].seq
        source.covered = _covered(meeting.spans, source.upto)
    if len(rows) == limit:
        return True
    if meeting.is_over:
        _finish(session, source, meeting)
    return False


def _covered(spans: Iterable[tuple[int, int | None]], upto: int) -> int:
    """How many places of the stretches are not behind one."""
    return sum(
        min(upto if last is None else last, upto) - first + 1 for first, last in spans if first <= upto
    )


def _next(
    session: Session, room_id: int, spans: Iterable[tuple[int, int | None]], upto: int, limit: int
) -> list[_Row]:
    """The first lines of the stretches behind a place."""
    found: list[_Row] = []
    for first, last in spans:
        if last is not None and last <= upto:
            continue
        query = select(*_COLUMNS).where(LineRow.room_id == room_id, LineRow.seq >= max(first, upto + 1))
        if last is not None:
            query = query.where(LineRow.seq <= last)
        left = limit - len(found)
        found += (_Row(*row) for row in session.execute(query.order_by(LineRow.seq).limit(left)))
        if len(found) == limit:
            break
    return found


def _is_found(row: _Row) -> bool:
    return row.kind in _SAID and not row.own and bool(row.text)


def _document(row: _Row, number: int | None) -> Document:
    people = (row.nick,) if row.account is None else (row.nick, row.account)
    return Document(row.seq, from_stamp(row.time), LINE, row.text, people, number)


def _finish(session: Session, source: SourceRow, meeting: Stretches) -> None:
    """Let the items stand at their lines, as the minutes have them now."""
    held = meeting_by_key(session, meeting.key)
    if held is None:
        return  # its minutes are not written yet
    items: dict[int, list[HeldItem]] = {}
    for item in held.items:
        if item.place and _text_of(item):
            items.setdefault(item.place, []).append(item)
    first = meeting.spans[0][0] if meeting.spans else 0
    has = derived(session, source, first)
    wanted = {place: [(one.number, one.kind, _text_of(one)) for one in some] for place, some in items.items()}
    changed = {place for place in {*has, *wanted} if has.get(place) != wanted.get(place)}
    if changed:
        owners = action_owners(session, meeting.key)
        places = _as_lines(session, meeting, changed - wanted.keys())
        for place in changed & wanted.keys():
            places[place] = [_of_item(one, owners.get(one.number, ())) for one in items[place]]
        put(session, source, places)
    source.done = True


def _text_of(item: HeldItem) -> str:
    return f"{item.url} {item.text}".strip()


def _of_item(item: HeldItem, owners: Sequence[str]) -> Document:
    return Document(
        item.place, item.time, item.kind, _text_of(item), (item.nick, *owners), item.line, item.number
    )


def _as_lines(session: Session, meeting: Stretches, places: Iterable[int]) -> dict[int, list[Document]]:
    """What stands at places whose items are gone: their lines."""
    wanted = set(places)
    found: dict[int, list[Document]] = {place: [] for place in wanted}
    if not wanted:
        return found
    number = 0
    for first, last in meeting.spans:
        query = select(*_COLUMNS).where(LineRow.room_id == meeting.room_id, LineRow.seq >= first)
        query = query.where(LineRow.seq <= max(wanted))
        if last is not None:
            query = query.where(LineRow.seq <= last)
        for values in session.execute(query.order_by(LineRow.seq)):
            row = _Row(*values)
            number += row.kind != Kind.NOTE.value
            if row.seq in wanted and _is_found(row):
                found[row.seq] = [_document(row, number)]
    return found


def room_source(room_id: int) -> str:
    """What a logged room is called in the index."""
    return f"{_ROOM}{room_id}"


def is_room(source: str) -> bool:
    """Whether a source is a logged room."""
    return source.startswith(_ROOM)


def index_room(session: Session, room_id: int, limit: int = STEP) -> bool:
    """Take in the next lines of a logged room that are no meeting's; whether there may be more. A
    transaction.
    """
    hold(session, room_id)
    source = source_named(session, room_source(room_id), room_id)
    rows = _next(session, room_id, [(1, None)], source.upto, limit)
    if not rows:
        return False
    spans = spans_between(session, room_id, rows[0].seq, rows[-1].seq)
    put(session, source, {row.seq: [_document(row, None)] for row in rows if _is_open(row, spans)})
    source.upto = rows[-1].seq
    return len(rows) == limit


def _is_open(row: _Row, spans: Iterable[tuple[int, int | None]]) -> bool:
    return _is_found(row) and not any(
        first <= row.seq and (not last or row.seq <= last) for first, last in spans
    )


def forget_room(session: Session, room_id: int) -> None:
    """Let a room that is logged no longer be found by what was said there outside of meetings. A transaction.

    What meetings there are found by goes with it, and comes back.
    """
    hold(session, room_id)
    found: Any = session.scalars(select(SourceRow).where(SourceRow.room_id == room_id)).all()
    if not any(is_room(source.name) for source in found):
        return
    forget_span(session, room_id, 0, None)
    for source in found:
        if is_room(source.name):
            session.delete(source)
        else:
            start_over(session, source, source.team)
