"""Tests of the protocol feed stanzas to a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.networks.base import Known
from tests.bot.networks.xmpp.feeding import ROOM, Feed


@pytest.fixture
def feed() -> Callable[..., Feed]:
    """``feed(known=..., wanted=..., **settings)``: a session that is logged in."""

    def make(
        known: Known | None = None,
        wanted: dict[str, str] | None = None,
        *,
        online: bool = True,
        **settings: Any,
    ) -> Feed:
        made = Feed(lambda _room: known, {ROOM: ""} if wanted is None else wanted, **settings)
        return made.online() if online else made

    return make
