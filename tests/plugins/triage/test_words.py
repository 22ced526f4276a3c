"""What stands behind ``!triaged``, in any order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.tracker import BUG_STATUSES, IMPORTANCES, Field
from plugins.triage.words import NotUnderstoodError, Wanted, changes, number_in, read
from tests.plugins.triage.house import ROSTER, bug

STATUSES = [status for status in BUG_STATUSES if status != "Unknown"]
RATINGS = [rating for rating in IMPORTANCES if rating != "Unknown"]
TEAMS = ["nova-api", "volumes", "nova-testing"]
TAGS = st.from_regex(r"[a-z0-9][a-z0-9+.-]{0,8}", fullmatch=True)


def team(word: str) -> str:
    found = ROSTER.team(word)
    return found.name if found is not None and not found.is_retired else ""


def said(text: str) -> Wanted:
    return read(text.split(), "7", team, teams=TEAMS, milestones=["essex-2"])


@st.composite
def wishes(draw: st.DrawFn) -> Wanted:
    add = draw(st.lists(TAGS, unique=True, max_size=3))
    remove = draw(st.lists(TAGS.filter(lambda tag: tag not in add), unique=True, max_size=3))
    return Wanted(
        draw(st.sampled_from(["", *RATINGS])),
        draw(st.sampled_from(["", *STATUSES])),
        draw(st.sampled_from(["", *TEAMS])),
        tuple(add),
        tuple(remove),
        draw(st.sampled_from(["", "8", "123456"])),
    )


@given(wishes(), st.randoms(use_true_random=False))
def test_all_that_can_be_wanted_is_understood_in_any_order(wanted: Wanted, chance: random.Random) -> None:
    parts = [
        wanted.importance,
        wanted.status.lower() if chance.random() < 0.5 else wanted.status,
        wanted.team,
        f"dup {wanted.duplicate}" if wanted.duplicate else "",
        *(f"+{tag}" for tag in wanted.add),
        *(f"-{tag}" for tag in wanted.remove),
    ]
    chance.shuffle(parts)
    found = said(" ".join(part for part in parts if part))
    assert (set(found.add), set(found.remove)) == (set(wanted.add), set(wanted.remove))
    assert found == Wanted(
        wanted.importance, wanted.status, wanted.team, found.add, found.remove, wanted.duplicate
    )


@given(st.text())
def test_any_words_are_understood_or_named(text: str) -> None:
    try:
        answer = str(said(text))
    except NotUnderstoodError as error:
        answer = str(error)
        assert len(answer) < 300
    assert answer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("won't fix", Wanted(status="Won't Fix")),
        ("WON’T FIX", Wanted(status="Won't Fix")),
        ("wontfix", Wanted(status="Won't Fix")),
        ("in progress high", Wanted("High", "In Progress")),
        ("fix-released", Wanted(status="Fix Released")),
        ("does not exist", Wanted(status="Does Not Exist")),
        ("high, confirmed; +api", Wanted("High", "Confirmed", add=("api",))),
        ("high high +a +a", Wanted("High", add=("a",))),
        ("~nova-api", Wanted(team="nova-api")),
        ("vol", Wanted(team="volumes")),
        ("duplicate of #12", Wanted(duplicate="12")),
        ("dup lp:012", Wanted(duplicate="12")),
        ("+API", Wanted(add=("api",))),
        ("", Wanted()),
    ],
)
def test_what_people_write(text: str, found: Wanted) -> None:
    assert said(text) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("high low", "High and Low are two importances; say one."),
        ("new triaged", "New and Triaged are two statuses; say one."),
        ("volumes nova-api", "volumes and nova-api are two teams; say one."),
        ("+a -a", "+a and -a contradict each other."),
        ("dup 8 dup 9", "8 and 9 are two bugs that it repeats; say one."),
        ("dup 7", "Bug 7 cannot repeat itself."),
        ("dup 0", "dup of which bug? Say its number behind it, like dup 12."),
        ("dup of", "dup of which bug? Say its number behind it, like dup 12."),
        ("hihg", "'hihg' is neither importance, status nor team; did you mean High?"),
        ("unknown", "'unknown' is neither importance, status nor team"),
        ("gone", "'gone' is neither importance, status nor team"),
        ("+", "'+' is no tag"),
        ("-UP!", "'-UP!' is no tag"),
        ("essex-2", "'essex-2': a bug's milestone is set in the tracker"),
        ("milestone folsom-1", "'milestone': a bug's milestone is set in the tracker"),
    ],
)
def test_what_contradicts_or_is_not_understood_is_named(text: str, why: str) -> None:
    with pytest.raises(NotUnderstoodError) as caught:
        said(text)
    assert str(caught.value).startswith(why)


def test_whoever_rates_a_new_bug_has_triaged_it() -> None:
    new, old = bug(7), bug(8, definition="Confirmed", priority="High")
    assert changes(said("high"), new) == {Field.PRIORITY: "High", Field.DEFINITION: "Triaged"}
    assert changes(said(""), new) == {Field.DEFINITION: "Triaged"}
    assert changes(said("high confirmed"), new) == {Field.PRIORITY: "High", Field.DEFINITION: "Confirmed"}
    assert changes(said("+api"), new) == {Field.TAGS: ("api",)}
    assert changes(said("volumes"), new) == {}
    assert changes(said("high dup 9"), new) == {Field.PRIORITY: "High", Field.DUPLICATE: "9"}
    assert changes(said("low"), old) == {Field.PRIORITY: "Low"}
    assert changes(said("high confirmed"), old) == {}


def test_tags_keep_their_order_and_what_is_there_is_not_added_again() -> None:
    item = bug(7, tags=("b", "a"))
    assert changes(said("+a +c -b"), item) == {Field.TAGS: ("a", "c")}
    assert changes(said("+a -x"), item) == {}


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("7", "7"),
        ("#7", "7"),
        ("LP:#7", "7"),
        ("007", "7"),
        *((wrong, "") for wrong in ("0", "#", "-7", "٧", "9" * 30, "1e3", "7.")),
    ],
)
def test_a_number_is_one_that_a_bug_can_have(word: str, number: str) -> None:
    assert number_in(word) == number
