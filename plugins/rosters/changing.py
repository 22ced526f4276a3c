"""What changes teams and people in the database: transactions, each of which records what it changes.

Rules:

1. Who may ask for a change was decided before; what must be true of the roster itself is looked at here, in
   the transaction, and refused with a :class:`~bot.plugin.UserError`.
2. What is already so is not changed, and not recorded.
3. A change of a team is recorded under ``team:NAME``, one of a person under ``person:NAME``. Members are
   recorded under their team, as ``member``, ``lead`` or ``volunteer``, by their names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.model import Actor, Json
from bot.plugin import By, UserError, record
from bot.text import fold_nick
from plugins.rosters.names import name_for
from plugins.rosters.recurrence import SaidMeets
from plugins.rosters.roster import LeadState
from plugins.rosters.tables import (
    AccountRow,
    ExceptionRow,
    MeetsRow,
    MemberRow,
    PersonRow,
    TeamRow,
    VolunteerRow,
    as_meets,
)

_LISTS = frozenset({"tags", "areas"})
"""Fields of a team that are lists, stored as JSON."""

_UNIQUE = frozenset({"channel", "launchpad"})
"""Fields that no two teams have the same of."""


def of_team(row: TeamRow) -> str:
    """The subject of a team's changes."""
    return f"team:{row.name}"


def of_person(row: PersonRow) -> str:
    """The subject of a person's changes."""
    return f"person:{row.name}"


# Teams


def add_team(session: Session, by: By, name: str, fields: Mapping[str, Any]) -> int:
    """Make a team; its id. One of that name that is retired is there again, as it was, but for what is
    another's by now.
    """
    known, is_retired = find_team(session, name)
    if known is not None and not is_retired:
        raise UserError(f"There is a team {name} already.")
    team = make_team(session, by, name)
    row = session.get_one(TeamRow, team)
    lost = {key: "" for key in _UNIQUE if _holder(session, row, key, getattr(row, key)) is not None}
    set_team(session, by, team, lost | dict(fields))
    return team


def find_team(session: Session, name: str) -> tuple[int | None, bool]:
    """The id of the team of that name, if there is one, and whether it is retired."""
    row = session.scalar(select(TeamRow).where(TeamRow.name == name))
    return (row.id, row.is_retired) if row is not None else (None, False)


def make_team(session: Session, by: By, name: str) -> int:
    """Make a team that is not there, or is retired; its id."""
    row = session.scalar(select(TeamRow).where(TeamRow.name == name))
    if row is None:
        row = TeamRow(name=name)
        session.add(row)
        session.flush()
        record(session, by, of_team(row), "team", None, name)
    else:
        row.is_retired = False
        record(session, by, of_team(row), "retired", True, False)
    return row.id


def set_team(session: Session, by: By, team: int, fields: Mapping[str, Any]) -> list[str]:
    """Set fields of a team, named as in :class:`~plugins.rosters.roster.Team`; which of them changed. A room
    is one team's, and so is a team of the tracker's.
    """
    row = session.get_one(TeamRow, team)
    for key in _UNIQUE & fields.keys():
        holder = _holder(session, row, key, fields[key])
        if holder is not None:
            raise UserError(f"{fields[key]} is the {key} of {holder}.")
    return set_fields(session, by, team, fields)


def set_fields(session: Session, by: By, team: int, fields: Mapping[str, Any]) -> list[str]:
    """Like :func:`set_team`, where it is known that nothing is another's."""
    row = session.get_one(TeamRow, team)
    changed = []
    for name, value in fields.items():
        before = json.loads(getattr(row, name)) if name in _LISTS else getattr(row, name)
        after = list(value) if name in _LISTS else value
        if before != after:
            record(session, by, of_team(row), name, before, after)
            setattr(row, name, json.dumps(after, ensure_ascii=False) if name in _LISTS else str(after))
            changed.append(name)
    return changed


def _holder(session: Session, row: TeamRow, key: str, value: str) -> str | None:
    """Which other team has this room, or this team of the tracker's."""
    if not value:
        return None
    others = session.scalars(select(TeamRow).where(TeamRow.id != row.id, ~TeamRow.is_retired))
    return next((one.name for one in others if fold_nick(getattr(one, key)) == fold_nick(value)), None)


