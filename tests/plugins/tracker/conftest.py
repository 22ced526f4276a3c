"""What the tracker's tests share: a running Muster with a tracker alone, and who asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model import Actor
from bot.plugin import By
from bot.testing import START, Stage
from plugins.tracker import Tracker


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A Muster with its own tracker."""
    Tracker.name = "tracker"
    async with Stage(tmp_path, plugins={"tracker": Tracker}) as made:
        yield made


@pytest.fixture
def tracker(stage: Stage) -> Tracker:
    """Its tracker."""
    return stage.app.hub.plugin(Tracker)


def by(nick: str, account: str | None = "") -> By:
    """Somebody, logged in under their own name, who asks for something on the command line."""
    return By(Actor("test", nick, nick if account == "" else account), None, START)
