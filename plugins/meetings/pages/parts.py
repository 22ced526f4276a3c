"""What meetings have to say on the pages about others' subjects: home, teams, people."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import Connection, Select, bindparam, select

from bot.model import Json
from bot.plugin import About, Bot, Part, Subject
from bot.text import fold_nick
from bot.web import Reader
from plugins.meetings import tables
from plugins.meetings.minutes import DECISIONS, ItemKind
from plugins.meetings.pages import listing, tasks
from plugins.meetings.pages.actions import json_of as action_json
from plugins.meetings.pages.actions import today_of
from plugins.meetings.pages.index import rooms_of
from plugins.meetings.pages.list_rows import action_rows, meeting_rows
from plugins.meetings.pages.shared import json_of, link_of_line, templates, with_query
from plugins.meetings.results import AttendeeRow, ItemRow
from plugins.meetings.tables import MeetingRow

if TYPE_CHECKING:
    from plugins.meetings.pages.live import Lives

_M, _I, _W = MeetingRow.__table__.c, ItemRow.__table__.c, AttendeeRow.__table__.c

DECIDED = 10
"""Decisions on the home page; a team's page has half of it."""
AMONG = 10
"""A team's last meetings, of which the decisions are shown: reading those of all took the longer the more
there were.
"""
HELD = 5
TASKS = 20
"""Open actions on a person's page; a team's page has half of it."""
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


def decisions(connection: Connection, wanted: listing.Wanted, limit: int) -> list[Decision]:
    """The last decisions of public meetings, of all or of the last of the team that is wanted: a
    transaction.
    """
    rooms = len(wanted.rooms) if wanted.team else None
    given = {**listing.team_given(wanted), "most": limit}
    return [Decision(*row) for row in connection.execute(_decisions(rooms), given)]


@functools.lru_cache(maxsize=64)
def _decisions(rooms: int | None) -> Select[*tuple[Any, ...]]:
    """The statement for all decisions (``None``), or for those of a team that has so many rooms."""
    of_team = () if rooms is None else (_I.meeting_id.in_(_last_of_team(rooms)),)
    return (
        select(_I.kind, _I.text, _I.nick, _I.time, _I.line, _M.key, _M.title)
        .select_from(ItemRow.__table__.join(MeetingRow.__table__, _M.id == _I.meeting_id))
        .where(_M.restricted.is_(False), _M.ended.is_not(None), _I.kind.in_(_KINDS), *of_team)
        .order_by(_I.time.desc(), _I.meeting_id.desc(), _I.number.desc())
        .limit(bindparam("most"))
    )


def _last_of_team(rooms: int) -> Select[int]:
    chosen = (_M.restricted.is_(False), _M.ended.is_not(None), listing.of_team(rooms))
    return select(_M.id).where(*chosen).order_by(*listing.NEWEST_FIRST).limit(AMONG)


def attended(connection: Connection, name: str, limit: int) -> list[listing.Listed]:
    """The last public meetings at which somebody of that name was: a transaction."""
    return listing.listed(connection.execute(_ATTENDED, {"name": fold_nick(name), "most": limit}))


_ATTENDED = (
    listing.LISTED.join(AttendeeRow.__table__, _W.meeting_id == _M.id)
    .where(_W.name == bindparam("name"), _W.regrets.is_(False), _M.ended.is_not(None))
    .order_by(*listing.NEWEST_FIRST)
    .limit(bindparam("most"))
)


def _of_team(
    connection: Connection, wanted: listing.Wanted, to_do: tasks.Wanted
) -> tuple[list[Decision], tuple[list[tasks.Shown], str], list[listing.Listed]]:
    return (
        decisions(connection, wanted, DECIDED // 2),
        tasks.page(connection, to_do, "", TASKS // 2),
        listing.lately(connection, wanted, HELD),
    )


def _of_person(
    connection: Connection, name: str, to_do: tasks.Wanted
) -> tuple[tuple[list[tasks.Shown], str], list[listing.Listed]]:
    return tasks.page(connection, to_do, "", TASKS), attended(connection, name, ATTENDED)


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
        found = await self._on_now(await self._store.recall(listing.running), reader)
        found += self._decided(await self._store.look(decisions, listing.Wanted(), DECIDED), reader)
        counts = await self._store.recall(tasks.counts, today_of(reader))
        if counts.open:
            html = templates.part(reader, "part_counts.html", counts=counts)
            data: dict[str, Json] = {"open": counts.open, "late": counts.late}
            found.append(Part("actions", "Open actions", html, data, 31))
        return found

    async def _team(self, team: str, reader: Reader) -> list[Part]:
        rooms = rooms_of(self._bot, team)
        to_do = tasks.Wanted(today_of(reader), team=team, rooms=rooms)
        running = await self._store.recall(listing.running)
        ours = [one for one in running if one.team == team or one.room in rooms]
        decided, actions, held = await self._store.look(
            _of_team, listing.Wanted(team=team, rooms=rooms), to_do
        )
        found = await self._on_now(ours, reader)
        found += self._decided(decided, reader)
        found += self._tasks(actions, with_query("/actions/", team=team), reader, whose=True)
        more = with_query("/meetings/", team=team)
        feed = f"/teams/{quote(team, safe='')}/feed.atom"
        return [*found, *self._held("meetings", "Meetings lately", held, 40, reader, more=more, feed=feed)]

    async def _person(self, name: str, reader: Reader) -> list[Part]:
        to_do = tasks.Wanted(today_of(reader), person=name)
        actions, held = await self._store.look(_of_person, name, to_do)
        found = self._tasks(actions, with_query("/actions/", person=name), reader, whose=False)
        return [*found, *self._held("attended", "Meetings attended", held, 40, reader)]

    async def _on_now(self, running: Sequence[listing.Listed], reader: Reader) -> list[Part]:
        """What runs, with what is talked about."""
        on_now = []
        for meeting in running:
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

    def _decided(self, found: Sequence[Decision], reader: Reader) -> list[Part]:
        if not found:
            return []
        html = templates.part(reader, "part_decisions.html", decisions=found)

        def data() -> list[Json]:
            return [
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

    def _tasks(
        self, page: tuple[list[tasks.Shown], str], more: str, reader: Reader, *, whose: bool
    ) -> list[Part]:
        found, is_cut = page
        if not found:
            return []
        html = templates.part(
            reader,
            "part_actions.html",
            rows=action_rows(found, reader, whose=whose),
            more=more,
            is_cut=is_cut,
        )
        return [
            Part(
                "actions", "Open actions", html, lambda: [action_json(action, reader) for action in found], 31
            )
        ]

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
        html = templates.part(
            reader, "part_meetings.html", rows=meeting_rows(held, reader), more=more, feed=feed
        )
        return [Part(key, title, html, lambda: [json_of(meeting, reader) for meeting in held], place)]
