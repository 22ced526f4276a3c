"""The tables of blueprints, and the transactions on them.

What the tracker holds is the tracker's to keep. These rows hold what it cannot: which team keeps owning what
it handed to a person, which milestone is proposed, and what each person did last, so that it can be undone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Boolean, Index, Integer, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import Json
from bot.plugin import By, changes_of, record
from bot.store import Base, Utc
from plugins.tracker import ItemKind, Ref


class BlueprintTeamRow(Base):
    """A team that owns a blueprint, by their names, and since when."""

    __tablename__ = "blueprint_team"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    team: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(Utc)


class ProposalRow(Base):
    """A milestone that is proposed for a blueprint (nothing: none at all), by which person, and when."""

    __tablename__ = "blueprint_proposal"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    milestone: Mapped[str] = mapped_column(Text)
    person: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(Utc)


class DeedRow(Base):
    """What somebody did to blueprints by one command. ``person`` is the id in the rosters; ``steps`` a JSON
    list of :class:`Step`; ``undone`` whether it was taken back.
    """

    __tablename__ = "blueprint_deed"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person: Mapped[int] = mapped_column(Integer)
    said: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(Utc)
    steps: Mapped[str] = mapped_column(Text)
    undone: Mapped[bool] = mapped_column(Boolean, default=False)
    __table_args__ = (Index(None, "person", "id"),)


TEAM = "team"
PROPOSED = "proposed milestone"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A milestone that is proposed for a blueprint; nothing is none at all."""

    name: str
    milestone: str
    person: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One field of one blueprint that a command changed: one of the tracker's, :data:`TEAM` or
    :data:`PROPOSED`. ``None`` is no team, and nothing proposed.
    """

    name: str
    field: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did by one command. One without steps cannot be undone."""

    id: int
    said: str
    time: datetime
    steps: tuple[Step, ...]


def subject(name: str) -> str:
    """A blueprint, as changes are recorded."""
    return str(Ref(ItemKind.BLUEPRINT, name))


def kept_teams(session: Session) -> dict[str, str]:
    """The teams that keep blueprints: a blueprint's name -> the team's."""
    return {row.name: row.team for row in session.scalars(select(BlueprintTeamRow))}


def all_kept(session: Session) -> tuple[dict[str, str], dict[str, Proposal]]:
    """All that is kept: the teams that keep blueprints, and what is proposed. A transaction."""
    return kept_teams(session), proposals(session)


def keep(session: Session, time: datetime, owners: Mapping[str, str | None]) -> None:
    """Let teams own blueprints, or none. The record has it already, as changes of assignees."""
    for name, team in owners.items():
        row = session.get(BlueprintTeamRow, name)
        if row is not None and team is None:
            session.delete(row)
        elif row is None and team is not None:
            session.add(BlueprintTeamRow(name=name, team=team, since=time))
        elif row is not None and team is not None and row.team != team:
            row.team, row.since = team, time


def proposals(session: Session) -> dict[str, Proposal]:
    """What is proposed, by blueprints."""
    return {row.name: _proposal(row) for row in session.scalars(select(ProposalRow))}


def propose(session: Session, by: By, person: str, name: str, milestone: str | None) -> Proposal | None:
    """Propose a milestone, or ``None``: withdraw what is proposed; what is proposed then. Recorded where that
    is a change.
    """
    row = session.get(ProposalRow, name)
    before = row.milestone if row is not None else None
    if row is not None and milestone is None:
        session.delete(row)
    elif row is None and milestone is not None:
        row = ProposalRow(name=name, milestone=milestone, person=person, time=by.time)
        session.add(row)
    elif row is not None and milestone is not None and row.milestone != milestone:
        row.milestone, row.person, row.time = milestone, person, by.time
    if before != milestone:
        record(session, by, subject(name), PROPOSED, before, milestone)
    return None if row is None or milestone is None else _proposal(row)


def remember(session: Session, person: int, said: str, time: datetime, steps: Sequence[Step]) -> int:
    """Keep what a person did, so that it can be undone; the deed's id."""
    row = DeedRow(person=person, said=said, time=time, steps=_written(steps))
    session.add(row)
    session.flush()
    return row.id


