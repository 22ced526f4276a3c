"""The meetings' tables, and the transactions on them.

The journal holds what was said; these rows only say which of its lines are a meeting, where its files are,
and which actions are open. All of it can be made again from the journal.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Text,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import Room
from bot.plugin import Held, RoomRow
from bot.store import Base, Utc
from bot.text import fold_nick
from plugins.meetings.indexed import follow
from plugins.meetings.minutes import ActionState, OldAction
from plugins.meetings.rendered_days import forget_spans


class MeetingRow(Base):
    """A meeting. ``key`` is its id in addresses, ``path`` that of its files without ending; ``ended`` is null
    while it runs, ``written`` until its files are. ``came`` and ``missed`` count the team's members once it
    is over, and are null where it is no team's. ``team`` is the name of that team, or empty; ``told`` when
    what it came to was last stored (:mod:`plugins.meetings.results`).
    """

    __tablename__ = "meeting"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    path: Mapped[str] = mapped_column(Text, unique=True)
    network: Mapped[str] = mapped_column(String(64))
    room: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    started: Mapped[datetime] = mapped_column(Utc)
    ended: Mapped[datetime | None] = mapped_column(Utc)
    restricted: Mapped[bool] = mapped_column(Boolean)
    written: Mapped[bool] = mapped_column(Boolean, default=False)
    imported: Mapped[bool] = mapped_column(Boolean, default=False)
    came: Mapped[int | None] = mapped_column(Integer)
    missed: Mapped[int | None] = mapped_column(Integer)
    team: Mapped[str] = mapped_column(Text, default="", server_default="")
    told: Mapped[datetime | None] = mapped_column(Utc)
    __table_args__ = (
        Index(None, "network", "room", "started"),
        Index(None, "name"),
        Index(None, "team", "started"),
        Index(None, "started"),
    )


class SpanRow(Base):
    """A stretch of its room's journal that is a meeting's; a reopened one has more than one. ``last`` is null
    while it runs.
    """

    __tablename__ = "meeting_span"
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    first: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last: Mapped[int | None] = mapped_column(BigInteger)


class ActionRow(Base):
    """Somebody's task. ``id`` is the short number people type; ``owners`` is a JSON list of names."""

    __tablename__ = "action"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    owners: Mapped[str] = mapped_column(Text)
    due: Mapped[str | None] = mapped_column(String(10))
    reminded: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(8), index=True)
    changed_by: Mapped[str] = mapped_column(Text, default="")
    changed: Mapped[datetime | None] = mapped_column(Utc)


class OwnerRow(Base):
    """Who has an action, by name as names are compared (:func:`~bot.text.fold_nick`)."""

    __tablename__ = "action_owner"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"), primary_key=True, index=True)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting's row, with the stretches of the journal that are its lines."""

    id: int
    key: str
    path: str
    room: Room
    name: str
    title: str
    owner: str
    started: datetime
    ended: datetime | None
    restricted: bool
    written: bool
    imported: bool
    spans: tuple[tuple[int, int | None], ...]
    came: int | None = None
    missed: int | None = None
    team: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """An action's row, and of which meeting."""

    number: int
    key: str
    text: str
    owners: tuple[str, ...]
    due: date | None
    state: ActionState
    meeting: str
    name: str
    room: Room
    restricted: bool
    reminded: bool = False
    """Whether its date was spoken of in its room; see :meth:`plugins.meetings.answers.Answers.remind`."""

    def as_old(self) -> OldAction:
        """As the next meeting of that name lists it."""
        return OldAction(self.key, self.number, self.text, self.owners, self.due, self.meeting, self.state)


def _meeting(session: Session, row: MeetingRow) -> Meeting:
    return meeting_of(row, spans_of(session, row.id))


def meeting_of(row: MeetingRow | Row[Any], spans: tuple[tuple[int, int | None], ...]) -> Meeting:
    """A meeting as values: of its row, or of one with the same columns, and of its stretches."""
    return Meeting(
        id=row.id,
        key=row.key,
        path=row.path,
        room=Room(row.network, row.room),
        name=row.name,
        title=row.title,
        owner=row.owner,
        started=row.started,
        ended=row.ended,
        restricted=row.restricted,
        written=row.written,
        imported=row.imported,
        spans=spans,
        came=row.came,
        missed=row.missed,
        team=row.team,
    )


