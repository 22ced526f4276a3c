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


def rooms(three: list[Shares]) -> list[int]:
    return [one.room for one in three]


def test_each_takes_until_it_has_some_more_than_another(three: list[Shares]) -> None:
    assert rooms(three) == [SLACK, SLACK, SLACK]
    three[0].tell(SLACK)
    assert rooms(three) == [0, SLACK, SLACK]
    three[1].tell(SLACK + 1)
    assert rooms(three) == [0, 0, 2 * SLACK]
    three[2].tell(2 * SLACK)
    assert rooms(three) == [SLACK + 1, SLACK - 1, 0]


def test_nobody_waits_for_one_that_has_ended(muster: Shares, three: list[Shares]) -> None:
    three[0].tell(100)
    assert three[0].room == 0
    muster.leave(1)
    muster.leave(2)
    assert three[0].room > 1_000
    three[1].tell(0)  # it lives again
    assert rooms(three)[:2] == [0, 100 + SLACK]


def test_one_alone_takes_all(tmp_path: Path) -> None:
    alone = Shares.make(tmp_path / "alone", 1)
    alone.tell(1_000)
    assert alone.room > 1_000
