"""``/feed.atom``: minutes as they are written, as an Atom feed (RFC 4287).

Rules:

1. An entry's id is made of what a meeting never loses: its id, its network and room. It stays the same when
   ``base_url`` changes, when the minutes are written again, and in every copy.
2. ``updated`` moves when the minutes are written again.
3. Everything is escaped twice, as HTML and as XML, and no character is in it that XML 1.0 forbids.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.model import Room
from bot.plugin import Bot
from bot.text import counted, one_line, shorten
from bot.web import Request, Response, reader_of
from plugins.meetings.minutes import DECISIONS, ItemKind
from plugins.meetings.offered import HeldItem, HeldMeeting, held_meetings, page_path
from plugins.meetings.pages.index import rooms_of
from plugins.meetings.pages.shared import templates
from plugins.meetings.tables import MeetingRow

ENTRIES = 20
_SPACE = uuid.UUID("6f5d4c0e-6d55-4f0f-9d0c-0f3b7f3f6a11")
_KINDS = {*(kind.value for kind in DECISIONS), ItemKind.ACTION.value, ItemKind.VOTE.value}
_MOST_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the feed. ``items`` are decisions, votes and actions."""

    id: str
    title: str
    page: str
    published: datetime
    updated: datetime
    author: str
    summary: str
    meeting: HeldMeeting
    items: tuple[HeldItem, ...]


def lately(session: Session, team: str, rooms: Sequence[Room]) -> list[HeldMeeting]:
    """The public meetings whose minutes were written last, of all or of a team: a transaction."""
    chosen: list[ColumnElement[bool]] = [MeetingRow.restricted.is_(False)]
    if team:
        in_rooms = ((MeetingRow.network == room.network) & (MeetingRow.room == room.name) for room in rooms)
        chosen.append(or_(MeetingRow.team == team, *in_rooms))
    return held_meetings(session, *chosen, newest=ENTRIES)


def first_ended(session: Session) -> datetime | None:
    """When the first public meeting began: what an empty feed's ``updated`` may say. A transaction."""
    return session.scalar(select(func.min(MeetingRow.started)).where(MeetingRow.restricted.is_(False)))


async def feed(bot: Bot, request: Request, team: str = "") -> Response:
    """The feed of all minutes, or of a team's."""
    reader = reader_of(request)
    address = reader.frame.base_url or ""
    meetings = await bot.store.read(lately, team, await rooms_of(bot, team))
    entries = [_entry(meeting, address) for meeting in meetings]
    updated = max((entry.updated for entry in entries), default=None)
    if updated is None:
        updated = await bot.store.read(first_ended) or reader.now
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


def _entry(meeting: HeldMeeting, address: str) -> Entry:
    items = tuple(item for item in meeting.items if item.kind in _KINDS)
    decisions = sum(item.kind in DECISIONS for item in items)
    actions = sum(item.kind == ItemKind.ACTION for item in items)
    where = f"{meeting.room.name} on {meeting.room.network}"
    title = shorten(one_line(meeting.title), 200) or meeting.key
    return Entry(
        id=_urn("meeting", meeting.room.network, meeting.room.name, meeting.key),
        title=f"{title}, {meeting.started:%Y-%m-%d}",
        page=f"{address}{page_path(meeting.key)}",
        published=meeting.ended,
        updated=max(meeting.told, meeting.ended),
        author=one_line(meeting.people[0]) if meeting.people else where,
        summary=f"{one_line(where)}: {counted(decisions, 'decision')}, {counted(actions, 'action')}.",
        meeting=meeting,
        items=items[:_MOST_ITEMS],
    )


def _urn(*parts: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_SPACE, chr(0).join(parts))}"
