"""What is to go out, and what did: the tables of publishing, and the transactions on them.

Rules:

1. A row is one edition of a meeting's minutes for one target: the mail server, or a URL. It is stored in the
   very transaction that says that the minutes are written, and again where that was missed; never twice.
2. It holds no word of the meeting: what goes out is made of the meeting as it stands when it goes out.
3. What is not on its way yet takes in what changes; what went out, or may have, gets another edition.
4. Before a mail is on its way that is noted (:attr:`State.SENDING`): who finds it so after a crash knows
   that it may have been taken. Each try has its number: who was held up for so long that another began one
   stores nothing of its own, unless that is that the mail was taken.
"""

from __future__ import annotations

import enum
import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, Text, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import Room
from bot.store import Base, Utc
from plugins.publishing.courier import Fate, Result
from plugins.publishing.message import message_id
from plugins.publishing.prints import Print

MAIL = "mail"
"""The target that is the mail server; the others are URLs."""


class State(enum.StrEnum):
    """Where something stands that is to go out. The values are stored."""

    WAITING = "waiting"
    SENDING = "sending"
    """It is on its way, or a crash came between."""
    UNKNOWN = "unknown"
    """It may have been taken; it is sent again, as the same."""
    SENT = "sent"
    FAILED = "failed"
    """It was refused, or given up."""
    DROPPED = "dropped"
    """Nobody is to have it: somebody said so, or the meeting is restricted."""
    NOWHERE = "nowhere"
    """There was nobody to send it to when the meeting ended."""


OPEN = frozenset({State.WAITING, State.SENDING, State.UNKNOWN})
"""What is still to go out."""
_MAY_HAVE = frozenset({State.SENDING, State.UNKNOWN, State.SENT})


class Event(enum.StrEnum):
    """What it tells of, the stronger later. The values are stored, and told to programs."""

    MINUTES = "minutes"
    CHANGED = "changed"
    REDACTED = "redacted"
    WITHDRAWN = "withdrawn"


_STRENGTH = {event: place for place, event in enumerate(Event)}


class OutRow(Base):
    """One edition for one target. ``uid`` is its Message-ID or delivery id, ``first`` the Message-ID of the
    first edition that went out; ``recipients`` is JSON, what became of it for each of them; ``due`` when it
    is tried next, ``tried`` when it was last; ``ended`` when the meeting did; ``print`` that of what went
    out.
    """

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    target: Mapped[str] = mapped_column(Text)
    meeting: Mapped[str] = mapped_column(Text)
    edition: Mapped[int] = mapped_column(Integer)
    event: Mapped[str] = mapped_column(String(16))
    network: Mapped[str] = mapped_column(String(64))
    room: Mapped[str] = mapped_column(Text)
    uid: Mapped[str] = mapped_column(Text)
    first: Mapped[str] = mapped_column(Text)
    recipients: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer)
    created: Mapped[datetime] = mapped_column(Utc)
    due: Mapped[datetime | None] = mapped_column(Utc)
    tried: Mapped[datetime | None] = mapped_column(Utc)
    ended: Mapped[datetime] = mapped_column(Utc)
    print: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("target", "meeting", "edition"),
        Index(None, "state"),
        {"sqlite_autoincrement": True},
    )


class TargetRow(Base):
    """A target, and since when it is one: meetings that ended before are not for it. ``is_gone``: it said
    that it wants no more. Up to the meeting with the id ``checked`` all were looked at that it may have
    missed.
    """

    __tablename__ = "outbox_target"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[datetime] = mapped_column(Utc)
    is_gone: Mapped[bool] = mapped_column(Boolean)
    checked: Mapped[int] = mapped_column(Integer)


@dataclass(frozen=True, slots=True)
class Out:
    """A row, as a value."""

    id: int
    target: str
    meeting: str
    edition: int
    event: Event
    room: Room
    uid: str
    first: str
    recipients: Mapping[str, Result]
    state: State
    attempts: int
    created: datetime
    due: datetime | None
    tried: datetime | None
    ended: datetime
    print: Print | None
    answer: str

    @property
    def left(self) -> tuple[str, ...]:
        """The recipients to whom it is still to go."""
        settled = {Fate.SENT, Fate.REFUSED}
        return tuple(name for name, result in self.recipients.items() if result.fate not in settled)

    @property
    def may_be_out(self) -> bool:
        """Whether anybody may have it, for all that is known."""
        fates = {result.fate for result in self.recipients.values()}
        return bool(fates & {Fate.SENT, Fate.UNKNOWN}) or (self.target != MAIL and self.attempts > 0)

    @property
    def refused(self) -> tuple[str, ...]:
        """Those for whom it was refused."""
        return tuple(name for name, result in self.recipients.items() if result.fate is Fate.REFUSED)


