"""A roster written as the file that :mod:`~plugins.rosters.reading` reads. Pure.

What is empty is left out; what is written, read into an empty database, gives the same roster.
"""

from __future__ import annotations

from typing import Any

import yaml

from plugins.rosters.roster import LeadState, Meets, Person, Phase, Roster, Team


def write_document(roster: Roster) -> str:
    """The whole roster as YAML."""
    people = sorted(roster.people.values(), key=lambda one: one.name)
    document = {
        "people": {person.name: _person(person) for person in people},
        "teams": {team.name: _team(roster, team) for team in roster.teams.values()},
    }
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)


def _filled(**parts: Any) -> dict[str, Any]:
    return {key: value for key, value in parts.items() if value not in ("", [], {}, None, False)}


def _person(person: Person) -> dict[str, Any]:
    away = _filled(until=person.away_until.isoformat() if person.away_until else None, why=person.away_why)
    return _filled(
        launchpad=person.launchpad,
        accounts=[f"{network}/{account}" for network, account in person.accounts],
        zone=person.zone,
        coordinator=person.is_coordinator,
    ) | ({"away": away} if person.is_away else {})


def _team(roster: Roster, team: Team) -> dict[str, Any]:
    lead = roster.people.get(team.lead) if team.lead is not None else None
    return _filled(
        title=team.title,
        about=team.about,
        channel=team.channel,
        launchpad=team.launchpad,
        list=team.mailing_list,
        zone=team.zone,
        phase="" if team.phase is Phase.BUILDING else team.phase.value,
        tags=list(team.tags),
        areas=list(team.areas),
        lead=lead.name if lead else "",
        lead_state="" if team.lead_state is LeadState.CONFIRMED else team.lead_state.value,
        wanted=team.wanted,
        members=_members(roster, team),
        volunteers=[roster.people[one].name for one in team.volunteers],
        meets=[_series(meets) for meets in team.meets],
        retired=team.is_retired,
    )


def _members(roster: Roster, team: Team) -> Any:
    """Their names, in a list; where any has a role, each with theirs."""
    found = {roster.people[member.person].name: member.role for member in team.members}
    return found if any(found.values()) else list(found)


def _series(meets: Meets) -> dict[str, Any]:
    return _filled(
        when=meets.words,
        start=meets.start[:10],
        minutes=meets.minutes if meets.minutes != 60 else None,
        cancelled=list(meets.cancelled),
        moved=dict(meets.moved),
    )
