"""What other plugins may ask of meetings: which there are, what they came to, and word of new minutes.

Rules:

1. :func:`public_meetings` gives what everybody may read. Of a restricted meeting only its news tell, which
   say so, and :func:`meeting_by_key`: nothing of it may get to where others read.
2. News are told within the transaction that stores what they tell of: what a listener stores there happens
   exactly once, and not without it.
"""

from __future__ import annotations

import enum
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import quote

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from bot.model import Room
from plugins.meetings.results import AttendeeRow, ItemRow
from plugins.meetings.tables import MeetingRow, SpanRow

_UNSAFE = re.compile(r"[^\w.~-]")


class How(enum.StrEnum):
    """What became of a meeting's minutes."""

    FIRST = "first"
    """They were written for the first time: the meeting has just ended."""

    AGAIN = "again"
    """They were written again and may differ: after a reopening, an edit, or a redaction."""

    WITHDRAWN = "withdrawn"
    """Something in them must be seen no more, or by nobody but those who may read the meeting: drop what you
    hold of it. Where it is still to be read, they are written again in a while.
    """

    KNOWN = "known"
    """They are of long ago, written before Muster stored what meetings came to, or taken over from
    elsewhere: nobody is to be told, but now their items can be read.
    """


@dataclass(frozen=True, slots=True)
class News:
    """Something became of a meeting's minutes. ``key`` is the meeting's id; ``path`` its page's, as in
    ``/meetings/ID/``; ``restricted``: only those may read it for whom :meth:`bot.web.Reader.may_see` says so
    of that path.
    """

    key: str
    path: str
    restricted: bool
    how: How


MinutesListener: TypeAlias = Callable[[Session, News], None]
"""Called in the writing thread, within the transaction: store, set alarms, never wait. What it raises is
logged, and undoes what it stored itself.
"""


@dataclass(frozen=True, slots=True)
class HeldItem:
    """An item of the minutes. ``kind`` is as in ``agreed``, ``action``, ``topic``; ``url`` that of a link;
    ``line`` the N of ``/meetings/ID/log#l-N``, ``place`` that of the same line in its room's journal.
    """

    number: int
    kind: str
    text: str
    url: str
    nick: str
    time: datetime
    line: int
    place: int


@dataclass(frozen=True, slots=True)
class HeldMeeting:
    """A meeting that is over and has minutes. ``id`` grows from meeting to meeting; ``path`` is its page's;
    ``file`` its files' in the archive, without an ending; ``team`` the name of the team it is of, or nothing;
    ``told`` when its minutes were last written; ``spans`` the stretches of its room's journal that are its
    lines; ``people`` the first nicks of who was there. Times are in UTC.
    """

    id: int
    key: str
    path: str
    file: str
    room: Room
    team: str
    name: str
    title: str
    started: datetime
    ended: datetime
    told: datetime
    restricted: bool
    spans: tuple[tuple[int, int], ...]
    items: tuple[HeldItem, ...]
    people: tuple[str, ...]


def page_path(key: str) -> str:
    """The path of a meeting's page, ``/meetings/ID/``, as it stands in links. What is no letter of any
    script is quoted.
    """
    return f"/meetings/{_UNSAFE.sub(lambda found: quote(found.group()), key)}/"


def public_meetings(session: Session, after: int = 0, limit: int = 50) -> list[HeldMeeting]:
    """Some of the meetings that everybody may read and that have minutes, in the order of their ids: those
    behind ``after``. To walk all, go on behind the last one's id until there are none. A transaction.
    """
    chosen = (MeetingRow.restricted.is_(False), MeetingRow.id > after)
    return _held(session, session.scalars(_over(*chosen).order_by(MeetingRow.id).limit(limit)).all())


def meeting_by_key(session: Session, key: str) -> HeldMeeting | None:
    """The meeting of that id, restricted or not; ``None`` where there is none that is over. A transaction."""
    found = _held(session, session.scalars(_over(MeetingRow.key == key)).all())
    return found[0] if found else None


def items_behind(
    session: Session, key: str, place: int, limit: int
) -> tuple[datetime, list[HeldItem]] | None:
    """When a meeting's minutes were last written, and its items at the next ``limit`` places of its room's
    journal behind one, in their order; ``None`` where it has no minutes. A transaction.
    """
    found = session.execute(
        select(MeetingRow.id, MeetingRow.told).where(
            MeetingRow.key == key, MeetingRow.ended.is_not(None), MeetingRow.told.is_not(None)
        )
    ).first()
    if found is None or found.told is None:
        return None
    behind = (ItemRow.meeting_id == found.id, ItemRow.place > place)
    next_ones = select(ItemRow.place).where(*behind).distinct().order_by(ItemRow.place).limit(limit)
    rows = session.execute(
        select(*_ITEM)
        .where(*behind, ItemRow.place <= select(func.max(next_ones.subquery().c.place)).scalar_subquery())
        .order_by(ItemRow.place, ItemRow.number)
    )
    return found.told, [HeldItem(*row) for row in rows]


_ITEM = (
    *(ItemRow.number, ItemRow.kind, ItemRow.text, ItemRow.url),
    *(ItemRow.nick, ItemRow.time, ItemRow.line, ItemRow.place),
)


def _over(*chosen: ColumnElement[bool]) -> Select[MeetingRow]:
    return select(MeetingRow).where(MeetingRow.ended.is_not(None), MeetingRow.told.is_not(None), *chosen)


def _held(session: Session, rows: Sequence[MeetingRow]) -> list[HeldMeeting]:
    ids = [row.id for row in rows]
    spans: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for span in session.scalars(select(SpanRow).where(SpanRow.meeting_id.in_(ids)).order_by(SpanRow.first)):
        spans[span.meeting_id].append((span.first, span.last or span.first))
    items: defaultdict[int, list[HeldItem]] = defaultdict(list)
    all_items: Select[*tuple[Any, ...]] = select(ItemRow.meeting_id, *_ITEM).where(
        ItemRow.meeting_id.in_(ids)
    )
    for meeting, *item in session.execute(all_items.order_by(ItemRow.number)):
        items[meeting].append(HeldItem(*item))
    people: defaultdict[int, dict[str, None]] = defaultdict(dict)
    there = select(AttendeeRow).where(AttendeeRow.meeting_id.in_(ids), AttendeeRow.regrets.is_(False))
    for person in session.scalars(there.order_by(AttendeeRow.lines.desc(), AttendeeRow.name)):
        people[person.meeting_id][person.shown] = None
    return [
        HeldMeeting(
            id=row.id,
            key=row.key,
            path=page_path(row.key),
            file=row.path,
            room=Room(row.network, row.room),
            team=row.team,
            name=row.name,
            title=row.title,
            started=row.started,
            ended=row.ended,
            told=row.told,
            restricted=row.restricted,
            spans=tuple(spans[row.id]),
            items=tuple(items[row.id]),
            people=tuple(people[row.id]),
        )
        for row in rows
        if row.ended is not None and row.told is not None
    ]