def spans_of(session: Session, meeting: int) -> tuple[tuple[int, int | None], ...]:
    """The stretches of its room's journal that are a meeting's. A transaction."""
    found = session.execute(
        select(SpanRow.first, SpanRow.last).where(SpanRow.meeting_id == meeting).order_by(SpanRow.first)
    )
    return tuple((first, last) for first, last in found)


def find(session: Session, key: str) -> Meeting | None:
    """The meeting with this id."""
    row = session.scalar(select(MeetingRow).where(MeetingRow.key == key))
    return _meeting(session, row) if row else None


def by_number(session: Session, number: int) -> Meeting | None:
    """The meeting whose row has this number."""
    row = session.get(MeetingRow, number)
    return _meeting(session, row) if row else None


def recent(
    session: Session,
    room: Room | None,
    limit: int,
    *,
    restricted: bool | None = False,
    also: Collection[str] = (),
) -> list[Meeting]:
    """The last meetings, of a room or of all, the newest first: public ones and those whose ids are in
    ``also``; with ``restricted``: all; with ``None`` for it: the restricted ones alone.
    """
    query = select(MeetingRow).order_by(MeetingRow.started.desc(), MeetingRow.id.desc()).limit(limit)
    if room is not None:
        query = query.where(MeetingRow.network == room.network, MeetingRow.room == room.name)
    if restricted is None:
        query = query.where(MeetingRow.restricted.is_(True))
    elif not restricted:
        query = query.where(or_(MeetingRow.restricted.is_(False), MeetingRow.key.in_(also)))
    return [_meeting(session, row) for row in session.scalars(query)]


def ended(
    session: Session, room: Room | None, n: int, *, restricted: bool = False, also: Collection[str] = ()
) -> Meeting | None:
    """The n-th last meeting that is over, of a room or of all (1 is the last); ``None`` if there is none.
    Restricted ones count as for :func:`recent`.
    """
    query = select(MeetingRow).where(MeetingRow.ended.is_not(None))
    if room is not None:
        query = query.where(MeetingRow.network == room.network, MeetingRow.room == room.name)
    if not restricted:
        query = query.where(or_(MeetingRow.restricted.is_(False), MeetingRow.key.in_(also)))
    query = query.order_by(MeetingRow.started.desc(), MeetingRow.id.desc())
    row = session.scalar(query.offset(n - 1).limit(1))
    return _meeting(session, row) if row else None


def held(session: Session, room: Room, since: datetime) -> list[Held]:
    """The meetings of a room that began after a time and are over, the oldest first: public ones alone."""
    query = (
        select(MeetingRow.started, MeetingRow.came, MeetingRow.missed)
        .where(MeetingRow.network == room.network, MeetingRow.room == room.name)
        .where(MeetingRow.started >= since, MeetingRow.ended.is_not(None), MeetingRow.restricted.is_(False))
        .order_by(MeetingRow.started)
    )
    return [Held(when, came or 0, missed or 0) for when, came, missed in session.execute(query)]


def unfinished(session: Session, since: datetime) -> list[Meeting]:
    """The meetings that run, whose files are still to be written, or that ended after ``since`` and so may be
    reopened; the oldest first.
    """
    wanted = or_(MeetingRow.ended.is_(None), MeetingRow.written.is_(False), MeetingRow.ended >= since)
    query = select(MeetingRow).where(wanted, MeetingRow.imported.is_(False)).order_by(MeetingRow.id)
    return [_meeting(session, row) for row in session.scalars(query)]


def every(session: Session) -> list[Meeting]:
    """All meetings, the oldest first."""
    return [_meeting(session, row) for row in session.scalars(select(MeetingRow).order_by(MeetingRow.id))]


