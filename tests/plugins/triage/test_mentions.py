"""What of a line's words mentions a bug; bugs looked for by words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mentions import MOST
from plugins.triage.mentions import may_mention, mentioned
from plugins.triage.search import search
from tests.plugins.triage.house import bug

BUGS = {
    item.name: item
    for item in (
        *(bug(number) for number in (1, 9, 12, 123, 1234, 123456)),
        bug(7, url="https://bugs.launchpad.net/nova/+bug/7"),
        bug(8, url="https://tracker.example/bugs/8"),
    )
}


def numbers(text: str) -> list[str]:
    found = [item.name for item in mentioned(text, BUGS)]
    assert not found or may_mention(text)
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("what about bug 123?", ["123"]),
        ("Bug #123, and bug: 9.", ["123", "9"]),
        ("bug#12", ["12"]),
        ("bugs 9 and 12", ["9"]),
        ("LP: #123", ["123"]),
        ("(LP #123)", ["123"]),
        ("lp:123 lp:#9", ["123", "9"]),
        ("closes #123456", ["123456"]),
        ("\x02bug\x02 9", ["9"]),
        ("see https://bugs.launchpad.net/nova/+bug/7", ["7"]),
        ("http://launchpad.net/bugs/9, https://bugs.launchpad.net/bugs/12.", ["9", "12"]),
        ("https://bugs.launchpad.net/ubuntu/+source/nova/+bug/123/comments/4", ["123"]),
        ("https://tracker.example/bugs/8?x=1#y", ["8"]),
        ("bug 9 bug 12 bug 9", ["9", "12"]),
        ("bug 1 bug 9 bug 12 bug 123", ["1", "9", "12"]),
        ("bug 00009", ["9"]),
    ],
)
def test_what_is_surely_meant_is_a_mention(text: str, found: list[str]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "123",
        "#9 and #1234",
        "at 12 there were 9",
        "bug",
        "bug nine",
        "bug 9999",
        "bug 9.5",
        "debug 9",
        "bug 9th",
        "bug-9",
        "help 9",
        "https://example.org/bug/9",
        "https://example.org/?u=bug 9999",
        "https://evil.example/bugs/8",
        "bug " + "9" * 30,
    ],
)
def test_all_else_is_none(text: str) -> None:
    assert numbers(text) == []


@given(st.text())
def test_any_line_can_be_read(text: str) -> None:
    assert len(mentioned(text, BUGS)) <= MOST


FOUND = [
    bug(1, "Volumes cannot be detached"),
    bug(2, "Volume detach hangs", definition="Fix Released"),
    bug(3, "Attaching", tags=("volume",)),
    bug(4, "Attaching", summary="of a volume, and detached then"),
    bug(5, "Detached"),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("volume", ["1", "3", "4", "2"]),
        ("volumes detached", ["1", "2"]),
        ("detached", ["5", "1", "4", "2"]),
        ("attaching unicorns", ["4", "3"]),
        ("unicorns", []),
        ("!?", []),
    ],
)
def test_open_bugs_stand_first_and_then_those_that_match_best(text: str, found: list[str]) -> None:
    assert [item.name for item in search(text, FOUND)] == found


@given(st.text())
def test_any_words_can_be_looked_for(text: str) -> None:
    assert len(search(text, FOUND)) <= len(FOUND)
