"""What is put into the index, one step at a time: each is a transaction, short enough that chat goes on.

Rules:

1. A meeting that everybody may read is found by its lines, as they are said, and by its items once its
   minutes are written. At a line that made an item stands the item.
2. A line is what somebody said or did; what Muster says itself is not found.
3. A room that is logged is found by its other lines. What is part of any meeting's stretch is left to that
   meeting: where it is restricted, nobody finds it.
4. A step is done whole or not at all, and tells where the next begins (:class:`At`): so one that was killed,
   or done twice by two processes, costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.model import Kind
from bot.plugin import LineRow
from bot.search import Document, SourceRow, derived, forget_span, hold, put, source_named, start_over
from bot.store import from_stamp
from plugins.meetings import (
    HeldItem,
    Stretches,
    action_owners,
    items_behind,
    source_of,
    spans_between,
    stretches_of,
)

STEP = 200
"""Lines that are taken in at once, at most."""
LINE = "line"
"""The kind of a document that is a line."""
_ROOM = "room "
_END = 1 << 62  # a place behind all others
_SAID = frozenset({Kind.SAID.value, Kind.ACTED.value, Kind.CORRECTED.value})


class _Row(NamedTuple):
    seq: int
    time: int
    kind: str
    nick: str
    account: str | None
    text: str
    own: bool


class At(NamedTuple):
    """Where a step ended: before there are minutes, among the lines; then behind the items up to a place, in
    the minutes that were written at ``told``.
    """

    told: datetime | None = None
    place: int = 0


_TABLE = LineRow.__table__.c
_COLUMNS = (
    *(_TABLE.seq, _TABLE.time, _TABLE.kind),
    *(_TABLE.nick, _TABLE.account, _TABLE.text, _TABLE.own),
)
# Of the table and not of the class, and put together once, as in bot.search.index.
_NEXT = (
    select(*_COLUMNS)
    .where(_TABLE.room_id == bindparam("room_id"))
    .where(_TABLE.seq.between(bindparam("first"), bindparam("last")))
    .order_by(_TABLE.seq)
    .limit(bindparam("limit"))
)


def index_meeting(session: Session, key: str, limit: int = STEP, at: At | None = None) -> At | None:
    """Take in the next lines of a meeting, or after the last of them what was made of them; where the next
    step begins, if there may be more. ``at`` is what the step before returned. A transaction.
    """
    meeting = stretches_of(session, key)
    if meeting is None:
        return None
    hold(session, meeting.room_id)
    meeting = stretches_of(session, key)  # as it is now that nobody else changes it
    if meeting is None or meeting.restricted:
        return None
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
        return At()
    return _finish(session, source, meeting, limit, at or At()) if meeting.is_over else None


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
    connection = session.connection()
    for first, last in spans:
        if last is not None and last <= upto:
            continue
        values = {
            "room_id": room_id,
            "first": max(first, upto + 1),
            "last": _END if last is None else last,
            "limit": limit - len(found),
        }
        found += (_Row(*row) for row in connection.execute(_NEXT, values))
        if len(found) == limit:
            break
    return found


def _is_found(row: _Row) -> bool:
    return row.kind in _SAID and not row.own and bool(row.text)


def _document(row: _Row, number: int | None) -> Document:
    people = (row.nick,) if row.account is None else (row.nick, row.account)
    return Document(row.seq, from_stamp(row.time), LINE, row.text, people, number)


def _finish(session: Session, source: SourceRow, meeting: Stretches, limit: int, at: At) -> At | None:
    """Let the next items stand at their lines, as the minutes have them now; where the step after begins."""
    first = meeting.spans[0][0] if meeting.spans else 0
    begun = at.place if at.told is not None else first - 1
    found = items_behind(session, meeting.key, begun, limit)
    if found is None:
        return None  # its minutes are not written yet
    told, some = found
    if at.told not in {None, told}:
        return At(told, first - 1)  # they were written again meanwhile
    items: dict[int, list[HeldItem]] = {}
    for item in some:
        if _text_of(item):
            items.setdefault(item.place, []).append(item)
    end = some[-1].place if len({item.place for item in some}) == limit else _END
    has = derived(session, source, begun + 1, end)
    wanted = {place: [(one.number, one.kind, _text_of(one)) for one in all_] for place, all_ in items.items()}
    changed = {place for place in {*has, *wanted} if has.get(place) != wanted.get(place)}
    if changed:
        owners = action_owners(session, meeting.key)
        places = _as_lines(session, meeting, changed - wanted.keys())
        for place in changed & wanted.keys():
            places[place] = [_of_item(one, owners.get(one.number, ())) for one in items[place]]
        put(session, source, places)
    if end < _END:
        return At(told, end)
    source.done = True
    return None


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
        until = max(wanted) if last is None else min(last, max(wanted))
        query = select(*_COLUMNS).where(_TABLE.room_id == meeting.room_id, _TABLE.seq.between(first, until))
        for values in session.execute(query.order_by(_TABLE.seq)):
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


def index_room(session: Session, room_id: int, limit: int = STEP, _at: At | None = None) -> At | None:
    """Take in the next lines of a logged room that are no meeting's; where the next step begins, if there may
    be more. A transaction.
    """
    hold(session, room_id)
    source = source_named(session, room_source(room_id), room_id)
    rows = _next(session, room_id, [(1, None)], source.upto, limit)
    if not rows:
        return None
    spans = spans_between(session, room_id, rows[0].seq, rows[-1].seq)
    put(session, source, {row.seq: [_document(row, None)] for row in rows if _is_open(row, spans)})
    source.upto = rows[-1].seq
    return At() if len(rows) == limit else None


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
