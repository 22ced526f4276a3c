"""Transactions: whole or not at all, one writer, and times that mean the same everywhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.builtin import DisabledRow
from bot.store import Store, database_url, from_stamp, to_stamp


def add(session: Session, name: str, *, fail: bool = False) -> str:
    session.add(DisabledRow(name=name))
    session.flush()
    if fail:
        raise ValueError("a change of mind")
    return name


def names(session: Session) -> list[str]:
    return list(session.scalars(select(DisabledRow.name).order_by(DisabledRow.name)))


def count_up(session: Session) -> None:
    """Read, then write what was read plus one: what loses updates where transactions begin late."""
    last = len(names(session))
    session.add(DisabledRow(name=f"{last:03}"))


async def test_what_a_write_returned_from_is_there_for_every_reader(
    store: Store, open_store: Callable[[], Store]
) -> None:
    assert await store.write(add, "meetings") == "meetings"
    assert await store.read(names) == ["meetings"]
    assert await open_store().read(names) == ["meetings"]


async def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(ValueError, match="change of mind"):
        await store.write(add, "meetings", fail=True)
    assert await store.read(names) == []


async def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        await store.read(add, "meetings")


async def test_a_read_sees_one_unchanging_view(store: Store) -> None:
    loop = asyncio.get_running_loop()

    def look_twice(session: Session) -> tuple[list[str], list[str]]:
        before = names(session)
        asyncio.run_coroutine_threadsafe(store.write(add, "meanwhile"), loop).result()
        session.expire_all()
        return before, names(session)

    assert await store.read(look_twice) == ([], [])
    assert await store.read(names) == ["meanwhile"]


async def test_a_look_is_a_read_by_the_connection_itself(store: Store) -> None:
    loop = asyncio.get_running_loop()

    def look_twice(connection: Connection, name: str) -> tuple[int, int]:
        query = select(func.count()).select_from(DisabledRow)
        before = connection.scalar(query) or 0
        asyncio.run_coroutine_threadsafe(store.write(add, name), loop).result()
        return before, connection.scalar(query) or 0

    assert await store.look(look_twice, "meanwhile") == (0, 0)
    assert await store.look(look_twice, name="after") == (1, 1)
    with pytest.raises(OperationalError, match="readonly"):
        await store.look(lambda connection: connection.execute(delete(DisabledRow)))


async def test_what_is_recalled_is_read_once_until_anybody_commits(
    store: Store, open_store: Callable[[], Store]
) -> None:
    read: list[int] = []

    def found(connection: Connection, more: int) -> tuple[int, ...]:
        read.append(more)
        return (connection.scalar(select(func.count()).select_from(DisabledRow)) or 0, more)

    first = await store.recall(found, 1)
    assert await store.recall(found, 1) is first
    assert (first, await store.recall(found, 2), read) == ((0, 1), (0, 2), [1, 2])
    await store.write(add, "here")
    assert (await store.recall(found, 1), read) == ((1, 1), [1, 2, 1])
    await open_store().write(add, "elsewhere")
    assert (await store.recall(found, 1), read) == ((2, 1), [1, 2, 1, 1])


async def test_so_many_answers_are_recalled_and_no_more(store: Store) -> None:
    read: list[int] = []

    def found(_connection: Connection, number: int) -> int:
        read.append(number)
        return number

    for number in [*range(65), 64, 0]:
        assert await store.recall(found, number) == number
    assert read == [*range(65), 0]


async def test_two_processes_that_read_and_then_write_lose_no_update(
    store: Store, open_store: Callable[[], Store]
) -> None:
    others = [store, open_store(), open_store()]
    await asyncio.gather(*(one.write(count_up) for one in others for _ in range(20)))
    assert await store.read(names) == [f"{number:03}" for number in range(60)]


def test_without_an_event_loop_the_command_line_uses_it_too(store: Store) -> None:
    store.write_now(add, "meetings")
    assert store.read_now(names) == ["meetings"]


def test_sqlite_is_durable_checks_references_and_forgets_what_is_deleted(store: Store) -> None:
    with store.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 5000,
    }


def test_the_database_s_files_are_nobody_else_s(tmp_path: Path) -> None:
    with closing(Store(database_url("sqlite:///muster.db", tmp_path / "var"))) as store:
        with store.connect() as connection:
            connection.execute(text("CREATE TABLE x (y INTEGER)"))
            connection.commit()
        files = list((tmp_path / "var").iterdir())
        assert len(files) == 3
        assert all(file.stat().st_mode & 0o077 == 0 for file in files)


async def test_what_was_overwritten_is_scrubbed_though_somebody_reads_at_first(store: Store) -> None:
    loop = asyncio.get_running_loop()
    scrubs = []

    def read_long(session: Session) -> None:
        names(session)
        scrubs.append(asyncio.run_coroutine_threadsafe(store.scrub(), loop))

    await store.write(add, "secret")
    await store.read(read_long)
    await asyncio.wrap_future(scrubs[0])
    wal = Path(f"{store.url.database}-wal")
    assert wal.stat().st_size == 0


async def test_lines_are_written_while_scrubbing_waits_for_somebody_who_reads(store: Store) -> None:
    reading, done = threading.Event(), threading.Event()

    def read_long(session: Session) -> None:
        names(session)
        reading.set()
        done.wait(30)

    await store.write(add, "secret")
    reader = asyncio.create_task(store.read(read_long))
    await asyncio.to_thread(reading.wait)
    await store.write(add, "more")
    scrub = asyncio.create_task(store.scrub())
    async with asyncio.timeout(60):
        for number in range(5):
            await store.write(add, f"line {number}")
            await asyncio.sleep(0)
    assert not scrub.done()
    done.set()
    await asyncio.gather(reader, scrub)
    assert Path(f"{store.url.database}-wal").stat().st_size == 0


async def test_what_waits_for_the_database_for_ever_is_not_waited_for(
    open_store: Callable[[], Store],
) -> None:
    store, done = open_store(), threading.Event()
    write = asyncio.create_task(store.write(lambda _session: done.wait(30)))
    await asyncio.sleep(0)
    assert not store.close(0.05)
    done.set()
    await write


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("sqlite:///muster.db", "sqlite:////data/muster.db"),
        ("sqlite:////srv/muster.db", "sqlite:////srv/muster.db"),
        ("postgresql://bot:pw@db/muster", "postgresql+psycopg://bot:pw@db/muster"),
    ],
)
def test_the_database_setting_names_a_place(setting: str, url: str) -> None:
    assert database_url(setting, Path("/data")).render_as_string(hide_password=False) == url


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_times_come_back_to_the_microsecond(time: datetime) -> None:
    assert from_stamp(to_stamp(time)) == time


def test_a_time_is_stored_as_it_is_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    assert to_stamp(datetime(1970, 1, 1, 1, 0, 0, 1, tzinfo=berlin)) == 1
