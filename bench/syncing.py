"""Whether chat waits while 5,000 blueprints are read from a Launchpad in a process of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.crowd import PEOPLE, members_of
from bench.figures import Figure, percentile
from bench.muster import ROOT, FailedError, in_rooms
from bench.peer import is_pong
from bench.project import BLUEPRINTS
from bench.replies import latencies

DURING = 0.020
_ROOM = "#project"
_KEPT = "SELECT count(*) FROM tracker_item"
_PATIENCE = 300.0  # seconds for a whole sync

_CONFIGURATION = """
[tracker]
type = launchpad
project = nova
service_root = {address}
"""


@contextlib.contextmanager
def launchpad(blueprints: int) -> Iterator[str]:
    """A Launchpad with so many blueprints; its address."""
    command = [sys.executable, "-m", "tests.launchpad", "--port", "0", "--blueprints", str(blueprints)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise FailedError("the Launchpad for tests says nothing")
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def measure(samples: int = 50, every: float = 0.02, blueprints: int = BLUEPRINTS) -> Iterator[Figure]:
    """Ask ``samples`` at a time until all blueprints are kept, then as often again."""
    lines = iter(range(10**9))

    def ask(count: int) -> list[float]:
        asked = [peer.said(PEOPLE[next(lines) % len(PEOPLE)], _ROOM, "!ping") for _ in range(count)]
        return latencies(peer, asked, is_pong, every=every, load=0)

    with (
        launchpad(blueprints) as address,
        in_rooms({_ROOM: members_of(0)}, more=_CONFIGURATION.format(address=address)) as (running, peer),
    ):
        begun = time.perf_counter()
        during: list[float] = []
        while (kept := running.count(_KEPT)) < blueprints:
            during += ask(samples)
            if time.perf_counter() - begun > _PATIENCE:
                raise FailedError(f"only {kept} blueprints were read in {_PATIENCE:.0f} s")
        took = time.perf_counter() - begun
        during += ask(samples) if not during else []
        after = ask(len(during))
    what = f"while {blueprints:,} blueprints are read from Launchpad"
    yield Figure(f"reading {blueprints:,} blueprints from Launchpad, at most", took, "s")
    yield Figure(f"!ping {what}, p50", percentile(during, 0.5) * 1e3, "ms")
    yield Figure(f"!ping {what}, p99", percentile(during, 0.99) * 1e3, "ms", DURING * 1e3)
    yield Figure(f"longest !ping {what}", max(during) * 1e3, "ms")
    yield Figure("!ping after that, p99", percentile(after, 0.99) * 1e3, "ms")
