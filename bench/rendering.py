"""The nine files of a meeting of 10,000 lines, against the same amount of text put together by hand."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from bench.crowd import CHAIRS, members_of, texts
from bench.figures import Figure, median
from bot.model import Actor, Entry, Kind, Line, Room
from plugins.meetings.forms import render
from plugins.meetings.meeting import fold
from plugins.meetings.opening import Opening
from plugins.meetings.running import numbered

AIM = 0.5
_ROOM = Room("bench", "#room")


def measure(count: int = 10_000, rounds: int = 5) -> Iterator[Figure]:
    """Fold and render a meeting of ``count`` lines."""
    entries = _meeting(count)
    said = [entry.line for entry in entries]
    opening = Opening("room.2026-05-01-15.00", zone="Europe/Berlin")
    minutes = fold(said, opening).minutes()
    rows = numbered(entries)
    folding = median([_seconds(lambda: fold(said, opening).minutes()) for _ in range(rounds)])
    rendering = median([_seconds(lambda: render(minutes, rows)) for _ in range(rounds)])
    bare = median([_seconds(lambda: _by_hand(said)) for _ in range(rounds)])
    note = f"{rendering / bare:.1f} times the bare building"
    yield Figure(f"rendering {count:,} lines in nine forms", rendering, "s", AIM, note=note)
    yield Figure("bare string building of as much", bare, "s")
    yield Figure(f"folding {count:,} lines", folding, "s")


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _meeting(count: int) -> list[Entry]:
    """A meeting's lines: one in ten a command."""
    people = [Actor("bench", p.nick, p.nick, f"{p.user}@{p.host}") for p in (*CHAIRS, *members_of(3))]
    now = datetime(2026, 5, 1, 15, 0, tzinfo=UTC)
    said = [
        (people[0], "#startmeeting room"),
        *zip(people * count, texts(count - 2, commands=10), strict=False),
    ]
    said.append((people[0], "#endmeeting"))
    return [
        Entry(at, Line(_ROOM, now + timedelta(seconds=at / 4), Kind.SAID, actor, text))
        for at, (actor, text) in enumerate(said, 1)
    ]


def _by_hand(said: list[Line]) -> list[str]:
    """Two logs and a JSON of all lines, and six lists of the items, with nothing thought of."""
    items = [line for line in said if line.text.startswith("#")]
    log = "\n".join(f"{line.time:%H:%M:%S} <{line.actor.nick}> {line.text}" for line in said)
    page = "\n".join(
        f'<p id="l-{at}">{line.time:%H:%M:%S} {html.escape(line.actor.nick)}: {html.escape(line.text)}</p>'
        for at, line in enumerate(said, 1)
    )
    record = json.dumps(
        [[line.time.isoformat(), line.kind.value, line.actor.nick, line.text] for line in said]
    )
    lists = [
        "\n".join(f"* {line.text}  ({line.actor.nick}, {line.time:%H:%M:%S})" for line in items)
        for _ in range(6)
    ]
    return [log, page, record, *lists]
