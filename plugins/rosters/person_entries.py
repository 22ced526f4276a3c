"""The people of a roster's file, each read as an entry. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from bot.zones import read_zone
from plugins.rosters.document import Away, PersonEntry
from plugins.rosters.entries import Reading, is_network, read_day, read_part
from plugins.rosters.fields import read_handle
from plugins.rosters.names import person_problem
from plugins.rosters.nodes import line_of, shown

_PERSON = ("launchpad", "accounts", "zone", "coordinator", "away")
_LONGEST_WHY = 200


def read_person(reading: Reading, name: str, key: yaml.Node, node: yaml.Node) -> PersonEntry:
    """The entry under a name."""
    nodes, what = reading.nodes, f"person {name}"
    problem = person_problem(name)
    if problem:
        nodes.wrong(key, problem)
    said: dict[str, Any] = {}
    for part, _, value in nodes.mapping(node, what, _PERSON):
        if part == "accounts":
            said["accounts"] = tuple(_accounts(reading, value, what))
        elif part == "coordinator":
            said["is_coordinator"] = nodes.yes_or_no(value, f"{what}: coordinator")
        elif part == "away":
            said["away"] = _away(reading, value, f"{what}: away")
        else:
            read = read_handle if part == "launchpad" else read_zone
            said[part] = read_part(reading, value, f"{what}: {part}", read)
    return PersonEntry(name, line_of(key), **said)


def _accounts(reading: Reading, node: yaml.Node, what: str) -> Iterator[tuple[str, str]]:
    for said, where in reading.nodes.texts(node, f"{what}: accounts"):
        network, slash, account = said.partition("/")
        if not slash or not account or " " in said:
            reading.nodes.wrong(where, f"{what}: {shown(said)} is no account: write NETWORK/ACCOUNT")
        elif is_network(reading, where, what, network):
            yield network, account


def _away(reading: Reading, node: yaml.Node, what: str) -> Away | None:
    until, why = None, ""
    for part, _, value in reading.nodes.mapping(node, what, ("until", "why")):
        if part == "until":
            until = read_day(reading, value, f"{what}: until")
        else:
            why = reading.nodes.text(value, f"{what}: why") or ""
            if len(why) > _LONGEST_WHY:
                reading.nodes.wrong(value, f"{what}: why has {_LONGEST_WHY} characters at most")
    return Away(until, why)
