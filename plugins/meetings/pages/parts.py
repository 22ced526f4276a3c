"""What meetings have to say on the pages about others' subjects: home, teams, people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from bot.model import Json, Room
from bot.plugin import About, Bot, Part, Subject
from bot.text import fold_nick
from bot.web import Reader
from plugins.meetings import tables
from plugins.meetings.minutes import DECISIONS, ItemKind
from plugins.meetings.pages import listing, tasks
from plugins.meetings.pages.actions import json_of as action_json
from plugins.meetings.pages.actions import today_of
from plugins.meetings.pages.index import rooms_of
from plugins.meetings.pages.shared import json_of, link_of_line, templates, with_query
from plugins.meetings.results import AttendeeRow, ItemRow
from plugins.meetings.tables import MeetingRow

if TYPE_CHECKING:
    from plugins.meetings.pages.live import Lives

DECIDED = 10
"""Decisions on the home page; a team's page has half of it."""
HELD = 5
TASKS = 20
ATTENDED = 10
_KINDS = [kind.value for kind in (*DECISIONS, ItemKind.VOTE)]
"""What was decided: a vote is a decision as well, whatever came of it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision of a public meeting, or what came of a vote."""

    kind: str
    text: str
    nick: str
    time: datetime
    line: int
    meeting: str
    title: str


def decisions(session: Session, team: str, rooms: Sequence[Room], limit: int) -> list[Decision]:
    """The last decisions of public meetings, of all or a team's: a transaction."""
    query = (
        select(
            ItemRow.kind,
            ItemRow.text,
            ItemRow.nick,
            ItemRow.time,
            ItemRow.line,
            MeetingRow.key,
            MeetingRow.title,
        )
        .join(MeetingRow, MeetingRow.id == ItemRow.meeting_id)
        .where(MeetingRow.restricted.is_(False), MeetingRow.ended.is_not(None), ItemRow.kind.in_(_KINDS))
        .where(*_of_team(team, rooms))
        .order_by(ItemRow.time.desc(), ItemRow.meeting_id.desc(), ItemRow.number.desc())
        .limit(limit)
    )
    return [Decision(*row) for row in session.execute(query)]


def attended(session: Session, name: str, limit: int) -> list[listing.Listed]:
    """The last public meetings at which somebody of that name was: a transaction."""
    query = (
        select(MeetingRow)
        .join(AttendeeRow, AttendeeRow.meeting_id == MeetingRow.id)
        .where(AttendeeRow.name == fold_nick(name), AttendeeRow.regrets.is_(False))
        .where(MeetingRow.restricted.is_(False), MeetingRow.ended.is_not(None))
        .order_by(MeetingRow.started.desc(), MeetingRow.id.desc())
        .limit(limit)
    )
    return [listing.listed(row) for row in session.scalars(query)]


def _of_team(team: str, rooms: Sequence[Room]) -> list[ColumnElement[bool]]:
    if not team:
        return []
    return [or_(MeetingRow.team == team, *(listing.in_room(room) for room in rooms))]


class Parts:
    """Makes the parts, over the store of ``bot`` and the meetings that are watched."""

    def __init__(self, bot: Bot, lives: Lives) -> None:
        self._bot = bot
        self._store = bot.store
        self._lives = lives

    async def of(self, subject: Subject, reader: Reader) -> list[Part]:
        """What there is to say about a subject; nothing of what is restricted."""
        match subject.about:
            case About.HOME:
                return await self._home(reader)
            case About.TEAM:
                return await self._team(subject.name, reader)
            case About.PERSON:
                return await self._person(subject.name, reader)
            case _:
                return []

    async def _home(self, reader: Reader) -> list[Part]:
        found = await self._on_now(listing.Wanted(), reader)
        found += await self._decided("", (), DECIDED, reader)
        counts = await self._store.read(tasks.counts, today_of(reader))
        if counts.open:
            html = templates.part(reader, "part_counts.html", counts=counts)
            data: dict[str, Json] = {"open": counts.open, "late": counts.late}
            found.append(Part("actions", "Open actions", html, data, 31))
        return found

    async def _team(self, team: str, reader: Reader) -> list[Part]:
        rooms = await rooms_of(self._bot, team)
        wanted = listing.Wanted(team=team, rooms=rooms)
        found = await self._on_now(wanted, reader)
        found += await self._decided(team, rooms, DECIDED // 2, reader)
        found += await self._tasks(
            tasks.Wanted(today_of(reader), team=team, rooms=rooms),
            with_query("/actions/", team=team),
            reader,
        )
        held = await self._store.read(listing.lately, wanted, HELD)
        more = with_query("/meetings/", team=team)
        feed = f"/teams/{quote(team, safe='')}/feed.atom"
        return [*found, *self._held("meetings", "Meetings lately", held, 40, reader, more=more, feed=feed)]

    async def _person(self, name: str, reader: Reader) -> list[Part]:
        found = await self._tasks(
            tasks.Wanted(today_of(reader), person=name), with_query("/actions/", person=name), reader
        )
        held = await self._store.read(attended, name, ATTENDED)
        return [*found, *self._held("attended", "Meetings attended", held, 40, reader)]

    async def _on_now(self, wanted: listing.Wanted, reader: Reader) -> list[Part]:
        """What runs, with what is talked about."""
        on_now = []
        for meeting in await self._store.read(listing.running, wanted):
            row = await self._store.read(tables.find, meeting.key)
            if row is None or row.ended is not None or row.restricted:
                continue
            try:
                live = await self._lives.of(row)
            except LookupError:  # nothing is left of its lines
                continue
            if not live.is_gone:
                on_now.append((meeting, live.now.topic))
        if not on_now:
            return []
        html = templates.part(reader, "part_on_now.html", on_now=on_now)
        data: list[Json] = [
            {**json_of(meeting, reader), "topic": topics.topic.text if topics.topic else None}
            for meeting, topics in on_now
        ]
        return [Part("on_now", "On now", html, data, 10)]

    async def _decided(self, team: str, rooms: Sequence[Room], limit: int, reader: Reader) -> list[Part]:
        found = await self._store.read(decisions, team, rooms, limit)
        if not found:
            return []
        html = templates.part(reader, "part_decisions.html", decisions=found)
        data: list[Json] = [
            {
                "kind": one.kind,
                "text": one.text,
                "nick": one.nick,
                "time": one.time.isoformat(),
                "meeting": one.meeting,
                "page": reader.href(link_of_line(one.meeting, one.line)),
            }
            for one in found
        ]
        return [Part("decisions", "Latest decisions", html, data, 30)]

    async def _tasks(self, wanted: tasks.Wanted, more: str, reader: Reader) -> list[Part]:
        found, is_cut = await self._store.read(tasks.page, wanted, "", TASKS)
        if not found:
            return []
        html = templates.part(
            reader, "part_actions.html", actions=found, more=more, is_cut=is_cut, whose=not wanted.person
        )
        data: list[Json] = [action_json(action, reader) for action in found]
        return [Part("actions", "Open actions", html, data, 31)]

    def _held(
        self,
        key: str,
        title: str,
        held: Sequence[listing.Listed],
        place: int,
        reader: Reader,
        *,
        more: str = "",
        feed: str = "",
    ) -> list[Part]:
        if not held:
            return []
        html = templates.part(reader, "part_meetings.html", meetings=held, more=more, feed=feed)
        data: list[Json] = [json_of(meeting, reader) for meeting in held]
        return [Part(key, title, html, data, place)]
