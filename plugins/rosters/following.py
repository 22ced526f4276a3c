"""Members of a team as the tracker's team has them: transactions.

Rules:

1. Who is on the tracker's team is on the team, and whoever is taken off it there is on the team no more.
   People whom only the tracker knows are known by their id there.
2. Who joined here and is known there, and who left here and is listed there still, is to be told to the
   tracker: that follows from what is stored, so that a restart forgets nothing.
3. The lead stays the lead, whatever the tracker lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.plugin import By, record
from bot.zones import read_zone
from plugins.rosters.names import free_name, person_problem
from plugins.rosters.people_changes import add_person, names_taken, set_person
from plugins.rosters.tables import MemberRow, PersonRow, TeamRow
from plugins.rosters.team_changes import of_team
from plugins.tracker import TrackerMember


@dataclass(frozen=True, slots=True)
class Untold:
    """What the tracker's team does not know yet: the ids there of who is to be on it, and off it."""

    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


def follow(session: Session, by: By, team: int, handle: str, listed: Sequence[TrackerMember]) -> Untold:
    """Let a team's members be those that the tracker lists for this handle, and those who joined here; what
    the tracker is to be told. Nothing where the team is retired or has another handle by now.
    """
    row = session.get_one(TeamRow, team)
    if row.is_retired or row.launchpad != handle:
        return Untold()
    known = session.scalars(select(PersonRow).where(PersonRow.launchpad.is_not(None)))
    people = {one.launchpad: one for one in known}
    placed = session.scalars(select(MemberRow).where(MemberRow.team_id == team))
    places = {one.person_id: one for one in placed}
    off = []
    for member in listed:
        person = people.get(member.id) or _added(session, by, member)
        place = places.pop(person.id, None)
        if place is None:
            session.add(MemberRow(team_id=team, person_id=person.id, is_listed=True, has_left=False, role=""))
            record(session, by, of_team(row), "member", None, person.name)
        else:
            place.is_listed = True
            if place.has_left:
                off.append(member.id)
    ids = {person.id: (handle or "") for handle, person in people.items()}
    on = []
    for place in places.values():
        if place.is_listed:
            if not place.has_left:
                person = session.get_one(PersonRow, place.person_id)
                record(session, by, of_team(row), "member", person.name, None)
            session.delete(place)
        elif place.has_left:
            session.delete(place)
        elif ids.get(place.person_id):
            on.append(ids[place.person_id])
    return Untold(tuple(sorted(on)), tuple(sorted(off)))


def told(session: Session, team: int, launchpad: str, *, on: bool) -> None:
    """The tracker has taken somebody on its team, or off it: from now on what it lists of them counts. Where
    they changed their mind meanwhile, it is to be told that too.
    """
    person = session.scalar(select(PersonRow.id).where(PersonRow.launchpad == launchpad))
    place = session.get(MemberRow, (team, person)) if person is not None else None
    if place is None:
        return
    if place.has_left and not on:
        session.delete(place)
    else:
        place.is_listed = on


def _added(session: Session, by: By, member: TrackerMember) -> PersonRow:
    """A person whom the tracker alone knows. Where another is called like the id there, a number follows it:
    that they are the same is nowhere said.
    """
    name = member.id if person_problem(member.id) is None else f"{member.id}-lp"
    person = add_person(session, by, free_name(name, names_taken(session)))
    set_person(session, by, person.id, {"launchpad": member.id, "zone": zone_of(member)})
    return person


def zone_of(member: TrackerMember) -> str:
    """Where somebody is, as the tracker knows; nothing for UTC, which is what those have who never said."""
    if member.zone in {"", "UTC"}:
        return ""
    try:
        return read_zone(member.zone)
    except ValueError:
        return ""
