"""The page of the search: a form, and the hits with what was looked for marked in them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from bot.model import Json
from bot.plugin import Part
from bot.search import marked
from bot.text import plain
from bot.web import Reader, Request, Response, Templates, reader_of
from plugins.meetings import page_path
from plugins.search.asking import KINDS, Asked, read_asked
from plugins.search.finding import COUNTED, Found, Page, search

if TYPE_CHECKING:
    from plugins.search.plugin import Search

_templates = Templates(__file__)
_SHOWN_KINDS = {"subtopic": "topic"}


async def search_page(plugin: Search, request: Request) -> Response:
    """What was asked for, found."""
    reader = reader_of(request)
    asked = read_asked(request.query_params, reader.frame.zone)
    teams, people = plugin.teams_meant(asked.typed["team"]), plugin.people_meant(asked.typed["person"])
    page = await plugin.store.read(search, asked, teams, people, plugin.indexing.is_logged)
    remarks = [*asked.remarks]
    if not page.knows_room:
        remarks.append(f"Nothing that may be found was said in a room called “{asked.typed['room']}”.")
    hits: list[Json] = [_hit(found, asked, reader) for found in page.hits]
    older = asked.path(before=page.older) if page.older is not None else None
    newer = asked.path(after=page.newer) if page.newer is not None else None
    return _templates.page(
        request,
        "search.html",
        title="Search",
        data={
            "asked": {name: text for name, text in asked.typed.items() if text},
            "count": min(page.count, COUNTED),
            "more": page.count > COUNTED,
            "remarks": list(remarks),
            "hits": hits,
            "newer": newer and reader.href(newer),
            "older": older and reader.href(older),
        },
        asked=asked,
        counted=_counted(page),
        remarks=remarks,
        hits=list(zip(hits, page.hits, strict=True)),
        newer=newer,
        older=older,
        kinds=[(name, shown) for name, (shown, _) in KINDS.items()],
        rooms=[plain(str(room)) for room in page.rooms],
        teams=plugin.team_names(),
        is_narrowed=any(text for name, text in asked.typed.items() if name != "q"),
    )


def _counted(page: Page) -> str:
    if page.count > COUNTED:
        return f"More than {COUNTED:,} hits, the newest first."
    if page.count == 1:
        return "1 hit."
    return f"{page.count:,} hits, the newest first." if page.count else "Nothing was found."


def _hit(found: Found, asked: Asked, reader: Reader) -> dict[str, Json]:
    hit = found.hit
    pieces = marked(plain(hit.text), asked.query)
    return {
        "kind": _SHOWN_KINDS.get(hit.kind, hit.kind),
        "text": plain(hit.text),
        "pieces": [[text, is_hit] for text, is_hit in pieces],
        "nick": plain(hit.nick),
        "time": hit.time.isoformat(timespec="seconds"),
        "network": hit.room.network,
        "room": plain(hit.room.name),
        "meeting": found.meeting or None,
        "title": plain(found.title) or found.meeting or None,
        "page": reader.href(minutes_path(found)) if found.meeting else None,
        "line": reader.href(line_path(found, reader.frame.zone)),
    }


def minutes_path(found: Found) -> str:
    """The address of a hit in its meeting's minutes: of a line, of the minutes."""
    hit = found.hit
    if hit.item is None:
        return page_path(found.meeting)
    return f"{page_path(found.meeting)}#{'t' if 'topic' in hit.kind else 'i'}-{hit.item}"


def line_path(found: Found, zone: str) -> str:
    """The permanent address of a hit's line; ``zone`` is that of a logged room's days."""
    hit = found.hit
    if found.meeting:
        return f"{page_path(found.meeting)}log#l-{hit.number}"
    day = hit.time.astimezone(ZoneInfo(zone)).date()
    network, room = quote(hit.room.network, safe=""), quote(hit.room.name, safe="")
    return f"/rooms/{network}/{room}/{day}#l-{hit.seq}"


def home_part(reader: Reader) -> Part:
    """The box in which one types what to look for."""
    return Part("search", "", _templates.part(reader, "search_box.html"), {"page": reader.href("/search")}, 5)
