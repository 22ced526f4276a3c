"""What a team, and the coordinator, should look at."""

from dataclasses import replace
from datetime import UTC, date, datetime

from plugins.blueprints.briefing import coordinator_briefing, team_briefing
from plugins.blueprints.tables import Proposal
from plugins.rosters import Phase
from plugins.tracker import Item, Milestone
from tests.plugins.blueprints.essex import TEAMS, blueprint

API = TEAMS[0]
TODAY = date(2011, 12, 10)
NOW = datetime(2011, 12, 10, 9, tzinfo=UTC)
MILESTONES = (
    Milestone("essex-1", "essex", date(2011, 11, 10)),
    Milestone("essex-2", "essex", date(2011, 12, 15)),
    Milestone("essex-3", "essex", date(2012, 1, 26)),
    Milestone("later", "essex", None),
)
STARTED = {"assignee": "bob", "milestone": "essex-3", "implementation": "Started"}


def brief(*items: Item, phase: Phase = Phase.BUILDING, proposals: tuple[Proposal, ...] = ()) -> list[str]:
    team = replace(API, phase=phase)
    return team_briefing(team, items, lambda who: who == "bob", proposals, MILESTONES, TODAY)


def test_where_all_is_well_nothing_is_said() -> None:
    assert brief() == []
    assert brief(blueprint("a", **STARTED)) == []


def test_a_team_hears_what_is_nobody_s_and_what_has_no_milestone() -> None:
    assert brief(
        blueprint("a", **STARTED | {"assignee": ""}),
        blueprint("b", **STARTED | {"assignee": "nova-api", "milestone": "", "priority": "High"}),
    ) == [
        "2 blueprints are nobody's yet: b and a",
        "1 blueprint has no milestone: b",
    ]


def test_what_is_late_is_told_with_its_milestone_and_the_days() -> None:
    assert brief(
        blueprint("a", **STARTED | {"milestone": "essex-1"}),
        blueprint("b", **STARTED | {"milestone": "essex-1", "implementation": "Implemented"}),
        blueprint("c", **STARTED | {"milestone": "essex-2"}),
        blueprint("d", **STARTED | {"milestone": "essex-2", "implementation": "Blocked"}),
    ) == [
        "1 blueprint is late for essex-1 (30 days ago): a",
        "essex-2 is in 5 days: 1 blueprint is not begun: d",
    ]


def test_a_milestone_that_is_far_off_nags_nobody() -> None:
    far = {"assignee": "bob", "milestone": "essex-3"}
    team = team_briefing(API, [blueprint("a", **far)], lambda _: True, (), MILESTONES[2:], TODAY)
    assert team == []


def test_a_milestone_of_another_series_that_comes_first_hides_nothing() -> None:
    other = Milestone("2011.3.1", "diablo", date(2011, 12, 12))
    idle = blueprint("a", assignee="bob", milestone="essex-2")
    assert team_briefing(API, [idle], lambda _: True, (), (*MILESTONES, other), TODAY) == [
        "essex-2 is in 5 days: 1 blueprint is not begun: a"
    ]


def test_the_last_day_and_the_day_after_are_days_like_others() -> None:
    idle = blueprint("a", assignee="bob", milestone="essex-2")
    on, after = date(2011, 12, 15), date(2011, 12, 16)
    assert team_briefing(API, [idle], lambda _: True, (), MILESTONES, on)[-1].startswith("essex-2 is today:")
    assert team_briefing(API, [idle], lambda _: True, (), MILESTONES, after) == [
        "1 blueprint is late for essex-2 (1 day ago): a"
    ]


def test_a_team_that_plans_is_asked_about_no_code() -> None:
    items = (
        blueprint("a", milestone="essex-1"),
        blueprint("b", definition="Approved"),
        blueprint("c", definition="Discussion"),
    )
    for phase in (Phase.PLANNING, Phase.RESEARCH):
        assert brief(*items, phase=phase) == ["2 blueprints are still to be settled: a and c"]


def test_what_waits_for_the_coordinator_is_told_in_both_rooms() -> None:
    mine, other = Proposal("a", "essex-3", "bob", NOW), Proposal("z", "e-3", "eve", NOW)
    assert brief(blueprint("a", **STARTED), proposals=(mine, other)) == [
        "The coordinator is still to confirm a for essex-3 (proposed by bob)"
    ]
    assert coordinator_briefing([blueprint("x"), blueprint("y")], [mine, other]) == [
        "2 blueprints have no team: x and y",
        "The coordinator is still to confirm a for essex-3 (proposed by bob) and z for e-3 (proposed by eve)",
    ]
    assert coordinator_briefing([], []) == []
    assert coordinator_briefing([], [Proposal("a", "", "bob", NOW)]) == [
        "The coordinator is still to confirm a for no milestone (proposed by bob)"
    ]


def test_what_is_done_is_no_work_any_more() -> None:
    assert brief(blueprint("a", implementation="Implemented"), blueprint("b", definition="Obsolete")) == []
