"""A roster's file put into the database: what contradicts what is there, and what it changes.

Rules:

1. What the file says is so afterwards; what it leaves open stays as it is. Nobody is taken off a team by it,
   and no team or person goes.
2. A person is the one with that Launchpad id, else the one of that name. What belongs to somebody else there
   is a mistake of the file's.
3. Reading the same file again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from bot.model import Json
from bot.plugin import By, changes_since
from bot.text import fold_nick, listed, nearest
from plugins.rosters import meets_changes, people_changes, tables, team_changes
from plugins.rosters.document import Document, Mistake, PersonEntry, TeamEntry
from plugins.rosters.roster import Person, Roster


def contradictions(document: Document, roster: Roster) -> list[Mistake]:
    """What of a file cannot be so beside what is there, by lines. Pure."""
    return sorted(
        [
            *_of_people(document, roster),
            *_of_names(document, roster),
            *_of_teams(document, roster),
            *_of_both(document, roster),
        ]
    )


def matched(entry: PersonEntry, roster: Roster) -> Person | None:
    """The person that an entry is about."""
    by_id = roster.person(f"~{entry.launchpad}") if entry.launchpad else None
    return by_id or roster.named(entry.name)


def _of_people(document: Document, roster: Roster) -> Iterator[Mistake]:
    taken: dict[int, str] = {}
    for entry in document.people:
        found, named = matched(entry, roster), roster.named(entry.name)
        what = f"person {entry.name}"
        if found is not None and named is not None and found != named:
            yield Mistake(
                entry.line, f"{what}: ~{entry.launchpad} on Launchpad is {found} here, somebody else"
            )
        if found is not None and taken.setdefault(found.id, entry.name) != entry.name:
            yield Mistake(
                entry.line, f"{what}: that is {found} here, and so is {taken[found.id]} of this file"
            )
        for network, account in entry.accounts:
            owner = roster.with_account(network, account)
            if owner is not None and owner != found:
                yield Mistake(entry.line, f"{what}: the account {network}/{account} is {owner}'s here")


def _of_both(document: Document, roster: Roster) -> Iterator[Mistake]:
    """Teams and people of one name, which Muster's own tracker would take for each other."""
    people = {fold_nick(entry.name) for entry in document.people}
    for team in document.teams:
        if team.name not in roster.teams and (team.name in people or roster.named(team.name) is not None):
            yield Mistake(team.line, f"team {team.name}: a person is called so: name it otherwise")
    for entry in document.people:
        if fold_nick(entry.name) in roster.teams and matched(entry, roster) is None:
            yield Mistake(entry.line, f"person {entry.name}: a team is called so here: name them otherwise")


def _of_names(document: Document, roster: Roster) -> Iterator[Mistake]:
    known = {fold_nick(entry.name) for entry in document.people}
    names = {*(entry.name for entry in document.people), *(str(one) for one in roster.people.values())}
    for team in document.teams:
        for key, people in (
            ("lead", (team.lead,) if team.lead else ()),
            ("members", team.members),
            ("volunteers", team.volunteers),
        ):
            for one in people:
                if fold_nick(one.name) in known or roster.named(one.name) is not None:
                    continue
                near = nearest(one.name, names, 2)
                hint = f"did you mean {listed(near, 'or')}?" if near else "add them under people"
                yield Mistake(one.line, f"team {team.name}: {key}: there is no person {one.name!r}: {hint}")


def _of_teams(document: Document, roster: Roster) -> Iterator[Mistake]:
    said = {entry.name for entry in document.teams}
    for key in ("channel", "launchpad"):
        taken = {
            fold_nick(getattr(team, key)): team.name
            for team in roster.active()
            if getattr(team, key) and team.name not in said
        }
        kept = {
            fold_nick(getattr(roster.teams[entry.name], key)): entry.name
            for entry in document.teams
            if entry.name in roster.teams and key not in entry.fields and not entry.is_retired
        }
        for entry in document.teams:
            value = entry.fields.get(key)
            if not value or entry.is_retired:
                continue
            other = (taken | kept).get(fold_nick(value), entry.name)
            if other != entry.name:
                yield Mistake(entry.lines[key], f"team {entry.name}: the {key} {value} is {other}'s here")


def apply(session: Session, by: By, document: Document) -> list[str]:
    """Make it so; what that changes, a line each. A transaction, for a file without
    :func:`contradictions`. ``by.time`` tells these changes from all others.
    """
    before = tables.roster(session)
    ids = {fold_nick(name): person.id for person in before.people.values() for name in person.names}
    for entry in document.people:
        ids[fold_nick(entry.name)] = _apply_person(session, by, entry, matched(entry, before))
    for team in document.teams:
        _apply_team(session, by, team, ids)
    session.flush()
    made = [*changes_since(session, "person", by.time), *changes_since(session, "team", by.time)]
    made = sorted((one for one in made if one.by == by), key=lambda one: one.id)
    return [_line(one.subject, one.what, one.before, one.after) for one in made]


def _apply_person(session: Session, by: By, entry: PersonEntry, known: Person | None) -> int:
    person = known.id if known else people_changes.add_person(session, by, entry.name).id
    fields: dict[str, Any] = {
        "launchpad": entry.launchpad,
        "zone": entry.zone,
        "is_coordinator": entry.is_coordinator,
    }
    said = {key: value for key, value in fields.items() if value is not None}
    people_changes.set_person(session, by, person, said)
    if entry.away is not None:
        people_changes.set_away(session, by, person, entry.away.until, entry.away.why)
    for network, account in entry.accounts:
        people_changes.give_account(session, by, person, network, account)
    return person


def _apply_team(session: Session, by: By, entry: TeamEntry, ids: Mapping[str, int]) -> None:
    team, is_retired = team_changes.find_team(session, entry.name)
    if team is None or (is_retired and not entry.is_retired):
        team, is_retired = team_changes.make_team(session, by, entry.name), False
    team_changes.set_fields(session, by, team, entry.fields)
    for member in entry.members:
        team_changes.join(session, by, team, ids[fold_nick(member.name)], member.role)
    if entry.lead_state is not None:
        lead = ids[fold_nick(entry.lead.name)] if entry.lead else None
        team_changes.set_lead(session, by, team, lead, entry.lead_state)
    for one in entry.volunteers:
        team_changes.volunteer(session, by, team, ids[fold_nick(one.name)])
    if entry.meets is not None:
        meets_changes.set_meets(session, by, team, entry.meets)
    if entry.is_retired and not is_retired:
        team_changes.retire_team(session, by, team)


def _line(subject: str, what: str, before: Json, after: Json) -> str:
    """One change: ``team:nova-api about: nothing -> the APIs``."""
    kind = subject.partition(":")[0]
    if what == kind:
        return f"{subject}: new"
    return f"{subject} {what}: {_shown(before)} -> {_shown(after)}"


def _shown(value: Json) -> str:
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part) or "nothing"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in (None, "") else "nothing"
