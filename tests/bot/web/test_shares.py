"""Who of several processes takes the next connection."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.web.shares import SLACK, Shares


@pytest.fixture
def muster(tmp_path: Path) -> Shares:
    return Shares.make(tmp_path / "shares", 3)


@pytest.fixture
def three(muster: Shares, tmp_path: Path) -> list[Shares]:
    found = [Shares(tmp_path / "shares", number) for number in range(3)]
    for one in found:
        one.tell(0)
    return found


def few(three: list[Shares]) -> list[bool]:
    return [one.has_few for one in three]


def test_while_all_have_few_anybody_takes_it(three: list[Shares]) -> None:
    three[0].tell(SLACK)
    assert few(three) == [True, True, True]


def test_one_that_has_many_lets_others_go_first_until_they_have_as_many(three: list[Shares]) -> None:
    three[0].tell(SLACK + 1)
    assert few(three) == [False, True, True]
    three[1].tell(SLACK + 1)
    assert few(three) == [False, False, True]
    three[2].tell(1)
    assert few(three) == [True, True, True]


def test_nobody_waits_for_one_that_has_ended(muster: Shares, three: list[Shares]) -> None:
    three[0].tell(100)
    muster.leave(1)
    muster.leave(2)
    assert three[0].has_few
    three[1].tell(0)  # it lives again
    assert few(three)[:2] == [False, True]


def test_one_alone_takes_all(tmp_path: Path) -> None:
    alone = Shares.make(tmp_path / "alone", 1)
    alone.tell(1_000)
    assert alone.has_few
