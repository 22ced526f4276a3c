"""What the pages of one meeting are made of: its row, its minutes, what its actions came to, its neighbours.

Rules:

1. What a meeting's row says is lasting (it is over, and its minutes are written) is shown as it was made then
   (:mod:`plugins.meetings.rendered`).
2. What is not there so (it is restricted, or of another edition of Muster) is folded once and kept while its
   row says that it is the same (``told``); nothing is kept of what is to be written again.
3. The neighbours in a room are public meetings, whatever the reader may see.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, FromClause, ScalarSelect, Select, bindparam, select
from sqlalchemy.orm import Session

from bot.model import Entry, Room
from bot.plugin import read_lines
from bot.store import Store
from plugins.meetings import rendered, tables
from plugins.meetings.forms.versions import Versions, versions_of
from plugins.meetings.meeting import fold
from plugins.meetings.minutes import ActionState, Minutes
from plugins.meetings.opening import Opening
from plugins.meetings.rendered import Facts, PageRow, facts_of
from plugins.meetings.running import numbered
from plugins.meetings.tables import ActionRow, MeetingRow, SpanRow

MOST_KEPT = 64
"""Meetings whose minutes are kept in memory."""


@dataclass(frozen=True, slots=True)
class ActionNow:
    """What an action is now, whatever it was at the meeting's end."""

    number: int
    text: str
    state: ActionState
    due: date | None
    owners: tuple[str, ...]
    changed_by: str
    changed: datetime | None


@dataclass(frozen=True, slots=True)
class Read:
    """What the lines of a meeting came to: its minutes, and what was corrected."""

    minutes: Minutes
    versions: Versions


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A meeting before or after another in its room."""

    key: str
    title: str
    started: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it was made when the minutes were written; ``body`` is compressed as it is stored."""

    facts: Facts
    body: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """A meeting as the database has it. ``told`` is when its minutes were last written; ``shown`` is the page
    that was looked for, if it was made.
    """

    row: tables.Meeting
    told: datetime | None
    actions: Mapping[str, ActionNow]
    before: Neighbour | None
    after: Neighbour | None
    shown: Shown | None = None

    @property
    def is_lasting(self) -> bool:
        """Whether the meeting is over, and its minutes are written as they are to be."""
        return self.row.ended is not None and self.row.written and self.told is not None


# Statements that are put together once, and go past the ORM: doing that for each visit took longer than
# running them. They are few, since what stands around each costs more than what it does.
_MEETINGS, _PAGES = MeetingRow.__table__, PageRow.__table__
_M, _P, _A, _S = _MEETINGS.c, _PAGES.c, ActionRow.__table__.c, SpanRow.__table__.c


def _meeting(page: str, *besides: FromClause) -> Select[Any]:
    """The meeting of an id, with its page and the meetings ``besides`` it: before, and after."""
    columns = [
        *(_M.id, _M.key, _M.path, _M.network, _M.room, _M.name, _M.title, _M.owner, _M.started, _M.ended),
        *(_M.restricted, _M.written, _M.imported, _M.came, _M.missed, _M.team, _M.told),
        *(_P.edition, _P.facts, _P[page].label("html")),
    ]
    found = _MEETINGS.outerjoin(_PAGES, _P.meeting_id == _M.id)
    for is_later, other in enumerate(besides):
        found = found.outerjoin(other, other.c.id == _nearest(is_later=bool(is_later)))
        columns += (other.c[name].label(f"{name}_{is_later}") for name in ("key", "title", "started"))
    return select(*columns).select_from(found).where(_M.key == bindparam("key"))


def _nearest(*, is_later: bool) -> ScalarSelect[int]:
    other = _MEETINGS.alias().c
    return (
        select(other.id)
        .where(
            other.network == _M.network,
            other.room == _M.room,
            other.restricted.is_(False),
            other.id != _M.id,
            other.started >= _M.started if is_later else other.started <= _M.started,
        )
        .order_by(*((other.started, other.id) if is_later else (other.started.desc(), other.id.desc())))
        .limit(1)
        .scalar_subquery()
    )


