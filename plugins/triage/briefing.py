"""What a team should look at now about its bugs, in a few lines. Pure.

Rules:

1. Each day: how many are new and the oldest, then the next three. Nothing where nothing waits.
2. When a team meets: how long its queue is, the oldest, and what waits too long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.text import counted, listed
from plugins.tracker import Item
from plugins.triage.ages import spoken
from plugins.triage.queue import Place, oldest
from plugins.triage.showing import brief, names

NEXT = 3
_STALE = 5


def today(places: Sequence[Place], now: datetime) -> list[str]:
    """How many wait and the oldest; and the next of them that nobody has."""
    if not places:
        return []
    first = oldest([place.item for place in places])
    said = [f"{counted(len(places), 'new bug')}{f', oldest {brief(first, now)}' if first else ''}."]
    free = [place.item for place in places if place.take is None]
    if free:
        said.append(f"Next: {names(free[:NEXT], NEXT)}.")
    return said


def meeting(places: Sequence[Place], stale: Sequence[Item], after: timedelta, now: datetime) -> list[str]:
    """How long the queue is, the oldest, and what is stale, in one line."""
    said = []
    if places:
        first = oldest([place.item for place in places])
        wait = "waits" if len(places) == 1 else "wait"
        age = f", oldest {brief(first, now)}" if first else ""
        said.append(f"{counted(len(places), 'bug')} {wait} for triage{age}")
    if stale:
        shown = [f"#{item.name}" for item in stale[:_STALE]]
        more = len(stale) - len(shown)
        which = listed([*shown, f"{more} more"] if more else shown)
        said.append(f"{len(stale)} longer than {spoken(after)}: {which}")
    return ["; ".join(said)] if said else []
