"""Looking blueprints up among 5,000 of 200 teams, from the line to the reply, within one process."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Figure, percentile
from bot.model import Actor, Kind
from bot.plugin import By, Plugin
from bot.testing import Stage
from plugins.blueprints import Blueprints
from plugins.rosters import LeadState, Person, Roster, Rosters, Team
from plugins.tracker import Item, ItemKind, Milestone, Ref, Tracker

ONE = 10.0
MANY = 50.0
"""Milliseconds that ``!bp`` and ``!bps`` may take."""
_MILESTONES = 10
_PARTS = ("live", "vol", "net", "api", "auth", "xen", "kvm", "quota", "image", "zone", "boot", "pool")
_WORDS = ("migration", "snapshots", "scheduler", "driver", "tests", "limits", "events", "cleanup", "records")


def measure(count: int = 5_000, teams: int = 200, asked: int = 100) -> Iterator[Figure]:
    """Ask each question ``asked`` times."""
    with tempfile.TemporaryDirectory() as folder:
        took = asyncio.run(_asked(Path(folder), count, teams, asked))
    for name, (times, aim) in took.items():
        yield Figure(f"{name}, {count:,} blueprints, p50", percentile(times, 0.5) * 1e3, "ms")
        yield Figure(f"{name}, {count:,} blueprints, p99", percentile(times, 0.99) * 1e3, "ms", aim)


async def _asked(folder: Path, count: int, teams: int, asked: int) -> dict[str, tuple[list[float], float]]:
    items = _items(count, teams)
    names = list(items)
    chance = random.Random(5)
    questions: dict[str, tuple[Callable[[], str], float]] = {
        "!bp by its name": (lambda: f"!bp {chance.choice(names)}", ONE),
        "!bp by words": (lambda: f"!bp {chance.choice(_WORDS)} of {chance.randrange(count)}", ONE),
        "!bp of what is not there": (lambda: f"!bp {chance.choice(names)}-x", ONE),
        "!bps of a team for a milestone": (lambda: f"!bps team-{chance.randrange(teams)} m-2", MANY),
        "!bps of no team": (lambda: "!bps none", MANY),
        "!bps, all": (lambda: "!bps all", MANY),
    }
    plugins: dict[str, type[Plugin]] = {"rosters": Rosters, "tracker": Tracker, "blueprints": Blueprints}
    async with Stage(folder, plugins=plugins) as stage:
        stage.app.hub.plugin(Rosters).roster = _roster(teams)
        tracker = stage.app.hub.plugin(Tracker)
        for item in items.values():
            tracker.items.keep(item)
        by = By(Actor("test", "bench"), None, stage.clock.now())
        for number in range(_MILESTONES):
            await tracker.add_milestone(Milestone(f"m-{number}"), by)
        return {
            name: ([await _took(stage, question(), f"{number}{place}") for number in range(asked)], aim)
            for place, (name, (question, aim)) in enumerate(questions.items())
        }


async def _took(stage: Stage, text: str, who: str) -> float:
    """Seconds until somebody is answered who never asked before."""
    network = stage.network
    actor = network.actor(stage.room, f"p{who}", account=f"p{who}")
    await stage.app.hub.idle()
    network.said.clear()
    begun = time.perf_counter()
    network.hub.hear(network.line(stage.room, Kind.SAID, actor, text))
    await stage.app.hub.idle()
    took = time.perf_counter() - begun
    if not network.said:
        raise RuntimeError(f"{text} was not answered")
    return took


def _items(count: int, teams: int) -> dict[str, Item]:
    """Blueprints of teams, of their people, and of nobody, for some milestones."""
    chance = random.Random(7)
    items = {}
    for number in range(count):
        name = f"{chance.choice(_PARTS)}-{chance.choice(_WORDS)}-{number}"
        holder = chance.choice((f"team-{number % teams}", f"person{number % (teams * 4)}", ""))
        items[name] = Item(
            Ref(ItemKind.BLUEPRINT, name),
            f"The {chance.choice(_WORDS)} of {number}",
            assignee=holder,
            milestone=f"m-{chance.randrange(_MILESTONES)}",
        )
    return items


def _roster(teams: int) -> Roster:
    people = [Person(number, f"person{number}") for number in range(teams * 4)]
    return Roster(
        [
            Team(number, f"team-{number}", lead=number, lead_state=LeadState.CONFIRMED)
            for number in range(teams)
        ],
        people,
    )
