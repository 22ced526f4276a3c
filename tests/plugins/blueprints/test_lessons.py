"""Decisions about suggestions are kept."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import database
from bot.model import Actor, Room
from bot.plugin import By
from bot.store import Store, database_url
from plugins.blueprints.lessons import LessonRow, all_lessons, learn
from plugins.blueprints.suggest import Lesson

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
ALICE = By(Actor("test", "alice", "alice"), Room("test", "#nova"), NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(database_url("sqlite:///muster.db", tmp_path))) as store:
        database.upgrade(store)
        yield store


def test_decisions_come_back_in_their_order_with_who_and_when(store: Store) -> None:
    first = Lesson("vol-a", "", "openstack-volume", frozenset({"volum", "iscsi"}))
    second = Lesson("vol-a", "openstack-volume", "nova-api", frozenset({"volum"}))
    store.write_now(learn, ALICE, [first, second])
    assert store.read_now(all_lessons) == [first, second]
    row = store.read_now(lambda session: session.get_one(LessonRow, 1).account)
    assert row == "alice"
    assert store.read_now(lambda session: session.get_one(LessonRow, 1).time) == NOW
