"""The pages of a project of 200 teams and 5,000 blueprints: from the request to the last byte, 50 at once."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import readers
from bench.crowd import members_of
from bench.figures import Figure, percentile
from bench.muster import in_rooms, muster
from bench.project import (
    BLUEPRINTS,
    MILESTONES,
    TEAMS,
    blueprint_name,
    team_name,
    write_blueprints,
    write_teams,
)

AIM = 0.100


def measure(samples: int = 50, blueprints: int = BLUEPRINTS, teams: int = TEAMS) -> Iterator[Figure]:
    """Ask ``samples`` times for each kind of page, each time for another of them where there are others."""

    def prepare(where: Path, configuration: Path) -> None:
        write_teams(where / "teams.yaml", teams)
        write_blueprints(where / "blueprints.json", blueprints, teams)
        muster("teams", "import", "-c", str(configuration), str(where / "teams.yaml"))
        muster("tracker", "import", "-c", str(configuration), str(where / "blueprints.json"))

    chance = random.Random(7)
    port = _free_port()
    kinds: dict[str, Callable[[], str]] = {
        "home": lambda: "/",
        "all teams": lambda: "/teams/",
        "a team": lambda: f"/teams/{team_name(chance.randrange(teams))}/",
        "people": lambda: "/people/",
        "all milestones": lambda: "/milestones/",
        "a milestone": lambda: f"/milestones/{chance.choice(MILESTONES)}/",
        "blueprints of a team": lambda: f"/blueprints/?team={team_name(chance.randrange(teams))}",
        "a blueprint": lambda: f"/blueprints/{blueprint_name(chance.randrange(blueprints))}/",
        "triage": lambda: "/triage/",
        "calendar of all": lambda: "/calendar.ics",
    }
    web = f"[web]\nlisten = 127.0.0.1:{port}\nprocesses = {os.cpu_count() or 1}\n"
    with in_rooms({"#project": members_of(0)}, more=web, prepare=prepare):
        for what, path in kinds.items():
            readers.read(port, [(what, path())], 1)  # templates are read once
            took = readers.read(port, [(what, path()) for _ in range(samples)])[what]
            size = f"{teams} teams, {blueprints:,} blueprints, {readers.AT_ONCE} at once"
            yield Figure(f"page: {what}, {size}, p50", percentile(took, 0.5) * 1e3, "ms")
            yield Figure(f"page: {what}, {size}, p99", percentile(took, 0.99) * 1e3, "ms", AIM * 1e3)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
