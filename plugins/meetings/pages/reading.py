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

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from bot.model import Entry, Room
from bot.plugin import read_lines
from bot.store import Store
from plugins.meetings import rendered, tables
from plugins.meetings.forms.versions import Versions, versions_of
from plugins.meetings.meeting import fold
from plugins.meetings.minutes import ActionState, Minutes
from plugins.meetings.opening import Opening
from plugins.meetings.rendered import Facts, PageRow, expand, facts_of
from plugins.meetings.running import numbered
from plugins.meetings.tables import ActionRow, MeetingRow

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
    """A page as it was made when the minutes were written."""

    facts: Facts
    body: str


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


# Statements that are put together once: doing it for each visit took longer than running them.
_MEETING = (
    select(MeetingRow, PageRow.edition, PageRow.facts)
    .outerjoin(PageRow, PageRow.meeting_id == MeetingRow.id)
    .where(MeetingRow.key == bindparam("key"))
)
_HTML = {
    page: select(column).where(PageRow.meeting_id == bindparam("id"))
    for page, column in {"minutes": PageRow.minutes, "log": PageRow.log}.items()
}
_ACTIONS = select(
    ActionRow.key,
    ActionRow.id,
    ActionRow.text,
    ActionRow.owners,
    ActionRow.state,
    ActionRow.due,
    ActionRow.changed_by,
    ActionRow.changed,
).where(ActionRow.meeting_id == bindparam("id"))


def _neighbour(*, later: bool) -> Select[str, str, datetime]:
    started = bindparam("started", type_=MeetingRow.started.type)
    order = (MeetingRow.started, MeetingRow.id)
    query = select(MeetingRow.key, MeetingRow.title, MeetingRow.started).where(
        MeetingRow.network == bindparam("network"),
        MeetingRow.room == bindparam("room"),
        MeetingRow.restricted.is_(False),
        MeetingRow.id != bindparam("id"),
        MeetingRow.started >= started if later else MeetingRow.started <= started,
    )
    return (query.order_by(*order) if later else query.order_by(*(one.desc() for one in order))).limit(1)


_BEFORE, _AFTER = _neighbour(later=False), _neighbour(later=True)


def find(session: Session, key: str, page: str) -> Found | None:
    """The meeting of an id, with its page ``minutes`` or ``log`` and what surrounds that: a transaction."""
    found = session.execute(_MEETING, {"key": key}).first()
    if found is None:
        return None
    meeting, edition, facts = found
    row = tables.meeting_of(session, meeting)
    shown = None
    if edition == rendered.edition() and row.ended is not None and row.written and not row.restricted:
        html = session.scalar(_HTML[page], {"id": row.id})
        shown = Shown(facts_of(facts), expand(html)) if html is not None else None
    if page == "log":
        return Found(row, meeting.told, {}, None, None, shown)
    place = {"id": row.id, "network": row.room.network, "room": row.room.name, "started": row.started}
    before, after = (session.execute(query, place).first() for query in (_BEFORE, _AFTER))
    return Found(
        row=row,
        told=meeting.told,
        actions=dict(_actions(session, row.id)),
        before=Neighbour(*before) if before is not None else None,
        after=Neighbour(*after) if after is not None else None,
        shown=shown,
    )


def _actions(session: Session, meeting: int) -> Iterator[tuple[str, ActionNow]]:
    for key, number, text, owners, state, due, changed_by, changed in session.execute(
        _ACTIONS, {"id": meeting}
    ):
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
