"""A project of the size that the benches ask for: teams, milestones and blueprints, always the same."""

from __future__ import annotations

import json
import random
from pathlib import Path

TEAMS = 200
BLUEPRINTS = 5_000

_PARTS = """
live migration volume snapshot scheduler quota network floating address image cache console rescue resize zone
aggregate policy token keypair metadata flavor tenant agent driver queue message schema index audit upgrade
backup restore attach detach iscsi multipath resume evacuate placement limits paging errors docs tests fakes
""".split()  # noqa: SIM905
_STATES = ("Not started", "Started", "Good progress", "Needs Code Review", "Implemented", "Blocked")
_PRIORITIES = ("Low", "Medium", "High", "Essential", "Undefined")
MILESTONES = tuple(f"essex-{number}" for number in range(1, 5))


def team_name(number: int) -> str:
    """The short name of a team."""
    return f"team-{number:03}"


def blueprint_name(number: int) -> str:
    """The name of a blueprint."""
    chance = random.Random(number)
    return "-".join(chance.sample(_PARTS, 3)) + f"-{number}"


def write_teams(file: Path, count: int = TEAMS) -> None:
    """A roster, for ``muster teams import``."""
    rows = ["teams:"]
    for number in range(count):
        chance = random.Random(number)
        name = team_name(number)
        rows += [
            f"  {name}:",
            f"    title: Team {number}",
            f"    about: {' and '.join(chance.sample(_PARTS, 3))}",
            f"    launchpad: {name}",
            f"    tags: [{', '.join(chance.sample(_PARTS, 3))}]",
        ]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_blueprints(file: Path, count: int = BLUEPRINTS, teams: int = TEAMS) -> None:
    """A tracker's contents, for ``muster tracker import``; four of five blueprints have a team."""
    made = []
    for number in range(count):
        chance = random.Random(number)
        made.append(
            {
                "name": blueprint_name(number),
                "title": " ".join(chance.choices(_PARTS, k=6)).capitalize(),
                "summary": " ".join(chance.choices(_PARTS, k=40)).capitalize() + ".",
                "priority": chance.choice(_PRIORITIES),
                "definition": "Approved",
                "implementation": chance.choice(_STATES),
                "assignee": team_name(number % teams) if number % 5 else "",
                "milestone": chance.choice(("", *MILESTONES)),
            }
        )
    milestones = [
        {"name": name, "series": "essex", "due": f"2027-0{n}-15"} for n, name in enumerate(MILESTONES, 1)
    ]
    file.write_text(json.dumps({"milestones": milestones, "blueprints": made}), encoding="utf-8")
