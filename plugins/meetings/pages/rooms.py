"""``/rooms/NETWORK/NAME/``: what was said in rooms that are logged, by days.

A room has pages while ``bot.ini`` says ``log = always`` and not that its meetings are restricted. What of it
is shown, and on which day, :mod:`plugins.meetings.pages.days` tells.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from markupsafe import escape
from sqlalchemy import Connection

from bot.model import Json, Room
from bot.plugin import Bot
from bot.store import Store
from bot.text import plain
from bot.web import Reader, Request, Response, reader_of, wants_json
from plugins.meetings.forms import NumberedLine, Times
from plugins.meetings.forms.lines import MONTHS
from plugins.meetings.pages import days
from plugins.meetings.pages.log import AT_ONCE, as_json, streamed
from plugins.meetings.pages.rendering import LINES
from plugins.meetings.pages.rows import Rows
from plugins.meetings.pages.shared import asked, named, no_such_page, room_path, templates, with_query

_WHOLE = 2_000
"""Lines of a day whose page is made as one; a longer one goes out as it is made."""
T = TypeVar("T")


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
    return True, days.month_of(connection, record, month, zone)


async def day(bot: Bot, request: Request) -> Response:
    """What was said on a day."""
    reader, where = reader_of(request), _room_of(bot, request)
    try:
        asked = date.fromisoformat(request.path_params["day"])
    except ValueError as error:
        raise no_such_page() from error
    if asked.isoformat() != request.path_params["day"] or not 1971 <= asked.year < 9000:
        raise no_such_page()
    first, behind = await bot.store.look(_places, where, asked, ZoneInfo(reader.frame.zone))
    if first >= behind:
        raise no_such_page()
    if wants_json(request):
        lines = _pieces(bot.store, where, first, behind, _numbered)
        return as_json(lines, {"Vary": "Accept", "Cache-Control": "no-cache"})
    return await _day_page(bot.store, request, reader, where, asked, first, behind)


def _places(connection: Connection, where: Room, of: date, zone: ZoneInfo) -> tuple[int, int]:
    """The places of a day in a room's journal, from the first to that behind the last: a transaction."""
    record = days.record_of(connection, where)
    return (0, 0) if record is None else days.places_of(connection, record, of, zone)


async def _day_page(
    store: Store, request: Request, reader: Reader, where: Room, of: date, first: int, behind: int
) -> Response:
    rows = Rows(Times(reader.frame.zone))

    def made(connection: Connection, where: Room, first: int, last: int) -> str:
        return "".join(rows.pieces(days.lines_of(connection, where, first, last)))

    is_whole = behind - first <= _WHOLE
    lines = await store.look(made, where, first, behind - 1) + rows.end() if is_whole else str(LINES)
    name = f"{escape(plain(where.name))} on {escape(plain(where.network))}"
    lead = f'<p class="lead"><a href="{escape(reader.href(room_path(where)))}">{name}</a>. '
    main = f"{lead}Times are {escape(reader.frame.zone)}.</p>\n{lines}\n".encode("utf-8", "replace")
    title = f"{plain(where.name)}: {of.isoformat()}"
    whole = templates.framed(request, lambda: (main,), title=title, tag=main)
    if is_whole:
        return whole
    headers = {"Vary": "Accept", "Cache-Control": "no-cache"}
    return streamed(whole, _pieces(store, where, first, behind, made), rows.end, headers)


def _numbered(connection: Connection, where: Room, first: int, last: int) -> list[NumberedLine]:
    return [days.numbered(one, where) for one in days.lines_of(connection, where, first, last)]


async def _pieces(
    store: Store,
    where: Room,
    first: int,
    behind: int,
    made: Callable[[Connection, Room, int, int], T],
) -> AsyncIterator[T]:
    """What is made of the lines between two places, some at a time, in the thread that reads them."""
    for place in range(first, behind, AT_ONCE):
        yield await store.look(made, where, place, min(place + AT_ONCE, behind) - 1)


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
