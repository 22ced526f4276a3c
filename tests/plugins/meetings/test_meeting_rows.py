"""A meeting's row in the database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot import database
from bot.model import Room
from bot.store import Store, database_url
from plugins.meetings import tables

STARTED = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


async def test_a_meeting_that_begins_and_ends_within_one_commit_has_one_row(tmp_path: Path) -> None:
    def begin_and_end(session: Session) -> None:
        begun = tables.Meeting(
            id=0,
            key="nova.1",
            path="nova/nova.1",
            room=Room("oftc", "#nova"),
            name="nova",
            title="Nova",
            owner="alice",
            started=STARTED,
            ended=None,
            restricted=False,
            written=False,
            imported=False,
            spans=((1, None),),
        )
        first = tables.save(session, begun)
        ended = replace(begun, ended=STARTED + timedelta(minutes=1), spans=((1, 9),))
        assert tables.save(session, ended) == first
        with pytest.raises(ValueError, match="is one of #nova on oftc"):
            tables.save(session, replace(begun, room=Room("libera", "#nova")))

    store = Store(database_url("sqlite:///muster.db", tmp_path))
    try:
        database.upgrade(store)
        await store.write(begin_and_end)
        (row,) = await store.read(tables.every)
        assert row.ended == STARTED + timedelta(minutes=1)
        assert row.spans == ((1, 9),)
    finally:
        store.close()
