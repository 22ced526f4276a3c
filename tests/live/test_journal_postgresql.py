"""The journal on a real PostgreSQL."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import database
from bot.journal import Journal
from bot.model import Actor, Kind, Line, Room
from bot.store import Store, database_url

pytestmark = pytest.mark.live


@pytest.fixture
def store(postgresql: str, tmp_path: Path) -> Iterator[Store]:
    with closing(Store(database_url(postgresql, tmp_path))) as store:
        database.upgrade(store)
        yield store


def test_what_was_journaled_is_read_back_as_it_was(store: Store) -> None:
    room = Room("oftc", "#nova")
    now = datetime(2026, 5, 1, 15, tzinfo=UTC)
    bob = Actor("oftc", "bob", "robert", "bob@example.org")
    lines = [
        Line(room, now, Kind.SAID, bob, "100 % :sure %(text)s %s", "m1"),
        Line(
            room, now, Kind.NOTE, Actor("oftc", "muster", bot=True), "noted", own=True, data={"a": [1, None]}
        ),
        Line(room, now, Kind.LEFT, bob, history=True),
    ]

    async def story() -> None:
        journal = Journal(store)
        await journal.open()
        for line in lines:
            journal.append(line, lasting=True)
        await journal.settled()
        assert [entry.line for entry in await journal.lines(room, 1)] == lines

    asyncio.run(story())
