"""The teams of a roster's file, each read as an entry. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from bot.model import Room
from bot.text import fold_nick, listed, nearest
from plugins.rosters.document import Named, TeamEntry
from plugins.rosters.entries import Reading, is_network, tried
from plugins.rosters.fields import read_field, read_words
from plugins.rosters.meets_entries import read_series
from plugins.rosters.names import team_problem
from plugins.rosters.nodes import line_of, shown
from plugins.rosters.roster import LeadState

_TEXTS = ("title", "about", "channel", "launchpad", "list", "wanted", "zone", "phase")
TEAM_KEYS = (*_TEXTS, "tags", "areas", "lead", "lead_state", "members", "volunteers", "meets", "retired")
"""What may stand under a team."""

_ATTRIBUTES = {"list": "mailing_list"}
_LONGEST_ROLE = 64


def read_team(reading: Reading, name: str, key: yaml.Node, node: yaml.Node) -> TeamEntry:
    """The entry under a name."""
    nodes, what = reading.nodes, f"team {name}"
    problem = team_problem(name)
    if problem:
        nodes.wrong(key, problem)
    fields: dict[str, Any] = {}
    lines: dict[str, int] = {}
    said: dict[str, Any] = {}
    state: tuple[yaml.Node, LeadState] | None = None
    lead: tuple[yaml.Node, Named | None] | None = None
    for part, part_key, value in nodes.mapping(node, what, TEAM_KEYS):
        lines[part] = line_of(part_key)
        if part in _TEXTS or part in {"tags", "areas"}:
            found = _field(reading, value, what, part)
            if found is not None:
                fields[_ATTRIBUTES.get(part, part)] = found
        elif part == "lead":
            who = nodes.text(value, f"{what}: lead")
            lead = (value, Named(who, line_of(value)) if who else None)
        elif part == "lead_state":
            found_state = _lead_state(reading, value, what)
            state = (value, found_state) if found_state is not None else state
        elif part == "retired":
            said["is_retired"] = bool(nodes.yes_or_no(value, f"{what}: retired"))
        elif part == "meets":
            said["meets"] = value
        else:
            said[part] = tuple(_named(reading, value, f"{what}: {part}"))
    if "meets" in said:  # now that the team's zone is known
        said["meets"] = tuple(read_series(reading, said["meets"], what, fields.get("zone", "")))
    said |= _led(reading, what, lead, state)
    return TeamEntry(name, line_of(key), fields, lines=lines, **said)


def _field(reading: Reading, node: yaml.Node, what: str, part: str) -> Any:
    nodes = reading.nodes
    if part in {"tags", "areas"}:
        words = [text for text, _ in nodes.texts(node, f"{what}: {part}")]
        return tried(reading, node, what, lambda: read_words(part, words))
    said = nodes.text(node, f"{what}: {part}")
    if said is None or (part == "phase" and not said):
        return None
    if part == "channel" and said:
        network, slash, _ = said.partition("/")
        if not slash:
            nodes.wrong(node, f"{what}: channel {shown(said)} names no network: write NETWORK/#ROOM")
            return None
        if not is_network(reading, node, what, network):
            return None
    return tried(reading, node, what, lambda: read_field(part, said, _room))


def _room(text: str) -> Room:
    network, _, name = text.partition("/")
    return Room(network, fold_nick(name))


def _lead_state(reading: Reading, node: yaml.Node, what: str) -> LeadState | None:
    said = (reading.nodes.text(node, f"{what}: lead_state") or "").lower()
    known = [state.value for state in LeadState]
    if said in known:
        return LeadState(said)
    near = nearest(said, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"it is {listed(known, 'or')}"
    reading.nodes.wrong(node, f"{what}: there is no lead_state {shown(said)}: {hint}")
    return None


def _led(
    reading: Reading,
    what: str,
    lead: tuple[yaml.Node, Named | None] | None,
    state: tuple[yaml.Node, LeadState] | None,
) -> dict[str, Any]:
    """Who leads a team and how sure that is. Nothing is said where neither is."""
    named = lead[1] if lead else None
    if named is None and state is not None and state[1] is not LeadState.VACANT:
        reading.nodes.wrong(state[0], f"{what}: lead_state is {state[1]}, but there is no lead")
    if named is not None and state is not None and state[1] is LeadState.VACANT:
        reading.nodes.wrong(state[0], f"{what}: lead_state is vacant, but the lead is {named.name}")
    if named is None:
        return {"lead_state": LeadState.VACANT} if lead or state else {}
    return {"lead": named, "lead_state": state[1] if state else LeadState.CONFIRMED}


def _named(reading: Reading, node: yaml.Node, what: str) -> Iterator[Named]:
    """People by name, in a list, or in a mapping to their roles."""
    seen: set[str] = set()
    if isinstance(node, yaml.MappingNode):
        found = [
            (name, key, reading.nodes.text(value, f"{what}: the role of {name}"))
            for name, key, value in reading.nodes.mapping(node, what)
        ]
    else:
        found = [(name, one, None) for name, one in reading.nodes.texts(node, what)]
    for name, one, role in found:
        if role is not None and len(role) > _LONGEST_ROLE:
            reading.nodes.wrong(one, f"{what}: a role has {_LONGEST_ROLE} characters at most")
        elif fold_nick(name) in seen:
            reading.nodes.wrong(one, f"{what}: {shown(name)} stands there twice")
        else:
            yield Named(name, line_of(one), role)
        seen.add(fold_nick(name))
