"""A project of the size that the benches ask for: teams with their people, milestones, blueprints and bugs,
always the same.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.million import person_name, room_name

TEAMS = 200
BLUEPRINTS = 5_000
BUGS = 2_000


@dataclass(frozen=True, slots=True)
class Size:
    """How large a project is."""

    teams: int = TEAMS
    blueprints: int = BLUEPRINTS
    bugs: int = BUGS


LARGE = Size()

MEMBERS = 6
"""Of each team, its lead among them."""

_PARTS = """
live migration volume snapshot scheduler quota network floating address image cache console rescue resize zone
aggregate policy token keypair metadata flavor tenant agent driver queue message schema index audit upgrade
backup restore attach detach iscsi multipath resume evacuate placement limits paging errors docs tests fakes
""".split()  # noqa: SIM905
_STATES = ("Not started", "Started", "Good progress", "Needs Code Review", "Implemented", "Blocked")
_PRIORITIES = ("Low", "Medium", "High", "Essential", "Undefined")
_STATUSES = ("New", "New", "Triaged", "Confirmed", "In Progress", "Fix Released")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
MILESTONES = tuple(f"essex-{number}" for number in range(1, 5))


def team_name(number: int) -> str:
    """The short name of a team."""
    return f"team-{number:03}"


def blueprint_name(number: int) -> str:
    """The name of a blueprint."""
    chance = random.Random(number)
    return "-".join(chance.sample(_PARTS, 3)) + f"-{number}"


def write_teams(file: Path, count: int = TEAMS, network: str = "bench", rooms: int = 0) -> None:
    """A roster, for ``muster teams import``. The first ``rooms`` teams have a room, those of
    :mod:`bench.million`.
    """
    names = [[person_name(number, place) for place in range(MEMBERS)] for number in range(count)]
    rows = ["people:"]
    rows += [f"  {name}: {{ accounts: [{network}/{name}] }}" for some in names for name in some]
    rows += ["teams:"]
    for number, members in enumerate(names):
        chance = random.Random(number)
        name = team_name(number)
        rows += [
            f"  {name}:",
            f"    title: Team {number}",
            f"    about: {' and '.join(chance.sample(_PARTS, 3))}",
            f"    launchpad: {name}",
            f"    tags: [{', '.join(chance.sample(_PARTS, 3))}]",
            f"    lead: {members[0]}",
            f"    members: [{', '.join(members)}]",
            f"    meets: every {chance.choice(_DAYS)} {chance.randrange(24):02}:00 UTC",
        ]
        if number < rooms:
            rows.append(f'    channel: "{network}/{room_name(number)}"')
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_tracker(file: Path, blueprints: int = BLUEPRINTS, teams: int = TEAMS, bugs: int = 0) -> None:
    """A tracker's contents, for ``muster tracker import``; four of five blueprints have a team, and half of
    the bugs.
    """
    milestones = [
        {"name": name, "series": "essex", "due": f"2027-0{n}-15"} for n, name in enumerate(MILESTONES, 1)
    ]
    made = {
        "milestones": milestones,
        "blueprints": [_blueprint(number, teams) for number in range(blueprints)],
        "bugs": [_bug(number, teams) for number in range(bugs)],
    }
    file.write_text(json.dumps(made), encoding="utf-8")


def _blueprint(number: int, teams: int) -> dict[str, str]:
    chance = random.Random(number)
    return {
        "name": blueprint_name(number),
        "title": " ".join(chance.choices(_PARTS, k=6)).capitalize(),
        "summary": " ".join(chance.choices(_PARTS, k=40)).capitalize() + ".",
        "priority": chance.choice(_PRIORITIES),
        "definition": "Approved",
        "implementation": chance.choice(_STATES),
        "assignee": team_name(number % teams) if number % 5 else "",
        "milestone": chance.choice(("", *MILESTONES)),
    }


def _bug(number: int, teams: int) -> dict[str, str]:
    chance = random.Random(number)
    return {
        "title": " ".join(chance.choices(_PARTS, k=6)).capitalize() + f", case {number}",
        "description": " ".join(chance.choices(_PARTS, k=40)).capitalize() + ".",
        "status": chance.choice(_STATUSES),
        "assignee": team_name(number % teams) if number % 2 else "",
        "created": (datetime(2026, 11, 1, tzinfo=UTC) - timedelta(hours=number)).isoformat(),
    }
