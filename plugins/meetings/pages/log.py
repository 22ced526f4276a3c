"""``/meetings/ID/log``: all lines of a meeting on one page, each at ``#l-N``.

One page, however long the meeting was: so a line's address needs no script, a browser finds words in all of
it, and a static copy has the same addresses. It goes out in pieces that are read and put together in a
thread, one after the other, and the browser lays out what is looked at alone (``content-visibility``).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TypeVar

from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.model import Json, Kind, Room
from bot.plugin import LineRow, RoomRow, read_lines
from bot.store import Store
from bot.text import plain
from bot.web import Reader, Request, Response, StreamingResponse, wants_json
from plugins.meetings.forms import NumberedLine, Times
from plugins.meetings.forms.outline import title_of
from plugins.meetings.minutes import ItemKind
from plugins.meetings.offered import page_path
from plugins.meetings.pages.meeting import headers_of
from plugins.meetings.pages.reading import Found, Read
from plugins.meetings.pages.rows import Rows
from plugins.meetings.pages.shared import templates
from plugins.meetings.results import items_of

AT_ONCE = 500
"""Places of the journal that are read for one piece."""
MARK = Markup("<!-- the lines -->")
"""What stands in a page that :func:`streamed` is given. Nothing from the chat comes out like it: all of that
is escaped.
"""

T = TypeVar("T")
Spans = tuple[tuple[int, int | None], ...]


@dataclass(slots=True)
class Walk:
    """Where a walk through a meeting's lines is: ``span`` is which of its stretches, ``place`` the next place
    there, ``number`` that of the last line.
    """

    room: Room
    spans: Spans
    span: int = 0
    place: int = 0
    number: int = 0


def some(session: Session, walk: Walk) -> list[NumberedLine] | None:
    """The next lines, which may be none; ``None`` once there are no more. A transaction, which moves the walk
    on.
    """
    if walk.span >= len(walk.spans):
        return None
    first, last = walk.spans[walk.span]
    if last is None:
        last = last_place(session, walk.room)
    begin = max(first, walk.place)
    end = min(begin + AT_ONCE - 1, last)
    found = []
    for entry in read_lines(session, walk.room, begin, end) if begin <= end else ():
        if entry.line.kind is Kind.NOTE:
            continue
        walk.number += 1
        found.append(NumberedLine(walk.number, entry.line))
    walk.place = end + 1
    if walk.place > last:
        walk.span += 1
        walk.place = 0
    return found


def last_place(session: Session, room: Room) -> int:
    """The place of a room's last line, 0 where it has none."""
    query = select(func.max(LineRow.seq)).join(RoomRow, RoomRow.id == LineRow.room_id)
    query = query.where(
        RoomRow.network == room.network, RoomRow.name == room.name, RoomRow.private.is_(False)
    )
    return session.scalar(query) or 0


def log_page(request: Request, reader: Reader, store: Store, found: Found, read: Read) -> Response:
    """The log, as a page or as JSON."""
    headers = {"Vary": "Accept", "Cache-Control": "no-cache", **headers_of(restricted=found.row.restricted)}
    walk = Walk(found.row.room, found.row.spans)
    if wants_json(request):
        return as_json(_pieces(store, walk, list), headers)
    minutes = read.minutes
    times = Times(minutes.zone)
    topics = [item for item in items_of(minutes.sections) if item.kind in {ItemKind.TOPIC, ItemKind.SUBTOPIC}]
    path = page_path(found.row.key)
    where = f"{plain(minutes.room)} on {plain(minutes.network)}"
    whole = templates.page(
        request,
        "meeting_log.html",
        title=f"{title_of(minutes)}: log",
        data=None,
        times=times,
        lead=f"{times.date(minutes.started)}, {where}.",
        restricted=found.row.restricted,
        links=[{"href": reader.href(path), "title": "Minutes" if minutes.ended else "The meeting"}],
        topics=topics,
        lines=MARK,
    )
    rows = Rows(times, {topic.line for topic in topics}, versions=read.versions)

    def made(lines: list[NumberedLine]) -> str:
        return "".join(rows.pieces(lines))

    return streamed(whole, _pieces(store, walk, made), rows.end, headers)


def streamed(
    whole: Response, pieces: AsyncIterator[str], end: Callable[[], str], headers: dict[str, str]
) -> Response:
    """A page with the pieces in the place of its mark, sent as they come."""
    head, mark, tail = bytes(whole.body).decode().partition(str(MARK))
    if not mark:
        return whole  # the reader has the page already, or asked for something else

    async def parts() -> AsyncIterator[str]:
        yield head
        async for piece in pieces:
            yield piece
        yield end() + tail

    return StreamingResponse(parts(), media_type="text/html", headers=headers)


async def _pieces(store: Store, walk: Walk, made: Callable[[list[NumberedLine]], T]) -> AsyncIterator[T]:
    """What is made of the lines, in the thread that reads them."""

    def more(session: Session) -> T | None:
        lines = some(session, walk)
        return None if lines is None else made(lines)

    while (piece := await store.read(more)) is not None:
        yield piece


def as_json(pieces: AsyncIterator[list[NumberedLine]], headers: dict[str, str]) -> Response:
    """Lines as a JSON array, sent as they come."""

    async def parts() -> AsyncIterator[str]:
        yield "["
        comma = "\n"
        async for lines in pieces:
            for line in lines:
                yield f"{comma}{json.dumps(line_as_json(line))}"
                comma = ",\n"
        yield "\n]\n"

    return StreamingResponse(parts(), media_type="application/json", headers=headers)


def line_as_json(numbered: NumberedLine) -> dict[str, Json]:
    """A line for a page's JSON."""
    line = numbered.line
    return {
        "n": numbered.number,
        "time": line.time.isoformat(),
        "kind": line.kind.value,
        "nick": line.actor.nick,
        "text": line.text,
    }