def put_back(
    session: Session, by: By, steps: Collection[Step], proposed: Mapping[str, Proposal]
) -> tuple[dict[str, str | None], dict[str, Proposal | None]]:
    """Keep of blueprints what was kept before these steps, where nobody changed it since: which team owns
    them, and what is proposed for them. ``proposed`` is what was proposed before, by blueprints. Recorded
    like a proposal.
    """
    owners: dict[str, str | None] = {}
    proposals: dict[str, Proposal | None] = {}
    for step in steps:
        if step.field == TEAM:
            team = session.get(BlueprintTeamRow, step.name)
            if (team.team if team is not None else None) == step.after:
                owners[step.name] = cast("str | None", step.before)
        elif step.field == PROPOSED:
            row = session.get(ProposalRow, step.name)
            if (row.milestone if row is not None else None) == step.after:
                proposals[step.name] = _put_proposal(session, by, row, step, proposed.get(step.name))
    keep(session, by.time, owners)
    return owners, proposals


def _put_proposal(
    session: Session, by: By, row: ProposalRow | None, step: Step, before: Proposal | None
) -> Proposal | None:
    if row is not None:
        session.delete(row)
        session.flush()
    if before is not None:
        session.add(
            ProposalRow(name=before.name, milestone=before.milestone, person=before.person, time=before.time)
        )
    record(session, by, subject(step.name), PROPOSED, step.after, step.before)
    return before


def leave_out(session: Session, deed: int, names: Collection[str]) -> None:
    """Take out of a deed what was not done after all."""
    row = session.get_one(DeedRow, deed)
    rest = [step for step in _steps(row.steps) if step.name not in names]
    if rest:
        row.steps = _written(rest)
    else:
        session.delete(row)


def leave_only(session: Session, deed: int, names: Collection[str]) -> None:
    """A deed was not taken back for these blueprints after all: that is left of it to be undone."""
    row = session.get_one(DeedRow, deed)
    row.undone = False
    row.steps = _written([step for step in _steps(row.steps) if step.name in names])


def last_deed(session: Session, ids: Collection[int]) -> Deed | None:
    """The last that a person did and did not take back; ``ids`` are all that they have and had."""
    chosen = (
        select(DeedRow)
        .where(DeedRow.person.in_(ids), DeedRow.undone.is_(False))
        .order_by(DeedRow.id.desc())
        .limit(1)
    )
    row = session.scalar(chosen)
    return Deed(row.id, row.said, row.time, tuple(_steps(row.steps))) if row is not None else None


def deed_at(session: Session, person: int, when: datetime) -> Deed | None:
    """What a person did by the command of that time, and did not take back."""
    chosen = select(DeedRow).where(DeedRow.person == person, DeedRow.time == when, DeedRow.undone.is_(False))
    row = session.scalars(chosen.order_by(DeedRow.id)).first()
    return Deed(row.id, row.said, row.time, tuple(_steps(row.steps))) if row is not None else None


def proposed_before(session: Session, steps: Collection[Step]) -> dict[str, Proposal]:
    """What was proposed before these steps, as the record has it."""
    found: dict[str, Proposal] = {}
    for step in steps:
        if step.field != PROPOSED or step.before is None:
            continue
        made = (one for one in changes_of(session, subject(step.name)) if one.what == PROPOSED)
        change = next((one for one in made if one.after == step.before), None)
        if change is not None:
            who, when = change.by.actor.nick, change.by.time
            found[step.name] = Proposal(step.name, str(step.before), who, when)
    return found


def mark_undone(session: Session, deed: int) -> None:
    """Note that a deed was taken back."""
    session.get_one(DeedRow, deed).undone = True


def _proposal(row: ProposalRow) -> Proposal:
    return Proposal(row.name, row.milestone, row.person, row.time)


def _written(steps: Sequence[Step]) -> str:
    return json.dumps([[one.name, one.field, one.before, one.after] for one in steps], ensure_ascii=False)


def _steps(written: str) -> list[Step]:
    rows = cast("list[list[Json]]", json.loads(written))
    return [Step(str(name), str(field), before, after) for name, field, before, after in rows]
