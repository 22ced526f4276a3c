"""The tables of reminders, and the transactions on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Index, Integer, String, Text, delete, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import Room
from bot.store import Base, Utc
from bot.when import Again, At, Bound, When
from plugins.reminders.reminder import Reminder, State, To


class ReminderRow(Base):
    """A reminder; see :class:`~plugins.reminders.reminder.Reminder`. ``rule`` and ``start`` are of one that
    is repeated, ``milestone``, ``days`` and ``clock`` of one before a milestone.
    """

    __tablename__ = "reminder"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    owner_id: Mapped[int] = mapped_column(Integer)
    to: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(Integer)
    target: Mapped[str] = mapped_column(Text)
    network: Mapped[str] = mapped_column(String(64))
    room: Mapped[str] = mapped_column(Text)
    private: Mapped[bool] = mapped_column(Boolean)
    text: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(Utc)
    due: Mapped[datetime | None] = mapped_column(Utc)
    state: Mapped[str] = mapped_column(String(16))
    told: Mapped[datetime | None] = mapped_column(Utc)
    rule: Mapped[str] = mapped_column(Text)
    start: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    milestone: Mapped[str] = mapped_column(Text)
    days: Mapped[int] = mapped_column(Integer)
    clock: Mapped[str] = mapped_column(String(5))
    milestone_date: Mapped[str] = mapped_column(String(10))
    guest_id: Mapped[int | None] = mapped_column(Integer)
    guest_name: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        Index(None, "state", "person_id"),
        Index(None, "state", "owner_id"),
        {"sqlite_autoincrement": True},  # of one that is gone nobody gets the number
    )


_STILL = (State.OPEN.value, State.WAITING.value)


def as_reminder(row: ReminderRow) -> Reminder:
    """A row as a value."""
    again = Again(row.rule, row.start, row.zone, row.words) if row.rule else None
    bound = Bound(row.milestone, row.days, row.clock, row.zone) if row.milestone else None
    return Reminder(
        id=row.id,
        owner=row.owner_id,
        to=To(row.to),
        room=Room(row.network, row.room, row.private),
        text=row.text,
        zone=row.zone,
        created=row.created,
        person=row.person_id,
        target=row.target,
        due=row.due,
        state=State(row.state),
        told=row.told,
        again=again,
        bound=bound,
        date=date.fromisoformat(row.milestone_date) if row.milestone_date else None,
        guest=row.guest_id,
        guest_name=row.guest_name,
    )


@dataclass(frozen=True, slots=True)
class New:
    """A reminder to be: ``due`` is when it is due first, in UTC."""

    owner: int
    to: To
    room: Room
    text: str
    zone: str
    when: When
    due: datetime | None
    person: int | None = None
    target: str = ""
    date: date | None = None
    guest: int | None = None
    guest_name: str = ""


def add(session: Session, new: New, now: datetime) -> int:
    """Add a reminder; its number. A transaction."""
    again = new.when if isinstance(new.when, Again) else None
    bound = new.when if isinstance(new.when, Bound) else None
    row = ReminderRow(
        owner_id=new.owner,
        to=new.to.value,
        person_id=new.person,
        target=new.target,
        network=new.room.network,
        room=new.room.name,
        private=new.room.private,
        text=new.text,
        zone=new.zone,
        created=now,
        due=new.due,
        state=State.OPEN.value,
        rule=again.rule if again else "",
        start=again.start if again else "",
        words=again.words if again else "",
        milestone=bound.milestone if bound else "",
        days=bound.days if bound else 0,
        clock=bound.clock if bound else "",
        milestone_date=new.date.isoformat() if new.date else "",
        guest_id=new.guest,
        guest_name=new.guest_name,
    )
    session.add(row)
    session.flush()
    return row.id


def count_open(session: Session, people: Collection[int]) -> int:
    """How many reminders somebody, by their ids, has waiting: set by them, or for them. A transaction."""
    mine = or_(ReminderRow.owner_id.in_(people), ReminderRow.person_id.in_(people))
    found = session.scalar(select(func.count()).where(ReminderRow.state.in_(_STILL), mine))
    return found or 0


def count_for_others(session: Session, people: Collection[int], since: datetime) -> int:
    """How many reminders somebody has set for other people since a time. A transaction."""
    found = session.scalar(
        select(func.count()).where(
            ReminderRow.owner_id.in_(people),
            ReminderRow.person_id.is_not(None),
            ReminderRow.person_id.not_in(people),
            ReminderRow.created > since,
        )
    )
    return found or 0


def one(session: Session, number: int) -> Reminder | None:
    """A reminder by its number. A transaction."""
    row = session.get(ReminderRow, number)
    return None if row is None else as_reminder(row)


def these(session: Session, numbers: Collection[int]) -> list[Reminder]:
    """Reminders by their numbers, in their order. A transaction."""
    rows = session.scalars(select(ReminderRow).where(ReminderRow.id.in_(numbers)).order_by(ReminderRow.id))
    return [as_reminder(row) for row in rows]


def listed_for(session: Session, to: To, people: Collection[int], target: str) -> list[Reminder]:
    """What waits of somebody (theirs, and those that they set), of a team or of a room, as it comes. A
    transaction.
    """
    chosen = select(ReminderRow).where(ReminderRow.state.in_(_STILL))
    if to is To.PERSON:
        chosen = chosen.where(or_(ReminderRow.person_id.in_(people), ReminderRow.owner_id.in_(people)))
    else:
        chosen = chosen.where(ReminderRow.to == to.value, ReminderRow.target == target)
    rows = session.scalars(chosen.order_by(ReminderRow.due.is_(None), ReminderRow.due, ReminderRow.id))
    return [as_reminder(row) for row in rows]


def waiting_for(session: Session, people: Collection[int]) -> list[Reminder]:
    """What waits until somebody is here to hear it. A transaction."""
    rows = session.scalars(
        select(ReminderRow)
        .where(ReminderRow.state == State.WAITING.value, ReminderRow.person_id.in_(people))
        .order_by(ReminderRow.due, ReminderRow.id)
    )
    return [as_reminder(row) for row in rows]


def waiting_in(session: Session, target: str, teams: Collection[str]) -> list[Reminder]:
    """What waits until Muster is in a room, which may be these teams'. A transaction."""
    there = or_(
        (ReminderRow.to == To.ROOM.value) & (ReminderRow.target == target),
        (ReminderRow.to == To.TEAM.value) & ReminderRow.target.in_(teams),
    )
    rows = session.scalars(
        select(ReminderRow)
        .where(ReminderRow.state == State.WAITING.value, there)
        .order_by(ReminderRow.due, ReminderRow.id)
    )
    return [as_reminder(row) for row in rows]


