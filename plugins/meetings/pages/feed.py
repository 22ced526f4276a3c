"""``/feed.atom``: minutes as they are written, as an Atom feed (RFC 4287).

Rules:

1. An entry's id is made of what a meeting never loses: its id, its network and room. It stays the same when
   ``base_url`` changes, when the minutes are written again, and in every copy.
2. ``updated`` moves when the minutes are written again.
3. Everything is escaped twice, as HTML and as XML, and no character is in it that XML 1.0 forbids.
"""

from __future__ import annotations

import functools
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Integer, Select, bindparam, func, select

from bot.model import Room
from bot.plugin import Bot
from bot.text import counted, one_line, shorten
from bot.web import Request, Response, escaped, reader_of
from plugins.meetings.minutes import DECISIONS, ItemKind
from plugins.meetings.offered import page_path
from plugins.meetings.pages import listing
from plugins.meetings.pages.index import rooms_of
from plugins.meetings.pages.shared import templates
from plugins.meetings.results import AttendeeRow, ItemRow
from plugins.meetings.tables import MeetingRow

ENTRIES = 20
"""Meetings in the feed of all; a team's has half of it."""
_SPACE = uuid.UUID("6f5d4c0e-6d55-4f0f-9d0c-0f3b7f3f6a11")
_KINDS = sorted({*(kind.value for kind in DECISIONS), ItemKind.ACTION.value, ItemKind.VOTE.value})
_MOST_ITEMS = 100
_M, _I, _W = MeetingRow.__table__.c, ItemRow.__table__.c, AttendeeRow.__table__.c


@dataclass(frozen=True, slots=True)
class Told:
    """An item of which the feed tells: a decision, a vote or an action. ``line`` is the N of its line."""

    kind: str
    text: str
    nick: str
    line: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting whose minutes are written, at ``told`` the last time; ``nick`` is who said most, if anybody
    was there.
    """

    key: str
    title: str
    room: Room
    started: datetime
    ended: datetime
    told: datetime
    nick: str
    items: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the feed; ``content`` is HTML, escaped as XML."""

    id: str
    title: str
    page: str
    published: datetime
    updated: datetime
    author: str
    summary: str
    content: Markup


def lately(connection: Connection, wanted: listing.Wanted) -> list[Meeting]:
    """The public meetings whose minutes were written last, of all or of a team: a transaction."""
    rooms = len(wanted.rooms) if wanted.team else None
    most = {"most": ENTRIES // 2 if wanted.team else ENTRIES}
    rows = connection.execute(_lately(rooms), {**listing.team_given(wanted), **most}).all()
    of = {"meetings": [row.id for row in rows]}
    items: defaultdict[int, list[Told]] = defaultdict(list)
    for meeting, *told in connection.execute(_ITEMS, of).all():
        items[meeting].append(Told(*told))
    nicks: dict[int, str] = {}
    for meeting, nick in connection.execute(_THERE, of).all():
        nicks.setdefault(meeting, nick)
    return [
        Meeting(
            key=row.key,
            title=row.title,
            room=Room(row.network, row.room),
            started=row.started,
            ended=row.ended,
            told=row.told,
            nick=nicks.get(row.id, ""),
            items=tuple(items[row.id]),
        )
        for row in rows
    ]


@functools.lru_cache(maxsize=64)
def _lately(rooms: int | None) -> Select[*tuple[Any, ...]]:
    """The statement for all (``None``), or for those of a team that has so many rooms."""
    of_team = () if rooms is None else (listing.of_team(rooms),)
    return (
        select(_M.id, _M.key, _M.title, _M.network, _M.room, _M.started, _M.ended, _M.told)
        .where(_M.restricted.is_(False), _M.ended.is_not(None), _M.told.is_not(None), *of_team)
        .order_by(_M.told.desc())
        .limit(bindparam("most"))
    )


_OF_MEETINGS = bindparam("meetings", expanding=True, type_=Integer)
_ITEMS = (
    select(_I.meeting_id, _I.kind, _I.text, _I.nick, _I.line)
    .where(_I.meeting_id.in_(_OF_MEETINGS), _I.kind.in_(_KINDS))
    .order_by(_I.number)
)
_THERE = (
    select(_W.meeting_id, _W.shown)
    .where(_W.meeting_id.in_(_OF_MEETINGS), _W.regrets.is_(False))
    .order_by(_W.lines.desc(), _W.name)
)
_FIRST = select(func.min(_M.started)).where(_M.restricted.is_(False))


def first_began(connection: Connection) -> datetime | None:
    """When the first public meeting began: what an empty feed's ``updated`` may say. A transaction."""
    found: datetime | None = connection.scalar(_FIRST)
    return found


async def feed(bot: Bot, request: Request, team: str = "") -> Response:
    """The feed of all minutes, or of a team's."""
    reader = reader_of(request)
    address = reader.frame.base_url or ""
    wanted = listing.Wanted(team=team, rooms=rooms_of(bot, team))
    entries = [_entry(meeting, address) for meeting in await bot.store.look(lately, wanted)]
    updated = max((entry.updated for entry in entries), default=None)
    if updated is None:
        updated = await bot.store.look(first_began) or reader.now
    title = f"Minutes of {one_line(team)}" if team else "Minutes"
    path = request.scope["path"]
    text = templates.part(
        reader,
        "feed.atom.html",
        id=_urn("feed", team),
        title=title,
        address=address,
        path=path,
        updated=updated,
        entries=entries,
    )
    headers = {"Cache-Control": "no-cache"}
    return Response(text.encode("utf-8", "replace"), media_type="application/atom+xml", headers=headers)


def _entry(meeting: Meeting, address: str) -> Entry:
    decisions = sum(item.kind in DECISIONS for item in meeting.items)
    actions = sum(item.kind == ItemKind.ACTION for item in meeting.items)
    where = f"{meeting.room.name} on {meeting.room.network}"
    title = shorten(one_line(meeting.title), 200) or meeting.key
    page = f"{address}{page_path(meeting.key)}"
    summary = f"{one_line(where)}: {counted(decisions, 'decision')}, {counted(actions, 'action')}."
    return Entry(
        id=_urn("meeting", meeting.room.network, meeting.room.name, meeting.key),
        title=f"{title}, {meeting.started:%Y-%m-%d}",
        page=page,
        published=meeting.ended,
        updated=max(meeting.told, meeting.ended),
        author=one_line(meeting.nick) if meeting.nick else where,
        summary=summary,
        content=_content(summary, meeting.items[:_MOST_ITEMS], f"{page}log#l-"),
    )


def _content(summary: str, items: Iterable[Told], log: str) -> Markup:
    """What an entry tells, put together by hand: there are hundreds of items in a feed."""
    href = escaped(log)
    rows = "".join(
        f"<li><b>{escaped(item.kind.upper())}</b> {escaped(one_line(item.text))} "
        f'(<a href="{href}{item.line}">{escaped(one_line(item.nick))}</a>)</li>\n'
        for item in items
    )
    listed = f"<ul>\n{rows}</ul>\n" if rows else ""
    html = f"<p>{escaped(summary)}</p>\n{listed}"
    return Markup(escaped(html))  # noqa: S704 - escaped here, as HTML and as XML


def _urn(*parts: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_SPACE, chr(0).join(parts))}"
