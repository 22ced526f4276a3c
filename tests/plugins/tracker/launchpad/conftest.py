"""A Launchpad to talk to, and Muster's side of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from plugins.tracker.launchpad import Launchpad
from tests.launchpad.server import Server
from tests.launchpad.state import World

Opened = Callable[..., Launchpad]


@pytest.fixture
def server() -> Iterator[Server]:
    """A Launchpad with 120 blueprints."""
    with Server(World.of_nova(blueprints=120)) as launchpad:
        yield launchpad


@pytest_asyncio.fixture
async def opened(server: Server, tmp_path: Path) -> AsyncIterator[Opened]:
    """``opened("renuka", timeout=0.3)``: a backend with somebody's credentials (``None``: with none)."""
    made: list[Launchpad] = []

    def one(person: str | None = "muster", **options: Any) -> Launchpad:
        settings: dict[str, Any] = {
            "cache": tmp_path / "cache",
            "service_root": server.root,
            "credentials": server.credentials(person, tmp_path) if person else None,
            "rate": 10_000,
        }
        made.append(Launchpad("nova", **{**settings, **options}))
        return made[-1]

    yield one
    for backend in made:
        await backend.close()


@pytest.fixture
def launchpad(opened: Opened) -> Launchpad:
    """A backend with the credentials of a driver of nova."""
    return opened()
