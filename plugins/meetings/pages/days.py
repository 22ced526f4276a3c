"""The days of a logged room, as the database has them. Transactions.

Rules:

1. Lines of restricted meetings are left out, notes too; what was redacted shows so, what was deleted is gone.
2. A line stands on the day at which its place in the journal is: one that came late is with those it came
   with. So each stands on one page, and a page never takes longer the longer the record is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    not_,
    select,
)

from bot.model import Kind, Room
from bot.plugin import LineRow, RoomRow, Spoken, read_shown
from bot.store import from_stamp, to_stamp
from plugins.meetings import rendered_days
from plugins.meetings.forms import NumberedLine
from plugins.meetings.rendered_days import Span
from plugins.meetings.tables import MeetingRow, SpanRow

_NEVER = 2**62
_QUARTER = 15 * 60 * 1_000_000
"""Microseconds: all zones' days begin at one of these."""
_L, _R, _M, _S = LineRow.__table__.c, RoomRow.__table__.c, MeetingRow.__table__.c, SpanRow.__table__.c


@dataclass(frozen=True, slots=True)
class Record:
    """A room's record: the number of its row, its first and last places that may be shown, when the lines
    there were said (microseconds since 1970), and the stretches between that may not be shown.
    """

    room: Room
    room_id: int
    first: int
    last: int
    since: int
    until: int
    hidden: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Month:
    """The months of a record, the last first; one of them, and its days on which something was said with how
    many lines, the last first.
    """

    months: tuple[date, ...]
    month: date
    days: tuple[tuple[date, int], ...]


def logged_rooms(connection: Connection) -> list[Room]:
    """The rooms that lines were kept of."""
    return sorted((Room(network, name) for network, name in connection.execute(_ROOMS)), key=str)


_ROOMS = select(_R.network, _R.name).where(_R.private.is_(False))


def record_of(connection: Connection, where: Room) -> Record | None:
    """A room's record; ``None`` where nothing may be shown of it."""
    named = {"network": where.network, "name": where.name}
    room_id = connection.scalar(_ROOM, named)
    if room_id is None:
        return None
    hidden = hidden_in(connection, where)
    first = connection.execute(_FIRST, {"room": room_id, "behind": -1}).first()
    while first is not None and (span := _span_with(hidden, first.seq)) is not None:
        first = connection.execute(_FIRST, {"room": room_id, "behind": span[1]}).first()
    last = connection.execute(_LAST, {"room": room_id, "before": _NEVER}).first()
    while last is not None and (span := _span_with(hidden, last.seq)) is not None:
        last = connection.execute(_LAST, {"room": room_id, "before": span[0]}).first()
    if first is None or last is None:
        return None
    return Record(where, room_id, first.seq, last.seq, first.time, last.time, hidden)


def hidden_in(connection: Connection, where: Room) -> tuple[tuple[int, int], ...]:
    """The stretches of a room's journal that are restricted meetings'."""
    rows = connection.execute(_HIDDEN, {"network": where.network, "name": where.name})
    return tuple((first, last) for first, last in rows)


_ROOM = select(_R.id).where(
    _R.network == bindparam("network"), _R.name == bindparam("name"), _R.private.is_(False)
)
_HIDDEN = (
    select(_S.first, func.coalesce(_S.last, _NEVER))
    .select_from(SpanRow.__table__.join(MeetingRow.__table__, _M.id == _S.meeting_id))
    .where(_M.network == bindparam("network"), _M.room == bindparam("name"), _M.restricted.is_(True))
    .order_by(_S.first)
)
_SAID = select(_L.seq, _L.time).where(_L.room_id == bindparam("room"), _L.kind != Kind.NOTE.value).limit(1)
_FIRST = _SAID.where(_L.seq > bindparam("behind", type_=BigInteger)).order_by(_L.seq)
_LAST = _SAID.where(_L.seq < bindparam("before", type_=BigInteger)).order_by(_L.seq.desc())


def _span_with(hidden: Iterable[tuple[int, int]], place: int) -> tuple[int, int] | None:
    return next((span for span in hidden if span[0] <= place <= span[1]), None)


# Lines stand nearly in the order of their times, and no index is kept on these: the first place whose line
# was said at a time or later is found by halving, within the database.


def _halving(when: str = "when") -> Select[int]:
    halves = select(
        bindparam("first", type_=BigInteger).label("low"),
        bindparam("behind", type_=BigInteger).label("high"),
    ).cte(f"halves_{when}", recursive=True)
    low, high = halves.c.low, halves.c.high
    middle = (low + high) // literal_column("2", BigInteger)
    there = (
        select(_L.time)
        .where(_L.room_id == bindparam("room"), _L.seq >= middle)
        .order_by(_L.seq)
        .limit(1)
        .correlate(halves)
        .scalar_subquery()
    )
    is_before = func.coalesce(there, 0) < bindparam(when, type_=BigInteger)
    half = select(case((is_before, middle + 1), else_=low), case((is_before, high), else_=middle))
    found = halves.union_all(half.where(low < high))
    return select(func.max(found.c.low)).where(found.c.low >= found.c.high)


_PLACE = _halving()
_PLACES = select(*(_halving(when).scalar_subquery() for when in ("since", "until")))


def place_at(connection: Connection, record: Record, when: datetime) -> int:
    """The first place whose line was said at a time or later."""
    return connection.scalar(_PLACE, {"when": to_stamp(when), **_within(record)}) or record.first


