"""What the tracker's tests share: a running Muster with a tracker alone, and who asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.model import Actor, Room
from bot.plugin import By
from bot.testing import START, Stage
from plugins.tracker import Tracker
from plugins.tracker.backend import Backend
from plugins.tracker.settings import TrackerSettings
from tests.plugins.tracker.scripted import Scripted


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


@pytest.fixture
def world() -> Scripted:
    """A tracker elsewhere."""
    return Scripted()


Remote = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def remote(tmp_path: Path, world: Scripted) -> Remote:
    """``remote(room="#stage", settings="")``: a Muster whose tracker is the scripted one."""

    class Elsewhere(Tracker):
        """A tracker elsewhere."""

        name = "tracker"

        @classmethod
        def backend(cls, config: TrackerSettings, data_dir: Path) -> Backend:
            return world

    def make(**options: Any) -> Stage:
        options.setdefault("settings", "[tracker]\nproject = nova")
        return Stage(tmp_path, plugins={"tracker": Elsewhere}, **options)

    return make


def tracker_of(stage: Stage) -> Tracker:
    """The tracker of a stage."""
    return stage.app.hub.plugin(Tracker)


async def settled(stage: Stage) -> None:
    """Wait until all is sent, read and said."""
    await tracker_of(stage).idle()
    await stage.app.hub.idle()


async def later(stage: Stage, **time: float) -> None:
    """The clock goes on, and what is due happens to its end."""
    await settled(stage)
    await stage.clock.advance(timedelta(**time), lambda: settled(stage))


def heard(stage: Stage) -> list[str]:
    """What Muster said since the last time."""
    said, stage.network.said = stage.network.said, []
    return said


def by(nick: str, account: str | None = "", room: Room | None = None) -> By:
    """Somebody, logged in under their own name, who asks for something in a room, or on the command line."""
    return By(Actor("test", nick, nick if account == "" else account), room, START)