@dataclass(frozen=True, slots=True)
class Ended:
    """A meeting whose minutes are written."""

    key: str
    room: Room
    ended: datetime


def out_of(row: OutRow) -> Out:
    """A row as a value."""
    stored = json.loads(row.recipients)
    return Out(
        id=row.id,
        target=row.target,
        meeting=row.meeting,
        edition=row.edition,
        event=Event(row.event),
        room=Room(row.network, row.room),
        uid=row.uid,
        first=row.first,
        recipients={name: Result(Fate(fate), answer) for name, (fate, answer) in stored.items()},
        state=State(row.state),
        attempts=row.attempts,
        created=row.created,
        due=row.due,
        tried=row.tried,
        ended=row.ended,
        print=Print.from_json(row.print),
        answer=row.answer,
    )


def _may_have(row: OutRow) -> bool:
    """Whether anybody has it, or may have."""
    fates = {result.fate for result in out_of(row).recipients.values()}
    return row.state in _MAY_HAVE or bool(fates & {Fate.SENT, Fate.UNKNOWN})


def told(recipients: Mapping[str, Result]) -> str:
    """What became of it for each recipient, to be stored."""
    return json.dumps({name: [result.fate.value, result.answer] for name, result in recipients.items()})


# Targets


def keep_targets(session: Session, names: Collection[str], now: datetime) -> None:
    """Let these be the targets: new ones from now on; what waits for others is dropped."""
    known = {row.name: row for row in session.scalars(select(TargetRow))}
    for name in sorted(known.keys() - set(names)):
        session.delete(known[name])
        session.execute(
            update(OutRow)
            .where(OutRow.target == name, OutRow.state.in_([state.value for state in OPEN]))
            .values(state=State.DROPPED.value, due=None)
        )
    for name in names:
        if name not in known:
            session.add(TargetRow(name=name, since=now, is_gone=False, checked=0))
    session.flush()


def targets(session: Session) -> dict[str, datetime]:
    """The targets that want anything, and since when."""
    rows = session.scalars(select(TargetRow).where(TargetRow.is_gone.is_(False)))
    return {row.name: row.since for row in rows}


def target_is_gone(session: Session, name: str) -> None:
    """A target wants no more, of anything."""
    session.execute(update(TargetRow).where(TargetRow.name == name).values(is_gone=True))
    session.execute(
        update(OutRow)
        .where(OutRow.target == name, OutRow.state.in_([state.value for state in OPEN]))
        .values(state=State.DROPPED.value, due=None)
    )


def checked(session: Session) -> int:
    """Up to which meeting all were looked at, for every target."""
    return session.scalar(select(func.min(TargetRow.checked))) or 0


def set_checked(session: Session, meeting: int) -> None:
    """Note up to which meeting all were looked at."""
    session.execute(update(TargetRow).where(TargetRow.checked < meeting).values(checked=meeting))


# What is to go out


def last(session: Session, target: str, meeting: str) -> Out | None:
    """The latest edition of a meeting for a target."""
    row = session.scalar(
        select(OutRow)
        .where(OutRow.target == target, OutRow.meeting == meeting)
        .order_by(OutRow.edition.desc())
        .limit(1)
    )
    return out_of(row) if row else None


def put(
    session: Session,
    target: str,
    meeting: Ended,
    event: Event,
    due: datetime,
    now: datetime,
    *,
    recipients: Sequence[str] = (),
    sender: str = "",
) -> int | None:
    """Let a meeting's minutes go out: the row whose alarm is to ring at ``due``; ``None`` where nothing is
    to. For the mail server ``recipients`` and ``sender`` are addresses; without recipients it is noted that
    there were none.
    """
    rows = session.scalars(
        select(OutRow)
        .where(OutRow.target == target, OutRow.meeting == meeting.key)
        .order_by(OutRow.edition.desc())
    ).all()
    newest = rows[0] if rows else None
    if newest is not None and newest.state == State.WAITING.value and not _may_have(newest):
        newest.ended = meeting.ended
        if any(map(_may_have, rows)):
            newest.event = max(Event(newest.event), event, key=_STRENGTH.__getitem__).value
        if newest.attempts:
            return None  # it is tried again when that is due, and then as it is now
        newest.due = due
        return newest.id
    went = [row for row in rows if _may_have(row)]
    if newest is not None and target == MAIL and not went and _is_settled(newest, meeting):
        return None
    first = went[-1].uid if went else ""
    edition = newest.edition + 1 if newest is not None else 1
    is_for_nobody = target == MAIL and not recipients
    if is_for_nobody and newest is not None:
        return None
    made = OutRow(
        target=target,
        meeting=meeting.key,
        edition=edition,
        event=(event if went else Event.MINUTES).value,
        network=meeting.room.network,
        room=meeting.room.name,
        uid=message_id(meeting.key, edition, sender) if target == MAIL else str(uuid.uuid4()),
        first=first,
        recipients=told(dict.fromkeys(recipients, Result(Fate.WAITING))),
        state=(State.NOWHERE if is_for_nobody else State.WAITING).value,
        attempts=0,
        created=now,
        due=None if is_for_nobody else due,
        tried=None,
        ended=meeting.ended,
        print="",
        answer="",
    )
    session.add(made)
    session.flush()
    return None if is_for_nobody else made.id


