"""What changes teams in the database: transactions, each of which records what it changes.

Rules:

1. Who may ask for a change was decided before; what must be true of the roster itself is looked at here, in
   the transaction, and refused with a :class:`~bot.plugin.UserError`.
2. What is already so is not changed, and not recorded.
3. A change is recorded under ``team:NAME``; that of a member, lead or volunteer by their names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.model import Json
from bot.plugin import By, UserError, record
from bot.text import fold_nick
from plugins.rosters.roster import LeadState
from plugins.rosters.tables import FormerRow, MemberRow, PersonRow, TeamRow, VolunteerRow

_LISTS = frozenset({"tags", "areas"})
"""Fields of a team that are lists, stored as JSON."""

_UNIQUE = frozenset({"channel", "launchpad"})
"""Fields that no two teams have the same of."""


def of_team(row: TeamRow) -> str:
    """The subject of a team's changes."""
    return f"team:{row.name}"


def add_team(session: Session, by: By, name: str, fields: Mapping[str, Any]) -> int:
    """Make a team; its id. One of that name that is retired is there again, as it was, but for what is
    another's by now.
    """
    known, is_retired = find_team(session, name)
    if known is not None and not is_retired:
        raise UserError(f"There is a team {name} already.")
    person = session.scalar(select(PersonRow.name).where(PersonRow.folded == fold_nick(name)))
    was = session.scalar(select(FormerRow.name).where(FormerRow.folded == fold_nick(name)))
    if known is None and (person or was):
        raise UserError(f"Somebody is called {person or was} here: take another name for the team.")
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
    if "launchpad" in changed:
        _unlist(session, team)
    return changed


def _unlist(session: Session, team: int) -> None:
    """Forget whom the tracker listed: it is another team there now, or none."""
    session.execute(delete(MemberRow).where(MemberRow.team_id == team, MemberRow.has_left))
    for place in session.scalars(select(MemberRow).where(MemberRow.team_id == team, MemberRow.is_listed)):
        place.is_listed = False


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
    if found.is_listed or row.launchpad:
        found.has_left = True  # the tracker may have them still: it is told, or was told just now
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
    if row.lead_id is not None and row.lead_id != person:
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