def retire_team(session: Session, by: By, team: int) -> None:
    """Let a team be no more; what it was stays known."""
    row = session.get_one(TeamRow, team)
    if row.is_retired:
        raise UserError(f"{row.name} is retired already.")
    record(session, by, of_team(row), "retired", False, True)
    row.is_retired = True


def set_meets(session: Session, by: By, team: int, series: Sequence[SaidMeets]) -> bool:
    """Let a team meet in these series and no others; whether that is a change. Those that it has keep what is
    cancelled and moved in them, where nothing else is said.
    """
    row = session.get_one(TeamRow, team)
    have = list(session.scalars(select(MeetsRow).where(MeetsRow.team_id == team).order_by(MeetsRow.id)))
    before: list[Json] = [one.words for one in have]
    kept: list[MeetsRow] = []
    for said in series:
        same = next((old for old in have if old not in kept and said.is_of(as_meets(old))), None)
        if same is None:
            one = said.meets
            same = MeetsRow(team_id=team, rule=one.rule, start=one.start, zone=one.zone, words=one.words)
            same.minutes = one.minutes
            session.add(same)
            session.flush()
        kept.append(same)
    gone = [old for old in have if old not in kept]
    for old in gone:
        session.execute(delete(ExceptionRow).where(ExceptionRow.meets_id == old.id))
        session.delete(old)
    is_change = bool(gone) or len(kept) != len(have)
    if is_change:
        record(session, by, of_team(row), "meets", before, [one.words for one in kept])
    session.flush()
    for said, one_row in zip(series, kept, strict=True):
        for day in said.meets.cancelled:
            is_change |= set_exception(session, by, one_row.id, day, None)
        for day, moved_to in said.meets.moved.items():
            is_change |= set_exception(session, by, one_row.id, day, moved_to)
    return is_change


def set_exception(session: Session, by: By, series: int, day: str, moved_to: str | None) -> bool:
    """Cancel one meeting of a series, or move it; moved to where it was, it is one like the others. Whether
    that is a change.
    """
    row = session.get_one(MeetsRow, series)
    team = session.get_one(TeamRow, row.team_id)
    found = session.get(ExceptionRow, (series, day))
    usual = day + row.start[10:]
    before: Json = usual if found is None else found.moved_to
    if before == moved_to:
        return False
    if found is None:
        session.add(ExceptionRow(meets_id=series, date=day, moved_to=moved_to))
    elif moved_to == usual:
        session.delete(found)
    else:
        found.moved_to = moved_to
    record(session, by, of_team(team), "meeting", before, moved_to)
    session.flush()
    return True


# Members and leads


def join(session: Session, by: By, team: int, person: int, role: str | None = None) -> bool:
    """Put somebody on a team; whether they were not. ``None`` leaves their role as it is."""
    row, member = session.get_one(TeamRow, team), session.get_one(PersonRow, person)
    found = session.get(MemberRow, (team, person))
    is_new = found is None or found.has_left
    if found is None:
        found = MemberRow(team_id=team, person_id=person, role="", is_listed=False, has_left=False)
        session.add(found)
    if is_new:
        found.has_left = False
        session.execute(
            delete(VolunteerRow).where(VolunteerRow.team_id == team, VolunteerRow.person_id == person)
        )
        record(session, by, of_team(row), "member", None, member.name)
    if role is not None and role != found.role:
        before: Json = {"person": member.name, "role": found.role}
        record(session, by, of_team(row), "role", before, {"person": member.name, "role": role})
        found.role = role
    session.flush()
    return is_new


def leave(session: Session, by: By, team: int, person: int) -> bool:
    """Take somebody off a team, and off its volunteers; whether they were there. Its lead does not leave."""
    row, member = session.get_one(TeamRow, team), session.get_one(PersonRow, person)
    if row.lead_id == person:
        raise UserError(f"{member.name} leads {row.name}: another lead comes first, or none (lead vacate).")
    offered = session.get(VolunteerRow, (team, person))
    if offered is not None:
        session.delete(offered)
        record(session, by, of_team(row), "volunteer", member.name, None)
    found = session.get(MemberRow, (team, person))
    if found is None or found.has_left:
        return offered is not None
    record(session, by, of_team(row), "member", member.name, None)
    if found.is_listed:
        found.has_left = True
    else:
        session.delete(found)
    return True


