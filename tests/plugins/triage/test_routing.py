"""Which team a bug is for, and why; what is learned from corrections."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.rosters import Team
from plugins.tracker import Item
from plugins.triage.routing import Lesson, Route, Router, Source, learned, lesson_of
from plugins.triage.rules import Rule, parse
from tests.plugins.triage.house import API, GONE, ROSTER, TESTING, VOLUME, bug

TEAMS = list(ROSTER.teams.values())
AUTH = Team(9, "nova-auth", "Nova Auth")


def route(item: Item, rules: Sequence[Rule] = (), lessons: Sequence[Lesson] = ()) -> Route:
    return Router(TEAMS, rules, lessons, assigned=lambda who: who if who in ROSTER.teams else "").route(item)


@pytest.mark.parametrize(
    ("item", "team", "source", "why"),
    [
        (bug(7, tags=("api",)), "nova-api", Source.ROSTER, "its tag api"),
        (bug(7, tags=("API",)), "nova-api", Source.ROSTER, "its tag api"),
        (bug(7, "Paging comes twice"), "nova-api", Source.ROSTER, "its title says paging"),
        (bug(7, "The target of an iSCSI"), "volumes", Source.ROSTER, "its title says iscsi targets"),
        (bug(7, "The target"), "", Source.NOTHING, "nothing says which team"),
        (bug(7, tags=("gone",)), "", Source.NOTHING, "nothing says which team"),
        (bug(7, tags=("api", "volume")), "", Source.NOTHING, "nova-api and volumes fit alike"),
        (bug(7, "Paging", tags=("api", "volume")), "nova-api", Source.ROSTER, "its tag api, [...] paging"),
        (bug(7, assignee="volumes", tags=("api",)), "volumes", Source.ASSIGNED, "assigned to it"),
        (bug(7, assignee="anna", tags=("api",)), "nova-api", Source.ROSTER, "its tag api"),
    ],
)
def test_a_team_s_own_tags_and_areas_speak_for_it(item: Item, team: str, source: Source, why: str) -> None:
    found = route(item)
    assert (found.team, found.source) == (team, source)
    assert found.why == why.replace("[...]", "its title says")


def test_explicit_rules_come_first_but_none_of_a_team_that_is_no_more() -> None:
    rules = [Rule(3, "volumes", parse(["tag:api"])), Rule(4, GONE.name, parse(["tag:x"]))]
    found = route(bug(7, tags=("api",)), rules)
    assert found == Route("7", "volumes", Source.RULE, "rule 3, tag:api")
    assert route(bug(7, tags=("x",)), rules).team == ""


def test_what_was_corrected_is_learned_and_said_from_what() -> None:
    lesson = lesson_of(bug(7, "Paging stops", tags=("rest",)), "", "volumes")
    assert learned(lesson) == "learned: tag rest, words paging, stops -> volumes"
    found = route(bug(8, tags=("rest",)), lessons=[lesson])
    assert found == Route("8", "volumes", Source.LEARNED, "learned from tag rest")
    assert route(bug(8, "It stops"), lessons=[lesson]).team == ""  # one word said once is not enough


def test_one_correction_does_not_outweigh_a_team_s_tag_but_two_do() -> None:
    item = bug(20, "Something else", tags=("api",))
    first = lesson_of(bug(7, "Tokens expire early", tags=("api",)), "nova-api", "volumes")
    second = lesson_of(bug(8, "Users are doubled", tags=("api",)), "nova-api", "volumes")
    assert route(item, lessons=[first]).team == "nova-api"
    assert route(item, lessons=[first, second]).team == "volumes"
    again = bug(21, "Tokens expire early again", tags=("api",))
    assert route(again, lessons=[first]).team == "volumes"


def test_of_each_bug_the_last_decision_counts() -> None:
    one = Lesson("7", "", "volumes", ("tag:rest",))
    other = Lesson("7", "volumes", "nova-api", ("tag:rest",))
    assert route(bug(8, tags=("rest",)), lessons=[one, other]).team == "nova-api"


def test_what_was_learned_for_a_team_that_is_retired_counts_for_nothing() -> None:
    assert route(bug(8, tags=("rest",)), lessons=[Lesson("7", "", "gone", ("tag:rest",))]).team == ""


WORDS = st.sampled_from(["paging", "tokens", "volume", "quota", "moon", "api"])
BUGS = st.builds(
    lambda number, words, tags: bug(number, " ".join(words), tags=tuple(tags)),
    st.integers(1, 99),
    st.lists(WORDS, max_size=4),
    st.lists(WORDS, max_size=2, unique=True),
)
LESSONS = st.builds(
    lambda item, before, chosen: lesson_of(item, before, chosen),
    BUGS,
    st.sampled_from(["", *ROSTER.teams]),
    st.sampled_from(["", *ROSTER.teams]),
)


@given(BUGS, st.lists(LESSONS, max_size=12))
def test_a_bug_goes_to_a_team_that_there_is_or_to_the_coordinator(item: Item, lessons: list[Lesson]) -> None:
    found = route(item, lessons=lessons)
    assert found.team in {"", API.name, VOLUME.name, TESTING.name}
    assert (found.team == "") == (found.source is Source.NOTHING)
    assert found.why


@given(BUGS.filter(lambda item: item.tags), st.lists(LESSONS, max_size=6))
def test_what_is_said_often_enough_is_learned(item: Item, lessons: list[Lesson]) -> None:
    team = route(item, lessons=lessons).team
    for number in range(100, 140):
        if route(item, lessons=lessons).team == "nova-testing":
            break
        lessons.append(lesson_of(bug(number, item.title, tags=item.tags), team, "nova-testing"))
        team = route(item, lessons=lessons).team
    assert route(item, lessons=lessons).team == "nova-testing"
