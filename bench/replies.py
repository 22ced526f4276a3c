"""From a command to its reply: at rest, and while a thousand lines a second come."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator

from bench.crowd import CHAIRS, PEOPLE, lines, members_of
from bench.figures import Figure, percentile
from bench.muster import ROOT, in_rooms
from bench.peer import Answer, Peer, is_chairs, is_pong

AT_REST = 0.002
UNDER_LOAD = 0.004
_MEETING, _QUIET = "#meeting", "#quiet"
_BATCH = 0.001  # seconds of load sent at once


def measure(samples: int = 300, load: int = 1000, every: float = 0.02) -> Iterator[Figure]:
    """Ask ``samples`` times for each figure; ``load`` is lines a second, ``every`` seconds between asking."""
    yield from _machine(samples, every)
    with in_rooms({_MEETING: members_of(0), _QUIET: members_of(1)}) as (_, peer):
        peer.start_meetings([_MEETING])
        for name, command, room, wanted in (
            ("!ping", "!ping", _QUIET, is_pong),
            ("#chair, its commit included", "#chair p3", _MEETING, is_chairs),
        ):
            speakers = PEOPLE if command == "!ping" else CHAIRS
            asked = [peer.said(speakers[n % len(speakers)], room, command) for n in range(samples)]
            for state, rate, aim in (("at rest", 0, AT_REST), (f"under {load:,} lines/s", load, UNDER_LOAD)):
                took = latencies(peer, asked, wanted, every=every, load=rate)
                yield Figure(f"{name}, {state}, p50", percentile(took, 0.5) * 1e3, "ms")
                yield Figure(f"{name}, {state}, p99", percentile(took, 0.99) * 1e3, "ms", aim * 1e3)


def _machine(samples: int, every: float) -> Iterator[Figure]:
    """What nobody is faster than here: a process that wakes up, and a disk that has taken 4 kB."""
    late: list[float] = []
    synced: list[float] = []
    with tempfile.TemporaryFile(dir=ROOT) as file:
        for _ in range(samples):
            begun = time.perf_counter()
            time.sleep(every)
            woken = time.perf_counter()
            os.write(file.fileno(), bytes(4096))
            os.fdatasync(file.fileno())
            late.append(woken - begun - every)
            synced.append(time.perf_counter() - woken)
    for what, took in (("lateness of a sleep", late), ("4 kB written and synced", synced)):
        yield Figure(f"this machine alone: {what}, p50", percentile(took, 0.5) * 1e3, "ms")
        yield Figure(f"this machine alone: {what}, p99", percentile(took, 0.99) * 1e3, "ms")


def latencies(
    peer: Peer, asked: list[str], wanted: Callable[[Answer], bool], *, every: float, load: int
) -> list[float]:
    """Send each line of ``asked`` at its time, answered or not, and how long each answer took, in seconds.

    Answers come in the order of the questions.
    """
    chat = iter(_chunks(load, int(len(asked) * every) + 2)) if load else None
    chance = random.Random(9)  # so that questions do not keep step with the load
    begun = time.perf_counter() + 0.2
    due = [begun + (number + chance.random()) * every for number in range(len(asked))]
    next_chat = begun - 0.2 if chat else float("inf")
    sent: list[float] = []
    took: list[float] = []
    end = begun + len(asked) * every + 30
    while len(took) < len(asked):
        now = time.perf_counter()
        if now >= next_chat and chat is not None:
            peer.flood(next(chat, b""))
            next_chat += _BATCH
        next_question = due[len(sent)] if len(sent) < len(asked) else end
        if len(sent) < len(asked) and now >= next_question:
            sent.append(peer.send(asked[len(sent)]))
            continue
        for answer in peer.pump(min(next_chat, next_question) - time.perf_counter()):
            if wanted(answer):
                took.append(answer.at - sent[len(took)])
        if now > end:
            raise TimeoutError(f"{len(asked) - len(took)} questions were not answered")
    return took


def _chunks(load: int, seconds: int) -> Iterator[bytes]:
    """Chat in the meeting, in chunks of ``_BATCH`` seconds."""
    said = lines([_MEETING], load * seconds, tagged=True).splitlines(keepends=True)
    size = max(1, round(load * _BATCH))
    for start in range(0, len(said), size):
        yield b"".join(said[start : start + size])
