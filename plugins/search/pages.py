"""The page of the search: a form, and the hits with what was looked for marked in them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape
from sqlalchemy import Connection

from bot.model import Json, Room
from bot.plugin import Part
from bot.search import Query, marked
from bot.text import plain
from bot.web import Reader, Request, Response, Templates, reader_of, shown, wants_json
from plugins.meetings import page_path
from plugins.search.asking import KINDS, Asked, read_asked
from plugins.search.finding import COUNTED, Found, Page, search
from plugins.search.gathering import LINE

if TYPE_CHECKING:
    from plugins.search.plugin import Search

_templates = Templates(__file__)


async def search_page(plugin: Search, request: Request) -> Response:
    """What was asked for, found. All of it is done beside the event loop."""
    asked = read_asked(request.query_params, reader_of(request).frame.zone)
    return await plugin.store.look(_answer, plugin, request, asked)


def _answer(connection: Connection, plugin: Search, request: Request, asked: Asked) -> Response:
    teams, people = plugin.teams_meant(asked.typed["team"]), plugin.people_meant(asked.typed["person"])
    page = search(connection, asked, teams, people, plugin.rooms, plugin.indexing.is_logged)
    reader = reader_of(request)
    remarks = [*asked.remarks]
    if not page.knows_room:
        remarks.append(f"Nothing that may be found was said in a room called “{asked.typed['room']}”.")
    older = asked.path(before=page.older) if page.older is not None else ""
    newer = asked.path(after=page.newer) if page.newer is not None else ""
    if wants_json(request):
        return _templates.data(request, _as_json(page, asked, remarks, older, newer, reader))
    main = _templates.part(
        reader,
        "search.html",
        asked=asked,
        counted=_counted(page),
        remarks=remarks,
        hits=_rows(page.hits, asked.query, reader),
        newer=newer,
        older=older,
        kinds=_KINDS,
        choices=_choices(page.rooms, tuple(plugin.team_names())),
        is_narrowed=any(text for name, text in asked.typed.items() if name != "q"),
    ).encode("utf-8", "replace")
    return _templates.framed(request, lambda: (main,), title="Search", tag=main)


_KINDS = tuple((name, shown) for name, (shown, _) in KINDS.items())


@lru_cache(4)
def _choices(rooms: tuple[Room, ...], teams: tuple[str, ...]) -> Markup:
    """What can be chosen in the form: the same for all who ask, and long."""
    whole = Markup()
    for name, some in (("rooms", [plain(str(room)) for room in rooms]), ("teams", teams)):
        options = Markup().join(Markup('<option value="{}">').format(one) for one in some)
        whole += Markup('<datalist id="{}">{}</datalist>\n').format(name, options)
    return whole


def _counted(page: Page) -> str:
    if page.count > COUNTED:
        return f"More than {COUNTED:,} hits, the newest first."
    if page.count == 1:
        return "1 hit."
    return f"{page.count:,} hits, the newest first." if page.count else "Nothing was found."


def _rows(hits: Sequence[Found], query: Query, reader: Reader) -> Markup:
    """The hits as items of a list. A template takes as long for them as all the rest."""
    zone, href = reader.frame.zone, reader.href
    rows = []
    for found in hits:
        hit = found.hit
        label = "" if hit.kind == LINE else f'<span class="label">{escape(_kind(hit.kind))}</span> '
        where = f"{_named(hit.nick)} in {_named(hit.room.name)}"
        if found.meeting:
            title = _named(found.title) or _named(found.meeting)
            where += f': <a href="{escape(href(minutes_path(found)))}">{title}</a>'
        rows.append(
            f'<li><p class="hit">{label}{_with_marks(plain(hit.text), query)}</p>\n'
            f'<p class="who"><a href="{escape(href(line_path(found, zone)))}">{shown(hit.time, zone)}</a>, '
            f"{where}</p></li>\n"
        )
    return Markup("".join(rows))  # noqa: S704 - each part of it is escaped


@lru_cache(4_096)
def _named(name: str) -> str:
    """A name as HTML: that of somebody, a room, a meeting. There are few."""
    return str(escape(plain(name)))


_BEGIN, _END = "\ue001", "\ue002"
_NEITHER = {ord(_BEGIN): None, ord(_END): None}


def _with_marks(text: str, query: Query) -> str:
    """A text as HTML, what was looked for in it marked: escaped once, as a whole."""
    pieces = marked(text if text.isascii() else text.translate(_NEITHER), query)
    whole = "".join([f"{_BEGIN}{piece}{_END}" if is_hit else piece for piece, is_hit in pieces])
    return str(escape(whole)).replace(_BEGIN, "<mark>").replace(_END, "</mark>")


def _kind(kind: str) -> str:
    return "topic" if kind == "subtopic" else kind


def _as_json(
    page: Page, asked: Asked, remarks: Sequence[str], older: str, newer: str, reader: Reader
) -> dict[str, Json]:
    return {
        "asked": {name: text for name, text in asked.typed.items() if text},
        "count": min(page.count, COUNTED),
        "more": page.count > COUNTED,
        "remarks": list(remarks),
        "hits": [_hit(found, asked.query, reader) for found in page.hits],
        "newer": reader.href(newer) if newer else None,
        "older": reader.href(older) if older else None,
    }


def _hit(found: Found, query: Query, reader: Reader) -> dict[str, Json]:
    hit = found.hit
    return {
        "kind": _kind(hit.kind),
        "text": plain(hit.text),
        "pieces": [[text, is_hit] for text, is_hit in marked(plain(hit.text), query)],
        "nick": plain(hit.nick),
        "time": hit.time.isoformat(timespec="seconds"),
        "network": hit.room.network,
        "room": plain(hit.room.name),
        "meeting": found.meeting or None,
        "title": plain(found.title) or found.meeting or None,
        "page": reader.href(minutes_path(found)) if found.meeting else None,
        "line": reader.href(line_path(found, reader.frame.zone)),
    }


_page_path = lru_cache(1_024)(page_path)


def minutes_path(found: Found) -> str:
    """The address of a hit in its meeting's minutes: of a line, of the minutes."""
    hit = found.hit
    if hit.item is None:
        return _page_path(found.meeting)
    return f"{_page_path(found.meeting)}#{'t' if 'topic' in hit.kind else 'i'}-{hit.item}"


def line_path(found: Found, zone: str) -> str:
    """The permanent address of a hit's line; ``zone`` is that of a logged room's days."""
    hit = found.hit
    if found.meeting:
        return f"{_page_path(found.meeting)}log#l-{hit.number}"
    day = hit.time.astimezone(ZoneInfo(zone)).date()
    network, room = quote(hit.room.network, safe=""), quote(hit.room.name, safe="")
    return f"/rooms/{network}/{room}/{day}#l-{hit.seq}"


def home_part(reader: Reader) -> Part:
    """The box in which one types what to look for."""
    return Part("search", "", _templates.part(reader, "search_box.html"), {"page": reader.href("/search")}, 5)
