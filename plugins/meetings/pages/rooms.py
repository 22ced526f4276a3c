"""``/rooms/NETWORK/NAME/``: what was said in rooms that are logged, by days.

A room has pages while ``bot.ini`` says ``log = always`` and not that its meetings are restricted. What of it
is shown, and on which day, :mod:`plugins.meetings.pages.days` tells.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from zoneinfo import ZoneInfo

from markupsafe import escape
from sqlalchemy import Connection

from bot.model import Json, Room
from bot.plugin import Bot
from bot.store import Store
from bot.text import plain
from bot.web import Reader, Request, Response, reader_of, wants_json
from plugins.meetings.daily_pages import is_shown
from plugins.meetings.forms import NumberedLine
from plugins.meetings.forms.lines import MONTHS
from plugins.meetings.pages import days
from plugins.meetings.pages.day_rows import DayRows, encoded, in_pieces
from plugins.meetings.pages.log import as_json, streamed
from plugins.meetings.pages.rendering import LINES
from plugins.meetings.pages.shared import asked, named, no_such_page, room_path, templates, with_query
from plugins.meetings.rendered import edition, expand
from plugins.meetings.rendered_days import Body, Span, digest_of, find

_STREAMED = {"Vary": "Accept", "Cache-Control": "no-cache"}


async def room(bot: Bot, request: Request) -> Response:
    """The days of a month on which something was said; of the last, where none is asked for."""
    reader, where = reader_of(request), _room_of(bot, request)
    given = asked(request, "month")
    month = _month_named(given) if given else None
    has_record, found = await bot.store.look(_month, where, month, ZoneInfo(reader.frame.zone))
    if found is None and (has_record or given):
        raise no_such_page()
    return _days_page(request, reader, where, found)


def _month(
    connection: Connection, where: Room, month: date | None, zone: ZoneInfo
) -> tuple[bool, days.Month | None]:
    """Whether a room has a record, and a month of it: a transaction."""
    record = days.record_of(connection, where)
    if record is None:
        return False, None
    return True, days.month_of(connection, record, month, zone, edition())


async def day(bot: Bot, request: Request) -> Response:
    """What was said on a day."""
    reader, where = reader_of(request), _room_of(bot, request)
    try:
        asked = date.fromisoformat(request.path_params["day"])
    except ValueError as error:
        raise no_such_page() from error
    if asked.isoformat() != request.path_params["day"] or not 1971 <= asked.year < 9000:
        raise no_such_page()
    is_json = wants_json(request)
    span, made = await bot.store.look(_span, where, asked, reader.frame.zone, is_made=not is_json)
    if span is None:
        raise no_such_page()
    if is_json:
        lines = in_pieces(bot.store, where, span.first, span.behind, _numbered)
        return as_json(lines, _STREAMED)
    return await _day_page(bot.store, request, reader, where, span, made)


def _span(
    connection: Connection, where: Room, of: date, zone: str, *, is_made: bool
) -> tuple[Span | None, Body | None]:
    """The places of a day in a room's journal; with ``is_made`` also its lines, if they are stored as HTML. A
    transaction.
    """
    record = days.record_of(connection, where)
    if record is None:
        return None, None
    span = Span(of, *days.places_of(connection, record, of, ZoneInfo(zone)))
    if span.first >= span.behind:
        return None, None
    return span, find(connection, record.room_id, span, zone, edition()) if is_made else None


async def _day_page(
    store: Store, request: Request, reader: Reader, where: Room, span: Span, made: Body | None
) -> Response:
    rows = DayRows(store, where, reader.frame.zone, span.first, span.behind)
    name = f"{escape(plain(where.name))} on {escape(plain(where.network))}"
    lead = f'<p class="lead"><a href="{escape(reader.href(room_path(where)))}">{name}</a>. '
    before = f"{lead}Times are {escape(reader.frame.zone)}.</p>\n".encode("utf-8", "replace")
    title = f"{plain(where.name)}: {span.day.isoformat()}"
    if not rows.is_whole:
        main = b"".join((before, LINES.encode(), b"\n"))
        whole = templates.framed(request, lambda: (main,), title=title, tag=main)
        return streamed(whole, rows.pieces() if made is None else _unpacked(made), str, _STREAMED)
    if made is not None:
        tag, unpacked = made.digest, made.body
        return templates.framed(
            request, lambda: (before, expand(unpacked), b"\n"), title=title, tag=before + tag.encode()
        )
    lines = encoded([piece async for piece in rows.pieces()])
    return templates.framed(
        request, lambda: (before, lines, b"\n"), title=title, tag=before + digest_of(lines).encode()
    )


async def _unpacked(made: Body) -> AsyncIterator[str]:
    yield expand(made.body).decode()


def _numbered(connection: Connection, where: Room, first: int, last: int) -> list[NumberedLine]:
    return [days.numbered(one, where) for one in days.lines_of(connection, where, first, last)]


def _room_of(bot: Bot, request: Request) -> Room:
    """The room that an address names, where it has pages."""
    where = Room(named(request, "network"), named(request, "room"))
    if not is_shown(bot, where):
        raise no_such_page()
    return where


def _days_page(request: Request, reader: Reader, where: Room, found: days.Month | None) -> Response:
    path = room_path(where)
    months = found.months if found is not None else ()
    month = found.month if found is not None else None
    shown = [
        (of, reader.href(f"{path}{of}"), lines) for of, lines in (found.days if found is not None else ())
    ]

    def address(of: date) -> str:
        return reader.href(with_query(path, month=f"{of:%Y-%m}" if of != months[0] else ""))

    at = months.index(month) if month is not None else 0
    data: dict[str, Json] = {
        "network": where.network,
        "room": where.name,
        "month": f"{month:%Y-%m}" if month else None,
        "months": [f"{one:%Y-%m}" for one in months],
        "days": [{"day": of.isoformat(), "page": page, "lines": lines} for of, page, lines in shown],
    }
    return templates.page(
        request,
        "room_days.html",
        title=f"{plain(where.name)} on {plain(where.network)}",
        data=data,
        month=f"{MONTHS[month.month - 1]} {month.year}" if month else "",
        days=shown,
        newer=address(months[at - 1]) if at > 0 else "",
        older=address(months[at + 1]) if at + 1 < len(months) else "",
    )


def _month_named(text: str) -> date:
    """``2026-11``. Raises as for a page that is not there."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise no_such_page() from error
    if not 1971 <= found.year < 9000:
        raise no_such_page()
    return found
