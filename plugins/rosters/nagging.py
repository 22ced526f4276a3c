"""What coordinators and teams are reminded of about teams: vacancies, and leads to confirm. Pure.

Rules:

1. A team without a lead, or that wants volunteers, is told of in its own room, where Muster may speak in one;
   else to the coordinators. A lead that is not confirmed is told to the coordinators.
2. Each is told once a fortnight for as long as it is so; a fortnight begins on a Monday, the same for all.
3. What is for coordinators is told with one room alone, since it is the same with every room.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from bot.plugin import Nag, TeamMember
from bot.text import listed
from plugins.rosters.roster import LeadState, Roster, Team

KIND = "vacancies"


def in_room(roster: Roster, team: Team, day: date) -> list[Nag]:
    """What is told in a team's own room."""
    return list(_vacancy(roster, team, day, ()))


def to_coordinators(
    roster: Roster, day: date, coordinators: Sequence[TeamMember], have_rooms: Collection[str]
) -> list[Nag]:
    """What is told to the coordinators; ``have_rooms`` names the teams that are told of their vacancies in
    their own rooms.
    """
    found: list[Nag] = []
    for team in roster.active() if coordinators else ():
        if team.name not in have_rooms:
            found += _vacancy(roster, team, day, coordinators)
        lead = roster.people.get(team.lead) if team.lead is not None else None
        if lead is not None and team.lead_state is LeadState.UNCONFIRMED:
            key = f"lead:{team}/{lead.id}/{_fortnight(day)}"
            text = f"{lead} leads {team}, unconfirmed"
            found.append(Nag(KIND, key, text, f"lead confirm {team}", tuple(coordinators)))
    return found


def _vacancy(roster: Roster, team: Team, day: date, to: Sequence[TeamMember]) -> Iterator[Nag]:
    has_lead = team.lead is not None and team.lead in roster.people
    if has_lead and not team.wanted:
        return
    lacks = [] if has_lead else ["has no lead"]
    if team.wanted:
        lacks.append(f"wants volunteers: {team.wanted}")
    people = [str(roster.people[one]) for one in team.volunteers if one in roster.people]
    offers = ""
    if people and not has_lead:
        offers = f"; {listed(people)} {'has' if len(people) == 1 else 'have'} volunteered"
    ends = (
        f"team set {team} wanted none" if has_lead else f"lead set {team} {people[0] if people else 'NICK'}"
    )
    key = f"vacancy:{team}/{_fortnight(day)}"
    yield Nag(KIND, key, f"{team} {' and '.join(lacks)}{offers}", ends, tuple(to))


def _fortnight(day: date) -> int:
    """Which fortnight it is, of all since the calendar's first Monday."""
    return (day.toordinal() - 1) // 14
