"""Which nags go to whom, and how a day is composed: the pure rules."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.plugin import Brief, Nag
from bot.text import width
from plugins.reminders.daily import LONGEST, compose
from plugins.reminders.nagging import For, Mute, choose, digest_text, is_muted, nag_text

TODAY = date(2026, 11, 23)


def wanted(key: str, person: int | None = 1, team: str = "nova-api", kind: str = "actions") -> For:
    return For(Nag(kind, key, f"{key} is due.", f"done {key}"), team, "test/#nova", person)


def chosen(
    *nags: For, told: set[tuple[str, str]] | None = None, at_most: int = 3, **more: object
) -> list[str]:
    found = choose(
        nags,
        day=lambda _: TODAY,
        told=told or set(),
        told_today=more.get("told_today", {}),  # type: ignore[arg-type]
        mutes=more.get("mutes", ()),  # type: ignore[arg-type]
        is_away=lambda person: person == 9,
        at_most=at_most,
    )
    return [one.nag.key for one in found.told] + [f"({one.nag.key})" for one in found.held]


def test_each_key_is_told_once_to_each() -> None:
    assert chosen(wanted("a"), wanted("a"), wanted("a", 2), wanted("a", None)) == ["a", "a", "a"]
    assert chosen(wanted("a"), wanted("b"), told={("a", "person 1")}) == ["b"]
    assert chosen(wanted("a", None), told={("a", "test/#nova")}) == []


def test_the_limit_counts_over_all_teams_and_the_rest_is_held_back() -> None:
    nags = [wanted("a"), wanted("b", team="docs"), wanted("c"), wanted("d", 2)]
    assert chosen(*nags, at_most=2) == ["a", "b", "d", "(c)"]
    assert chosen(*nags, at_most=2, told_today={"person 1": 2}) == ["d", "(a)", "(b)", "(c)"]


def test_the_muted_and_the_away_are_left_in_peace() -> None:
    mine, teams = Mute("actions", TODAY, person=1), Mute("vacancies", TODAY, team="nova-api")
    assert chosen(wanted("a"), wanted("b", 2), wanted("c", 9), mutes=[mine]) == ["b"]
    assert chosen(wanted("a", None, kind="vacancies"), mutes=[teams]) == []
    assert chosen(wanted("a", None, "docs", "vacancies"), mutes=[teams]) == ["a"]
    assert not is_muted([mine], "actions", "nova-api", 1, date(2026, 11, 24))
    assert not is_muted([mine], "actions", "nova-api", None, TODAY)


def test_a_nag_ends_with_what_ends_it() -> None:
    assert nag_text(wanted("12").nag, "!") == "12 is due. (!done 12 ends this)"
    long = Nag("actions", "a", "x" * 600, "done 1")
    assert nag_text(long, "!").endswith("… (!done 1 ends this)")
    assert digest_text(1, "!") == "1 thing more waits for you today: !nags lists them."


@given(st.lists(st.builds(wanted, st.sampled_from("abcdef"), st.sampled_from([1, 2, 9, None])), max_size=30))
def test_nobody_gets_more_than_the_limit_and_nothing_is_lost(nags: list[For]) -> None:
    found = choose(
        nags,
        day=lambda _: TODAY,
        told=(),
        told_today={},
        mutes=(),
        is_away=lambda person: person == 9,
        at_most=2,
    )
    names = [one.name for one in (*found.told, *found.held)]
    assert len(names) == len(set(names))
    assert set(names) == {one.name for one in nags if one.person != 9}
    for who in {one.who for one in nags}:
        assert sum(one.who == who for one in found.told) <= 2


def test_what_shares_a_place_shares_a_line_where_it_fits() -> None:
    assert compose("x: ", []) == []
    briefs = [Brief("On duty: bob", 10, beside=True), Brief("Next: #1", 20), Brief("3 new bugs.", 10)]
    assert compose("x today: ", briefs) == ["x today: 3 new bugs. On duty: bob.", "Next: #1."]
    assert compose("x today: ", briefs, builds=False) == []
    long = [Brief("a" * 300, 10), Brief("b" * 300, 10)]
    assert len(compose("x: ", long)) == 2
    many = [Brief(f"Line {number}.", number) for number in range(50, 57)]
    assert compose("x: ", many)[-1] == "Line 53. And 3 things more."


def test_who_is_on_duty_is_no_news_where_nothing_else_is() -> None:
    duty = Brief("On duty: bob", 10, beside=True)
    assert compose("x today: ", [duty]) == []
    assert compose("x today: ", [duty, Brief("1 action due", 40)]) == [
        "x today: On duty: bob.",
        "1 action due.",
    ]


briefs = st.builds(Brief, st.text(min_size=1, max_size=400), st.integers(0, 60))


@given(st.lists(briefs, max_size=12), st.booleans())
def test_a_day_is_at_most_four_lines_that_fit(some: list[Brief], builds: bool) -> None:
    lines = compose("nova-api today: ", some, builds=builds)
    assert len(lines) <= 4
    assert all(width(line) <= LONGEST for line in lines)
    if builds:
        assert bool(lines) == bool(some)
