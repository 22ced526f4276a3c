"""The tables of duty, and the transactions on them. People are ids of the rosters, dates local (ISO 8601)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import cast

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store import Base, Utc
from plugins.duty.rotation import Cover, Every, Rhythm, Standing, Turn

REMEMBERED = timedelta(days=62)
"""So long ended turns are told of."""


class RotationRow(Base):
    """A team's rotation. ``members`` and ``owing`` are JSON lists of ids; ``day``, ``next_id`` and ``owing``
    are those of :class:`~plugins.duty.rotation.Standing`.
    """

    __tablename__ = "duty_rotation"
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    every: Mapped[str] = mapped_column(String(16))
    weekday: Mapped[int] = mapped_column(Integer)
    at: Mapped[str] = mapped_column(String(5))
    members: Mapped[str] = mapped_column(Text)
    day: Mapped[str] = mapped_column(String(10))
    next_id: Mapped[int | None] = mapped_column(Integer)
    owing: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Utc)


class TurnRow(Base):
    """A turn that has begun, as :class:`~plugins.duty.rotation.Turn` has it. ``decided_at``: when it was last
    said whose it is; ``told_at``: when the team's room heard of it.
    """

    __tablename__ = "duty_turn"
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    begins: Mapped[datetime] = mapped_column(Utc, primary_key=True)
    day: Mapped[str] = mapped_column(String(10))
    ends: Mapped[datetime] = mapped_column(Utc)
    due_id: Mapped[int | None] = mapped_column(Integer)
    person_id: Mapped[int | None] = mapped_column(Integer)
    stands_in: Mapped[bool] = mapped_column(Boolean, default=False)
    decided_at: Mapped[datetime] = mapped_column(Utc)
    told_at: Mapped[datetime | None] = mapped_column(Utc)


class CoverRow(Base):
    """A cover that has not been used, as :class:`~plugins.duty.rotation.Cover` has it."""

    __tablename__ = "duty_cover"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (the order in which they were agreed upon)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    swap: Mapped[int] = mapped_column(Integer)
    of_id: Mapped[int] = mapped_column(Integer)
    by_id: Mapped[int] = mapped_column(Integer)
    since: Mapped[str] = mapped_column(String(10))


class OfferRow(Base):
    """``by_id`` would swap the turn of a date with ``to_id``, who has not said yes. ``of_id`` is which of
    them had it when that was said.
    """

    __tablename__ = "duty_offer"
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    by_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    to_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    of_id: Mapped[int] = mapped_column(Integer)
    time: Mapped[datetime] = mapped_column(Utc)


@dataclass(frozen=True, slots=True)
class Had:
    """A turn that has begun, when it was last said whose it is, and whether the team's room heard of it."""

    turn: Turn
    decided_at: datetime
    is_told: bool


@dataclass(frozen=True, slots=True)
class Rotation:
    """A team's rotation as it stands; ``had`` are the turns that have begun, those of the last weeks, the
    oldest first. ``rhythm.zone`` is for the plugin to put in: a team's zone is the rosters' to keep.
    """

    team: int
    rhythm: Rhythm
    members: tuple[int, ...]
    standing: Standing
    changed_at: datetime
    had: tuple[Had, ...] = field(default=())


def rotations(session: Session, now: datetime, teams: Sequence[int] | None = None) -> dict[int, Rotation]:
    """All rotations, or those of some teams, by the ids of their teams. A transaction."""
    recent = select(TurnRow).where(TurnRow.ends >= now - REMEMBERED).order_by(TurnRow.begins)
    pending, chosen = select(CoverRow).order_by(CoverRow.id), select(RotationRow)
    if teams is not None:
        recent = recent.where(TurnRow.team_id.in_(teams))
        pending = pending.where(CoverRow.team_id.in_(teams))
        chosen = chosen.where(RotationRow.team_id.in_(teams))
    had: dict[int, list[Had]] = defaultdict(list)
    for turn in session.scalars(recent):
        had[turn.team_id].append(Had(_turn(turn), turn.decided_at, turn.told_at is not None))
    covers: dict[int, list[Cover]] = defaultdict(list)
    for row in session.scalars(pending):
        cover = Cover(row.of_id, row.by_id, date.fromisoformat(row.since), row.id, row.swap)
        covers[row.team_id].append(cover)
    return {
        row.team_id: _rotation(row, covers[row.team_id], had[row.team_id]) for row in session.scalars(chosen)
    }


def _rotation(row: RotationRow, covers: Sequence[Cover], had: Sequence[Had]) -> Rotation:
    return Rotation(
        row.team_id,
        Rhythm(cast("Every", row.every), time.fromisoformat(row.at), "UTC", row.weekday),
        tuple(json.loads(row.members)),
        Standing(date.fromisoformat(row.day), row.next_id, tuple(json.loads(row.owing)), tuple(covers)),
        row.changed_at,
        tuple(had),
    )


