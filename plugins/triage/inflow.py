"""How many bugs came in, were triaged and were left, week by week; and how old those are that wait. Pure.

Rules:

1. Weeks begin on Mondays, in one zone. The last one is not over: it is told as it is so far.
2. Came in and triaged are as in the reports (:mod:`plugins.triage.report`).
3. Left is what waited when a week ended: as it was counted that day, where it was; else what waits now and
   had come by then, with what was triaged later and had come by then. Of bugs that were given to somebody
   untriaged, or that are gone from the tracker, that knows nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugins.tracker import Item
from plugins.triage.queue import came
from plugins.triage.report import Triaged

WEEKS = 12
_DAY = timedelta(days=1)
_AGES = (
    ("under a day", _DAY),
    ("1 to 7 days", 7 * _DAY),
    ("1 to 2 weeks", 14 * _DAY),
    ("2 to 4 weeks", 28 * _DAY),
    ("4 to 13 weeks", 91 * _DAY),
)
_OLDER = "over 13 weeks"


@dataclass(frozen=True, slots=True)
class Week:
    """A week: its Monday, when it begins and ends (UTC), and what there was."""

    monday: date
    begins: datetime
    ends: datetime
    came: int = 0
    triaged: int = 0
    left: int = 0


def first_monday(today: date) -> date:
    """The first of the weeks that are told."""
    return today - timedelta(days=today.weekday(), weeks=WEEKS - 1)


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def weeks(
    bugs: Iterable[Item],
    triaged: Sequence[Triaged],
    waiting: Sequence[Item],
    counted: Mapping[date, int],
    today: date,
    zone: ZoneInfo,
) -> list[Week]:
    """The last weeks. ``triaged`` is what was since the first of them; ``counted`` how many waited at the end
    of a day, where that was counted.
    """
    since, left_since = _times(map(came, bugs)), _times(map(came, waiting))
    done = _times(one.when for one in triaged)
    found = []
    for n in range(WEEKS):
        monday = first_monday(today) + timedelta(weeks=n)
        begins, ends = begin_of(monday, zone), begin_of(monday + timedelta(weeks=1), zone)
        is_now = n == WEEKS - 1
        left = len(waiting) if is_now else counted.get(monday + timedelta(days=6))
        if left is None:
            left = bisect_left(left_since, ends)
            left += sum(_by(one.item, ends) and one.when >= ends for one in triaged)
        found.append(
            Week(
                monday,
                begins,
                ends,
                bisect_left(since, ends) - bisect_left(since, begins),
                bisect_left(done, ends) - bisect_left(done, begins),
                left,
            )
        )
    return found


def _times(times: Iterable[datetime | None]) -> list[datetime]:
    """Those times that are known, in order."""
    return sorted(time for time in times if time is not None)


def _by(item: Item, when: datetime) -> bool:
    since = came(item)
    return since is not None and since < when


def ages(waiting: Iterable[Item], now: datetime) -> list[tuple[str, int]]:
    """How many bugs are how old; those of which that is not known are left out."""
    counts = dict.fromkeys([*(name for name, _ in _AGES), _OLDER], 0)
    for item in waiting:
        since = came(item)
        if since is not None:
            counts[next((name for name, most in _AGES if now - since < most), _OLDER)] += 1
    return list(counts.items())