def at(session: Session, room_id: int, place: int) -> list[Meeting]:
    """The meetings that a line of the journal is part of; those that are over count as not written."""
    query = (
        select(MeetingRow)
        .join(SpanRow, SpanRow.meeting_id == MeetingRow.id)
        .join(RoomRow, and_(RoomRow.network == MeetingRow.network, RoomRow.name == MeetingRow.room))
        .where(RoomRow.id == room_id, RoomRow.private.is_(False), MeetingRow.imported.is_(False))
        .where(SpanRow.first <= place, or_(SpanRow.last.is_(None), SpanRow.last >= place))
    )
    rows = session.scalars(query).all()
    for row in rows:
        row.written = False
    session.flush()
    return [_meeting(session, row) for row in rows]


def paths(session: Session) -> set[str]:
    """The paths of all meetings' files."""
    return set(session.scalars(select(MeetingRow.path)))


def save(session: Session, meeting: Meeting) -> int:
    """Write a meeting's row and spans; the row's id. Where ``id`` is 0 it is made, if that was not done in
    this very transaction (a meeting may begin and end within one). Raises :class:`ValueError` where another
    room has a meeting of that key: it stays as it is.
    """
    if meeting.id:
        row = session.get(MeetingRow, meeting.id)
        if row is None:
            raise LookupError(f"meeting {meeting.key} is not in the database")
    else:
        row = session.scalar(select(MeetingRow).where(MeetingRow.key == meeting.key)) or MeetingRow()
        if row.key is not None and Room(row.network, row.room) != meeting.room:
            raise ValueError(f"meeting {meeting.key} is one of {row.room} on {row.network}")
    was_restricted = bool(row.restricted)
    row.key, row.path, row.name, row.title = meeting.key, meeting.path, meeting.name, meeting.title
    row.network, row.room, row.owner = meeting.room.network, meeting.room.name, meeting.owner
    row.started, row.ended, row.restricted = meeting.started, meeting.ended, meeting.restricted
    row.written, row.imported = meeting.written, meeting.imported
    row.came, row.missed, row.team = meeting.came, meeting.missed, meeting.team
    session.add(row)
    session.flush()
    for first, last in meeting.spans:
        session.merge(SpanRow(meeting_id=row.id, first=first, last=last))
    session.flush()
    if meeting.restricted or was_restricted:
        forget_spans(session, meeting.room, meeting.spans)
    follow(session, meeting.key, meeting.room, meeting.spans, restricted=meeting.restricted)
    return row.id


def known_rooms(session: Session) -> frozenset[Room]:
    """The rooms that any process on this database has been in. A transaction."""
    query = select(RoomRow.network, RoomRow.name).where(RoomRow.private.is_(False))
    return frozenset(Room(network, name) for network, name in session.execute(query))


def set_action(
    session: Session,
    meeting_key: str,
    key: str,
    text: str,
    owners: Sequence[str],
    due: date | None,
    state: str,
) -> int:
    """Write what a meeting says of one of its actions; its short number."""
    row = session.scalar(select(ActionRow).where(ActionRow.key == key))
    if row is None:
        meeting_id = session.scalar(select(MeetingRow.id).where(MeetingRow.key == meeting_key))
        if meeting_id is None:
            raise LookupError(f"meeting {meeting_key} is not in the database")
        row = ActionRow(key=key, meeting_id=meeting_id)
    row.text = text
    row.due = due.isoformat() if due else None
    row.state = state
    _give(session, row, owners)
    return row.id


def _give(session: Session, row: ActionRow, owners: Sequence[str]) -> None:
    """Write whose an action is."""
    written = json.dumps(list(owners), ensure_ascii=False)
    if row.owners == written:
        session.flush()
        return
    row.owners = written
    session.add(row)
    session.flush()
    session.execute(delete(OwnerRow).where(OwnerRow.action_id == row.id))
    names = sorted(set(map(fold_nick, owners)))
    session.add_all(OwnerRow(name=name, action_id=row.id) for name in names)
    session.flush()


def numbers(session: Session, meeting_key: str) -> dict[str, int]:
    """The short numbers of a meeting's actions, by key."""
    rows = session.scalars(
        select(ActionRow)
        .join(MeetingRow, MeetingRow.id == ActionRow.meeting_id)
        .where(MeetingRow.key == meeting_key)
    )
    return {row.key: row.id for row in rows}