_MEETING = {
    "minutes": _meeting("minutes", _MEETINGS.alias("before"), _MEETINGS.alias("after")),
    "log": _meeting("log"),
}
_SPANS = select(_S.first, _S.last).where(_S.meeting_id == bindparam("id")).order_by(_S.first)
_ACTIONS = select(_A.key, _A.id, _A.text, _A.owners, _A.state, _A.due, _A.changed_by, _A.changed).where(
    _A.meeting_id == bindparam("id")
)


def find(connection: Connection, key: str, page: str, *, is_shown: bool) -> Found | None:
    """The meeting of an id, and what surrounds its page ``minutes`` or ``log``; with ``is_shown`` also that
    page, if it was made. A transaction.
    """
    found = connection.execute(_MEETING[page], {"key": key}).first()
    if found is None:
        return None
    is_lasting = found.ended is not None and found.written and not found.restricted
    is_made = is_shown and is_lasting and found.edition == rendered.edition()
    spans = () if is_made else connection.execute(_SPANS, {"id": found.id}).all()
    row = tables.meeting_of(found, tuple((first, last) for first, last in spans))
    shown = Shown(facts_of(found.facts), found.html) if is_made else None
    told: datetime | None = found.told
    if page == "log":
        return Found(row, told, {}, None, None, shown)
    before = Neighbour(found.key_0, found.title_0, found.started_0) if found.key_0 is not None else None
    after = Neighbour(found.key_1, found.title_1, found.started_1) if found.key_1 is not None else None
    return Found(row, told, dict(_actions(connection, row.id)), before, after, shown)


def _actions(connection: Connection, meeting: int) -> Iterator[tuple[str, ActionNow]]:
    found = connection.execute(_ACTIONS, {"id": meeting})
    for key, number, text, owners, state, due, changed_by, changed in found:
        yield (
            key,
            ActionNow(
                number=number,
                text=text,
                owners=tuple(json.loads(owners)),
                state=ActionState(state),
                due=date.fromisoformat(due) if due else None,
                changed_by=changed_by,
                changed=changed,
            ),
        )


def entries_of(session: Session, room: Room, spans: tuple[tuple[int, int | None], ...]) -> list[Entry]:
    """A meeting's committed lines: a transaction."""
    return [entry for first, last in spans for entry in read_lines(session, room, first, last)]


class Reading:
    """Meetings that are over, as the pages want them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[str, tuple[datetime, Read]] = OrderedDict()
        self._folding: dict[tuple[str, datetime | None], asyncio.Task[Read]] = {}

    async def read(self, found: Found) -> Read:
        """A meeting's minutes, and what its lines came to be. Raises :class:`LookupError` where nothing is
        left of its lines.
        """
        key, told, is_lasting = found.row.key, found.told, found.is_lasting
        kept = self._kept.get(key)
        if is_lasting and kept is not None and kept[0] == told:
            self._kept.move_to_end(key)
            return kept[1]
        read = await self._folded(found) if is_lasting else await self._fold(found.row)
        if is_lasting and told is not None:
            self._kept[key] = (told, read)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return read

    async def _folded(self, found: Found) -> Read:
        """Folded once for all who ask meanwhile."""
        asked = (found.row.key, found.told)
        task = self._folding.get(asked)
        if task is None:
            task = self._folding[asked] = asyncio.create_task(self._fold(found.row), name="minutes of a page")
            task.add_done_callback(lambda _: self._folding.pop(asked, None))
        return await asyncio.shield(task)

    async def _fold(self, row: tables.Meeting) -> Read:
        entries = await self._store.read(entries_of, row.room, row.spans)
        if not entries:
            raise LookupError(f"nothing is left of the lines of {row.key}")
        return await asyncio.to_thread(_read, row.key, entries)


def _read(key: str, entries: list[Entry]) -> Read:
    minutes = fold((entry.line for entry in entries), Opening(key)).minutes()
    return Read(minutes, versions_of(minutes, numbered(entries)))
