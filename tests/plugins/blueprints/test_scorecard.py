"""The review of the arrangement, in numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.model import Actor, Json
from bot.plugin import By, Change, Held
from plugins.blueprints.scorecard import MilestoneScore, Record, score, span, summary, team_line
from plugins.rosters import LeadState, Team
from plugins.tracker import Milestone
from tests.plugins.blueprints.essex import blueprint

BEGAN = datetime(2011, 11, 7, tzinfo=UTC)
REVIEW = datetime(2011, 12, 16, tzinfo=UTC)
MILESTONES = (
    Milestone("essex-1", "essex", date(2011, 11, 10)),
    Milestone("essex-2", "essex", date(2011, 12, 15)),
    Milestone("essex-3", "essex", date(2012, 1, 26)),
)
TEAMS = (
    Team(1, "nova-api", lead=1, lead_state=LeadState.CONFIRMED),
    Team(2, "nova-database", lead=2, lead_state=LeadState.UNCONFIRMED),
    Team(3, "nova-testing"),
    Team(4, "nova-old", is_retired=True),
)
ITEMS = (
    blueprint("a", milestone="essex-1", implementation="Implemented", created=BEGAN - timedelta(days=300)),
    blueprint("b", milestone="essex-2", created=BEGAN + timedelta(days=1)),
    blueprint("c", milestone="essex-2", implementation="Implemented"),
    blueprint("d"),
    blueprint("e", definition="Obsolete"),
)
OWNERS = {"a": "nova-api", "b": "nova-api", "c": "nova-database"}


class History:
    """Changes with their ids, in order."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def add(self, name: str, what: str, before: Json, after: Json, days: float) -> None:
        number = len(self.changes) + 1
        by = By(Actor("test", "alice"), None, BEGAN + timedelta(days=days))
        self.changes.append(Change(number, f"blueprint:{name}", what, before, after, by))


@pytest.fixture
def history() -> History:
    return History()


def record(history: History) -> Record:
    is_team = {team.name for team in TEAMS}.__contains__
    return Record(ITEMS, OWNERS, is_team, history.changes, MILESTONES, BEGAN, REVIEW)


def test_the_time_to_assign_is_counted_from_when_it_was_made_or_the_arrangement_began(
    history: History,
) -> None:
    history.add("a", "assignee", "", "nova-api", days=1)
    history.add("b", "assignee", "", "nova-api", days=3)
    history.add("c", "assignee", "", "nova-database", days=6)
    history.add("c", "assignee", "nova-database", "nova-api", days=20)
    found = score(record(history), TEAMS)
    assert (found.time_to_assign, found.timed) == (timedelta(days=2), 3)
    own = score(record(history), TEAMS, "nova-database")
    assert (own.time_to_assign, own.timed) == (timedelta(days=6), 1)


def test_a_team_that_lost_it_again_ended_no_waiting(history: History) -> None:
    history.add("a", "assignee", "", "nova-testing", days=1)
    history.add("a", "assignee", "nova-testing", "", days=1)
    history.add("a", "assignee", "", "nova-api", days=4)
    assert score(record(history), TEAMS).time_to_assign == timedelta(days=4)


def test_a_person_whom_the_team_hands_it_to_changes_nothing(history: History) -> None:
    history.add("b", "assignee", "", "bob", days=2)
    assert score(record(history), TEAMS).time_to_assign is None
    history.add("b", "assignee", "bob", "nova-api", days=3)
    history.add("b", "assignee", "nova-api", "bob", days=9)
    history.add("b", "assignee", "bob", "nova-api", days=20)
    assert score(record(history), TEAMS).time_to_assign == timedelta(days=2)


def test_what_was_decided_after_the_review_is_not_in_it(history: History) -> None:
    history.add("a", "assignee", "", "nova-api", days=60)
    assert score(record(history), TEAMS).time_to_assign is None


def test_what_has_no_team_is_counted_apart_and_what_is_given_up_not_at_all(history: History) -> None:
    found = score(record(history), TEAMS)
    assert (found.blueprints, found.unowned, found.time_to_assign) == (3, 1, None)
    assert score(record(history), TEAMS, "nova-api").unowned == 0


def test_a_milestone_has_what_is_done_open_and_slipped(history: History) -> None:
    history.add("b", "milestone", "essex-1", "essex-2", days=2)
    history.add("c", "milestone", "essex-3", "essex-2", days=2)  # earlier: no slip
    history.add("a", "milestone", "essex-1", "essex-3", days=3)
    history.add("a", "milestone", "essex-3", "essex-1", days=3)  # moved back
    history.add("d", "milestone", "essex-1", "essex-2", days=3)  # no team's
    found = score(record(history), TEAMS)
    assert found.milestones == (
        MilestoneScore("essex-1", done=1, open=0, slipped=1),
        MilestoneScore("essex-2", done=1, open=1, slipped=0),
    )


def test_what_slips_twice_slips_from_both(history: History) -> None:
    history.add("b", "milestone", "", "essex-1", days=1)
    history.add("b", "milestone", "essex-1", "essex-2", days=2)
    history.add("b", "milestone", "essex-2", "essex-3", days=3)
    moved = tuple(replace(item, milestone="essex-3") if item.name == "b" else item for item in ITEMS)
    found = score(replace(record(history), items=moved), TEAMS)
    assert [one.slipped for one in found.milestones] == [1, 1]


def test_what_slips_after_the_review_is_not_in_it(history: History) -> None:
    history.add("b", "milestone", "essex-1", "essex-2", days=60)
    assert [one.slipped for one in score(record(history), TEAMS).milestones] == [0, 0]


def test_the_summary_is_a_few_lines(history: History) -> None:
    history.add("a", "assignee", "", "nova-api", days=1.5)
    history.add("b", "milestone", "essex-1", "essex-2", days=2)
    found = score(record(history), TEAMS).with_meetings([Held(BEGAN, 3, 1), Held(BEGAN), Held(BEGAN, 2, 2)])
    assert summary(found, TEAMS) == [
        "3 blueprints have a team, 1 open without one; waited 36 hours for a team (median of 1).",
        "essex-1: 1 done, 0 open, 1 slipped; essex-2: 1 done, 1 open, 0 slipped.",
        "1 of 3 teams have a confirmed lead; unconfirmed: nova-database; vacant: nova-testing.",
        "3 meetings held, 62% of the team came.",
    ]


def test_a_team_s_own_is_one_line(history: History) -> None:
    history.add("a", "assignee", "", "nova-api", days=3)
    found = score(record(history), TEAMS, "nova-api").with_meetings([Held(BEGAN, 1, 1)])
    assert team_line(found, TEAMS[0]) == (
        "nova-api: 2 blueprints, waited 3 days for a team (median of 1); of the milestones so far "
        "1 done, 1 open, 0 slipped; lead confirmed; 1 meeting held, 50% of the team came."
    )


def test_what_is_not_known_is_said_to_be_so(history: History) -> None:
    found = score(replace(record(history), milestones=()), TEAMS, "nova-testing")
    assert found.attendance is None
    assert team_line(found, TEAMS[2]) == (
        "nova-testing: 0 blueprints, how long they waited for a team is not known; of the milestones so far "
        "0 done, 0 open, 0 slipped; lead vacant; 0 meetings held."
    )


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(), "0 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(hours=60), "2 days"),
        (timedelta(days=30), "30 days"),
    ],
)
def test_a_length_of_time_is_told_in_its_greatest_unit(time: timedelta, said: str) -> None:
    assert span(time) == said
