"""How long chat is held up when a long meeting ends and its files are written."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.crowd import CHAIRS, PEOPLE, lines, members_of
from bench.figures import Figure, median, percentile
from bench.muster import in_rooms
from bench.peer import Peer, is_pong

AIM = 0.020
_QUIET = "#quiet"
_EVERY = 0.004


def measure(*meetings: tuple[int, int]) -> Iterator[Figure]:
    """For each pair of a number of lines and of rounds: end so many meetings of so many lines, and ask
    ``!ping`` in another room all the while.
    """
    for count, rounds in meetings or ((10_000, 3), (100_000, 3)):
        yield from _endings(count, rounds)


def _endings(count: int, rounds: int) -> Iterator[Figure]:
    names = [f"#long{number}" for number in range(rounds)]
    places = {name: members_of(number) for number, name in enumerate([*names, _QUIET])}
    with in_rooms(places) as (_, peer):
        peer.start_meetings(names)
        before = [max(_pings(peer, None)[0]) for _ in range(rounds)]
        longest, p99, wrote = [], [], []
        for number, name in enumerate(names):
            peer.flood(lines([name], count, tagged=True, commands=10))
            peer.send(peer.said(PEOPLE[number], name, "!ping"))
            peer.answers(1, is_pong)
            took, written = _pings(peer, name)
            longest.append(max(took))
            p99.append(percentile(took, 0.99))
            wrote.append(written)
    held = f"a meeting of {count:,} lines ends"
    yield Figure(f"longest wait for a reply while {held}", median(longest) * 1e3, "ms", AIM * 1e3)
    yield Figure("the same, p99", median(p99) * 1e3, "ms")
    yield Figure("longest wait in as many replies before that", median(before) * 1e3, "ms")
    yield Figure("from #endmeeting to the minutes' address", median(wrote) * 1e3, "ms")


def _pings(peer: Peer, ending: str | None) -> tuple[list[float], float]:
    """Ask every few milliseconds while the meeting in ``ending`` ends; how long each reply took, and the end.

    Without a meeting, for as long as it takes a hundred replies.
    """
    sent: list[float] = []
    took: list[float] = []
    due = time.perf_counter()
    ended = 0.0
    until: float | None = None if ending else due + 100 * _EVERY
    asked = due + 20 * _EVERY
    while until is None or time.perf_counter() < until or len(took) < len(sent):
        now = time.perf_counter()
        if ending and not ended and now >= asked:
            ended = peer.send(peer.said(CHAIRS[0], ending, "#endmeeting"))
        if now >= due and (until is None or now < until):
            person = PEOPLE[len(CHAIRS) + len(sent) % (len(PEOPLE) - len(CHAIRS))]
            sent.append(peer.send(peer.said(person, _QUIET, "!ping")))
            due += _EVERY
            continue
        for answer in peer.pump(due - now if due > now else 0.01):
            if is_pong(answer):
                took.append(answer.at - sent[len(took)])
            elif answer.target == ending and answer.text.startswith("Log: "):
                asked = answer.at
                until = answer.at + 25 * _EVERY
        if now > due + 30:
            raise TimeoutError("the meeting did not end")
    return took, asked - ended
