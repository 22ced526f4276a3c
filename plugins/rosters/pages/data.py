"""Teams and people as JSON, for the pages that are asked for as such. Pure.

Rule: no mail or chat address of a person, no account and no host mask. What is public of a team is.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.model import Json
from plugins.rosters.addresses import person_path, shown_name, team_path
from plugins.rosters.recurrence import Occurrence
from plugins.rosters.roster import Meets, Person, Roster, Team


def person_data(person: Person, *, is_away: bool) -> dict[str, Json]:
    """Somebody in a list."""
    return {"name": shown_name(person), "path": person_path(person), "away": is_away}


def team_data(roster: Roster, team: Team, coming: Sequence[Occurrence]) -> dict[str, Json]:
    """A team in a list."""
    lead = roster.people.get(team.lead) if team.lead is not None else None
    return {
        "name": team.name,
        "title": team.title,
        "path": team_path(team.name),
        "lead": None if lead is None else shown_name(lead),
        "lead_state": team.lead_state.value,
        "members": len(roster.members(team)),
        "wanted": team.wanted,
        "next": meeting_data(coming[0]) if coming else None,
    }


def meeting_data(one: Occurrence) -> dict[str, Json]:
    """One meeting: when it begins and ends, with the zone in which that is said."""
    zone = str(one.local.tzinfo)
    return {"start": one.start.isoformat(), "end": one.end.isoformat(), "zone": zone, "moved": one.is_moved}


def series_data(one: Meets) -> dict[str, Json]:
    """A series of meetings."""
    return {
        "words": one.words,
        "rule": one.rule,
        "start": one.start,
        "zone": one.zone,
        "minutes": one.minutes,
        "cancelled": list(one.cancelled),
        "moved": dict(one.moved),
    }
