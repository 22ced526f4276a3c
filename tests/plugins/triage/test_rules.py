"""Rules as people write them, and which of them count for a bug."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.triage.features import features_of, key_of, spoken
from plugins.triage.rules import MOST, NoRuleError, Rule, first, parse
from tests.plugins.triage.house import bug

NAMES = st.from_regex(r"[a-z0-9][a-z0-9+.-]{0,10}", fullmatch=True)
WORDS = st.from_regex(r"[a-z0-9]{1,10}", fullmatch=True)
CONDITIONS = st.one_of(
    st.tuples(st.sampled_from(["tag", "project"]), NAMES),
    st.tuples(st.sampled_from(["word"]), WORDS),
    st.tuples(st.sampled_from(["component"]), NAMES),
).map(":".join)


@given(st.lists(CONDITIONS, min_size=1, max_size=MOST))
def test_a_rule_written_is_read_again_as_the_same_rule(words: list[str]) -> None:
    read = parse(words)
    assert parse(str(read).split()) == read
    assert parse([word.upper() for word in reversed(words)]) == read


@given(st.lists(st.text()))
def test_whatever_is_written_is_a_rule_or_named(words: list[str]) -> None:
    try:
        said = str(parse(words))
    except NoRuleError as error:
        said = str(error)
    assert said
    assert len(said) < 1_000


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Say when: tag:, word:, project: or component: and what it is, like tag:api."),
        ("tagg:api", "'tagg:api' is no condition; did you mean tag:?"),
        ("api", "'api' is no condition; a condition begins with"),
        ("word:", "'word:' asks for nothing; write it like word:paging."),
        ("word:two-words", "'two-words' is not one word of letters and digits."),
        ("tag:Ä", "'ä' is no tag"),
        (" ".join(f"tag:{number}" for number in range(MOST + 1)), f"A rule has at most {MOST} conditions."),
    ],
)
def test_what_is_no_rule_is_named(text: str, why: str) -> None:
    with pytest.raises(NoRuleError) as caught:
        parse(text.split())
    assert str(caught.value).startswith(why)


@pytest.mark.parametrize(
    ("text", "is_met"),
    [
        ("tag:api", True),
        ("tag:rest", False),
        ("tag:rest tag:API", True),
        ("word:server", True),
        ("word:servers", True),
        ("word:quotas", True),
        ("word:volumes", False),
        ("tag:api word:volumes", False),
        ("project:nova", True),
        ("project:nova component:ubuntu", True),
        ("component:debian", False),
    ],
)
def test_of_one_kind_one_is_enough_and_of_each_kind_one_is_needed(text: str, is_met: bool) -> None:
    item = bug(7, "Paging of servers", tags=("api",), target="Nova (Ubuntu)", summary="And of quotas")
    assert parse(text.split()).met_by(features_of(item)) is is_met


def test_where_a_bug_does_not_say_where_it_is_the_tracker_s_project_counts() -> None:
    assert parse(["project:nova"]).met_by(features_of(bug(7), "nova"))
    assert not parse(["project:nova"]).met_by(features_of(bug(7)))


def test_the_more_exact_rule_counts_and_then_the_older_one() -> None:
    rules = [
        Rule(1, "a", parse(["tag:api", "tag:rest"])),
        Rule(2, "b", parse(["tag:api"])),
        Rule(3, "c", parse(["tag:api", "word:paging"])),
    ]
    paging, other = bug(7, "Paging", tags=("api",)), bug(8, "Other", tags=("api",))
    assert first(rules, features_of(paging)) == rules[2]
    assert first(rules, features_of(other)) == rules[0]
    assert first(rules, features_of(bug(9))) is None


def test_features_are_said_and_compared() -> None:
    assert spoken(("tag:api", "word:paging", "word:servers")) == "tag api, words paging, servers"
    assert key_of("word:migrating") == key_of("word:migrations")
    assert key_of("tag:migrating") != key_of("tag:migrations")


@given(st.text(), st.text())
def test_any_bug_says_something_of_itself(title: str, target: str) -> None:
    found = features_of(bug(7, title, target=target), "nova")
    assert all(":" in feature for feature in found.telling)
