"""How many bugs came in, were triaged and were left, week by week."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from plugins.tracker import Item
from plugins.triage.inflow import WEEKS, Week, first_monday, weeks
from plugins.triage.report import Triaged
from tests.plugins.triage.house import bug

ZONE = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 25)
TIMES = st.datetimes(datetime(2026, 8, 1), datetime(2026, 12, 5), timezones=st.just(UTC))  # noqa: DTZ001
BUGS = st.lists(TIMES | st.none(), max_size=30).map(
    lambda times: [replace(bug(n), created=when, updated=when) for n, when in enumerate(times)]
)


def has_come(item: Item, until: datetime) -> bool:
    return item.created is not None and item.created < until


@given(
    BUGS, st.lists(TIMES, max_size=10), st.dictionaries(st.dates(TODAY - timedelta(90), TODAY), st.just(5))
)
def test_each_week_has_what_came_was_triaged_and_was_left_in_it(
    bugs: list[Item], times: list[datetime], counted: dict[date, int]
) -> None:
    done = [Triaged(item, when, "anna", None) for item, when in zip(bugs, sorted(times), strict=False)]
    waiting = bugs[::2]
    found = weeks(bugs, done, waiting, counted, TODAY, ZONE)
    assert [one.monday for one in found] == [first_monday(TODAY) + timedelta(weeks=n) for n in range(WEEKS)]
    assert [one.begins for one in found[1:]] == [one.ends for one in found[:-1]]
    for week in found:
        assert week.came == sum(
            item.created is not None and week.begins <= item.created < week.ends for item in bugs
        )
        assert week.triaged == sum(week.begins <= one.when < week.ends for one in done)
        assert week.left == left(week, done, waiting, counted)


def left(week: Week, done: list[Triaged], waiting: list[Item], counted: dict[date, int]) -> int:
    if week.begins <= datetime(2026, 11, 25, tzinfo=UTC) < week.ends:
        return len(waiting)
    then = sum(has_come(item, week.ends) for item in waiting)
    then += sum(has_come(one.item, week.ends) and one.when >= week.ends for one in done)
    return counted.get(week.monday + timedelta(days=6), then)
