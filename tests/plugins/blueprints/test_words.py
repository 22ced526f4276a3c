"""What a blueprint is about, as terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.terms import read, stem
from plugins.blueprints.words import words_of


@pytest.mark.parametrize(
    "forms",
    [
        "migrate migrates migrated migrating migration migrations",
        "schedule scheduler schedulers scheduling",
        "authorize authorized authorization",
        "operate operator operators operations operational",
        "policy policies",
        "plug plugged plugging",
        "cache caches caching",
        "secure security",
        "class classes",
    ],
)
def test_the_forms_of_a_word_are_one_term(forms: str) -> None:
    assert len({stem(word) for word in forms.split()}) == 1


def test_words_that_only_look_alike_are_several_terms() -> None:
    words = ["status", "state", "region", "register", "string", "ring", "session", "test", "user", "less"]
    assert len({stem(word) for word in words}) == len(words)


def test_what_people_shorten_is_the_word_in_full() -> None:
    assert read("vol db-auth") == read("volume database authorization")


def test_words_that_say_nothing_and_versions_are_no_terms() -> None:
    assert read("Add support for the new API v 2 and IPv6") == [("api", "api"), ("ipv6", "ipv6")]


def test_a_name_with_capitals_within_is_one_word() -> None:
    assert read("OpenStack and XenAPI") == read("openstack xenapi")


def test_a_name_weighs_more_than_a_title_and_that_more_than_a_summary() -> None:
    words = words_of("iscsi", "Multipath", "Volumes")
    assert words.all["iscsi"] > words.all["multipath"] > words.all["volum"]
    assert set(words.headline) == {"iscsi", "multipath"}


def test_a_word_said_twice_weighs_more_but_not_twice_as_much() -> None:
    once, twice = words_of(title="quota").all["quota"], words_of(title="quota of quotas").all["quota"]
    assert once < twice < 2 * once


def test_a_term_is_shown_as_the_word_that_it_came_from() -> None:
    assert words_of("zone-aggregation").shown["aggregat"] == "aggregation"


def test_something_that_says_nothing_has_no_words() -> None:
    assert not words_of("", "the new one", "…")


def test_control_characters_are_no_part_of_a_word() -> None:
    assert read("\x02vol\x02ume") == [("volum", "volume")]


@given(st.text(max_size=200))
def test_any_text_has_stems_that_are_words_themselves(text: str) -> None:
    for term, word in read(text):
        assert term
        assert len(word) >= 2
        assert term == stem(word)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20))
def test_a_stem_is_never_longer_than_its_word(word: str) -> None:
    assert len(stem(word)) <= len(word)
