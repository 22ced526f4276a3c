"""From the start of the process to being in the room."""

from __future__ import annotations

from collections.abc import Iterator

from bench.crowd import members_of
from bench.figures import Figure, median
from bench.muster import folder, started
from bench.peer import Peer

AIM = 1.5


def measure(rounds: int = 5) -> Iterator[Figure]:
    """With no database yet, and with one."""
    first: list[float] = []
    later: list[float] = []
    for _ in range(rounds):
        with folder() as where:
            for times in (first, later):
                with Peer({"#room": members_of(0)}, tagged=True) as peer, started(where, peer) as muster:
                    times.append(peer.wait_joined() - muster.started)
    yield Figure("from start to joined", median(later), "s", AIM)
    yield Figure("the same when it must make its database first", median(first), "s", AIM)
