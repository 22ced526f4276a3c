"""What was open on past days, counted back, is what was there as it happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import Actor, Json
from bot.plugin import By, Change
from plugins.blueprints.days import Days
from plugins.blueprints.pages.curve import curve
from plugins.blueprints.past import Past
from plugins.blueprints.standing import Far, Standing, by_milestone, by_team, standing, whole, work_for
from plugins.tracker import Field, Item, Milestone
from tests.plugins.blueprints.cast import blueprint, by_name, owning

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
ONE, TWO = Milestone("essex-1", "essex", date(2026, 11, 10)), Milestone("essex-2", "essex", date(2026, 12, 1))
_ATTRIBUTES = {
    Field.MILESTONE: "milestone",
    Field.DEFINITION: "definition",
    Field.IMPLEMENTATION: "implementation",
}


def change(id_: int, name: str, what: str, before: Json, after: Json, when: datetime) -> Change:
    return Change(id_, f"blueprint:{name}", what, before, after, By(Actor("test", "anna"), None, when))


def now_of(items: Mapping[str, Item], milestone: str) -> dict[Standing, int]:
    far = by_milestone(items.values()).get(milestone, Far())
    return {how: far.blueprints[how] for how in Standing}


deeds = st.lists(
    st.tuples(
        st.integers(0, 3),  # of which blueprint
        st.sampled_from(
            [
                (Field.MILESTONE, "essex-1"),
                (Field.MILESTONE, "essex-2"),
                (Field.MILESTONE, ""),
                (Field.DEFINITION, "Obsolete"),
                (Field.DEFINITION, "Approved"),
                (Field.IMPLEMENTATION, "Started"),
                (Field.IMPLEMENTATION, "Blocked"),
                (Field.IMPLEMENTATION, "Implemented"),
                (Field.IMPLEMENTATION, "Unknown"),
            ]
        ),
        st.integers(0, 40),  # hours later
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(deeds, st.lists(st.integers(-1, 20), min_size=4, max_size=4))
def test_a_day_is_told_as_it_was(done: list[tuple[int, tuple[Field, str], int]], made: list[int]) -> None:
    """``made``: on which day each blueprint is made; -1 is before anybody wrote anything down."""
    items = {}
    for n, day in enumerate(made):
        created = None if day < 0 else START + day * DAY
        items[f"bp-{n}"] = blueprint(f"bp-{n}", milestone="essex-1", created=created)
    first = {name: item.created or START - DAY for name, item in items.items()}
    ends = [START + n * DAY for n in range(80)]
    lived: list[dict[Standing, int]] = []
    changes: list[Change] = []
    when = START
    waiting = list(done)
    at: list[tuple[datetime, int, Field, str]] = []
    for number, (field, value), hours in waiting:
        when += timedelta(hours=hours, minutes=1)
        at.append((when, number, field, value))
    now = dict(items)
    for end in ends:
        while at and at[0][0] < end:
            time, number, field, value = at.pop(0)
            name = f"bp-{number}"
            before = now[name].value(field)
            if time <= first[name] or before == value:
                continue
            now[name] = replace(now[name], **{_ATTRIBUTES[field]: value})  # type: ignore[arg-type]
            changes.append(change(len(changes) + 1, name, field.value, str(before), value, time))
        there = {name: item for name, item in now.items() if first[name] <= end}
        lived.append(now_of(there, "essex-1"))
    past = Past()
    past.take(changes[: len(changes) // 2])
    past.take(changes)  # what was read before is read again
    told = past.counts("essex-1", now, ends)
    assert [{how: told[how][n] for how in Standing} for n in range(len(ends))] == lived


class TestPast:
    items = by_name((blueprint("a", milestone="essex-2"), blueprint("b", milestone="essex-1")))

    def test_the_record_begins_with_its_first_change(self) -> None:
        past = Past()
        assert past.began is None
        past.take([change(7, "a", "milestone", "essex-1", "essex-2", START)])
        assert past.began == START

    def test_what_went_to_a_later_milestone_has_slipped(self) -> None:
        past = Past()
        past.take(
            [
                change(1, "a", "milestone", "essex-1", "essex-2", START),
                change(2, "b", "milestone", "essex-2", "essex-1", START),
                change(3, "gone", "milestone", "essex-1", "", START),
            ]
        )
        assert [one.item.name for one in past.slipped(ONE, self.items, (ONE, TWO))] == ["a"]
        assert past.slipped(TWO, self.items, (ONE, TWO)) == []

    def test_what_came_back_has_not(self) -> None:
        past = Past()
        moved = [("essex-1", "essex-2"), ("essex-2", "essex-1")]
        past.take(
            change(n, "b", "milestone", before, after, START) for n, (before, after) in enumerate(moved, 1)
        )
        assert past.slipped(ONE, self.items, (ONE, TWO)) == []

    def test_smaller_ids_that_come_later_are_read(self) -> None:
        past = Past()
        past.take([change(300, "a", "milestone", "essex-1", "essex-2", START + DAY)])
        assert past.after == 100
        past.take([change(250, "a", "implementation_status", "Started", "Unknown", START)])
        assert past.counts("essex-1", self.items, [START - DAY])[Standing.WORK] == [1]


class TestCurve:
    today = date(2026, 11, 5)
    items = by_name((blueprint("a", milestone="essex-2", implementation="Started"),))

    def made(
        self, kept: Days | None = None, milestone: Milestone = TWO, today: date | None = None
    ) -> list[int]:
        past = Past()
        past.take([change(1, "a", "milestone", "", "essex-2", START)])
        now = now_of(self.items, "essex-2")
        gone = curve(milestone, self.items, past, kept or Days(), now, today or self.today, BERLIN)
        self.gone = gone
        return list(gone.counts[Standing.WORK])

    def test_it_goes_from_the_first_known_day_until_today(self) -> None:
        assert self.made() == [1, 1, 1, 1, 1]
        assert (self.gone.days[0], self.gone.days[-1]) == (date(2026, 11, 1), self.today)
        assert self.gone.known == date(2026, 11, 1)

    def test_what_was_counted_on_a_day_holds(self) -> None:
        kept = Days({date(2026, 11, 3): {Standing.WORK: 5}}, date(2026, 11, 3))
        assert self.made(kept) == [1, 1, 5, 1, 1]

    def test_what_was_counted_before_the_record_began_is_known(self) -> None:
        kept = Days({date(2026, 10, 30): {Standing.WORK: 2}}, date(2026, 10, 30))
        assert self.made(kept)[0] == 2
        assert self.gone.known == date(2026, 10, 30)

    def test_of_what_is_over_no_more_is_told_than_two_weeks(self) -> None:
        over = replace(TWO, is_active=False)
        self.made(None, over, date(2027, 6, 1))
        assert self.gone.days[-1] == date(2026, 12, 15)

    def test_nothing_known_is_today_alone(self) -> None:
        now = now_of(self.items, "essex-2")
        gone = curve(TWO, self.items, Past(), Days(), now, self.today, BERLIN)
        assert (list(gone.days), list(gone.counts[Standing.WORK])) == ([self.today], [1])


class TestStanding:
    @pytest.mark.parametrize(
        ("definition", "implementation", "how"),
        [
            ("New", "Unknown", Standing.IDLE),
            ("Approved", "Not started", Standing.IDLE),
            ("Approved", "Needs Code Review", Standing.WORK),
            ("Approved", "Blocked", Standing.STUCK),
            ("Approved", "Implemented", Standing.DONE),
            ("Obsolete", "Started", None),
        ],
    )
    def test_four_words(self, definition: str, implementation: str, how: Standing | None) -> None:
        assert standing(blueprint("a", definition=definition, implementation=implementation)) is how

    def test_work_items_count_for_the_milestone_of_their_heading(self) -> None:
        text = "one: DONE\ntwo: TODO\nlater: POSTPONED\n\nWork items for essex-2:\nthree: DONE"
        item = blueprint("a", milestone="essex-1", work_items=text)
        assert work_for("essex-1", item) == (1, 2)
        assert work_for("essex-2", item) == (1, 1)

    def test_by_team_the_most_to_do_first(self) -> None:
        items = [
            blueprint("a", milestone="essex-1", assignee="nova-api"),
            blueprint("b", milestone="essex-1", assignee="openstack-volume", implementation="Implemented"),
            blueprint("c", milestone="essex-1", assignee="nova-api", implementation="Started"),
            blueprint("d", milestone="essex-1"),
            blueprint(
                "e", milestone="essex-2", assignee="nova-api", work_items="Work items for essex-1:\nx: TODO"
            ),
        ]
        known = owning()
        teams = by_team("essex-1", items, {item.name: known.holding(item) for item in items})
        assert [(team, far.done, far.all) for team, far in teams.items()] == [
            ("nova-api", 0, 2),
            ("", 0, 1),
            ("volumes", 1, 1),
        ]
        assert (whole(teams.values()).all, whole(teams.values()).items) == (4, 1)
