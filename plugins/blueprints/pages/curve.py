"""How many blueprints of a milestone were open on each day, of what is known of it. Pure.

Rules:

1. A day that was counted at its end is as it was counted. Another one is counted back by the record of
   changes (:mod:`plugins.blueprints.past`). Today is as it is now.
2. It begins with the first day of which anything is known and on which the milestone had blueprints.
3. Of a milestone that is over, no more is told than :data:`AFTER` it was due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugins.blueprints.days import Days
from plugins.blueprints.past import Past
from plugins.blueprints.standing import Standing
from plugins.tracker import Item, Milestone

AFTER = timedelta(days=14)
_LONGEST = timedelta(days=1200)
"""Of more days than that nobody asks, and each is counted."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What there was on each of some days, in order; ``known`` is the first day of which anything is."""

    days: Sequence[date]
    counts: Mapping[Standing, Sequence[int]]
    known: date


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """When a day ends, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def curve(
    milestone: Milestone,
    blueprints: Mapping[str, Item],
    past: Past,
    kept: Days,
    now: Mapping[Standing, int],
    today: date,
    zone: ZoneInfo,
) -> Curve:
    """How a milestone went; ``now`` is how far it is."""
    began = past.began.astimezone(zone).date() if past.began is not None else today
    known = min(began, kept.first or today, today)
    first, last = max(known, today - _LONGEST), today
    if milestone.due is not None and not milestone.is_active:
        last = max(min(today, milestone.due + AFTER), first)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = past.counts(milestone.name, blueprints, [end_of(day, zone) for day in days])
    rows: list[Mapping[Standing, int]] = []
    for n, day in enumerate(days):
        if day == today:
            rows.append(now)
        else:
            rows.append(kept.counts.get(day) or {how: found[how][n] for how in Standing})
    begins = next((n for n, row in enumerate(rows) if any(row.values())), len(rows) - 1)
    counts = {how: [row.get(how, 0) for row in rows[begins:]] for how in Standing}
    return Curve(days[begins:], counts, known)
