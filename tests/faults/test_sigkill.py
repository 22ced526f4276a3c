"""Muster is killed at random points of a meeting, and comes back with all that it has confirmed.

On a server that keeps history nothing at all is lost; on one that keeps none, what was lost is a gap.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.assembly import Assembly, muster
from tests.faults.peer import Peer

KILLS = 7


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("history", [True, False], ids=["history", "no history"])
async def test_killed_at_random_points_a_meeting_comes_to_what_it_must(
    tmp_path: Path, history: bool, seed: int
) -> None:
    async with Peer(history=history) as peer:
        meeting = Assembly(peer, muster(tmp_path, peer.port), seed)
        rng = meeting.rng
        await meeting.begin()
        for _ in range(KILLS):
            for _ in range(rng.randint(1, 12)):
                meeting.step()
                if rng.random() < 0.2:
                    await meeting.sync()
            await meeting.ballot()
            await meeting.sync()
            meeting.rename(meeting.chair())
            await meeting.sync()
            for _ in range(rng.randint(0, 6)):
                meeting.step()
            if rng.random() < 0.3:
                await meeting.sync()
            else:  # let it come to somewhere in the middle of those
                await asyncio.sleep(rng.choice([0, 0.001, 0.002, 0.005, 0.01]))
            await meeting.revive(await meeting.kill())
        await meeting.end()
        meeting.check_files()
        await meeting.bot.close()
