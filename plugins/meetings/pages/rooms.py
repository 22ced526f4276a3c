"""``/rooms/NETWORK/NAME/``: what was said in rooms that are logged, by days.

Rules:

1. A room has pages while ``bot.ini`` says ``log = always`` and not that its meetings are restricted.
2. Lines of restricted meetings are left out, notes too; what was redacted shows so, what was deleted is gone.
3. A line stands on the day at which its place in the journal is: one that came late is with those it came
   with. So each stands on one page, and a page never takes longer the longer the record is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, func, not_, select
from sqlalchemy.orm import Session

from bot.model import Json, Kind, Room
from bot.plugin import Bot, LineRow, RoomRow, read_lines
from bot.store import Store, from_stamp
from bot.text import plain
from bot.web import Reader, Request, Response, reader_of, wants_json
from plugins.meetings.forms import NumberedLine, Times
from plugins.meetings.forms.lines import MONTHS
from plugins.meetings.pages.log import AT_ONCE, as_json, streamed
from plugins.meetings.pages.rendering import LINES
from plugins.meetings.pages.rows import Rows
from plugins.meetings.pages.shared import asked, named, no_such_page, room_path, templates, with_query
from plugins.meetings.tables import MeetingRow, SpanRow

_NEVER = 2**62
_QUARTER = 15 * 60 * 1_000_000
"""Microseconds: all zones' days begin at one of these."""


@dataclass(frozen=True, slots=True)
class Record:
    """A room's record: the number of its row, its first and last places that may be shown, and the stretches
    between that may not.
    """

    room_id: int
    first: int
    last: int
    hidden: tuple[tuple[int, int], ...] = ()


async def room(bot: Bot, request: Request) -> Response:
    """The days of a month on which something was said; of the last, where none is asked for."""
    reader, where = reader_of(request), _room_of(bot, request)
    zone = ZoneInfo(reader.frame.zone)
    record = await bot.store.read(record_of, where)
    given = asked(request, "month")
    if record is None:
        if given:
            raise no_such_page()
        return _days_page(request, reader, where, [], [], None)
    since, until = await bot.store.read(_ends, record)
    months = list(_months(since.astimezone(zone).date(), until.astimezone(zone).date()))
    month = _month_named(given) if given else months[0]
    if month not in months:
        raise no_such_page()
    days = await bot.store.read(days_of, record, month, zone)
    return _days_page(request, reader, where, days, months, month)


async def day(bot: Bot, request: Request) -> Response:
    """What was said on a day."""
    reader, where = reader_of(request), _room_of(bot, request)
    zone = ZoneInfo(reader.frame.zone)
    try:
        asked = date.fromisoformat(request.path_params["day"])
    except ValueError as error:
        raise no_such_page() from error
    if asked.isoformat() != request.path_params["day"] or not 1971 <= asked.year < 9000:
        raise no_such_page()
    record = await bot.store.read(record_of, where)
    if record is None:
        raise no_such_page()
    first, behind = await bot.store.read(places_of, record, asked, zone)
    if first >= behind:
        raise no_such_page()
    headers = {"Vary": "Accept", "Cache-Control": "no-cache"}
    lines = _pieces(bot.store, where, first, behind)
    if wants_json(request):
        return as_json(lines, headers)
    times = Times(reader.frame.zone)
    path = room_path(where)
    whole = templates.page(
        request,
        "room_day.html",
        title=f"{plain(where.name)}: {asked.isoformat()}",
        data=None,
        times=times,
        room=where,
        page=reader.href(path),
        lines=LINES,
    )
    rows = Rows(times)

    async def pieces() -> AsyncIterator[str]:
        async for some in lines:
            yield "".join(rows.pieces(some))

    return streamed(whole, pieces(), rows.end, headers)


def _room_of(bot: Bot, request: Request) -> Room:
    """The room that an address names, where it has pages."""
    where = Room(named(request, "network"), named(request, "room"))
    if not is_shown(bot, where):
        raise no_such_page()
    return where


def is_shown(bot: Bot, where: Room) -> bool:
    """Whether a room has pages."""
    settings = bot.room_settings(where)
    return settings.log == "always" and not settings.restricted


def _days_page(
    request: Request,
    reader: Reader,
    where: Room,
    days: list[tuple[date, int]],
    months: list[date],
    month: date | None,
) -> Response:
    path = room_path(where)

    def address(of: date) -> str:
        return reader.href(with_query(path, month=f"{of:%Y-%m}" if of != months[0] else ""))

    at = months.index(month) if month is not None else 0
    data: dict[str, Json] = {
        "network": where.network,
        "room": where.name,
        "month": f"{month:%Y-%m}" if month else None,
        "months": [f"{one:%Y-%m}" for one in months],
        "days": [
            {"day": one.isoformat(), "page": reader.href(f"{path}{one}"), "lines": n} for one, n in days
        ],
    }
    return templates.page(
        request,
        "room_days.html",
        title=f"{plain(where.name)} on {plain(where.network)}",
        data=data,
        month=f"{MONTHS[month.month - 1]} {month.year}" if month else "",
        days=[(one, reader.href(f"{path}{one}"), n) for one, n in days],
        newer=address(months[at - 1]) if at > 0 else "",
        older=address(months[at + 1]) if at + 1 < len(months) else "",
    )


# What the database says


def logged_rooms(connection: Connection) -> list[Room]:
    """The rooms that lines were kept of: a transaction."""
    return sorted((Room(network, name) for network, name in connection.execute(_ROOMS)), key=str)


_ROOMS = select(RoomRow.network, RoomRow.name).where(RoomRow.private.is_(False))