def _within(record: Record) -> dict[str, int]:
    return {"first": record.first, "behind": record.last + 1, "room": record.room_id}


def places_of(connection: Connection, record: Record, of: date, zone: ZoneInfo) -> tuple[int, int]:
    """The places of a day, from the first to that behind the last."""
    return _places(connection, record, of, of + timedelta(days=1), zone)


def _places(
    connection: Connection, record: Record, since_day: date, until_day: date, zone: ZoneInfo
) -> tuple[int, int]:
    """The place at which a day begins, and that at which another does."""
    since, until = (_begins(day, zone) for day in (since_day, until_day))
    asked = {"since": to_stamp(since), "until": to_stamp(until), **_within(record)}
    first, behind = connection.execute(_PLACES, asked).one()
    return first or record.first, behind or record.first


def _start(connection: Connection, record: Record, of: date, zone: ZoneInfo) -> int:
    return place_at(connection, record, _begins(of, zone))


def _begins(of: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(of, time(), zone).astimezone(UTC)


def month_of(
    connection: Connection, record: Record, month: date | None, zone: ZoneInfo, edition: str = ""
) -> Month | None:
    """A month of a record, the last where none is named; ``None`` where the record has no such month. Of days
    that are stored by ``edition`` the lines are not counted again.
    """
    months = months_of(record, zone)
    month = month or months[0]
    if month not in months:
        return None
    first, behind = _places(connection, record, month, _next(month), zone)
    found: Counter[date] = Counter()
    stored = (
        rendered_days.counted(connection, record.room_id, month, _next(month), zone.key, edition)
        if edition
        else ()
    )
    for span, lines in stored:
        if first <= span.first and span.behind <= behind:  # else late lines have moved where days begin
            found.update(_by_day(connection, record, month, zone, first, span.first))
            found[span.day] += lines
            first = span.behind
    found.update(_by_day(connection, record, month, zone, first, behind))
    return Month(months, month, tuple(sorted(found.items(), reverse=True)))


def _by_day(
    connection: Connection, record: Record, month: date, zone: ZoneInfo, first: int, behind: int
) -> Counter[date]:
    """How many lines there are between two places that are of a month, by days."""
    found: Counter[date] = Counter()
    if first >= behind:
        return found
    for number, lines in _counts(connection, record, first, behind):
        of = from_stamp(int(number) * _QUARTER).astimezone(zone).date()
        found[min(max(of, month), _next(month) - timedelta(days=1))] += lines  # one may have come late
    return found


def count_in(connection: Connection, record: Record, span: Span) -> int:
    """How many lines of a day are shown, without notes. A transaction."""
    return sum(lines for _, lines in _counts(connection, record, span.first, span.behind))


def months_of(record: Record, zone: ZoneInfo) -> tuple[date, ...]:
    """The months of a record, the last first, each by its first day."""
    since, until = (from_stamp(stamp).astimezone(zone).date() for stamp in (record.since, record.until))
    return _months(since, until)


def spans_in(connection: Connection, record: Record, month: date, until: date, zone: ZoneInfo) -> list[Span]:
    """The places of those days of a month before the day ``until`` that may be worth storing, in order."""
    end = min(_next(month), until)
    if end <= month:
        return []
    first, behind = (_start(connection, record, day, zone) for day in (month, end))
    if behind - first < rendered_days.LEAST:
        return []
    days = [month + timedelta(days=count) for count in range((end - month).days + 1)]
    starts = [first, *(_start(connection, record, day, zone) for day in days[1:-1]), behind]
    return [Span(day, *places) for day, places in zip(days, pairwise(starts), strict=False)]


def _counts(connection: Connection, record: Record, first: int, behind: int) -> Sequence[Row[int, int]]:
    """How many lines there are between two places, by quarters of an hour."""
    within = [span for span in record.hidden if span[0] < behind and span[1] >= first]
    query = _COUNTS.where(*(not_(_L.seq.between(*span)) for span in within)) if within else _COUNTS
    given = {"room": record.room_id, "first": first, "behind": behind}
    return connection.execute(query, given).all()


_COUNTS = (
    select((_L.time // _QUARTER).label("quarter"), func.count())
    .where(
        _L.room_id == bindparam("room"),
        _L.kind != Kind.NOTE.value,
        _L.seq >= bindparam("first", type_=BigInteger),
        _L.seq < bindparam("behind", type_=BigInteger),
    )
    .group_by("quarter")
)


def lines_of(connection: Connection, where: Room, first: int, last: int) -> list[Spoken | NumberedLine]:
    """The lines between two places that may be shown, each with its place for a number."""
    hidden = hidden_in(connection, where)  # one may have been restricted since the page began
    return [
        one if isinstance(one, Spoken) else NumberedLine(one.seq, one.line)
        for one in read_shown(connection, where, first, last)
        if not hidden or _span_with(hidden, one.seq) is None
    ]


def numbered(one: Spoken | NumberedLine, where: Room) -> NumberedLine:
    """A line of a room as everything but a page takes it."""
    return NumberedLine(one.seq, one.line(where)) if isinstance(one, Spoken) else one


def _months(first: date, last: date) -> tuple[date, ...]:
    """The months between two days, the last first."""
    months = [last.replace(day=1)]
    while months[-1] > first:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return tuple(months)


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