def set_lead(session: Session, by: By, team: int, person: int | None, state: LeadState) -> bool:
    """Let somebody lead a team, or nobody; whether that is a change."""
    row = session.get_one(TeamRow, team)
    before, after = (_lead(session, *pair) for pair in ((row.lead_id, row.lead_state), (person, state)))
    if before == after:
        return False
    record(session, by, of_team(row), "lead", before, after)
    if (
        row.lead_id is not None
        and row.lead_id != person
        and session.get(MemberRow, (team, row.lead_id)) is None
    ):
        # Whoever led a team has been on it, and stays until they leave.
        join(session, by, team, row.lead_id)
    row.lead_id, row.lead_state = person, state.value
    if person is not None:
        session.execute(
            delete(VolunteerRow).where(VolunteerRow.team_id == team, VolunteerRow.person_id == person)
        )
    return True


def confirm_lead(session: Session, by: By, team: int, person: int) -> bool:
    """Confirm a team's lead, if that is still ``person``; whether that is a change."""
    row = session.get_one(TeamRow, team)
    if row.lead_id != person:
        raise UserError(f"{row.name} has got another lead meanwhile.")
    return set_lead(session, by, team, person, LeadState.CONFIRMED)


def _lead(session: Session, person: int | None, state: str) -> Json:
    if person is None:
        return None
    return {"person": session.get_one(PersonRow, person).name, "state": str(state)}


def volunteer(session: Session, by: By, team: int, person: int) -> bool:
    """Note that somebody offers a team their help; whether they had not."""
    row, who = session.get_one(TeamRow, team), session.get_one(PersonRow, person)
    if session.get(VolunteerRow, (team, person)) is not None:
        return False
    session.add(VolunteerRow(team_id=team, person_id=person))
    record(session, by, of_team(row), "volunteer", None, who.name)
    return True


# People


def names_taken(session: Session) -> set[str]:
    """The folded names of all people."""
    return set(session.scalars(select(PersonRow.folded)))


def add_person(session: Session, by: By, name: str, **fields: Any) -> PersonRow:
    """Make a person of whom nothing is known but the name, and what ``fields`` say."""
    row = PersonRow(name=name, folded=fold_nick(name), **fields)
    session.add(row)
    session.flush()
    record(session, by, of_person(row), "person", None, name)
    return row


def person_with(session: Session, network: str, account: str) -> int | None:
    """Whose an account is: the id."""
    return session.scalar(
        select(AccountRow.person_id).where(
            AccountRow.network == network, AccountRow.folded == fold_nick(account)
        )
    )


def know(session: Session, by: By, actor: Actor) -> int:
    """The person behind an account, who is made where nobody is; the id. The actor must have an account."""
    account = actor.account or ""
    known = person_with(session, actor.network, account)
    if known is not None:
        return known
    row = add_person(session, by, name_for(actor, names_taken(session)))
    give_account(session, by, row.id, actor.network, account)
    return row.id


def give_account(session: Session, by: By, person: int, network: str, account: str) -> None:
    """Let an account prove that somebody is a person. Nobody else may have it."""
    row = session.get_one(PersonRow, person)
    owner = person_with(session, network, account)
    if owner == person:
        return
    if owner is not None:
        other = session.get_one(PersonRow, owner)
        raise UserError(f"The account {network}/{account} is {other.name}'s.")
    session.add(AccountRow(network=network, folded=fold_nick(account), account=account, person_id=person))
    session.flush()
    record(session, by, of_person(row), "account", None, f"{network}/{account}")


def set_person(session: Session, by: By, person: int, fields: Mapping[str, Any]) -> list[str]:
    """Set fields of a person, named as those of the row; which of them changed."""
    row = session.get_one(PersonRow, person)
    changed = []
    for name, value in fields.items():
        before = getattr(row, name)
        if before != value:
            record(session, by, of_person(row), name, before, value)
            setattr(row, name, value)
            changed.append(name)
    return changed


