"""A roster's file read: YAML to a :class:`~plugins.rosters.document.Document`, and every mistake in it. Pure.

people:
  bcwaldon:
    launchpad: bcwaldon
    accounts: [oftc/bcwaldon]
teams:
  nova-api:
    title: Nova API
    lead: bcwaldon
    lead_state: confirmed
    meets: every thursday 21:00 UTC
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from bot.text import fold_nick
from plugins.rosters.document import Document, Mistake, PersonEntry, TeamEntry
from plugins.rosters.entries import Reading
from plugins.rosters.nodes import Nodes
from plugins.rosters.person_entries import read_person
from plugins.rosters.team_entries import read_team


def read_document(
    text: str, *, networks: Collection[str], today: date, zone: str
) -> tuple[Document, list[Mistake]]:
    """What a file says, as far as it could be read, and all mistakes by their lines."""
    reading = Reading(networks, today, zone)
    nodes = reading.nodes
    people: list[PersonEntry] = []
    teams: list[TeamEntry] = []
    root = nodes.root(text)
    if root is not None:
        for key, _, value in nodes.mapping(root, "a roster", ("people", "teams")):
            if key == "people":
                people += (read_person(reading, *entry) for entry in nodes.mapping(value, "people"))
            else:
                teams += (read_team(reading, *entry) for entry in nodes.mapping(value, "teams"))
    _once_each(nodes, people, teams)
    return Document(tuple(people), tuple(teams)), sorted(nodes.mistakes)


def _once_each(nodes: Nodes, people: list[PersonEntry], teams: list[TeamEntry]) -> None:
    """What is one person's or one team's does not stand at two."""
    taken: dict[tuple[str, str], str] = {}

    def take(kind: str, value: str, whose: str, line: int) -> None:
        first = taken.setdefault((kind, value), whose)
        if first != whose:
            nodes.mistakes.append(Mistake(line, f"{whose}: the {kind} {value} is {first}'s"))

    for person in people:
        whose = f"person {person.name}"
        take("name", fold_nick(person.name), whose, person.line)
        if person.launchpad:
            take("Launchpad id", person.launchpad, whose, person.line)
        for network, account in person.accounts:
            take("account", f"{network}/{fold_nick(account)}", whose, person.line)
    for team in teams:
        for key in ("channel", "launchpad"):
            if team.fields.get(key) and not team.is_retired:
                take(f"{key}", fold_nick(team.fields[key]), f"team {team.name}", team.lines[key])