def of_guest(session: Session, people: Collection[int]) -> list[Reminder]:
    """What waits until somebody comes. A transaction."""
    rows = session.scalars(
        select(ReminderRow)
        .where(ReminderRow.state == State.OPEN.value, ReminderRow.guest_id.in_(people))
        .order_by(ReminderRow.id)
    )
    return [as_reminder(row) for row in rows if row.due is None]


def bound_to_milestones(session: Session) -> list[Reminder]:
    """What is to come before or after milestones. A transaction."""
    rows = session.scalars(
        select(ReminderRow).where(ReminderRow.state.in_(_STILL), ReminderRow.milestone != "")
    )
    return [as_reminder(row) for row in rows]


def update(session: Session, number: int, **values: Any) -> None:
    """Change columns of a reminder. A transaction."""
    row = session.get_one(ReminderRow, number)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()


def put_off(session: Session, number: int, due: datetime) -> None:
    """Let a reminder come at a time, once, whatever it waited for. A transaction."""
    update(
        session,
        number,
        due=due,
        state=State.OPEN.value,
        milestone="",
        days=0,
        clock="",
        milestone_date="",
    )


def again_once(session: Session, found: Reminder, due: datetime, now: datetime) -> int:
    """Let one that is repeated come once more besides; the other's number. A transaction."""
    return add(
        session,
        New(
            owner=found.owner,
            to=found.to,
            room=found.room,
            text=found.text,
            zone=found.zone,
            when=At(due),
            due=due,
            person=found.person,
            target=found.target,
        ),
        now,
    )


def awaited(session: Session) -> tuple[set[int], set[str]]:
    """The ids of people whose coming something waits for, and the rooms and teams likewise. A transaction."""
    waiting = session.execute(
        select(ReminderRow.person_id, ReminderRow.target).where(ReminderRow.state == State.WAITING.value)
    ).all()
    guests = session.scalars(
        select(ReminderRow.guest_id).where(
            ReminderRow.state == State.OPEN.value,
            ReminderRow.guest_id.is_not(None),
            ReminderRow.due.is_(None),
        )
    )
    people = {person for person, _ in waiting if person is not None} | {
        one for one in guests if one is not None
    }
    return people, {target for person, target in waiting if person is None}


def too_late(session: Session, before: datetime) -> list[Reminder]:
    """What waits for somebody since before a time. A transaction."""
    rows = session.scalars(
        select(ReminderRow).where(ReminderRow.state == State.WAITING.value, ReminderRow.due < before)
    )
    return [as_reminder(row) for row in rows]


def forget(session: Session, before: datetime) -> None:
    """Delete reminders that were over before a time. A transaction."""
    over = ReminderRow.state.not_in(_STILL)
    session.execute(delete(ReminderRow).where(over, ReminderRow.created < before, _old(before)))


def _old(before: datetime) -> Any:
    return or_(ReminderRow.due.is_(None), ReminderRow.due < before)
