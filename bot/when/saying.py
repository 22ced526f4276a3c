"""Times in words: what was understood, said back."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.recurrence import next_time
from bot.text import counted
from bot.when.values import Again, Asked, At, Bound, Present, When


def named(when: datetime) -> str:
    """``Tuesday 2026-12-01 09:00 CET (Europe/Berlin)``."""
    zone, short = str(when.tzinfo), when.tzname() or ""
    return (
        f"{when:%A %Y-%m-%d %H:%M} {zone}" if short == zone else f"{when:%A %Y-%m-%d %H:%M} {short} ({zone})"
    )


def clock_text(when: datetime, now: datetime) -> str:
    """A time in few words, from today on: ``09:00 CET``, on another day ``Tuesday 2026-12-01 09:00 CET``."""
    is_today = when.date() == now.astimezone(when.tzinfo).date()
    return f"{when:%H:%M} {when.tzname()}" if is_today else f"{when:%A %Y-%m-%d %H:%M} {when.tzname()}"


def said_time(when: datetime, now: datetime) -> str:
    """``Tuesday 2026-12-01 09:00 CET (Europe/Berlin), in 14 hours``; ``when`` is aware, in its zone."""
    return f"{named(when)}, {length_text(when - now)}"


def length_text(left: timedelta) -> str:
    """``in 14 hours``, ``in 2 days``, ``3 hours ago``, ``now``."""
    minutes = round(abs(left).total_seconds() / 60)
    for size, name in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size * (2 if name != "minute" else 1) or (minutes >= size and minutes % size == 0):
            count = counted(minutes // size, name)
            return f"in {count}" if left > timedelta(0) else f"{count} ago"
    return "now"


def said_when(when: When, asked: Asked) -> str:
    """What was understood, with its zone."""
    match when:
        case At():
            return said_time(when.time, asked.now)
        case Again():
            return f"{when.words}, next {said_time(next_time(when, asked.now), asked.now)}"
        case Bound():
            due = asked.milestones.get(when.milestone)
            return f"{when}, {said_time(when.time(due), asked.now)}" if due else str(when)
        case Present():
            return f"when {when.who} is next here"
