"""Expressions that people type, compared with Python's own, and what would never end there."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.reviews.pattern import LONGEST, STATES, Pattern, PatternError


def one_of_three(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    counts = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?"])
    return st.one_of(
        st.builds(lambda one: f"({one})", inner),
        st.builds(lambda one, count: f"(?:{one}){count}", inner, counts),
        st.builds(lambda one, other: one + other, inner, inner),
        st.builds(lambda one, other: f"(?:{one}|{other})", inner, inner),
    )


ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "A",
        ".",
        "[ab]",
        "[^a]",
        "[a-c]",
        r"\d",
        r"\w",
        r"\W",
        r"\s",
        r"\b",
        "^",
        "$",
        r"\.",
        "[]a]",
        "[a-]",
    ]
)
PATTERNS = st.recursive(ATOMS, one_of_three, max_leaves=6)


@given(PATTERNS, st.text("abcAB.1 -]", max_size=9))
def test_it_finds_what_pythons_own_finds(pattern: str, text: str) -> None:
    try:
        found = Pattern(pattern)
    except PatternError as error:
        assert "too much" in str(error) or "longer" in str(error)  # noqa: PT017
        return
    # Python's $ stands before a last line break too; a title has none.
    assert found.finds(text) == (re.search(pattern, text, re.IGNORECASE) is not None)


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused(pattern: str, text: str) -> None:
    try:
        found = Pattern(pattern)
    except PatternError as error:
        assert "\n" not in str(error).replace(pattern, "")  # noqa: PT017
    else:
        assert found.finds(text) in {True, False}


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|aa)+$",
        "(a*)*b",
        "((a+)+)+c",
        "a*a*a*a*a*a*a*a*a*b",
        "(.*)(.*)(.*)(.*)(.*)(.*)(.*)x$",
        "(a?){20}a{20}c",
    ],
)
def test_what_would_take_for_ever_takes_a_moment(pattern: str, not_for_ever: None) -> None:
    began = time.monotonic()
    assert not Pattern(pattern).finds("a" * 300 + "!")
    assert time.monotonic() - began < 10  # some hundred milliseconds on an idle machine


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a", "a ( has no ) behind it"),
        ("a)", "a ) has no ( before it"),
        ("[a", "a [ has no ] behind it"),
        ("*a", "* stands behind nothing"),
        ("^*", "* stands behind nothing"),
        ("a**", "* stands behind another"),
        ("a{3,2}", "{3,2} is the wrong way round"),
        ("a{99}", "it repeats more than 20 times"),
        ("a{", r"{ must be {2}, {2,} or {2,5}; \{ is the sign itself"),
        ("(?=a)", "(?= is not known here"),
        ("(?P<x>a)", "(?P is not known here"),
        (r"(a)\1", r"\1 is not known here"),
        ("a\\", "it ends too early"),
        ("[z-a]", "z-a is the wrong way round"),
        ("((((((((((((((((((((a))))))))))))))))))))", "its groups are too deep"),
        ("a" * (LONGEST + 1), "it is longer than 100 characters"),
        ("((a{20}){20}){20}", "it repeats too much"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(pattern: str, why: str) -> None:
    with pytest.raises(PatternError) as caught:
        Pattern(pattern)
    assert str(caught.value) == why
    assert STATES < 1000
