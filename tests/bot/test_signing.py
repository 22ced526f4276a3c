"""Links that open what is restricted: what they open, for how long, and that nobody makes one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.signing import opened_by, opens, own_key, read_key, sign
from bot.store import Store

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
SOON = NOW + timedelta(days=1)
KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.mark.parametrize(
    ("signed", "asked", "is_opened"),
    [
        ("/meetings/7/", "/meetings/7/", True),
        ("/meetings/7/", "/meetings/7/log", True),
        ("/meetings/7/", "/meetings/7/log/events", True),
        ("/meetings/7/", "/meetings/7", False),
        ("/meetings/7/", "/meetings/70/", False),
        ("/meetings/7/", "/meetings/", False),
        ("/meetings/7", "/meetings/7/", False),
        ("/archive/nova/nova.2026-11-22-20.00", "/archive/nova/nova.2026-11-22-20.00.html", True),
        ("/archive/nova/nova.2026-11-22-20.00", "/archive/nova/nova.2026-11-22-20.00.log.html", True),
        ("/archive/nova/nova.2026-11-22-20.00", "/archive/nova/nova.2026-11-22-20.00-2.html", False),
        ("/archive/nova/nova.2026-11-22-20.00", "/archive/nova/", False),
    ],
)
def test_a_link_opens_its_path_and_what_is_below(signed: str, asked: str, is_opened: bool) -> None:
    found = opened_by(KEY, sign(KEY, signed, SOON), asked, NOW)
    assert found == (signed if is_opened else "")
    assert opens(signed, asked) is is_opened


def test_it_ends_when_it_says_and_that_cannot_be_put_off() -> None:
    signature = sign(KEY, "/meetings/7/", SOON)
    assert opened_by(KEY, signature, "/meetings/7/", SOON - timedelta(seconds=1))
    assert not opened_by(KEY, signature, "/meetings/7/", SOON)
    stamp, _, digest = signature.partition("-")
    assert not opened_by(KEY, f"{int(stamp, 16) + 999:x}-{digest}", "/meetings/7/", NOW)


def test_another_key_opens_nothing() -> None:
    assert not opened_by(OTHER, sign(KEY, "/meetings/7/", SOON), "/meetings/7/", NOW)


@given(signature=st.text(), path=st.text().map(lambda text: f"/{text}"))
def test_nobody_guesses_one(signature: str, path: str) -> None:
    assert opened_by(KEY, signature, path, NOW) == ""


@pytest.mark.parametrize("stamp", ["f" * 90, "-1", "1e999", "", " 7", "zz", "_1"])
def test_a_strange_time_opens_nothing(stamp: str) -> None:
    assert opened_by(KEY, f"{stamp}-{'x' * 43}", "/meetings/7/", NOW) == ""


async def test_the_key_is_made_once_for_all(open_store: Callable[[], Store]) -> None:
    one, two = open_store(), open_store()
    assert await one.read(read_key) is None
    keys = await asyncio.gather(own_key(one, NOW), own_key(two, NOW))
    assert keys[0] == keys[1] == await two.read(read_key)
    assert len(keys[0]) == 32
