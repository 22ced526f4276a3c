"""The tables of what people are reminded of unasked, and the transactions on them."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Integer, String, Text, UniqueConstraint, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store import Base, Utc
from plugins.reminders.nagging import For, Mute


class NagState(enum.StrEnum):
    """Where a nag stands. The values are stored."""

    KEPT = "kept"  # until whoever it is for is next here, that day
    HELD = "held"  # back, since they were told enough that day
    TOLD = "told"


class NagRow(Base):
    """A nag for one person or one room (:attr:`~plugins.reminders.nagging.For.who`), told once for each key;
    ``day`` is the team's day on which it stands so.
    """

    __tablename__ = "nag"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(Integer, index=True)
    team: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    day: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(16))
    told: Mapped[datetime | None] = mapped_column(Utc)
    __table_args__ = (UniqueConstraint("key", "who"),)


class MuteRow(Base):
    """What is not told until a day: to a person (``team`` is nothing), or to a team (``person_id`` is 0)."""

    __tablename__ = "nag_mute"
    person_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    team: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    until: Mapped[str] = mapped_column(String(10))


class RhythmRow(Base):
    """When a team hears what waits for it, where its lead has said so: ``HH:MM`` or ``off``, the days."""

    __tablename__ = "team_rhythm"
    team: Mapped[str] = mapped_column(Text, primary_key=True)
    daily: Mapped[str] = mapped_column(String(5))
    days: Mapped[str] = mapped_column(Text)


class PlanRow(Base):
    """An alarm of a team that is set, and when it was first due."""

    __tablename__ = "team_plan"
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    due: Mapped[datetime] = mapped_column(Utc)


@dataclass(frozen=True, slots=True)
class Kept:
    """A nag that waits. What it says is asked for again: by then it may be done, or redacted."""

    id: int
    key: str
    kind: str
    team: str
    day: date


# The plan


def plan(session: Session, keys: Collection[str] | None = None) -> dict[str, datetime]:
    """The alarms that are set, of all or of these. A transaction."""
    chosen = select(PlanRow.key, PlanRow.due)
    if keys is not None:
        chosen = chosen.where(PlanRow.key.in_(keys))
    return {row.key: row.due for row in session.execute(chosen)}


def set_plan(session: Session, setting: Mapping[str, datetime], gone: Collection[str]) -> None:
    """These are set from now on, and those are not. A transaction."""
    session.execute(delete(PlanRow).where(PlanRow.key.in_([*gone, *setting])))
    if setting:
        session.execute(insert(PlanRow), [{"key": key, "due": due} for key, due in setting.items()])


def rhythms(session: Session) -> dict[str, tuple[str, str]]:
    """When teams hear what waits for them, where that was said: the hour, and the days. A transaction."""
    return {row.team: (row.daily, row.days) for row in session.scalars(select(RhythmRow))}


def set_rhythm(session: Session, team: str, daily: str, days: str) -> None:
    """Let a team hear then what waits for it. A transaction."""
    session.merge(RhythmRow(team=team, daily=daily, days=days))
    session.flush()


# Mutes


def mutes(session: Session) -> list[Mute]:
    """All mutes. A transaction."""
    return [
        Mute(row.kind, date.fromisoformat(row.until), row.person_id or None, row.team)
        for row in session.scalars(select(MuteRow).order_by(MuteRow.kind, MuteRow.team))
    ]


def set_mute(session: Session, mute: Mute) -> None:
    """Mute a kind for somebody, or for a team. A transaction."""
    row = MuteRow(person_id=mute.person or 0, team=mute.team, kind=mute.kind, until=mute.until.isoformat())
    session.merge(row)
    session.flush()


def unmute(session: Session, people: Collection[int], team: str, kind: str) -> date | None:
    """Let a kind be told again to somebody, or to a team; until when it was muted. A transaction."""
    found = session.scalars(
        select(MuteRow).where(MuteRow.person_id.in_(people), MuteRow.team == team, MuteRow.kind == kind)
    ).all()
    for row in found:
        session.delete(row)
    return max((date.fromisoformat(row.until) for row in found), default=None)


# Nags


def names_told(session: Session, keys: Collection[str]) -> set[tuple[str, str]]:
    """Which of these keys were told, and to whom. A transaction."""
    rows = session.execute(
        select(NagRow.key, NagRow.who).where(NagRow.key.in_(keys), NagRow.state == NagState.TOLD.value)
    )
    return {(key, who) for key, who in rows}


def told_on(session: Session, days: Collection[str]) -> dict[tuple[str, str], int]:
    """How many nags each was told on each of some days, and has waiting. A transaction."""
    rows = session.execute(
        select(NagRow.who, NagRow.day, func.count())
        .where(NagRow.day.in_(days), NagRow.state != NagState.HELD.value)
        .group_by(NagRow.who, NagRow.day)
    )
    return {(who, day): count for who, day, count in rows}


def held_on(session: Session, days: Collection[str]) -> set[tuple[str, str]]:
    """From whom something was held back on some days, and on which. A transaction."""
    rows = session.execute(
        select(NagRow.who, NagRow.day).where(NagRow.day.in_(days), NagRow.state == NagState.HELD.value)
    )
    return {(who, day) for who, day in rows}


def store(
    session: Session, nags: Iterable[For], days: Mapping[str, str], state: NagState, now: datetime
) -> None:
    """Store how nags stand, one row for each key and whom it is for; ``days`` are those of the teams. A
    transaction.
    """
    every = list(nags)
    rows = {
        (row.key, row.who): row
        for row in session.scalars(select(NagRow).where(NagRow.key.in_([one.nag.key for one in every])))
    }
    for one in every:
        row = rows.get(one.name)
        if row is None:
            row = rows[one.name] = NagRow(key=one.nag.key, who=one.who, person_id=one.person)
            session.add(row)
        elif row.state == NagState.TOLD.value:
            continue
        row.team, row.kind = one.team, one.nag.kind
        row.day, row.state = days[one.team], state.value
        row.told = now if state is NagState.TOLD else None
    session.flush()


def waiting(session: Session, people: Collection[int], state: NagState) -> list[Kept]:
    """What waits for somebody, by their ids. A transaction."""
    rows = session.scalars(
        select(NagRow).where(NagRow.person_id.in_(people), NagRow.state == state.value).order_by(NagRow.id)
    )
    return [Kept(row.id, row.key, row.kind, row.team, date.fromisoformat(row.day)) for row in rows]


def tell(session: Session, ids: Sequence[int], now: datetime) -> None:
    """These were told. A transaction."""
    for row in session.scalars(select(NagRow).where(NagRow.id.in_(ids))):
        row.state, row.told = NagState.TOLD.value, now
    session.flush()


def kept_for(session: Session, since: str) -> set[int]:
    """The ids of people whom a nag waits for, of a day and later. A transaction."""
    rows = session.scalars(
        select(NagRow.person_id).where(NagRow.state == NagState.KEPT.value, NagRow.day >= since)
    )
    return {one for one in rows if one is not None}


def kinds(session: Session) -> set[str]:
    """The kinds of nags that there were. A transaction."""
    return set(session.scalars(select(NagRow.kind).distinct()))


def forget(session: Session, before: str) -> None:
    """Delete what waits since before a day, and mutes that are over. What was told stays: it is told once. A
    transaction.
    """
    session.execute(delete(NagRow).where(NagRow.day < before, NagRow.state != NagState.TOLD.value))
    session.execute(delete(MuteRow).where(MuteRow.until < before))
