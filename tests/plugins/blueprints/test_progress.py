"""How far a milestone is, what comes next, and what a slip moves."""

from __future__ import annotations

from datetime import date

import pytest

from plugins.blueprints.commands.slipping import told
from plugins.blueprints.progress import (
    NOBODY,
    Progress,
    Slip,
    dependents,
    in_order,
    needing,
    next_after,
    progress,
    slip,
    upcoming,
    when,
)
from plugins.tracker import Milestone
from tests.plugins.blueprints.cast import blueprint, by_name, owning

E1 = Milestone("essex-1", "essex", date(2011, 11, 10), is_active=False)
E2 = Milestone("essex-2", "essex", date(2011, 12, 15))
E3 = Milestone("essex-3", "essex", date(2012, 1, 26))
RC = Milestone("essex-rc1", "essex")
F1 = Milestone("folsom-1", "folsom", date(2012, 1, 1))
ALL = [RC, F1, E3, E2, E1]

BLUEPRINTS = by_name(
    [
        blueprint("a", milestone="essex-2", assignee="nova-api", implementation="Started"),
        blueprint("b", milestone="essex-2", assignee="nova-api", implementation="Implemented"),
        blueprint("c", milestone="essex-2", depends_on=("a",)),
        blueprint("d", milestone="essex-3", assignee="openstack-volume", depends_on=("c",)),
        blueprint("e", milestone="essex-1", depends_on=("a",), implementation="Implemented"),
        blueprint("f", milestone="essex-2", definition="Obsolete"),
        blueprint("g", milestone="essex-2", assignee="bcwaldon", depends_on=("g", "d")),
        blueprint("h", milestone="essex-3", assignee="nova-api"),
    ]
)


def test_a_milestone_s_blueprints_are_counted_by_state_and_by_team() -> None:
    assert progress(E2, BLUEPRINTS.values(), owning({"g": "nova-api"})) == Progress(
        E2, 4, 1, (("Started", 1), ("New", 2)), (("nova-api", 1, 3), (NOBODY, 0, 1))
    )
    assert progress(F1, BLUEPRINTS.values(), owning()) == Progress(F1, 0, 0, (), ())


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2011, 12, 13), "due 2011-12-15, in 2 days"),
        (date(2011, 12, 14), "due 2011-12-15, in 1 day"),
        (date(2011, 12, 15), "due 2011-12-15, today"),
        (date(2011, 12, 25), "due 2011-12-15, 10 days ago"),
    ],
)
def test_the_days_that_are_left_are_said(today: date, said: str) -> None:
    assert when(E2, today) == said


def test_a_milestone_without_a_date_has_no_days_left() -> None:
    assert when(RC, date(2011, 12, 13)) == ""


def test_the_next_milestone_is_of_the_same_series_and_active() -> None:
    assert in_order(ALL) == [E1, E2, F1, E3, RC]
    assert [next_after(one, ALL) for one in (E1, E2, E3, RC, F1)] == [E2, E3, RC, None, None]
    assert next_after(Milestone("gone", "essex"), ALL) is None


def test_the_milestone_that_is_due_next_may_be_today_s() -> None:
    assert upcoming(ALL, date(2011, 12, 15)) == E2
    assert upcoming(ALL, date(2011, 11, 1)) == E2  # the first takes nothing more
    assert upcoming(ALL, date(2013, 1, 1)) == RC
    assert upcoming([E1], date(2011, 11, 1)) is None


def test_what_depends_is_found_through_others_once_and_only_what_is_open() -> None:
    assert [item.name for item in dependents("a", BLUEPRINTS, needing(BLUEPRINTS))] == ["c", "d", "g"]
    assert [item.name for item in dependents("g", BLUEPRINTS, needing(BLUEPRINTS))] == []


def test_a_slip_names_what_would_come_before_what_it_needs_and_the_loads() -> None:
    found = slip(BLUEPRINTS["a"], E3, BLUEPRINTS, ALL, owning())
    assert found == Slip(
        BLUEPRINTS["a"],
        E3,
        (BLUEPRINTS["c"], BLUEPRINTS["g"]),
        (BLUEPRINTS["d"],),
        (("nova-api", 1), (NOBODY, 0)),
    )


def test_a_slip_is_not_said_to_concern_nothing_before_all_is_read() -> None:
    found = slip(BLUEPRINTS["a"], E3, {"a": BLUEPRINTS["a"]}, ALL, owning())
    assert "Nothing depends on it. Open" in told(found)
    assert "Nothing that I know of depends on it. On what 40 blueprints depend is not read yet." in told(
        found, 40
    )
    assert "On what 1 blueprint depends is not read yet." in told(found, 1)