@functools.lru_cache(maxsize=4_096)
def _owners(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _task(action: ActionRow, meeting: MeetingRow) -> Task:
    return Task(
        number=action.id,
        key=action.key,
        text=action.text,
        owners=_owners(action.owners),
        due=_day(action.due),
        state=ActionState(action.state),
        meeting=meeting.key,
        name=meeting.name,
        room=Room(meeting.network, meeting.room),
        restricted=meeting.restricted,
        reminded=action.reminded,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def task(session: Session, number: int) -> Task | None:
    """The action with this number."""
    action = session.get(ActionRow, number)
    if action is None:
        return None
    return _task(action, session.get_one(MeetingRow, action.meeting_id))


def tasks(session: Session, unreminded_by: date | None = None) -> list[Task]:
    """The open actions of all rooms, restricted ones too. With a day, those of them that are due by then and
    were not spoken of yet.
    """
    query = (
        select(ActionRow, MeetingRow)
        .join(MeetingRow, MeetingRow.id == ActionRow.meeting_id)
        .where(ActionRow.state == ActionState.OPEN.value)
        .order_by(ActionRow.id)
    )
    if unreminded_by is not None:
        query = query.where(ActionRow.due <= unreminded_by.isoformat(), ActionRow.reminded.is_(False))
    return [_task(action, meeting) for action, meeting in session.execute(query)]


def tasks_in(connection: Connection, room: Room) -> list[Task]:
    """The open actions of a room, restricted ones too. Past the ORM: a team's page has them."""
    rows = connection.execute(_TASKS_IN, {"network": room.network, "room": room.name})
    return [
        Task(number, key, text, _owners(owners), _day(due), ActionState.OPEN, meeting, name, room, *rest)
        for number, key, text, owners, due, meeting, name, *rest in rows.all()
    ]


_A, _M = ActionRow.__table__.c, MeetingRow.__table__.c
_IN_ROOM = (_M.network == bindparam("network")) & (_M.room == bindparam("room"))
_TASKS_IN = (
    select(*(_A.id, _A.key, _A.text, _A.owners, _A.due, _M.key, _M.name, _M.restricted, _A.reminded))
    .select_from(ActionRow.__table__.join(MeetingRow.__table__, _M.id == _A.meeting_id))
    # By the room's meetings, and not by going through all that is open.
    .where((_A.state + "") == ActionState.OPEN.value, _A.meeting_id.in_(select(_M.id).where(_IN_ROOM)))
    .order_by(_A.id)
)


def set_reminded(session: Session, number: int) -> None:
    """Note that an action's date was spoken of."""
    session.execute(update(ActionRow).where(ActionRow.id == number).values(reminded=True))


def done_since(session: Session, room: Room, since: datetime) -> int:
    """How many actions of a room's public meetings were closed as done since a time."""
    query = (
        select(func.count())
        .select_from(ActionRow)
        .join(MeetingRow, MeetingRow.id == ActionRow.meeting_id)
        .where(ActionRow.state == ActionState.DONE.value, ActionRow.changed >= since)
        .where(MeetingRow.network == room.network, MeetingRow.room == room.name)
        .where(MeetingRow.restricted.is_(False))
    )
    return session.scalar(query) or 0


def change_action(
    session: Session,
    number: int,
    by: str,
    now: datetime,
    *,
    state: ActionState | None = None,
    due: date | None = None,
    owners: Sequence[str] | None = None,
) -> Task:
    """Change an action that people know by its number. Raises :class:`LookupError` if there is none."""
    row = session.get(ActionRow, number)
    if row is None:
        raise LookupError(f"there is no action {number}")
    if state is not None:
        row.state = state.value
    if due is not None:
        row.due = due.isoformat()
        row.reminded = False
    if owners is not None:
        _give(session, row, owners)
    row.changed_by, row.changed = by, now
    session.flush()
    return _task(row, session.get_one(MeetingRow, row.meeting_id))
