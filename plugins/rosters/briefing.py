"""What a team should look at now about itself: its lead, its volunteers, its next meetings. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.recurrence import at_local
from bot.text import listed
from plugins.rosters.roster import LeadState, Meets, Roster, Team
from plugins.rosters.telling import day_text, sentence

SOON = timedelta(days=14)
"""So long before a meeting that is cancelled or moved it is told."""


def team_briefing(roster: Roster, team: Team, now: datetime, prefix: str) -> list[str]:
    """The lines, most pressing first; ``now`` is in UTC."""
    lines = []
    lead = roster.people.get(team.lead) if team.lead is not None else None
    if lead is None:
        lines.append(f"{team} has no lead; a coordinator names one with {prefix}lead set {team} NICK.")
    elif team.lead_state is LeadState.UNCONFIRMED:
        lines.append(f"{lead} leads {team}, unconfirmed; a coordinator may say {prefix}lead confirm {team}.")
    if team.wanted:
        lines.append(sentence(f"{team} wants volunteers: {team.wanted}"))
    if team.volunteers:
        people = [str(roster.people[one]) for one in team.volunteers]
        verb = "has" if len(people) == 1 else "have"
        lines.append(f"{listed(people)} {verb} volunteered for {team}.")
    return lines + [line for meets in team.meets for line in _changed(team, meets, now)]


def _changed(team: Team, meets: Meets, now: datetime) -> list[str]:
    """Which of a series' meetings soon are not when people expect them."""
    today = now.astimezone(ZoneInfo(meets.zone)).date()
    days: dict[str, str | None] = {**dict.fromkeys(meets.cancelled), **meets.moved}
    lines = []
    for day, to in sorted(days.items()):
        was = date.fromisoformat(day)
        moved = at_local(to, meets.zone) if to else None
        last = max(was, moved.date()) if moved else was
        if last < today or min(was, moved.date() if moved else was) > today + SOON:
            continue
        if moved is None:
            lines.append(f"{team} does not meet on {day_text(was)}.")
        else:
            lines.append(
                f"{team} meets on {day_text(moved.date())} at {moved:%H:%M} {meets.zone} instead of "
                f"{day_text(was)}."
            )
    return lines
