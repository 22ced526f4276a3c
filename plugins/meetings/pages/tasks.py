"""Actions of public meetings, as lists show them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from bot.model import Room
from bot.text import fold_nick
from plugins.meetings.minutes import ActionState
from plugins.meetings.results import ItemRow
from plugins.meetings.tables import ActionRow, MeetingRow

AT_ONCE = 100
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
    session: Session, wanted: Wanted, behind: str = "", at_once: int = AT_ONCE
) -> tuple[list[Shown], str]:
    """Some actions, behind the one that ``behind`` names, and what names the last of them where there are
    more. Open ones stand in the order of their dates, those without one last; others with the newest first.
    A transaction.
    """
    query = _public().where(*_chosen(wanted))
    if wanted.state == "open":
        due = func.coalesce(ActionRow.due, _NEVER)
        date_, _, number = behind.partition(".")
        if behind:
            query = query.where(tuple_(due, ActionRow.id) > tuple_(date_, _number(number)))
        query = query.order_by(due, ActionRow.id)
    else:
        if behind:
            query = query.where(ActionRow.id < _number(behind))
        query = query.order_by(ActionRow.id.desc())
    rows = session.execute(query.limit(at_once + 1)).all()
    found = _shown(session, rows[:at_once], wanted.today)
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


def counts(session: Session, today: date) -> Counts:
    """Of all public meetings: a transaction."""
    query = select(ActionRow.owners, ActionRow.due, MeetingRow.team).join(
        MeetingRow, MeetingRow.id == ActionRow.meeting_id
    )
    query = query.where(ActionRow.state == ActionState.OPEN.value, MeetingRow.restricted.is_(False))
    people: Counter[str] = Counter()
    teams: Counter[str] = Counter()
    names: dict[str, str] = {}
    all_open = late = 0
    for owners, due, team in session.execute(query):
        all_open += 1
        late += due is not None and due < today.isoformat()
        for owner in json.loads(owners) or [UNASSIGNED]:
            names.setdefault(fold_nick(owner), owner)
            people[fold_nick(owner)] += 1
        if team:
            teams[team] += 1
    by_name = sorted(people, key=lambda name: (name == fold_nick(UNASSIGNED), names[name].lower(), name))
    return Counts(
        all_open, late, tuple((names[name], people[name]) for name in by_name), tuple(sorted(teams.items()))
    )


def _public() -> Select[*tuple[Any, ...]]:
    columns = (
        ActionRow.id,
        ActionRow.key,
        ActionRow.text,
        ActionRow.owners,
        ActionRow.due,
        ActionRow.state,
        ActionRow.changed_by,
        ActionRow.changed,
        MeetingRow.id,
        MeetingRow.key,
        MeetingRow.title,
        MeetingRow.team,
        MeetingRow.started,
    )
    joined: Select[*tuple[Any, ...]] = select(*columns).join(
        MeetingRow, MeetingRow.id == ActionRow.meeting_id
    )
    return joined.where(MeetingRow.restricted.is_(False))


def _chosen(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    today = wanted.today.isoformat()
    if wanted.state != "all":
        yield ActionRow.state == wanted.state
    if fold_nick(wanted.person) == fold_nick(UNASSIGNED):
        yield ActionRow.owners == "[]"
    elif wanted.person:
        # Owners are a list of names in JSON: quotes stand around each, and within none.
        # What is lower case beyond ASCII, databases see in different ways.
        names = {fold_nick(wanted.person), wanted.person.lower()}
        owners = func.lower(ActionRow.owners)
        yield or_(*(owners.contains(_as_owner(name), autoescape=True) for name in sorted(names)))
    if wanted.team:
        rooms = (
            (MeetingRow.network == room.network) & (MeetingRow.room == room.name) for room in wanted.rooms
        )
        yield or_(MeetingRow.team == wanted.team, *rooms)
    if wanted.due == "late":
        yield ActionRow.due < today
    elif wanted.due == "soon":
        yield ActionRow.due.between(today, (wanted.today + SOON).isoformat())
    elif wanted.due == "dated":
        yield ActionRow.due.is_not(None)
    elif wanted.due == "undated":
        yield ActionRow.due.is_(None)


def _as_owner(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _shown(session: Session, rows: Sequence[Any], today: date) -> list[Shown]:
    lines = _lines(session, {(row[8], _item_of(row[1])) for row in rows})
    found = []
    for row in rows:
        number, key, text, owners, due, state, by, changed, meeting_id, meeting, title, team, held = row
        day = date.fromisoformat(due) if due else None
        found.append(
            Shown(
                number=number,
                text=text,
                owners=tuple(json.loads(owners)),
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


def _lines(session: Session, items: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The lines of items, by meeting and number, as far as the meetings are over."""
    query = select(ItemRow.meeting_id, ItemRow.number, ItemRow.line)
    # Not by pairs: for these SQLite would look through all items that there are.
    query = query.where(
        ItemRow.meeting_id.in_(sorted({meeting for meeting, _ in items})),
        ItemRow.number.in_(sorted({number for _, number in items})),
    )
    return {(meeting, number): line for meeting, number, line in session.execute(query)}


def _item_of(key: str) -> int:
    """The number of the item that an action's key names: ``nova.2026-11-22-20.00-a5``."""
    return _number(key.rpartition("-a")[2])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
