"""Store, journal, daily work and migrations on a real PostgreSQL, as on SQLite."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot import alarms, database, loader
from bot import journal as journaling
from bot.alarms import set_alarms
from bot.builtin import DisabledRow
from bot.changes import By, changes_since, record
from bot.database import TooNewError
from bot.journal import Journal
from bot.lines import redact
from bot.model import Actor, Kind, Line, Room
from bot.schedule import LEASE, Job, Schedule, claim, claims, finish
from bot.store import Store, database_url
from bot.testing import SetClock
from tests.live.servers import PostgreSQL

NOVA = Room("oftc", "#nova")
EIGHT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@pytest.fixture
def open_store(postgresql: str, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """``open_store()`` opens the migrated database once more, as another process would."""
    loader.installed()
    opened: list[Store] = []

    def one() -> Store:
        opened.append(Store(database_url(postgresql, tmp_path)))
        return opened[-1]

    database.upgrade(one())
    yield one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()


def said(seconds: float, words: str, **more: object) -> Line:
    time = EIGHT + timedelta(seconds=seconds)
    return Line(NOVA, time, Kind.SAID, Actor("oftc", "alice"), words).replace(**more)


def add(session: Session, name: str) -> None:
    session.add(DisabledRow(name=name))
    session.flush()


def names(session: Session) -> list[str]:
    return list(session.scalars(select(DisabledRow.name).order_by(DisabledRow.name)))


async def texts(journal: Journal) -> list[str]:
    await journal.settled()
    return [entry.line.text for entry in await journal.lines(NOVA, 1)]


def test_the_migrations_make_what_the_code_expects(store: Store) -> None:
    assert database.is_current(store)
    assert database.drift(store) == []


async def test_three_processes_that_begin_at_once_upgrade_an_empty_database_once(
    postgresql: str, tmp_path: Path
) -> None:
    async def begin(number: int) -> int:
        ini = tmp_path / f"{number}.ini"
        ini.write_text(
            f"[bot]\ndata_dir = {number}\ndatabase = {postgresql}\n[network console]\ntype = console\n"
        )
        root = str(Path(database.__file__).parents[1])
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "db",
            "upgrade",
            "-c",
            str(ini),
            env={**os.environ, "PYTHONPATH": root},
        )
        return await process.wait()

    assert await asyncio.gather(*map(begin, range(3))) == [0, 0, 0]


def test_a_database_of_a_newer_muster_is_refused(store: Store) -> None:
    with store.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(TooNewError, match="revision 9999"):
        database.is_current(store)


async def test_a_read_cannot_write_and_sees_one_unchanging_view(store: Store) -> None:
    loop = asyncio.get_running_loop()

    def look_twice(session: Session) -> tuple[list[str], list[str]]:
        before = names(session)
        asyncio.run_coroutine_threadsafe(store.write(add, "meanwhile"), loop).result()
        session.expire_all()
        return before, names(session)

    with pytest.raises(DBAPIError, match="read-only"):
        await store.read(add, "no")
    assert await store.read(look_twice) == ([], [])
    assert await store.read(names) == ["meanwhile"]


async def test_lines_are_kept_read_redacted_and_purged(store: Store, open_store: Callable[[], Store]) -> None:
    journal = Journal(store)
    entries = [
        journal.append(said(0.000001, "ça va? 你好 100 % :x", id="m1", data={"n": [1, None]}), lasting=True),
        journal.append(said(1, "nul \0 and \ud800", actor=Actor("oftc", "ni\0ck")), lasting=False),
        journal.append(said(2, "own", own=True, history=True), lasting=True),
    ]
    await journal.settled()
    again = Journal(open_store())
    await again.open()
    assert await again.lines(NOVA, 1) == entries
    await store.write(redact, NOVA, {1: "[redacted by alice at 20:00:09 UTC]"})
    again = Journal(open_store())
    await again.open()
    assert await again.purge(NOVA, EIGHT + timedelta(seconds=9)) == 1
    assert await texts(again) == ["[redacted by alice at 20:00:09 UTC]", "own"]
    assert again.unknown(NOVA, [said(0, "ça va?"), said(3, "new")]) == [said(3, "new")]


async def test_what_a_plugin_stores_goes_with_its_lines_and_its_mistakes_do_not_harm_them(
    store: Store,
) -> None:
    journal = Journal(store)

    def twice(session: Session) -> None:
        add(session, "same")
        session.expunge_all()
        add(session, "same")

    journal.append(said(0, "a"), lasting=True)
    journal.also(twice)
    journal.also(lambda session: add(session, "other"))
    assert await texts(journal) == ["a"]
    assert await store.read(names) == ["other"]


async def test_three_processes_claim_each_occurrence_once(open_store: Callable[[], Store]) -> None:
    stores = [open_store() for _ in range(3)]
    claimed = await asyncio.gather(
        *(
            one.write(claim, "job", f"day {day}", f"process {number}", EIGHT)
            for day in range(50)
            for number, one in enumerate(stores)
        )
    )
    assert sum(claimed) == 50


async def test_a_dead_holder_s_claim_is_taken_over_and_what_is_done_is_not(store: Store) -> None:
    late = EIGHT + LEASE + timedelta(seconds=1)
    assert await store.write(claim, "job", "2026-11-22", "a", EIGHT)
    assert not await store.write(claim, "job", "2026-11-22", "b", EIGHT + LEASE)
    assert await store.read(claims, "2026-11-22", late) == {("job", "2026-11-22"): True}
    assert await store.write(claim, "job", "2026-11-22", "b", late)
    await store.write(finish, "job", "2026-11-22", late)
    assert not await store.write(claim, "job", "2026-11-22", "c", late + 2 * LEASE)


async def test_daily_work_is_done_once_by_three_schedules(open_store: Callable[[], Store]) -> None:
    clock = SetClock(EIGHT)
    done: list[date] = []

    async def work(day: date) -> None:
        done.append(day)

    schedules = [Schedule(open_store(), clock, lambda _work, _name: None) for _ in range(3)]
    for schedule in schedules:
        schedule.daily(Job("mail.remind", time(9), ZoneInfo("Europe/Berlin"), work))
    await asyncio.gather(*(schedule.look() for schedule in schedules))
    assert done == [date(2026, 11, 22)]


async def test_a_server_that_crashes_and_returns_loses_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader.installed()
    refused = asyncio.Event()

    async def pause(_seconds: float) -> None:
        refused.set()
        await asyncio.to_thread(lambda: None)

    with PostgreSQL() as cluster, closing(Store(database_url(cluster.database(), tmp_path))) as store:
        database.upgrade(store)
        journal = Journal(store)
        journal.append(said(0, "before"), lasting=True)
        await journal.settled()
        monkeypatch.setattr(journaling, "_pause", pause)
        cluster.kill()
        confirmed: list[str] = []
        journal.append(said(1, "meanwhile"), lasting=True)
        journal.after_commit(lambda: confirmed.append("meanwhile"))
        await refused.wait()
        assert confirmed == []
        await asyncio.to_thread(cluster.start)
        assert await texts(journal) == ["before", "meanwhile"]
        assert confirmed == ["meanwhile"]


def test_changes_of_one_kind_are_found_whatever_the_order_of_text(store: Store) -> None:
    by = By(Actor("oftc", "alice", "alice"), NOVA, EIGHT)
    for subject in ("blueprint:zones", "team:nova-api", "blueprint-x:zones", "blueprint:api", "blueprint"):
        store.write_now(record, by, subject, "title", None, subject)
    found = store.read_now(changes_since, "blueprint", EIGHT)
    assert [change.subject for change in found] == ["blueprint:zones", "blueprint:api"]


async def test_three_processes_ring_each_alarm_once_and_never_wait_for_each_other(
    open_store: Callable[[], Store],
) -> None:
    stores = [open_store() for _ in range(3)]
    await stores[0].write(set_alarms, "job", {f"{n}": EIGHT for n in range(1200)})
    claimed: list[str] = []
    while found := await asyncio.gather(
        *(one.write(alarms.claim, ["job"], f"process {number}", EIGHT) for number, one in enumerate(stores))
    ):
        keys = [alarm.key for one in found for alarm in one.get("job", ())]
        if not keys:
            break
        claimed += keys
    assert len(claimed) == len(set(claimed)) == 1200


async def test_alarms_set_by_two_processes_at_once_are_set_to_one_of_their_times(
    open_store: Callable[[], Store],
) -> None:
    stores = [open_store() for _ in range(2)]
    dues = [{f"{n}": EIGHT + timedelta(seconds=late) for n in range(200)} for late in range(2)]
    await asyncio.gather(*(one.write(set_alarms, "job", due) for one, due in zip(stores, dues, strict=True)))
    assert await stores[0].read(alarms.next_ring, ["job"]) in {EIGHT, EIGHT + timedelta(seconds=1)}
    found = await stores[0].write(alarms.claim, ["job"], "me", EIGHT + timedelta(seconds=1))
    assert len({alarm.due for alarm in found["job"]}) == 1
    assert len(await stores[0].write(alarms.end, "job", found["job"], "me")) == 200


async def test_the_index_says_which_alarm_rings_next(store: Store) -> None:
    await store.write(set_alarms, "job", {f"{n}": EIGHT + timedelta(seconds=n) for n in range(10_000)})
    asked: list[tuple[str, object]] = []

    def note(
        _connection: object, _cursor: object, statement: str, parameters: object, *_more: object
    ) -> None:
        if "alarm" in statement:
            asked.append((statement, parameters))

    with store.connect() as connection:
        connection.execute(text("ANALYZE alarm"))
        connection.commit()
    for engine in (store._reading, store._writing):
        event.listen(engine, "before_cursor_execute", note)
    await store.read(alarms.next_ring, ["job", "other"])
    await store.write(alarms.claim, ["job", "other"], "me", EIGHT)
    assert len(asked) == 3
    with store.connect() as connection:
        for statement, parameters in tuple(asked):
            plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)  # type: ignore[arg-type]
            looks = [line for (line,) in plan if "Scan" in line]
            assert looks
            assert all("Index" in look for look in looks), looks
