"""Which public meetings there are: what runs, and the past ones page by page.

A page of past meetings begins behind a meeting that its address names (``before=ID``), so that it shows the
same whatever is held later.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, bindparam, func, not_, or_, select

from bot.model import Room
from bot.store import Utc
from plugins.meetings.tables import MeetingRow

# Statements are made once for each kind of question, and go past the ORM: making one takes as long as the
# database does.
_M = MeetingRow.__table__.c

AT_ONCE = 30
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


def running(connection: Connection, wanted: Wanted = Wanted()) -> list[Listed]:
    """The public meetings that run, the newest first: a transaction."""
    return _read(connection, _running(_Shape.of(wanted)), wanted)


def page(connection: Connection, wanted: Wanted, before: str = "", at_once: int = AT_ONCE) -> Page | None:
    """Past meetings behind the one with the id ``before``, or the newest; ``None`` where there is no such
    public meeting. A transaction.
    """
    shape, more, newer = _Shape.of(wanted), {"most": at_once + 1}, None
    if before:
        here = connection.execute(_HERE, {"key": before}).first()
        if here is None:
            return None
        more |= {"started": here.started, "id": here.id}
        ahead = {**_given(wanted), **more, "between": at_once}
        newer = connection.scalar(_ahead(shape), ahead) or ""
    found = _read(connection, _over(shape, is_behind=bool(before)), wanted, **more)
    older = found[at_once - 1].key if len(found) > at_once else None
    return Page(tuple(found[:at_once]), older, newer)


def lately(connection: Connection, wanted: Wanted, limit: int) -> list[Listed]:
    """The last few public meetings that are over, the newest first: a transaction."""
    return _read(connection, _over(_Shape.of(wanted)), wanted, most=limit)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a list can be narrowed to."""

    rooms: tuple[Room, ...]
    teams: tuple[str, ...]
    years: tuple[int, ...]


def choices(connection: Connection, zone: str) -> Choices:
    """The rooms and teams of all public meetings, and the years from the first to the last: a transaction."""
    first, last = connection.execute(_ENDS).one()
    here = ZoneInfo(zone)
    years: Sequence[int] = ()
    if first is not None and last is not None:
        years = range(last.astimezone(here).year, first.astimezone(here).year - 1, -1)
    return Choices(
        rooms=rooms(connection),
        teams=tuple(sorted(connection.scalars(_TEAMS))),
        years=tuple(years),
    )


_STARTED, _HERE_ID = bindparam("started", type_=Utc), bindparam("id", type_=Integer)
_IS_BEHIND = or_(_M.started < _STARTED, (_M.started == _STARTED) & (_M.id < _HERE_ID))
_IS_PUBLIC = _M.restricted.is_(False)
_TEAMS = select(_M.team).where(_IS_PUBLIC, _M.team != "").distinct()
_ENDS = select(func.min(_M.started), func.max(_M.started)).where(_IS_PUBLIC)
_ROOMS = select(_M.network, _M.room).where(_IS_PUBLIC).distinct()
_HERE = select(_M.id, _M.started).where(_IS_PUBLIC, _M.key == bindparam("key"))


def rooms(connection: Connection) -> tuple[Room, ...]:
    """The rooms with public meetings: a transaction."""
    return tuple(sorted((Room(network, room) for network, room in connection.execute(_ROOMS)), key=str))


@dataclass(frozen=True, slots=True)
class _Shape:
    """What tells the statement for one list from that for another."""

    has_room: bool
    has_team: bool
    rooms: int
    has_year: bool

    @classmethod
    def of(cls, wanted: Wanted) -> _Shape:
        """That of what is wanted."""
        return cls(wanted.room is not None, bool(wanted.team), len(wanted.rooms), bool(wanted.year))


def _read(
    connection: Connection, query: Select[*tuple[Any, ...]], wanted: Wanted, **more: object
) -> list[Listed]:
    return listed(connection.execute(query, {**_given(wanted), **more}).all())


def _given(wanted: Wanted) -> dict[str, object]:
    """The values for a statement of what is wanted."""
    given: dict[str, object] = {**team_given(wanted)}
    if wanted.room is not None:
        given |= {"network": wanted.room.network, "room": wanted.room.name}
    if wanted.year:
        here = ZoneInfo(wanted.zone)
        given["since"] = datetime(wanted.year, 1, 1, tzinfo=here).astimezone(UTC)
        given["until"] = datetime(wanted.year + 1, 1, 1, tzinfo=here).astimezone(UTC)
    return given


@functools.lru_cache(maxsize=64)
def _running(shape: _Shape) -> Select[*tuple[Any, ...]]:
    return LISTED.where(_M.ended.is_(None), *_chosen(shape)).order_by(*NEWEST_FIRST)


@functools.lru_cache(maxsize=128)
def _over(shape: _Shape, *, is_behind: bool = False) -> Select[*tuple[Any, ...]]:
    """Meetings that are over: all, or those behind a place in their order."""
    behind = (_IS_BEHIND,) if is_behind else ()
    query = LISTED.where(_M.ended.is_not(None), *_chosen(shape), *behind)
    return query.order_by(*NEWEST_FIRST).limit(bindparam("most"))


@functools.lru_cache(maxsize=64)
def _ahead(shape: _Shape) -> Select[str]:
    """The id of the meeting so many before a place in the order of those that are over."""
    chosen = (_IS_PUBLIC, _M.ended.is_not(None), *_chosen(shape), not_(_IS_BEHIND))
    return select(_M.key).where(*chosen).order_by(_M.started, _M.id).limit(1).offset(bindparam("between"))


def _chosen(shape: _Shape) -> Iterator[ColumnElement[bool]]:
    if shape.has_room:
        yield _in_room("")
    if shape.has_team:
        yield of_team(shape.rooms)
    if shape.has_year:
        yield _M.started >= bindparam("since", type_=Utc)
        yield _M.started < bindparam("until", type_=Utc)


def of_team(rooms: int) -> ColumnElement[bool]:
    """Whether a meeting was a team's, or in one of so many rooms; :func:`team_given` says whose."""
    return or_(_M.team == bindparam("team"), *(_in_room(n) for n in range(rooms)))


def team_given(wanted: Wanted) -> dict[str, str]:
    """The values for :func:`of_team`."""
    given = {"team": wanted.team}
    for n, room in enumerate(wanted.rooms):
        given |= {f"network{n}": room.network, f"room{n}": room.name}
    return given


def _in_room(number: int | str) -> ColumnElement[bool]:
    at = (_M.network == bindparam(f"network{number}"), _M.room == bindparam(f"room{number}"))
    return and_(*at)


LISTED = select(
    _M.key,
    _M.title,
    _M.network,
    _M.room,
    _M.team,
    _M.started,
    _M.ended,
    _M.came,
    _M.missed,
).where(_IS_PUBLIC)
"""Public meetings, for :func:`listed`."""
NEWEST_FIRST = (_M.started.desc(), _M.id.desc())


def listed(rows: Iterable[Any]) -> list[Listed]:
    """Meetings as a list shows them, of the rows of :data:`LISTED`."""
    return [Listed(key, title, Room(network, room), *rest) for key, title, network, room, *rest in rows]
