"""What the core's tests share: a database made by the migrations, and lines of one room."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import database, loader
from bot.model import Actor, Kind, Line, Room
from bot.plugin import Plugin
from bot.store import Store, database_url
from bot.testing import Stage

NOVA = Room("oftc", "#nova")
EIGHT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file as the migrations make it, to copy: making one takes longer than most tests."""
    loader.installed()  # whose tables are part of it
    folder = tmp_path_factory.mktemp("migrated")
    with closing(Store(database_url("sqlite:///muster.db", folder))) as store:
        database.upgrade(store)
    return folder / "muster.db"


@pytest.fixture
def data_dir(tmp_path: Path, migrated: Path) -> Path:
    """A folder with an empty database in it."""
    shutil.copy(migrated, tmp_path / "muster.db")
    return tmp_path


@pytest.fixture
def open_store(data_dir: Path) -> Iterator[Callable[[], Store]]:
    """``open_store()`` opens the folder's database once more, as another process would."""
    opened: list[Store] = []

    def one() -> Store:
        opened.append(Store(database_url("sqlite:///muster.db", data_dir)))
        return opened[-1]

    yield one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    """An empty database."""
    return open_store()


@pytest.fixture
def said() -> Callable[..., Line]:
    """``said(seconds, text, nick="alice", ...)``: what alice said in #nova so long after eight."""

    def one(seconds: float, text: str, nick: str = "alice", room: Room = NOVA, **more: object) -> Line:
        time = EIGHT + timedelta(seconds=seconds)
        return Line(room, time, Kind.SAID, Actor(room.network, nick), text).replace(**more)

    return one


Staged = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def staged(data_dir: Path) -> Staged:
    """``staged(Greeter, settings=...)``: a stage with these plugins alone, each named as its class."""

    def one(*plugins: type[Plugin], **options: Any) -> Stage:
        for plugin in plugins:
            plugin.name = plugin.__name__.lower()
        return Stage(data_dir, plugins={plugin.name: plugin for plugin in plugins}, **options)

    return one
