"""What changes people in the database: transactions, each of which records what it changes under
``person:NAME``.

Rules:

1. An account, and a Launchpad id, is one person's. Nobody takes over what is somebody else's by their own
   word.
2. What is already so is not changed, and not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.model import Actor
from bot.plugin import By, UserError, record
from bot.text import fold_nick
from plugins.rosters.names import name_for
from plugins.rosters.tables import AccountRow, FormerRow, MemberRow, PersonRow, TeamRow, VolunteerRow


def of_person(row: PersonRow) -> str:
    """The subject of a person's changes."""
    return f"person:{row.name}"


def names_taken(session: Session) -> set[str]:
    """The folded names that a new person cannot have: those that people have and had, and those of teams,
    since Muster's own tracker knows both by their names.
    """
    people = (*session.scalars(select(PersonRow.folded)), *session.scalars(select(FormerRow.folded)))
    return {*people, *(fold_nick(name) for name in session.scalars(select(TeamRow.name)))}


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
    """Make one person of two records that are the same person's; the id of the one that stays, ``into``. What
    others noted under the other's id or name stays theirs (:attr:`~plugins.rosters.roster.Person.former`).

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
    session.execute(update(FormerRow).where(FormerRow.person_id == other).values(person_id=into))
    former = FormerRow(id=goes.id, name=goes.name, folded=goes.folded, person_id=into)
    launchpad = goes.launchpad
    _keep_what_is_said(stays, goes)
    session.flush()
    session.delete(goes)
    session.flush()  # the id on Launchpad, and the name, are free only then
    stays.launchpad = stays.launchpad or launchpad
    if former.name == stays.launchpad:  # the other was called otherwise since that name was taken
        record(session, by, of_person(stays), "name", stays.name, former.name)
        former.name, stays.name = stays.name, former.name
        former.folded, stays.folded = stays.folded, former.folded
    session.flush()
    session.add(former)
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
