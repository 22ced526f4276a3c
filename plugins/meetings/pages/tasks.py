"""Actions of public meetings, as lists show them."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    bindparam,
    case,
    func,
    select,
    tuple_,
)

from bot.model import Room
from bot.text import fold_nick
from plugins.meetings.minutes import ActionState
from plugins.meetings.pages import listing
from plugins.meetings.results import ItemRow
from plugins.meetings.tables import ActionRow, MeetingRow, OwnerRow

# Statements are made once for each kind of question, and go past the ORM: making one takes as long as the
# database does.
_ACTIONS, _MEETINGS = ActionRow.__table__, MeetingRow.__table__
_A, _M, _I, _O = _ACTIONS.c, _MEETINGS.c, ItemRow.__table__.c, OwnerRow.__table__.c
_WITH_MEETINGS = _ACTIONS.join(_MEETINGS, _M.id == _A.meeting_id)

AT_ONCE = 50
"""Actions on a page."""
UNASSIGNED = "UNASSIGNED"
_NEVER = "9999-12-31"
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which actions are to be shown. ``person`` is a name (or ``UNASSIGNED``), ``team`` one with the
    ``rooms`` that are its; ``state`` is ``open``, ``done``, ``dropped`` or ``all``; ``due`` is ``late``,
    ``soon``, ``dated`` or ``undated``. Empty means all; ``today`` is what they are reckoned by.
    """

    today: date
    person: str = ""
    team: str = ""
    rooms: tuple[Room, ...] = ()
    state: str = "open"
    due: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """An action. ``line`` is the N of the line that made it, 0 where that is not known."""

    number: int
    text: str
    owners: tuple[str, ...]
    due: date | None
    state: ActionState
    is_late: bool
    changed_by: str
    changed: datetime | None
    meeting: str
    title: str
    team: str
    held: datetime
    line: int


def page(
    connection: Connection, wanted: Wanted, behind: str = "", at_once: int = AT_ONCE
) -> tuple[list[Shown], str]:
    """Some actions, behind the one that ``behind`` names, and what names the last of them where there are
    more. Open ones stand in the order of their dates, those without one last; others with the newest first.
    A transaction.
    """
    date_, _, number = behind.partition(".")
    query = _page(_Shape.of(wanted, is_first=not behind))
    given = {
        **_given(wanted),
        "date": date_,
        "number": _number(number if wanted.state == "open" else behind),
        "most": at_once + 1,
    }
    rows = connection.execute(query, given).all()
    found = _shown(connection, rows[:at_once], wanted.today)
    if len(rows) <= at_once:
        return found, ""
    last = found[-1]
    if wanted.state != "open":
        return found, str(last.number)
    return found, f"{last.due.isoformat() if last.due else _NEVER}.{last.number}"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many public actions are open, how many of them late; and by person and team."""

    open: int
    late: int
    people: tuple[tuple[str, int], ...]
    teams: tuple[tuple[str, int], ...]


def counts(connection: Connection, today: date) -> Counts:
    """Of all public meetings: a transaction."""
    people: Counter[str] = Counter()
    teams: Counter[str] = Counter()
    names: dict[str, str] = {}
    all_open = late = 0
    for owners, team, found, due in connection.execute(_COUNTS, {"today": today.isoformat()}):
        all_open += found
        late += due
        for owner in json.loads(owners) or [UNASSIGNED]:
            folded = fold_nick(owner)
            names.setdefault(folded, owner)
            people[folded] += found
        if team:
            teams[team] += found
    nobody = fold_nick(UNASSIGNED)
    by_name = sorted(people, key=lambda name: (name == nobody, names[name].lower(), name))
    return Counts(
        all_open, late, tuple((names[name], people[name]) for name in by_name), tuple(sorted(teams.items()))
    )


_COUNTS = (
    select(
        _A.owners,
        _M.team,
        func.count(),
        func.coalesce(func.sum(case((_A.due < bindparam("today"), 1), else_=0)), 0),
    )
    .select_from(_WITH_MEETINGS)
    .where(_A.state == ActionState.OPEN.value, _M.restricted.is_(False))
    .group_by(_A.owners, _M.team)
    .order_by(func.min(_A.id))  # a person is shown as they were called first
)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What tells the statement for one question from that for another."""

    state: str
    due: str
    person: Literal["", "somebody", "nobody"]
    rooms: int
    has_team: bool
    is_first: bool

    @classmethod
    def of(cls, wanted: Wanted, *, is_first: bool) -> _Shape:
        """That of what is wanted."""
        return cls(
            state=wanted.state,
            due=wanted.due,
            person=_whose(wanted.person),
            rooms=len(wanted.rooms),
            has_team=bool(wanted.team),
            is_first=is_first,
        )