def set_away(session: Session, by: By, person: int, until: date | None, why: str) -> None:
    """Note that somebody is away: up to and with a day, if they said one."""
    fields = {"is_away": True, "away_until": until.isoformat() if until else None, "away_why": why}
    set_person(session, by, person, fields)


def set_back(session: Session, by: By, person: int) -> bool:
    """Note that somebody is back; whether they were away."""
    return bool(set_person(session, by, person, {"is_away": False, "away_until": None, "away_why": ""}))


def confirm_account(session: Session, by: By, actor: Actor, person: int) -> None:
    """Let an account be a person's, since a coordinator says so: whoever it was known as is one with them."""
    known = person_with(session, actor.network, actor.account or "")
    if known is None:
        give_account(session, by, person, actor.network, actor.account or "")
    elif known != person:
        merge(session, by, person, known, certain=True)


def link(session: Session, by: By, person: int, launchpad: str, zone: str, *, certain: bool) -> int:
    """Let a person be somebody on Launchpad, as was proven; the id of the person that they are then, which is
    another where Launchpad's own record of them was known as a person so far.

    ``certain``: a coordinator says so. Else nothing is taken that belongs to somebody: a record with an
    account has an owner, and a person with another Launchpad id is another.
    """
    row = session.get_one(PersonRow, person)
    other = session.scalar(select(PersonRow).where(PersonRow.launchpad == launchpad))
    if other is not None and other.id != person:
        return merge(session, by, other.id, person, certain=certain)
    if row.launchpad == launchpad:
        return person
    if row.launchpad and not certain:
        raise UserError(f"{row.name} is ~{row.launchpad} on Launchpad; a coordinator may change that.")
    set_person(
        session, by, person, {"launchpad": launchpad, **({} if row.zone or not zone else {"zone": zone})}
    )
    return person


def merge(session: Session, by: By, into: int, other: int, *, certain: bool) -> int:
    """Make one person of two records that are the same person's; the id of the one that stays, ``into``.

    Refused where each has a Launchpad id of its own, and, unless ``certain``, where ``into`` has an account:
    it then belongs to somebody.
    """
    stays, goes = session.get_one(PersonRow, into), session.get_one(PersonRow, other)
    if goes.launchpad and stays.launchpad:
        raise UserError(
            f"{goes.name} is ~{goes.launchpad} on Launchpad and {stays.name} is ~{stays.launchpad}: "
            "they are two people."
        )
    owned = session.scalars(select(AccountRow).where(AccountRow.person_id == into)).all()
    if owned and not certain:
        raise UserError(
            f"{stays.name} is somebody with the account {owned[0].network}/{owned[0].account}: if that is "
            "you too, a coordinator may say so."
        )
    record(session, by, of_person(stays), "merged", None, goes.name)
    session.execute(update(AccountRow).where(AccountRow.person_id == other).values(person_id=into))
    _move_places(session, into, other)
    session.execute(update(TeamRow).where(TeamRow.lead_id == other).values(lead_id=into))
    launchpad = goes.launchpad
    _keep_what_is_said(stays, goes)
    session.flush()
    session.delete(goes)
    session.flush()  # the id on Launchpad is free only then
    stays.launchpad = stays.launchpad or launchpad
    session.flush()
    return into


def _move_places(session: Session, into: int, other: int) -> None:
    """Give one person the places of the other; where both have one, it is that of somebody who is there."""
    for place in session.scalars(select(MemberRow).where(MemberRow.person_id == other)).all():
        have = session.get(MemberRow, (place.team_id, into))
        if have is None:
            place.person_id = into
            continue
        have.has_left = have.has_left and place.has_left
        have.is_listed = have.is_listed or place.is_listed
        have.role = have.role or place.role
        session.delete(place)
    for offer in session.scalars(select(VolunteerRow).where(VolunteerRow.person_id == other)).all():
        if session.get(VolunteerRow, (offer.team_id, into)) is None:
            offer.person_id = into
        else:
            session.delete(offer)


def _keep_what_is_said(stays: PersonRow, goes: PersonRow) -> None:
    stays.zone = stays.zone or goes.zone
    stays.is_coordinator = stays.is_coordinator or goes.is_coordinator
    if goes.is_away and not stays.is_away:
        stays.is_away, stays.away_until, stays.away_why = True, goes.away_until, goes.away_why
