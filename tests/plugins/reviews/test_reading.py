"""Gerrit's answers, read; addresses; what messages name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.reviews import footers
from plugins.reviews.gerrit.addresses import number_in
from plugins.reviews.gerrit.reading import PREFIX, read_change, read_json, read_page, read_time
from plugins.reviews.review import Review, State, Voted, Waits, carried
from plugins.reviews.sources import BadAnswerError
from plugins.reviews.storing import read, written
from tests.gerrit.changes import Change
from tests.gerrit.server import KNOWN_OPTIONS

LEAST = {"_number": 1, "project": "nova", "status": "NEW", "subject": "A title"}


def change(**more: Any) -> Review:
    return read_change({**LEAST, **more}, "nova", "https://review.example")


def test_the_least_that_gerrit_may_tell_is_enough() -> None:
    assert change() == Review(
        "nova", "1", "A title", url="https://review.example/c/nova/+/1", project="nova", state=State.OPEN
    )


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"_number": "1"}, "_number of a change is a text"),
        ({"_number": True}, "_number of a change is true or false"),
        ({"_number": None}, "_number of a change is missing"),
        ({"subject": None}, "subject of change 1 is missing"),
        ({"project": ""}, "project of change 1 is missing"),
        ({"status": "ODD"}, "status of change 1 is 'ODD'"),
        ({"status": 1}, "status of change 1 is a number"),
        ({"topic": ["x"]}, "topic of change 1 is a list"),
        ({"owner": "bob"}, "owner of change 1 is a text"),
        ({"created": "yesterday"}, "'yesterday' is no time of Gerrit's"),
        ({"created": "2026-13-01 00:00:00.000000000"}, "'2026-13-01 00:00:00.000000000' is in no calendar"),
        ({"mergeable": "yes"}, "mergeable of change 1 is a text"),
        ({"labels": {"Code-Review": []}}, "Code-Review in labels of change 1 is a list and not an object"),
        (
            {"labels": {"Code-Review": {"all": [{"value": "2"}]}}},
            "value of all of Code-Review [...] is a text",
        ),
        ({"reviewers": {"REVIEWER": [7]}}, "REVIEWER of reviewers of change 1 is a number and not an object"),
    ],
)
def test_what_is_not_as_gerrit_tells_it_is_refused_by_name(more: dict[str, Any], why: str) -> None:
    with pytest.raises(BadAnswerError) as caught:
        change(**more)
    head, _, tail = why.partition("[...]")
    assert str(caught.value).startswith(head)
    assert str(caught.value).endswith(tail)


def test_times_are_in_utc_with_what_microseconds_hold() -> None:
    assert read_time("2026-11-22 20:00:00.854123456") == datetime(2026, 11, 22, 20, 0, 0, 854123, UTC)
    assert read_time("2026-11-22 20:00:00") == datetime(2026, 11, 22, 20, tzinfo=UTC)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        assert read_time(text).tzinfo is UTC
    except BadAnswerError as error:
        assert "\n" not in str(error)  # noqa: PT017


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)
KEYS = sorted(Change(1, "x", topic="t", is_wip=True, attention=["a"]).told(set(KNOWN_OPTIONS)))


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6))
def test_whatever_stands_in_a_change_it_is_read_or_refused(more: dict[str, Any]) -> None:
    whole = {**Change(1, "x", topic="t").told(set(KNOWN_OPTIONS)), **more}
    page = read_page(PREFIX + "\n" + json.dumps([whole]), "nova", "https://review.example")
    assert len(page.reviews) + len(page.bad) == page.count == 1


@given(st.text(max_size=30))
def test_only_what_begins_as_gerrits_answers_do_is_read(text: str) -> None:
    try:
        read_json(text)
    except BadAnswerError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert text.startswith(PREFIX)


def test_the_prefix_may_end_in_either_way() -> None:
    assert read_json(")]}'\n[1]") == [1]
    assert read_json(")]}'\r\n[1]") == [1]
    for wrong in ("[1]", ")]}\n[1]", ")]}'[1]", " )]}'\n[1]", ""):
        with pytest.raises(BadAnswerError, match="does not begin with"):
            read_json(wrong)


REVIEWS = st.builds(
    Review,
    st.sampled_from(["nova", "launchpad"]),
    st.integers(1, 99999).map(str),
    st.text(max_size=20),
    paths=st.lists(st.text(max_size=9), max_size=3).map(tuple),
    state=st.sampled_from(State),
    votes=st.lists(
        st.builds(
            Voted,
            st.just("Code-Review"),
            st.text(max_size=5),
            st.integers(-2, 2),
            st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
        ),
        max_size=3,
    ).map(tuple),
    is_wip=st.booleans(),
    mergeable=st.sampled_from([None, True, False]),
    created=st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
    bugs=st.lists(st.integers(1, 99).map(str), max_size=3).map(tuple),
)


@given(REVIEWS)
def test_what_is_kept_of_a_review_is_the_review(review: Review) -> None:
    assert read(written(review)) == review


# For whom it waits


@pytest.mark.parametrize(
    ("more", "waits", "standing"),
    [
        ({}, Waits.REVIEWERS, "needs review"),
        ({"work_in_progress": True}, Waits.AUTHOR, "work in progress"),
        ({"status": "DRAFT"}, Waits.AUTHOR, "work in progress"),
        ({"mergeable": False}, Waits.AUTHOR, "does not merge, waits for its author"),
        ({"submittable": True}, Waits.MERGE, "approved"),
        ({"status": "MERGED"}, Waits.NOBODY, "merged"),
        ({"status": "ABANDONED"}, Waits.NOBODY, "abandoned"),
        (
            {
                "labels": {
                    "Code-Review": {"all": [{"value": -1, "username": "a"}, {"value": 2, "username": "b"}]}
                }
            },
            Waits.AUTHOR,
            "waits for its author, +2 -1",
        ),
        ({"labels": {"Verified": {"rejected": {"username": "ci"}}}}, Waits.AUTHOR, "waits for its author"),
        (
            {
                "labels": {
                    "Code-Review": {"approved": {"_account_id": 1}, "all": [{"value": 2, "username": "a"}]}
                }
            },
            Waits.MERGE,
            "approved, +2",
        ),
        (
            {
                "owner": {"username": "bob"},
                "labels": {"Code-Review": {"all": [{"value": -1, "username": "a"}]}},
                "attention_set": {"7": {"account": {"username": "a"}}},
            },
            Waits.REVIEWERS,
            "needs review, -1",
        ),
        (
            {"owner": {"username": "bob"}, "attention_set": {"7": {"account": {"username": "bob"}}}},
            Waits.AUTHOR,
            "waits for its author",
        ),
    ],
)
def test_for_whom_a_change_waits(more: dict[str, Any], waits: Waits, standing: str) -> None:
    found = change(**more)
    assert (found.waits_for, found.standing) == (waits, standing)


def test_another_patch_set_that_nobody_looked_at_does_not_begin_the_waiting_anew() -> None:
    first, second = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC)
    before = Review("nova", "1", "x", asked=first)
    after = Review("nova", "1", "x", asked=second, patch_set=2)
    assert carried(before, after).asked == first
    voted = Review("nova", "1", "x", asked=first, is_rejected=True)
    assert carried(voted, after).asked == second  # its author had it meanwhile
    assert carried(None, after).asked == second


# Addresses


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://review.example/c/openstack/nova/+/1234", "1234"),
        ("https://review.example/c/openstack/nova/+/1234/2", "1234"),
        ("https://review.example/c/openstack/nova/+/1234/2/nova/api.py#12", "1234"),
        ("http://review.example/c/1234", "1234"),
        ("https://Review.example/#/c/1234/", "1234"),
        ("https://review.example/#/c/1234/3/nova/api.py", "1234"),
        ("https://review.example/1234", "1234"),
        ("https://review.example/1234?tab=comments", "1234"),
        ("https://review.example/q/topic:bp/zones", ""),
        ("https://review.example/", ""),
        ("https://review.example", ""),
        ("https://review.example.org/1234", ""),
        ("https://other.example/1234", ""),
        ("https://review.example/c/openstack/nova/+/frob", ""),
    ],
)
def test_the_address_of_a_change_is_known(url: str, number: str) -> None:
    assert number_in(url, "https://review.example/") == number


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_not(text: str) -> None:
    found = number_in(f"https://review.example/{text}", "https://review.example")
    assert found == "" or found.isdecimal()


# What messages name


@pytest.mark.parametrize(
    ("message", "topic", "bugs", "blueprints"),
    [
        ("Title\n\nCloses-Bug: #123\nPartial-Bug: 45\nRelated-bug: #6", "", ("123", "45", "6"), ()),
        ("Title\n\nFixes bug 7 and more", "", ("7",), ()),
        ("Title\n\nLP: #8", "", ("8",), ()),
        ("Title\n\nCloses-Bug: LP#9", "", ("9",), ()),
        ("Title\n\nImplements: blueprint zones", "", (), ("zones",)),
        ("Title\n\nPartially-Implements: bp zones-2", "", (), ("zones-2",)),
        ("Title\n\nblueprint live-migration", "", (), ("live-migration",)),
        ("Title", "bp/Zones", (), ("zones",)),
        ("Title\n\nImplements: blueprint zones", "bp/zones", (), ("zones",)),
        ("Title", "bug/007", ("7",), ()),
        ("Title: a blueprint is no name here\nbug fix for 12", "other", (), ()),
        ("There were bug 7 reports of it", "", (), ()),
    ],
)
def test_a_message_names_what_a_change_is_about(
    message: str, topic: str, bugs: tuple[str, ...], blueprints: tuple[str, ...]
) -> None:
    assert (footers.bugs(message, topic), footers.blueprints(message, topic)) == (bugs, blueprints)


@given(st.text("abugBUG closes-:#1\nblueprint/", max_size=200), st.text(max_size=20))
def test_any_message_names_few_things(message: str, topic: str) -> None:
    assert all(number.isdecimal() for number in footers.bugs(message, topic))
    assert len(footers.blueprints(message, topic)) <= footers.MOST


def test_a_long_message_takes_a_moment(not_for_ever: None) -> None:
    for text in ("closes bug " * 100_000, " " * 1_000_000, "\n" * 1_000_000, "blueprint " * 100_000):
        footers.bugs(text, "")
        footers.blueprints(text, "")
