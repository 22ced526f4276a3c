"""The rosters' tables, and the whole of them read as a :class:`~plugins.rosters.roster.Roster`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store import Base
from bot.tallies import follow
from plugins.rosters.roster import Former, LeadState, Meets, Member, Person, Phase, Roster, Team


class PersonRow(Base):
    """Somebody. ``folded`` is the name as names are compared; ``launchpad`` is null until it is proven."""

    __tablename__ = "person"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (of one that is gone nobody gets the id)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text, unique=True)
    launchpad: Mapped[str | None] = mapped_column(Text, unique=True)
    zone: Mapped[str] = mapped_column(Text, default="")
    is_coordinator: Mapped[bool] = mapped_column(Boolean, default=False)
    is_away: Mapped[bool] = mapped_column(Boolean, default=False)
    away_until: Mapped[str | None] = mapped_column(String(10))
    away_why: Mapped[str] = mapped_column(Text, default="")


class AccountRow(Base):
    """An account that proves who somebody is. ``folded`` is it as accounts are compared."""

    __tablename__ = "person_account"
    network: Mapped[str] = mapped_column(String(64), primary_key=True)
    folded: Mapped[str] = mapped_column(Text, primary_key=True)
    account: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)


class FormerRow(Base):
    """A record of somebody who proved to be the person ``person_id``: its own ``id`` and name. What was noted
    of them under these is that person's, and nobody else gets either.
    """

    __tablename__ = "person_former"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)


class TeamRow(Base):
    """A team; ``tags`` and ``areas`` are JSON lists."""

    __tablename__ = "team"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text, default="")
    about: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[str] = mapped_column(Text, default="")
    launchpad: Mapped[str] = mapped_column(Text, default="")
    mailing_list: Mapped[str] = mapped_column(Text, default="")
    tags: Mapped[str] = mapped_column(Text, default="[]")
    areas: Mapped[str] = mapped_column(Text, default="[]")
    phase: Mapped[str] = mapped_column(String(16), default=Phase.BUILDING.value)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    lead_state: Mapped[str] = mapped_column(String(16), default=LeadState.VACANT.value)
    wanted: Mapped[str] = mapped_column(Text, default="")
    zone: Mapped[str] = mapped_column(Text, default="")
    is_retired: Mapped[bool] = mapped_column(Boolean, default=False)


class MemberRow(Base):
    """Somebody's place on a team. ``is_listed``: the tracker lists them; ``has_left``: they left here, and
    are on the team no more whatever the tracker says.
    """

    __tablename__ = "team_member"
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(Text, default="")
    is_listed: Mapped[bool] = mapped_column(Boolean, default=False)
    has_left: Mapped[bool] = mapped_column(Boolean, default=False)


class VolunteerRow(Base):
    """Somebody who offered help to a team."""

    __tablename__ = "team_volunteer"
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


class MeetsRow(Base):
    """A series of a team's meetings, as :class:`~plugins.rosters.roster.Meets` has it."""

    __tablename__ = "team_meets"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    rule: Mapped[str] = mapped_column(Text)
    start: Mapped[str] = mapped_column(String(32))
    zone: Mapped[str] = mapped_column(Text)
    minutes: Mapped[int] = mapped_column(Integer, default=60)
    words: Mapped[str] = mapped_column(Text, default="")


class ExceptionRow(Base):
    """One of a series that is not when the others are: on ``date`` there, it is left out (``moved_to`` is
    null) or is at ``moved_to`` instead.
    """

    __tablename__ = "team_meets_exception"
    meets_id: Mapped[int] = mapped_column(ForeignKey("team_meets.id"), primary_key=True)
    date: Mapped[str] = mapped_column(String(10), primary_key=True)
    moved_to: Mapped[str | None] = mapped_column(String(32))


FOLLOWED = follow(PersonRow, AccountRow, FormerRow, TeamRow, MemberRow, VolunteerRow, MeetsRow, ExceptionRow)
"""The tables that a roster is read from."""


def roster(session: Session) -> Roster:
    """All teams and people as they stand. A transaction."""
    accounts: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for network, account, person in session.execute(
        select(AccountRow.network, AccountRow.account, AccountRow.person_id).order_by(
            AccountRow.network, AccountRow.folded
        )
    ):
        accounts[person].append((network, account))
    members: dict[int, list[Member]] = defaultdict(list)
    for team, person, role in session.execute(
        select(MemberRow.team_id, MemberRow.person_id, MemberRow.role)
        .where(~MemberRow.has_left)
        .order_by(MemberRow.person_id)
    ):
        members[team].append(Member(person, role))
    volunteers: dict[int, list[int]] = defaultdict(list)
    for team, person in session.execute(
        select(VolunteerRow.team_id, VolunteerRow.person_id).order_by(VolunteerRow.person_id)
    ):
        volunteers[team].append(person)
    meets = _meets(session)
    former: dict[int, list[Former]] = defaultdict(list)
    for row in session.scalars(select(FormerRow).order_by(FormerRow.id)):
        former[row.person_id].append(Former(row.id, row.name))
    people = [
        _person(row, tuple(accounts[row.id]), tuple(former[row.id]))
        for row in session.scalars(select(PersonRow))
    ]
    teams = [
        _team(row, tuple(members[row.id]), tuple(volunteers[row.id]), tuple(meets[row.id]))
        for row in session.scalars(select(TeamRow))
    ]
    return Roster(teams, people)


def _meets(session: Session) -> dict[int, list[Meets]]:
    exceptions: dict[int, list[tuple[str, str | None]]] = defaultdict(list)
    for series, day, moved_to in session.execute(
        select(ExceptionRow.meets_id, ExceptionRow.date, ExceptionRow.moved_to).order_by(ExceptionRow.date)
    ):
        exceptions[series].append((day, moved_to))
    found: dict[int, list[Meets]] = defaultdict(list)
    for row in session.scalars(select(MeetsRow).order_by(MeetsRow.id)):
        found[row.team_id].append(as_meets(row, exceptions[row.id]))
    return found


def as_meets(row: MeetsRow, exceptions: Sequence[tuple[str, str | None]] = ()) -> Meets:
    """A series, with its exceptions: the day, and where the meeting is moved to."""
    return Meets(
        id=row.id,
        rule=row.rule,
        start=row.start,
        zone=row.zone,
        minutes=row.minutes,
        words=row.words,
        cancelled=tuple(day for day, moved_to in exceptions if moved_to is None),
        moved={day: moved_to for day, moved_to in exceptions if moved_to is not None},
    )


def _person(row: PersonRow, accounts: tuple[tuple[str, str], ...], former: tuple[Former, ...]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        launchpad=row.launchpad or "",
        zone=row.zone,
        accounts=accounts,
        is_coordinator=row.is_coordinator,
        is_away=row.is_away,
        away_until=date.fromisoformat(row.away_until) if row.away_until else None,
        away_why=row.away_why,
        former=former,
    )


def _team(
    row: TeamRow, members: tuple[Member, ...], volunteers: tuple[int, ...], meets: tuple[Meets, ...]
) -> Team:
    return Team(
        id=row.id,
        name=row.name,
        title=row.title,
        about=row.about,
        channel=row.channel,
        launchpad=row.launchpad,
        mailing_list=row.mailing_list,
        tags=tuple(json.loads(row.tags)),
        areas=tuple(json.loads(row.areas)),
        phase=Phase(row.phase),
        lead=row.lead_id,
        lead_state=LeadState(row.lead_state),
        wanted=row.wanted,
        members=members,
        volunteers=volunteers,
        meets=meets,
        zone=row.zone,
        is_retired=row.is_retired,
    )