def _turn(row: TurnRow) -> Turn:
    return Turn(date.fromisoformat(row.day), row.begins, row.ends, row.due_id, row.person_id, row.stands_in)


def hold(session: Session, team: int) -> bool:
    """Keep others from changing a team's rotation until this transaction ends; whether there is one."""
    found = session.scalar(
        update(RotationRow)
        .where(RotationRow.team_id == team)
        .values(team_id=team)
        .returning(RotationRow.team_id)
    )
    return found is not None


def keep(session: Session, rotation: Rotation, now: datetime) -> None:
    """Keep a rotation as it stands now, new or changed, but for its turns and covers."""
    row = session.get(RotationRow, rotation.team)
    if row is None:
        row = RotationRow(team_id=rotation.team)
        session.add(row)
    rhythm, standing = rotation.rhythm, rotation.standing
    row.every, row.weekday, row.at = rhythm.every, rhythm.weekday, f"{rhythm.at:%H:%M}"
    row.members = json.dumps(rotation.members)
    row.day, row.next_id, row.owing = standing.day.isoformat(), standing.next, json.dumps(standing.owing)
    row.changed_at = now
    session.flush()


def end(session: Session, team: int) -> None:
    """Let a team have no rotation any more; what turns there were is kept."""
    for kind in (CoverRow, OfferRow, RotationRow):
        session.execute(delete(kind).where(kind.team_id == team))


def keep_turn(session: Session, team: int, turn: Turn, now: datetime) -> None:
    """Keep a turn that has begun, or what is said of it now."""
    row = session.get(TurnRow, (team, turn.begins))
    if row is None:
        row = TurnRow(team_id=team, begins=turn.begins)
        session.add(row)
    row.day, row.ends, row.decided_at = turn.day.isoformat(), turn.ends, now
    row.due_id, row.person_id, row.stands_in = turn.due, turn.person, turn.stands_in
    session.flush()


def tell(session: Session, team: int, turns: Iterable[Turn], now: datetime) -> None:
    """Note that the team's room heard of turns, or need not. A transaction."""
    chosen = [turn.begins for turn in turns]
    session.execute(
        update(TurnRow).where(TurnRow.team_id == team, TurnRow.begins.in_(chosen)).values(told_at=now)
    )


def keep_covers(session: Session, team: int, swap: Iterable[Cover]) -> None:
    """Take in the covers of one swap; their ids and their swap's number are given here."""
    number = (session.scalar(select(func.max(CoverRow.swap))) or 0) + 1
    for one in swap:
        session.add(
            CoverRow(team_id=team, swap=number, of_id=one.of, by_id=one.by, since=one.since.isoformat())
        )
        session.flush()


def drop_covers(session: Session, covers: Iterable[int]) -> None:
    """Drop covers by their ids: used, or taken back."""
    session.execute(delete(CoverRow).where(CoverRow.id.in_(list(covers))))


def is_offered(session: Session, team: int, day: date, by: int, to: int, of: int) -> bool:
    """Whether somebody would swap the turn of a date with another, when it was that of the same of them."""
    row = session.get(OfferRow, (team, day.isoformat(), by, to))
    return row is not None and row.of_id == of


def offer(session: Session, team: int, day: date, by: int, to: int, of: int, now: datetime) -> bool:
    """Note that somebody would swap the turn of a date, which one of them has, with another; whether that is
    new.
    """
    key = (team, day.isoformat(), by, to)
    row = session.get(OfferRow, key)
    if row is not None and row.of_id == of:
        return False
    session.merge(OfferRow(team_id=team, day=key[1], by_id=by, to_id=to, of_id=of, time=now))
    return True


def drop_offer(session: Session, team: int, day: date, pair: Iterable[int]) -> None:
    """Drop what two people offered each other for a date."""
    ids = list(pair)
    session.execute(
        delete(OfferRow).where(
            OfferRow.team_id == team,
            OfferRow.day == day.isoformat(),
            OfferRow.by_id.in_(ids),
            OfferRow.to_id.in_(ids),
        )
    )


def drop_offers(session: Session, team: int, before: date) -> None:
    """Drop what was offered for turns that begin before a date."""
    session.execute(delete(OfferRow).where(OfferRow.team_id == team, OfferRow.day < before.isoformat()))


def in_zone(rotation: Rotation, zone: str) -> Rotation:
    """A rotation in a zone."""
    return replace(rotation, rhythm=replace(rotation.rhythm, zone=zone))
