"""Which public meetings there are: what runs, and the past ones page by page.

A page of past meetings begins behind a meeting that its address names (``before=ID``), so that it shows the
same whatever is held later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, not_, or_, select
from sqlalchemy.orm import Session

from bot.model import Room
from plugins.meetings.tables import MeetingRow

AT_ONCE = 50
"""Meetings on a page."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is to show. ``room`` and ``team`` are names, ``year`` one of the ``zone``'s; empty or 0
    means all. ``rooms`` are those of the team now: its meetings of before it had a name count too.
    """

    room: Room | None = None
    team: str = ""
    rooms: tuple[Room, ...] = ()
    year: int = 0
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Listed:
    """A meeting as a list shows it; ``ended`` is ``None`` while it runs."""

    key: str
    title: str
    room: Room
    team: str
    started: datetime
    ended: datetime | None
    came: int | None
    missed: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """Past meetings, the newest first. ``older`` is the id that the page behind this one names; ``newer``
    that of the page before, empty for the first page, and ``None`` where this is the first.
    """

    meetings: tuple[Listed, ...]
    older: str | None
    newer: str | None


def running(session: Session, wanted: Wanted = Wanted()) -> list[Listed]:
    """The public meetings that run, the newest first: a transaction."""
    query = _public(MeetingRow.ended.is_(None), *_chosen(wanted))
    return [listed(row) for row in session.scalars(query.order_by(*_newest_first()))]


def page(session: Session, wanted: Wanted, before: str = "", at_once: int = AT_ONCE) -> Page | None:
    """Past meetings behind the one with the id ``before``, or the newest; ``None`` where there is no such
    public meeting. A transaction.
    """
    chosen = (MeetingRow.ended.is_not(None), *_chosen(wanted))
    query = _public(*chosen).order_by(*_newest_first()).limit(at_once + 1)
    newer = None
    if before:
        here = session.scalar(_public(MeetingRow.key == before))
        if here is None:
            return None
        same = MeetingRow.started == here.started
        is_older = or_(MeetingRow.started < here.started, same & (MeetingRow.id < here.id))
        query = query.where(is_older)
        ahead = _public(*chosen, not_(is_older)).order_by(MeetingRow.started, MeetingRow.id)
        newer_ones = session.scalars(ahead.limit(at_once + 1)).all()
        newer = newer_ones[at_once].key if len(newer_ones) > at_once else ""
    rows = session.scalars(query).all()
    found = tuple(listed(row) for row in rows[:at_once])
    return Page(found, found[-1].key if len(rows) > at_once else None, newer)


def lately(session: Session, wanted: Wanted, limit: int) -> list[Listed]:
    """The last few public meetings that are over, the newest first: a transaction."""
    query = _public(MeetingRow.ended.is_not(None), *_chosen(wanted)).order_by(*_newest_first())
    return [listed(row) for row in session.scalars(query.limit(limit))]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a list can be narrowed to."""

    rooms: tuple[Room, ...]
    teams: tuple[str, ...]
    years: tuple[int, ...]


def choices(session: Session, zone: str) -> Choices:
    """The rooms and teams of all public meetings, and the years from the first to the last: a transaction."""
    teams = select(MeetingRow.team).where(MeetingRow.restricted.is_(False), MeetingRow.team != "").distinct()
    ends = select(func.min(MeetingRow.started), func.max(MeetingRow.started)).where(
        MeetingRow.restricted.is_(False)
    )
    first, last = session.execute(ends).one()
    here = ZoneInfo(zone)
    years: Sequence[int] = ()
    if first is not None and last is not None:
        years = range(last.astimezone(here).year, first.astimezone(here).year - 1, -1)
    return Choices(
        rooms=rooms(session),
        teams=tuple(sorted(session.scalars(teams))),
        years=tuple(years),
    )


def rooms(session: Session) -> tuple[Room, ...]:
    """The rooms with public meetings: a transaction."""
    query = select(MeetingRow.network, MeetingRow.room).where(MeetingRow.restricted.is_(False)).distinct()
    return tuple(sorted((Room(network, room) for network, room in session.execute(query)), key=str))


def _public(*chosen: ColumnElement[bool]) -> Select[MeetingRow]:
    return select(MeetingRow).where(MeetingRow.restricted.is_(False), *chosen)


def _newest_first() -> tuple[ColumnElement[datetime], ColumnElement[int]]:
    return MeetingRow.started.desc(), MeetingRow.id.desc()


def _chosen(wanted: Wanted) -> list[ColumnElement[bool]]:
    chosen = []
    if wanted.room is not None:
        chosen.append(in_room(wanted.room))
    if wanted.team:
        chosen.append(or_(MeetingRow.team == wanted.team, *(in_room(room) for room in wanted.rooms)))
    if wanted.year:
        here = ZoneInfo(wanted.zone)
        chosen.append(MeetingRow.started >= datetime(wanted.year, 1, 1, tzinfo=here).astimezone(UTC))
        chosen.append(MeetingRow.started < datetime(wanted.year + 1, 1, 1, tzinfo=here).astimezone(UTC))
    return chosen


def in_room(room: Room) -> ColumnElement[bool]:
    """Whether a meeting was held in a room."""
    return (MeetingRow.network == room.network) & (MeetingRow.room == room.name)


def listed(row: MeetingRow) -> Listed:
    """A meeting as a list shows it."""
    return Listed(
        key=row.key,
        title=row.title,
        room=Room(row.network, row.room),
        team=row.team,
        started=row.started,
        ended=row.ended,
        came=row.came,
        missed=row.missed,
    )
