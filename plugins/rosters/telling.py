"""Teams and people in words, as they are told of in rooms. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.text import counted, listed, shorten
from plugins.rosters.roster import LeadState, Person, Phase, Roster, Team

_MOST_NAMES = 12
_AT_WORK = {Phase.RESEARCH: "in research", Phase.PLANNING: "planning"}


def lead_text(roster: Roster, team: Team) -> str:
    """``lead bcwaldon``, ``lead _0x44 (unconfirmed)``, ``no lead``."""
    person = roster.people.get(team.lead) if team.lead is not None else None
    if person is None:
        return "no lead"
    return f"lead {person}" + (" (unconfirmed)" if team.lead_state is LeadState.UNCONFIRMED else "")


def lead_of(team: Team, roster: Roster) -> str:
    """Whom to ask for a team: ``nova-api's lead bcwaldon``, or what there is instead."""
    lead = roster.people.get(team.lead) if team.lead is not None else None
    if lead is None:
        return f"the lead that {team} does not have yet"
    sure = "" if team.lead_state is LeadState.CONFIRMED else ", once confirmed,"
    return f"{genitive(team)} lead {lead}{sure}"


def genitive(whose: object) -> str:
    """``nova-api's``, ``volumes'``."""
    name = str(whose)
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def short(roster: Roster, team: Team) -> str:
    """A team in a list of teams: title, lead, how many are on it."""
    title = f"{team}: {team.title}, " if team.title else f"{team}: "
    wanted = ", volunteers wanted" if team.wanted else ""
    return f"{title}{lead_text(roster, team)}, {counted(len(roster.members(team)), 'member')}{wanted}"


def whole(roster: Roster, team: Team, meets: str) -> list[str]:
    """All about a team in two lines; ``meets`` says when it meets next, if it does."""
    phase = _AT_WORK.get(team.phase, "")
    people = roster.members(team)
    first = [
        f"{team}: {team.title or team.name}, {lead_text(roster, team)}{f', {phase}' if phase else ''}",
        f"{counted(len(people), 'member')}{f': {names(roster, team, people)}' if people else ''}",
        f"Volunteers wanted: {team.wanted}" if team.wanted else "",
        f"https://launchpad.net/~{team.launchpad}" if team.launchpad else "",
    ]
    second = [
        team.about,
        meets,
        f"Room {team.channel}" if team.channel else "",
        f"List {team.mailing_list}" if team.mailing_list else "",
        f"Tags {', '.join(team.tags)}" if team.tags else "",
        f"Areas {', '.join(team.areas)}" if team.areas else "",
    ]
    return [text for text in (_sentences(first), _sentences(second)) if text]


def _sentences(parts: Sequence[str]) -> str:
    """Sentences in one line; an address keeps its end free."""
    return " ".join(part if "://" in part else sentence(part) for part in parts if part)


def sentence(text: object) -> str:
    """A text, with a full stop where it has no end of its own."""
    said = str(text)
    return said if said.endswith((".", "!", "?")) else f"{said}."


def names(roster: Roster, team: Team, people: Sequence[Person]) -> str:
    """People of a team by name, with their roles; not all where they are many."""
    roles = {member.person: member.role for member in team.members}
    shown = [f"{one} ({roles[one.id]})" if roles.get(one.id) else str(one) for one in people[:_MOST_NAMES]]
    more = len(people) - len(shown)
    return listed([*shown, f"{more} more"]) if more else ", ".join(shown)


def person_text(
    roster: Roster,
    person: Person,
    now: datetime,
    *,
    is_coordinator: bool,
    work: Sequence[str] = (),
) -> list[str]:
    """Who somebody is: on which teams, what they lead, whether away, their time, what they work on."""
    parts = []
    led = roster.led_by(person)
    on = [team.name for team in roster.teams_of(person) if team not in led]
    if is_coordinator:
        parts.append("coordinator")
    if led:
        parts.append("leads " + listed(_led(team) for team in led))
    if on:
        parts.append(f"on {listed(on)}")
    elif not led:
        parts.append("on no team")
    zone = ZoneInfo(person.zone) if person.zone else None
    if person.away_on((now.astimezone(zone) if zone else now).date()):
        parts.append(away_text(person))
    launchpad = f" (~{person.launchpad} on Launchpad)" if person.launchpad else ""
    local = f" There it is {now.astimezone(zone):%a %H:%M} ({person.zone})." if zone else ""
    lines = [f"{person}{launchpad}: {'; '.join(parts)}.{local}"]
    if work:
        more = f" and {len(work) - 5} more" if len(work) > 5 else ""
        lines.append(f"{person} works on {', '.join(work[:5])}{more}.")
    return lines


def _led(team: Team) -> str:
    return f"{team} (unconfirmed)" if team.lead_state is LeadState.UNCONFIRMED else str(team)


def away_text(person: Person) -> str:
    """``away until Fri 4 December (holidays)``."""
    until = f" until {day_text(person.away_until)}" if person.away_until else ""
    why = f" ({shorten(person.away_why, 100)})" if person.away_why else ""
    return f"away{until}{why}"


def day_text(day: date) -> str:
    """``Fri 4 December 2026``."""
    return f"{day:%a} {day.day} {day:%B %Y}"
