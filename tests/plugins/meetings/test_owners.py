"""Actions: whose they are and when they are due, as people type them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import fold_nick
from plugins.meetings.owners import COMMON, ActionText, Nicks, due_date, parse_action

SUNDAY = date(2026, 11, 22)
HERE = (
    "alice",
    "Bob",
    "carol",
    "c++",
    "|bob|",
    "_0x44",
    "bob-work",
    "ünal",
    "Øyvind",
    "[zed]",
    "will",
    "test",
)


def owners(text: str, *present: str) -> tuple[str, ...]:
    return parse_action(text, present or HERE, SUNDAY).owners


def test_owners_due_date_and_the_text_as_it_was_said() -> None:
    text = "bob, carol to fix 123 by friday"
    assert parse_action(f" {text} ", HERE, SUNDAY) == ActionText(text, ("Bob", "carol"), date(2026, 11, 27))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("bob to fix bug 1", ("Bob",)),
        ("bob fix bug 1", ("Bob",)),
        ("bob: fix bug 1", ("Bob",)),
        ("BOB, fix bug 1", ("Bob",)),
        ("@bob @carol: fix bug 1", ("Bob", "carol")),
        ("bob and carol will ask alice", ("Bob", "carol")),
        ("bob, carol, and alice to meet", ("Bob", "carol", "alice")),
        ("bob & carol to meet", ("Bob", "carol")),
        ("bob,carol to meet", ("Bob", "carol")),
        ("bob/carol to meet", ("Bob", "carol")),
        ("bob carol to meet", ("Bob", "carol")),
        ("bob, Bob and BOB to meet himself", ("Bob",)),
        ("[zed] to fix", ("[zed]",)),
        ("ünal to translate", ("ünal",)),
        ("c++ to be compiled", ("c++",)),
    ],
)
def test_names_at_the_front_are_the_owners(text: str, names: tuple[str, ...]) -> None:
    assert owners(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("dave to fix bug 1", ("dave",)),
        ("dave: fix bug 1", ("dave",)),
        ("dave will fix bug 1", ("dave",)),
        ("dave, erin and bob to fix bug 1", ("dave", "erin", "Bob")),
        ("bob, dave to fix bug 1", ("Bob", "dave")),
        ("dave fix bug 1", ()),
        ("bob, review the docs", ("Bob",)),
        ("123 to be fixed", ()),
        ("#1234 to be fixed", ()),
        ("https://example.org/bob to be read", ()),
    ],
)
def test_who_is_not_here_is_an_owner_where_the_sentence_says_so(text: str, names: tuple[str, ...]) -> None:
    assert owners(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "someone to fix bug 1",
        "We to decide",
        "Talk to upstream",
        "everyone: read the spec",
        "docs: more",
        "need to fix",
    ],
)
def test_a_common_word_at_the_front_is_nobody(text: str) -> None:
    assert owners(text) == ()


def test_a_common_word_is_a_nick_at_the_front_when_its_bearer_is_here() -> None:
    assert owners("will to fix what will break") == ("will",)
    assert owners("will will fix it") == ("will",)
    assert owners("bob will fix it") == ("Bob",)
    assert owners("bob test the build") == ("Bob",)
    assert owners("bob and test to fix it") == ("Bob", "test")


def test_a_common_word_in_the_middle_is_a_nick_only_with_an_at() -> None:
    assert owners("find out what will break") == ()
    assert owners("find out with @will what breaks") == ("will",)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ask bob about bug 1", ("Bob",)),
        ("the review of carol's patch (see Bob, too)", ("carol", "Bob")),
        ("compile with c++.", ("c++",)),
        ("ping |bob| and _0x44!", ("|bob|", "_0x44")),
        ("tell [zed]: it works", ("[zed]",)),
        ("tell “Øyvind”…", ("Øyvind",)),
        ("pair up alice/carol", ("alice", "carol")),
        ("ask bob-work", ("bob-work",)),
        ("ask bob-works, bobby, xbob or bob2", ()),
        ("look into src/bob/main.c", ()),
        ("read https://example.org/~bob,carol", ()),
        ("compile c+ and c", ()),
    ],
)
def test_otherwise_whoever_is_here_and_mentioned_as_a_whole_nick(text: str, names: tuple[str, ...]) -> None:
    assert owners(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "UNASSIGNED: help bob",
        "unassigned to fix with bob",
        "TBD: ask bob",
        "nobody will help bob",
        "UNASSIGNED",
    ],
)
def test_unassigned_is_nobody_whoever_else_is_mentioned(text: str) -> None:
    assert owners(text, "bob", "UNASSIGNED") == ()


def test_a_nick_of_several_words_is_found() -> None:
    assert owners("ask Bob Smith's brother", "bob smith") == ("bob smith",)
    assert owners("bob smith to fix", "Bob Smith", "bob") == ("Bob Smith",)


def test_the_nicks_of_a_room_change_as_people_come_and_go() -> None:
    present = Nicks(["bob", "Bob", "carol"])
    assert list(present) == ["Bob", "carol"]
    assert len(present) == 2
    assert "BOB" in present
    assert parse_action("we ask bob, carol", present, SUNDAY).owners == ("Bob", "carol")
    present.discard("CAROL")
    present.discard("nobody")
    assert parse_action("we ask bob, carol", present, SUNDAY).owners == ("Bob",)
    present.add("Carol Ann")
    assert parse_action("we ask carol ann", present, SUNDAY).owners == ("Carol Ann",)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("fix it by friday", date(2026, 11, 27)),
        ("fix it by Fri.", date(2026, 11, 27)),
        ("fix it by Sunday", date(2026, 11, 29)),
        ("fix it by this thursday", date(2026, 11, 26)),
        ("fix it by next monday", date(2026, 11, 23)),
        ("fix it by next friday", date(2026, 11, 27)),
        ("fix it by 2026-12-01", date(2026, 12, 1)),
        ("fix it by 2026/12/1, please", date(2026, 12, 1)),
        ("fix it by Dec 1", date(2026, 12, 1)),
        ("fix it by dec. 1st", date(2026, 12, 1)),
        ("fix it by the 1st of December", date(2026, 12, 1)),
        ("fix it due 1 December", date(2026, 12, 1)),
        ("fix it [due: 1 December 2027]", date(2027, 12, 1)),
        ("fix it by Tuesday, December 1, 2026", date(2026, 12, 1)),
        ("fix it by January 5", date(2027, 1, 5)),
        ("fix it by nov 22", SUNDAY),
        ("fix it by feb 29", date(2028, 2, 29)),
        ("fix it by the 5th", date(2026, 12, 5)),
        ("fix it by the 31st", date(2026, 12, 31)),
        ("fix it by today", SUNDAY),
        ("fix it by EOD", SUNDAY),
        ("fix it by tomorrow", date(2026, 11, 23)),
        ("fix it by end of week", date(2026, 11, 27)),
        ("fix it by the end of next week", date(2026, 12, 4)),
        ("fix it before next week", date(2026, 12, 4)),
        ("fix it by end of the month", date(2026, 11, 30)),
        ("fix it by eom", date(2026, 11, 30)),
        ("fix it by next month", date(2026, 12, 31)),
        ("fix it until end of year", date(2026, 12, 31)),
        ("by hand by monday or by tuesday, by bob", date(2026, 11, 24)),
        ("fix it", None),
        ("fix it on friday", None),
        ("stand by friday-bot", None),
        ("fix what bob did by accident", None),
        ("fix it by 1/2", None),
        ("fix it by 2020-01-01", None),
        ("fix it by 2026-02-30", None),
        ("fix it by feb 30", None),
        ("fix it by the 32nd", None),
        ("fix it by dec 1 2020", None),
        ("fix it by dec 1 0000", None),
        ("fix it by may", None),
        ("fix it by week 48", None),
        ("fix it by the year 2030", None),
        ("due to bug 3", None),
        ("by 99999999999999999999", None),
    ],
)
def test_when_it_is_due(text: str, due: date | None) -> None:
    assert due_date(text, SUNDAY) == due


def test_on_a_wednesday_next_friday_is_not_this_friday() -> None:
    wednesday = date(2026, 11, 25)
    assert due_date("by friday", wednesday) == date(2026, 11, 27)
    assert due_date("by next friday", wednesday) == date(2026, 12, 4)
    assert due_date("by next monday", date(2026, 11, 23)) == date(2026, 11, 30)


def test_the_calendars_last_days_break_nothing() -> None:
    for text in (
        "by tomorrow",
        "by friday",
        "by next week",
        "by next month",
        "by end of next year",
        "by the 1st",
        "by jan 1",
    ):
        assert due_date(text, date.max) is None
    assert due_date("by end of month", date.max) == date.max


def test_a_crowd_and_a_long_text_take_no_longer_than_their_length() -> None:
    present = Nicks(f"nick{number}" for number in range(10_000))
    text = " ".join(present)
    assert len(parse_action(f"we thank {text}", present, SUNDAY).owners) == 10_000


WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        (
            "bob",
            "carol,",
            "and",
            "to",
            "will",
            "by",
            "due",
            "friday",
            "end of",
            "week",
            "@",
            "the 5th",
            "UNASSIGNED:",
            "dec",
        )
    ),
)


@given(
    st.lists(WORDS, max_size=14).map(" ".join),
    st.lists(st.text(min_size=1, max_size=8), max_size=5),
    st.dates(),
)
def test_no_text_nick_or_day_breaks_it(text: str, present: list[str], today: date) -> None:
    action = parse_action(text, [*present, "bob"], today)
    assert action.text == text.strip()
    assert len({fold_nick(owner) for owner in action.owners}) == len(action.owners)
    assert "unassigned" not in map(fold_nick, action.owners)
    assert action.due is None or action.due >= today


@given(st.dates(max_value=date(9990, 1, 1)), st.integers(1, 3000))
def test_a_date_written_out_is_read_back(today: date, days: int) -> None:
    due = today + timedelta(days=days)
    for written in (
        due.isoformat(),
        f"{due:%B} {due.day} {due.year:04}",
        f"{due.day} {due:%b} {due.year:04}",
    ):
        assert due_date(f"by {written}", today) == due


@given(
    st.text(alphabet="abcdefgxyz0123456789[]\\`_^{|}-", min_size=1, max_size=16).filter(
        lambda n: not n[0].isdigit() and n not in COMMON  # what is an English word first of all
    )
)
def test_any_nick_is_found_alone_in_brackets_and_at_an_end(nick: str) -> None:
    if len(nick) > 1 or nick in "[]\\`_^{|}":
        for around in ("ping {} now", "ping ({})", "“{}”, please", "ask {}'s team", "ask @{}", "is it {}?"):
            assert owners(around.format(nick), nick) == (nick,)
        assert owners(f"ping x{nick}x", nick) == ()
