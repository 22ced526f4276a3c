"""What !bps is asked for, in any order, and what is chosen."""

from __future__ import annotations

import itertools

import pytest

from plugins.blueprints.filters import ALL, NONE, Filter, NoSuchFilterError, Words
from plugins.blueprints.held import Held
from plugins.blueprints.states import NoSuchWordError, priority, state
from plugins.tracker import Field, Items
from tests.plugins.blueprints.cast import ANNA, API, BRIAN, VISHY, VOLUME, blueprint, owning

WORDS = Words(owning(), ("essex-1", "essex-2", "folsom"), ANNA)
ITEMS = [
    blueprint("a", assignee="nova-api", milestone="essex-1", priority="High"),
    blueprint("b", assignee="bcwaldon", milestone="essex-2", implementation="Started"),
    blueprint("c", milestone="essex-1", implementation="Needs Code Review", priority="Essential"),
    blueprint("d", assignee="openstack-volume", implementation="Implemented"),
    blueprint("e", definition="Obsolete"),
    blueprint("f", assignee="mallory"),
]


def names(wanted: Filter) -> list[str]:
    return [item.name for item in Held(owning({"b": "nova-api"}), Items(ITEMS)).chosen(wanted)]


@pytest.mark.parametrize("words", list(itertools.permutations(["nova-api", "essex-2", "started"])))
def test_the_order_of_words_counts_not(words: tuple[str, ...]) -> None:
    assert WORDS.filter(words) == Filter(API, "essex-2", "Started")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("", Filter()),
        ("none", Filter(NONE)),
        ("me", Filter(ANNA)),
        ("brian all", Filter(BRIAN, None, ALL)),
        ("openstack-volume", Filter(VOLUME)),
        ("vol", Filter(VOLUME)),
        ("vish", Filter(VISHY)),
        ("fol not started", Filter(None, "folsom", "Not started")),
        ("needs code review essex-1", Filter(None, "essex-1", "Needs Code Review")),
        ("needs-code-review", Filter(None, None, "Needs Code Review")),
        ("needs-c", Filter(None, None, "Needs Code Review")),
        ("DONE", Filter(None, None, "Implemented")),
        ("review", Filter(None, None, "Review")),
    ],
)
def test_a_word_means_whom_when_or_how_far(words: str, wanted: Filter) -> None:
    assert WORDS.filter(words.split()) == wanted


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("essex", "'essex' may be essex-1 or essex-2; say more of it."),
        ("nova-api brian", "'nova-api' and 'brian' are both a team or person; give one."),
        ("n", "'n' may be nova-api, nova-testing, New or others; say more of it."),
        ("brain", "'brain' is no team, person, milestone or state; did you mean brian?"),
        ("qqq", "'qqq' is no team, person, milestone or state. !teams and !milestones list them."),
    ],
)
def test_a_word_that_means_nothing_or_too_much_is_answered(words: str, why: str) -> None:
    with pytest.raises(NoSuchFilterError) as refused:
        WORDS.filter(words.split())
    assert str(refused.value) == why


def test_me_takes_somebody_who_is_known() -> None:
    with pytest.raises(NoSuchFilterError, match="I do not know you here"):
        Words(owning(), (), None).filter(["me"])


def test_without_a_state_those_open_are_chosen_the_most_pressing_first() -> None:
    assert names(Filter()) == ["c", "a", "b", "f"]
    assert names(Filter(state=ALL)) == ["c", "a", "b", "d", "e", "f"]


def test_a_team_has_what_it_handed_on_and_a_person_what_they_have() -> None:
    assert names(Filter(API)) == ["a", "b"]
    assert names(Filter(BRIAN)) == ["b"]
    assert names(Filter(NONE)) == ["c", "f"]
    assert names(Filter(API, "essex-1")) == ["a"]


def test_a_state_is_of_the_field_that_it_belongs_to() -> None:
    assert names(Filter(state="Implemented")) == ["d"]
    assert names(Filter(state="Unknown")) == ["a", "e", "f"]
    assert names(Filter(state="Obsolete")) == ["e"]


@pytest.mark.parametrize(
    ("text", "field", "word"),
    [
        ("started", Field.IMPLEMENTATION, "Started"),
        ("Needs_Code-review", Field.IMPLEMENTATION, "Needs Code Review"),
        ("good", Field.IMPLEMENTATION, "Good progress"),
        ("done", Field.IMPLEMENTATION, "Implemented"),
        ("new", Field.DEFINITION, "New"),
        ("pending", Field.DEFINITION, "Pending Approval"),
        ("app", Field.DEFINITION, "Approved"),
    ],
)
def test_a_state_sets_its_own_field(text: str, field: Field, word: str) -> None:
    assert state(text) == (field, word)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("d", "'d' may be Drafting, Discussion, Deferred or Deployment; say more of it."),
        ("strated", "There is no state 'strated'; did you mean Started?"),
        ("", "There is no state ''; it is one of New, "),
    ],
)
def test_a_state_that_is_none_is_answered_with_those_that_are(text: str, why: str) -> None:
    with pytest.raises(NoSuchWordError) as refused:
        state(text)
    assert sorted(str(refused.value)[: len(why)]) == sorted(why)


def test_a_priority_is_one_of_launchpad_s() -> None:
    assert priority("hi") == "High"
    with pytest.raises(NoSuchWordError, match="it is one of Not, Undefined, Low, Medium, High or Essential"):
        priority("urgent!!")
