"""What a line costs that is repeated in another place of its room."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bot.model import Actor, Kind
from bot.testing import Stage

AT_MOST = 150.0
"""Microseconds."""


async def _seconds(folder: Path, lines: int, *, linked: bool) -> float:
    """How long it takes to hear, keep and repeat so many lines."""
    places = ["jabber/nova@c"] if linked else []
    networks = {"jabber": "xmpp"} if linked else {}
    async with Stage(folder, settings="log = always", networks=networks, linked=places) as stage:
        network, room = stage.network, stage.room
        said = [
            network.line(room, Kind.SAID, Actor("test", f"nick{n % 50}"), f"what somebody says, number {n}")
            for n in range(lines)
        ]
        begun = time.perf_counter()
        for line in said:
            network.hub.hear(line)
        await stage.app.hub.idle()
        return time.perf_counter() - begun


def measure(lines: int = 20_000, runs: int = 3) -> Iterator[Figure]:
    """The best of some runs each, with the places linked and without."""
    taken = {}
    for linked in (False, True):
        found = []
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as folder:
                found.append(asyncio.run(_seconds(Path(folder), lines, linked=linked)))
        taken[linked] = min(found)
    cost = max(1_000_000 * (taken[True] - taken[False]) / lines, 0.01)
    yield Figure("repeating a line in another place, on top of hearing and keeping it", cost, "us", AT_MOST)
