"""Lines per second: read, journaled, folded and durable; against what the bare ``irc`` client reads."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from bench import bare_client
from bench.crowd import CHAIRS, PEOPLE, lines, members_of
from bench.figures import Figure, median
from bench.muster import ROOT, FailedError, in_rooms
from bench.peer import Peer, is_pong

AIM = 20_000.0


def measure(count: int = 100_000, rounds: int = 3) -> Iterator[Figure]:
    """Feed ``count`` lines as fast as they are taken, in one room and in fifty, ``rounds`` times each."""
    bare = median([_bare(count) for _ in range(rounds)])
    for rooms, tagged, name in (
        (1, False, "lines journaled and folded, one room"),
        (1, True, "the same with IRCv3 tags on each line"),
        (50, True, "lines journaled and folded, fifty rooms (with tags)"),
    ):
        rate, cpu = _muster(rooms, count, rounds, tagged=tagged)
        ratio = "" if tagged else f", {rate / bare:.2f} of the bare client"
        yield Figure(
            name, rate, "lines/s", AIM, more_is_better=True, note=f"{cpu * 1e6:.0f} us of CPU each{ratio}"
        )
    yield Figure("the irc package's client alone, an empty handler, one room", bare, "lines/s")


def _muster(rooms: int, count: int, rounds: int, *, tagged: bool) -> tuple[float, float]:
    """Lines a second, and seconds of processor time for each: medians."""
    names = [f"#room{number}" for number in range(rooms)]
    places = {name: members_of(number) for number, name in enumerate(names)}
    rates, costs = [], []
    with in_rooms(places, tagged=tagged) as (muster, peer):
        peer.start_meetings(names)
        for turn in range(rounds):
            kept, used = muster.lines_kept(), muster.cpu()
            data = lines(names, count, tagged=tagged)
            begun = time.perf_counter()
            peer.flood(data)
            # Its answer waits for the commit of all that was said in the room before.
            for at, name in enumerate(names, turn * rooms):
                peer.send(peer.said(PEOPLE[at % len(PEOPLE)], name, "!ping"))
            last = peer.answers(rooms, is_pong)[-1]
            rates.append(count / (last.at - begun))
            costs.append((muster.cpu() - used) / count)
            kept = muster.lines_kept() - kept
            if kept < count + rooms:
                raise FailedError(f"{kept} lines of {count + rooms} were durable when they were confirmed")
    return median(rates), median(costs)


def _bare(count: int) -> float:
    name = "#room0"
    with Peer({name: CHAIRS}) as peer:
        command = [sys.executable, "-m", bare_client.__name__, str(peer.port), name]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)
        try:
            peer.accept()
            peer.wait_joined()
            data = lines([name], count, tagged=False)
            begun = time.perf_counter()
            peer.flood(data)
            peer.send("PING :done")
            peer.wait(lambda: "done" in peer.pongs)
            return count / (time.perf_counter() - begun)
        finally:
            process.kill()
            process.wait()
