"""From a question about blueprints to its answer, with 5,000 blueprints and 200 teams."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from bench.crowd import PEOPLE, members_of
from bench.figures import Figure, percentile
from bench.muster import in_rooms, muster
from bench.peer import Peer
from bench.project import (
    BLUEPRINTS,
    MILESTONES,
    TEAMS,
    blueprint_name,
    team_name,
    write_teams,
    write_tracker,
)

BY_NAME = 0.010
LISTED = 0.050
_ROOM = "#project"


def measure(
    samples: int = 200, every: float = 0.05, blueprints: int = BLUEPRINTS, teams: int = TEAMS
) -> Iterator[Figure]:
    """Ask ``samples`` times for each figure."""

    def prepare(where: Path, configuration: Path) -> None:
        write_teams(where / "teams.yaml", teams)
        write_tracker(where / "blueprints.json", blueprints, teams)
        muster("teams", "import", "-c", str(configuration), str(where / "teams.yaml"))
        muster("tracker", "import", "-c", str(configuration), str(where / "blueprints.json"))

    chance = random.Random(5)
    names = [blueprint_name(chance.randrange(blueprints)) for _ in range(samples)]
    questions = {
        "!bp NAME": ([f"!bp {name}" for name in names], BY_NAME),
        "!bp PREFIX": ([f"!bp {name[:-1]}" for name in names], None),
        "!bps TEAM MILESTONE": (
            [f"!bps {team_name(chance.randrange(teams))} {chance.choice(MILESTONES)}" for _ in names],
            LISTED,
        ),
        "!bps": (["!bps"] * samples, LISTED),
        "!bps none": (["!bps none"] * samples, LISTED),
        "!similar WORDS": ([f"!similar {name.rpartition('-')[0].replace('-', ' ')}" for name in names], None),
    }
    with in_rooms({_ROOM: members_of(0)}, prepare=prepare) as (_, peer):
        for what, (asked, aim) in questions.items():
            # In turn, so that nobody asks faster than one is answered.
            lines = [peer.said(PEOPLE[n % len(PEOPLE)], _ROOM, text) for n, text in enumerate(asked)]
            took = [_answered(peer, line, every) for line in lines]
            size = f"{blueprints:,} blueprints, {teams} teams"
            yield Figure(f"{what}, {size}, p50", percentile(took, 0.5) * 1e3, "ms")
            yield Figure(f"{what}, {size}, p99", percentile(took, 0.99) * 1e3, "ms", aim and aim * 1e3)


def _answered(peer: Peer, line: str, quiet: float) -> float:
    """Seconds until the last line of the answer to one line: all that comes before it is ``quiet``."""
    sent = peer.send(line)
    (first,) = peer.answers(1, lambda _answer: True)[:1]
    last = first.at
    while answers := peer.pump(quiet):
        last = answers[-1].at
    return last - sent