def _is_settled(row: OutRow, meeting: Ended) -> bool:
    """Whether nobody is to have what nobody has: somebody said so, or an edit is no reason to begin again."""
    return row.state == State.DROPPED.value or row.ended == meeting.ended


def withdraw(session: Session, meeting: str) -> list[Out]:
    """Let nothing of a meeting go out any more; the latest editions that did, or may have."""
    rows = session.scalars(
        select(OutRow).where(OutRow.meeting == meeting).order_by(OutRow.target, OutRow.edition)
    ).all()
    went: dict[str, Out] = {}
    for row in rows:
        if _may_have(row):
            went[row.target] = out_of(row)
        if row.state in OPEN and row.event != Event.WITHDRAWN.value:
            row.state, row.due = State.DROPPED.value, None
    session.flush()
    return [out for out in went.values() if out.event is not Event.WITHDRAWN]


def get(session: Session, number: int) -> Out | None:
    """The row of this number."""
    row = session.get(OutRow, number)
    return out_of(row) if row else None


def before(session: Session, out: Out) -> list[Out]:
    """The earlier editions for the same target, the latest first."""
    rows = session.scalars(
        select(OutRow)
        .where(OutRow.target == out.target, OutRow.meeting == out.meeting, OutRow.edition < out.edition)
        .order_by(OutRow.edition.desc())
    )
    return [out_of(row) for row in rows]


def missing(session: Session, meetings: Iterable[Ended]) -> list[tuple[str, Ended]]:
    """Of some meetings those that a target should have got and for which there is no row, with the target."""
    wanted = targets(session)
    found = []
    for meeting in meetings:
        for name, since in wanted.items():
            if meeting.ended >= since and last(session, name, meeting.key) is None:
                found.append((name, meeting))
    return found


def drop(session: Session, number: int) -> Out | None:
    """Let a row go out no more; as it then is."""
    row = session.get(OutRow, number, with_for_update=True)
    if row is None or row.state not in OPEN:
        return None
    row.state, row.due = State.DROPPED.value, None
    session.flush()
    return out_of(row)


def forget(session: Session, number: int) -> None:
    """Take a row away that tells nothing new."""
    session.execute(delete(OutRow).where(OutRow.id == number, OutRow.state == State.WAITING.value))


def again(session: Session, number: int, now: datetime) -> Out | None:
    """Try a row again now, from the beginning of its patience; as it then is. ``None`` where it went out, or
    is on its way.
    """
    row = session.get(OutRow, number, with_for_update=True)
    if row is None or row.state not in {State.WAITING, State.UNKNOWN, State.FAILED, State.DROPPED}:
        return None
    if row.state not in OPEN:
        waiting = {
            name: Result(Fate.WAITING) if result.fate is Fate.REFUSED else result
            for name, result in out_of(row).recipients.items()
        }
        row.recipients, row.state, row.created = told(waiting), State.WAITING.value, now
    row.due = now
    session.flush()
    return out_of(row)


# Looking


def queue(session: Session) -> list[Out]:
    """What is still to go out, and what failed, the oldest first."""
    wanted = [*(state.value for state in OPEN), State.FAILED.value]
    return [
        out_of(row)
        for row in session.scalars(select(OutRow).where(OutRow.state.in_(wanted)).order_by(OutRow.id))
    ]


def sent_since(session: Session, since: datetime) -> int:
    """How many went out since a time."""
    return (
        session.scalar(
            select(func.count())
            .select_from(OutRow)
            .where(OutRow.state == State.SENT.value, OutRow.tried >= since)
        )
        or 0
    )


def went(session: Session, target: str, meeting: str) -> Out | None:
    """The latest edition of a meeting that a target has, or may have."""
    rows = session.scalars(
        select(OutRow)
        .where(OutRow.target == target, OutRow.meeting == meeting)
        .order_by(OutRow.edition.desc())
    )
    return next((out_of(row) for row in rows if _may_have(row)), None)
