"""Changes of tables are counted with what was changed, whatever statement makes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from bot.pages import Pages, serving
from bot.plugin import Plugin
from bot.store import Base, Store, database_url, insert_rows
from bot.tallies import tallies
from bot.testing import Stage
from plugins.rosters.tables import PersonRow


def columns(name: str) -> dict[str, Any]:
    plain = {"zone": "", "is_coordinator": False, "is_away": False, "away_why": ""}
    return {"name": name, "folded": name, **plain}


def person(name: str) -> PersonRow:
    return PersonRow(**columns(name))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(database_url("sqlite:///muster.db", tmp_path))) as one:
        Base.metadata.create_all(one._writing)
        one.write_now(lambda session: session.add(person("first")))
        yield one


def counted(store: Store) -> int:
    return store.look_now(tallies).get("person", 0)


CHANGES: list[Callable[[Session], Any]] = [
    lambda session: session.add(person("anna")),
    lambda session: session.execute(insert(PersonRow), [columns("a"), columns("b")]),
    lambda session: insert_rows(session, PersonRow, [columns("a")]),
    lambda session: session.execute(update(PersonRow).values(name="other")),
    lambda session: setattr(session.scalars(select(PersonRow)).one(), "name", "other"),
    lambda session: session.execute(delete(PersonRow)),
    lambda session: session.delete(session.scalars(select(PersonRow)).one()),
    lambda session: session.execute(text("UPDATE person SET name = 'other'")),
]


@pytest.mark.parametrize("change", CHANGES)
def test_each_transaction_that_changes_a_table_adds_one(
    store: Store, change: Callable[[Session], Any]
) -> None:
    assert counted(store) == 1
    store.write_now(lambda session: (change(session), None)[1])
    assert counted(store) == 2
    store.write_now(lambda session: session.scalars(select(PersonRow)).all())
    store.write_now(lambda session: session.execute(text("UPDATE team SET title = 'Nova'")))
    assert counted(store) == 2


def test_what_is_not_kept_is_not_counted(store: Store) -> None:
    def fail(session: Session) -> None:
        session.execute(update(PersonRow).values(name="other"))
        raise ValueError("not kept")

    with pytest.raises(ValueError, match="not kept"):
        store.write_now(fail)
    store.write_now(lambda session: None)
    assert counted(store) == 1


async def test_pages_read_again_only_what_was_changed_and_once_in_a_while_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(tmp_path) as stage:
        with closing(Store(database_url("sqlite:///muster.db", stage.folder), reads_only=True)) as store:
            pages = Pages(serving(stage.config), stage._available, store, clock=stage.clock)
            await pages.load()
            read: list[str] = []
            for plugin in pages.hub.plugins:
                monkeypatch.setattr(plugin, "load", noting(plugin, read))
            with_tables = {plugin.name for plugin in pages.hub.plugins if plugin.loads_from}
            assert with_tables == {"rosters", "tracker", "triage"}
            await pages.load()
            assert not with_tables & set(read)
            assert read  # those that do not say what they read
            await stage.act("<anna> hello")
            await stage.app.store.write(lambda session: session.add(person("anna")))
            read.clear()
            await pages.load()
            assert with_tables & set(read) == {"rosters"}
            read.clear()
            await pages.load()
            assert not with_tables & set(read)
            monkeypatch.setattr("bot.pages.ALL_AGAIN", 0.0)
            await pages.load()
            assert with_tables <= set(read)
            await pages.stop()


def noting(plugin: Plugin, read: list[str]) -> Callable[[], Any]:
    async def load() -> None:
        read.append(plugin.name)
        await asyncio.sleep(0)

    return load
