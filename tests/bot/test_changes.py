"""The record of changes, as who follows it reads it."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from bot.changes import By, Change, ChangeRow, RecordEnd, changes_after, changes_of, record, record_end
from bot.model import Actor
from bot.store import Store

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)


def recorded(session: Session, subject: str) -> int:
    return record(session, By(Actor("", "alice"), None, NOW), subject, "state", "new", "done")


async def test_a_connection_reads_what_a_session_reads(store: Store) -> None:
    for _ in range(3):
        await store.write(recorded, "bug:1")
    read = await store.read(changes_of, "bug:1", 2)
    assert await store.look(changes_of, "bug:1", 2) == read
    assert [one.id for one in read] == [3, 2]
    assert read[0] == Change(3, "bug:1", "state", "new", "done", By(Actor("", "alice"), None, NOW))
    assert await store.look(changes_after, "bug", 2, ["state"]) == read[:1]
    assert await store.look(changes_after, "bug", 0, ["title"]) == []


async def test_the_end_is_the_same_exactly_while_nothing_is_recorded(store: Store) -> None:
    end = RecordEnd()
    assert await store.look(record_end, end) is end
    some = random.Random(7)
    for count in range(1, 500):
        subject = some.choice(["bug:1", "blueprint:a", "team:b"])
        await store.write(recorded, subject)
        if count < 12 or some.random() < 0.1:
            before, end = end, await store.look(record_end, end)
            assert end is not before
            assert end.last == count
            assert end.last - end.after == end.count <= 200
            assert await store.look(record_end, end) is end


async def test_a_smaller_id_that_comes_later_is_seen(store: Store) -> None:
    for _ in range(300):
        await store.write(recorded, "bug:1")

    def not_yet(session: Session) -> None:  # as if another process were still within its transaction
        session.delete(session.get_one(ChangeRow, 250))

    def now(session: Session) -> None:
        session.get_one(ChangeRow, recorded(session, "bug:2")).id = 250

    await store.write(not_yet)
    end = await store.look(record_end, RecordEnd())
    await store.write(now)
    assert await store.look(record_end, end) is not end
