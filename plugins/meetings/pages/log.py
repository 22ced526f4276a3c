"""``/meetings/ID/log``: all lines of a meeting on one page, each at ``#l-N``.

One page, however long the meeting was: so a line's address needs no script, a browser finds words in all of
it, and a static copy has the same addresses. It goes out in pieces that are read and put together in a
thread, one after the other, and the browser lays out what is looked at alone (``content-visibility``).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.model import Json, Kind, Room
from bot.plugin import LineRow, RoomRow, read_lines
from bot.store import Store
from bot.web import Reader, Request, Response, StreamingResponse
from plugins.meetings.forms import NumberedLine
from plugins.meetings.forms.outline import title_of
from plugins.meetings.offered import page_path
from plugins.meetings.pages.meeting import head_of, headers_of
from plugins.meetings.pages.reading import Found, Read, Shown
from plugins.meetings.pages.rendering import LINES, log_body, rows_of
from plugins.meetings.pages.shared import templates
from plugins.meetings.rendered import expand

AT_ONCE = 500
"""Places of the journal that are read for one piece."""

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


def log_page(request: Request, found: Found, shown: Shown) -> Response:
    """The log of a meeting that is over, as a page that was made before."""
    return _page(request, shown.facts.title, found, lambda: (expand(shown.body),), tag=shown.body)


def made_page(request: Request, reader: Reader, store: Store, found: Found, read: Read) -> Response:
    """The log as a page that is made while it goes out."""
    minutes = read.minutes
    path = page_path(found.row.key)
    body = log_body(minutes, reader.href(path) if reader.opened else "./").encode("utf-8", "replace")
    whole = _page(request, title_of(minutes), found, lambda: (body,), tag=body)
    rows = rows_of(minutes, read.versions)

    def made(lines: list[NumberedLine]) -> str:
        return "".join(rows.pieces(lines))

    walk = Walk(found.row.room, found.row.spans)
    return streamed(whole, _pieces(store, walk, made), rows.end, _headers(found))


def data_page(store: Store, found: Found) -> Response:
    """The log as JSON."""
    return as_json(_pieces(store, Walk(found.row.room, found.row.spans), list), _headers(found))


def _page(
    request: Request, title: str, found: Found, main: Callable[[], Iterable[bytes]], tag: bytes
) -> Response:
    restricted = found.row.restricted
    return templates.framed(
        request,
        main,
        title=f"{title}: log",
        tag=tag,
        head=head_of(restricted=restricted),
        headers=headers_of(restricted=restricted),
    )


def _headers(found: Found) -> dict[str, str]:
    return {"Vary": "Accept", "Cache-Control": "no-cache", **headers_of(restricted=found.row.restricted)}


def streamed(
    whole: Response, pieces: AsyncIterator[str], end: Callable[[], str], headers: dict[str, str]
) -> Response:
    """A page with the pieces in the place of its mark, sent as they come."""
    head, mark, tail = bytes(whole.body).decode().partition(LINES)
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