def _given(wanted: Wanted) -> dict[str, str]:
    """The values for the statement of :func:`_page`."""
    given = {"name": fold_nick(wanted.person)}
    given |= listing.team_given(listing.Wanted(team=wanted.team, rooms=wanted.rooms))
    given |= {"today": wanted.today.isoformat(), "soon": (wanted.today + SOON).isoformat()}
    return given


def _whose(person: str) -> Literal["", "somebody", "nobody"]:
    if not person:
        return ""
    return "nobody" if fold_nick(person) == fold_nick(UNASSIGNED) else "somebody"


@functools.lru_cache(maxsize=256)
def _page(shape: _Shape) -> Select[*tuple[Any, ...]]:
    query = _PUBLIC.where(*_chosen(shape)).limit(bindparam("most"))
    if shape.state != "open":
        behind = () if shape.is_first else (_A.id < bindparam("number"),)
        return query.where(*behind).order_by(_A.id.desc())
    due = func.coalesce(_A.due, _NEVER)
    if not shape.is_first:
        query = query.where(
            tuple_(due, _A.id) > tuple_(bindparam("date", type_=String), bindparam("number", type_=Integer))
        )
    return query.order_by(due, _A.id)


_PUBLIC = (
    select(
        _A.id,
        _A.key,
        _A.text,
        _A.owners,
        _A.due,
        _A.state,
        _A.changed_by,
        _A.changed,
        _M.id,
        _M.key,
        _M.title,
        _M.team,
        _M.started,
    )
    .select_from(_WITH_MEETINGS)
    .where(_M.restricted.is_(False))
)


def _chosen(shape: _Shape) -> Iterator[ColumnElement[bool]]:
    today, soon = bindparam("today", type_=String), bindparam("soon", type_=String)
    if shape.state != "all":
        # Of a team or somebody there are few: they are found by these, not by going through all that is open.
        has_few = shape.has_team or shape.person == "somebody"
        yield (_A.state + "" if has_few else _A.state) == shape.state
    if shape.person == "nobody":
        yield _A.owners == "[]"
    elif shape.person:
        yield _A.id.in_(select(_O.action_id).where(_O.name == bindparam("name")))
    if shape.has_team:
        yield _A.meeting_id.in_(select(_M.id).where(listing.of_team(shape.rooms)))
    if shape.due == "late":
        yield _A.due < today
    elif shape.due == "soon":
        yield _A.due.between(today, soon)
    elif shape.due == "dated":
        yield _A.due.is_not(None)
    elif shape.due == "undated":
        yield _A.due.is_(None)


def _shown(connection: Connection, rows: Sequence[Any], today: date) -> list[Shown]:
    lines = _lines(connection, {(row[8], _item_of(row[1])) for row in rows})
    found = []
    for row in rows:
        number, key, text, owners, due, state, by, changed, meeting_id, meeting, title, team, held = row
        day = date.fromisoformat(due) if due else None
        found.append(
            Shown(
                number=number,
                text=text,
                owners=_owners(owners),
                due=day,
                state=ActionState(state),
                is_late=state == ActionState.OPEN.value and day is not None and day < today,
                changed_by=by,
                changed=changed,
                meeting=meeting,
                title=title,
                team=team,
                held=held,
                line=lines.get((meeting_id, _item_of(key)), 0),
            )
        )
    return found


def _lines(connection: Connection, items: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The lines of items, by meeting and number, as far as the meetings are over."""
    given = {
        "meetings": sorted({meeting for meeting, _ in items}),
        "numbers": sorted({number for _, number in items}),
    }
    return {(meeting, number): line for meeting, number, line in connection.execute(_LINES, given).all()}


# Not by pairs: for these SQLite would look through all items that there are.
_LINES = select(_I.meeting_id, _I.number, _I.line).where(
    _I.meeting_id.in_(bindparam("meetings", expanding=True)),
    _I.number.in_(bindparam("numbers", expanding=True)),
)


@functools.lru_cache(maxsize=4_096)
def _owners(text: str) -> tuple[str, ...]:
    """The owners of an action: the same few people have many."""
    return tuple(json.loads(text))


def _item_of(key: str) -> int:
    """The number of the item that an action's key names: ``nova.2026-11-22-20.00-a5``."""
    return _number(key.rpartition("-a")[2])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