def record_of(session: Session, where: Room) -> Record | None:
    """A room's record; ``None`` where nothing may be shown of it. A transaction."""
    named = (RoomRow.network == where.network, RoomRow.name == where.name, RoomRow.private.is_(False))
    room_id = session.scalar(select(RoomRow.id).where(*named))
    if room_id is None:
        return None
    hidden = hidden_in(session, where)
    said = select(LineRow.seq).where(LineRow.room_id == room_id, LineRow.kind != Kind.NOTE.value)
    first = session.scalar(said.order_by(LineRow.seq).limit(1))
    while first is not None and (span := _span_with(hidden, first)) is not None:
        first = session.scalar(said.where(LineRow.seq > span[1]).order_by(LineRow.seq).limit(1))
    last = session.scalar(said.order_by(LineRow.seq.desc()).limit(1))
    while last is not None and (span := _span_with(hidden, last)) is not None:
        last = session.scalar(said.where(LineRow.seq < span[0]).order_by(LineRow.seq.desc()).limit(1))
    return Record(room_id, first, last, hidden) if first is not None and last is not None else None


def hidden_in(session: Session, where: Room) -> tuple[tuple[int, int], ...]:
    """The stretches of a room's journal that are restricted meetings': a transaction."""
    query = (
        select(SpanRow.first, func.coalesce(SpanRow.last, _NEVER))
        .join(MeetingRow, MeetingRow.id == SpanRow.meeting_id)
        .where(MeetingRow.network == where.network, MeetingRow.room == where.name)
        .where(MeetingRow.restricted.is_(True))
        .order_by(SpanRow.first)
    )
    return tuple((first, last) for first, last in session.execute(query))


def _span_with(hidden: Iterable[tuple[int, int]], place: int) -> tuple[int, int] | None:
    return next((span for span in hidden if span[0] <= place <= span[1]), None)


def _shown(record: Record, first: int, behind: int) -> list[ColumnElement[bool]]:
    """What a line between two places must be to be shown: no note, and of no restricted meeting."""
    within = [span for span in record.hidden if span[0] < behind and span[1] >= first]
    return [
        LineRow.room_id == record.room_id,
        LineRow.kind != Kind.NOTE.value,
        LineRow.seq >= first,
        LineRow.seq < behind,
        *(not_(LineRow.seq.between(*span)) for span in within),
    ]


def _ends(session: Session, record: Record) -> tuple[datetime, datetime]:
    """When the first and the last line were said: a transaction."""
    return _time_at(session, record, record.first), _time_at(session, record, record.last)


def _time_at(session: Session, record: Record, place: int) -> datetime:
    """When the first line at or behind a place was said."""
    query = select(LineRow.time).where(LineRow.room_id == record.room_id, LineRow.seq >= place)
    return from_stamp(session.scalar(query.order_by(LineRow.seq).limit(1)) or 0)


def place_at(session: Session, record: Record, when: datetime) -> int:
    """The first place whose line was said at a time or later, found by halving: lines stand nearly in the
    order of their times, and no index is kept on these. A transaction.
    """
    low, high = record.first, record.last + 1
    while low < high:
        middle = (low + high) // 2
        if _time_at(session, record, middle) < when:
            low = middle + 1
        else:
            high = middle
    return low


def places_of(session: Session, record: Record, of: date, zone: ZoneInfo) -> tuple[int, int]:
    """The places of a day, from the first to that behind the last: a transaction."""
    return _start(session, record, of, zone), _start(session, record, of + timedelta(days=1), zone)


def _start(session: Session, record: Record, of: date, zone: ZoneInfo) -> int:
    return place_at(session, record, datetime.combine(of, time(), zone).astimezone(UTC))


def days_of(session: Session, record: Record, month: date, zone: ZoneInfo) -> list[tuple[date, int]]:
    """The days of a month on which something was said, with how many lines, the last first: a transaction."""
    first, behind = _start(session, record, month, zone), _start(session, record, _next(month), zone)
    quarter = (LineRow.time // _QUARTER).label("quarter")
    query = select(quarter, func.count()).where(*_shown(record, first, behind)).group_by("quarter")
    found: dict[date, int] = {}
    for number, lines in session.execute(query):
        of = from_stamp(int(number) * _QUARTER).astimezone(zone).date()
        of = min(max(of, month), _next(month) - timedelta(days=1))  # one that came late
        found[of] = found.get(of, 0) + lines
    return sorted(found.items(), reverse=True)


async def _pieces(store: Store, where: Room, first: int, behind: int) -> AsyncIterator[list[NumberedLine]]:
    place = first
    while place < behind:
        yield await store.read(_some, where, place, min(place + AT_ONCE, behind))
        place += AT_ONCE


def _some(session: Session, where: Room, first: int, behind: int) -> list[NumberedLine]:
    """The lines between two places that may be shown, each with its place for a number. A transaction."""
    hidden = hidden_in(session, where)  # one may have been restricted since the page began
    return [
        NumberedLine(entry.seq, entry.line)
        for entry in read_lines(session, where, first, behind - 1)
        if entry.line.kind is not Kind.NOTE and _span_with(hidden, entry.seq) is None
    ]


def _months(first: date, last: date) -> Iterator[date]:
    """The months between two days, the last first."""
    month = last.replace(day=1)
    while month >= first.replace(day=1):
        yield month
        month = (month - timedelta(days=1)).replace(day=1)


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _month_named(text: str) -> date:
    """``2026-11``. Raises as for a page that is not there."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise no_such_page() from error
    if not 1971 <= found.year < 9000:
        raise no_such_page()
    return found
