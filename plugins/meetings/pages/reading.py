"""What the pages of one meeting are made of: its row, its minutes, what its actions came to, its neighbours.

Rules:

1. Minutes of a meeting that is over are folded once and kept while its row says that they are the same
   (``told``) and written; nothing is kept of those that are to be written again.
2. The neighbours in a room are public meetings, whatever the reader may see.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.model import Entry, Room
from bot.plugin import read_lines
from bot.store import Store
from plugins.meetings import tables
from plugins.meetings.forms.versions import Versions, versions_of
from plugins.meetings.meeting import fold
from plugins.meetings.minutes import ActionState, Minutes
from plugins.meetings.opening import Opening
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
class Found:
    """A meeting as the database has it. ``told`` is when its minutes were last written."""

    row: tables.Meeting
    told: datetime | None
    actions: Mapping[str, ActionNow]
    before: Neighbour | None
    after: Neighbour | None


def find(session: Session, key: str) -> Found | None:
    """The meeting of an id with what surrounds it: a transaction."""
    row = tables.find(session, key)
    if row is None:
        return None
    told = session.scalar(select(MeetingRow.told).where(MeetingRow.id == row.id))
    actions = {}
    for action in session.scalars(select(ActionRow).where(ActionRow.meeting_id == row.id)):
        actions[action.key] = ActionNow(
            number=action.id,
            text=action.text,
            state=ActionState(action.state),
            due=date.fromisoformat(action.due) if action.due else None,
            owners=tables.owners_of(action),
            changed_by=action.changed_by,
            changed=action.changed,
        )
    return Found(
        row, told, actions, _neighbour(session, row, later=False), _neighbour(session, row, later=True)
    )


def _neighbour(session: Session, row: tables.Meeting, *, later: bool) -> Neighbour | None:
    order = (MeetingRow.started, MeetingRow.id)
    query = select(MeetingRow.key, MeetingRow.title, MeetingRow.started).where(
        MeetingRow.network == row.room.network,
        MeetingRow.room == row.room.name,
        MeetingRow.restricted.is_(False),
        MeetingRow.id != row.id,
        MeetingRow.started >= row.started if later else MeetingRow.started <= row.started,
    )
    query = query.order_by(*order) if later else query.order_by(*(one.desc() for one in order))
    found = session.execute(query.limit(1)).first()
    return Neighbour(*found) if found is not None else None


def entries_of(session: Session, room: Room, spans: tuple[tuple[int, int | None], ...]) -> list[Entry]:
    """A meeting's committed lines: a transaction."""
    return [entry for first, last in spans for entry in read_lines(session, room, first, last)]


class Reading:
    """Meetings that are over, as the pages want them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[str, tuple[datetime, Read]] = OrderedDict()
        self._folding: dict[tuple[str, datetime | None], asyncio.Task[Read]] = {}

    async def find(self, key: str) -> Found | None:
        """The meeting of an id."""
        return await self._store.read(find, key)

    async def read(self, found: Found) -> Read:
        """A meeting's minutes, and what its lines came to be. Raises :class:`LookupError` where nothing is
        left of its lines.
        """
        key, told = found.row.key, found.told
        is_lasting = found.row.ended is not None and found.row.written and told is not None
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
