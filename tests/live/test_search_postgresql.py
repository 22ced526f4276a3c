"""The search on a real PostgreSQL: it finds what it finds on SQLite, and nothing slips in beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy.orm import Session

from bot import database, lines, loader
from bot.search import Document, Filter, find, hold, put, read_query, source_named
from bot.store import Store, database_url
from tests.bot import test_search as core
from tests.bot.conftest import EIGHT, NOVA
from tests.plugins.search import test_searching as plugin
from tests.plugins.search.house import house, texts

SAME = (
    core.test_the_newest_come_first_and_pages_go_on_where_the_last_ended,
    core.test_lines_of_the_same_moment_have_ids_of_their_own_in_their_order,
    core.test_what_was_put_at_a_place_before_is_replaced,
    core.test_filters_are_one_of_each,
    core.test_a_redaction_and_a_purge_take_lines_out,
    core.test_a_stretch_that_becomes_restricted_is_taken_out,
    core.test_what_was_not_committed_is_neither_found_nor_lost,
)


@pytest.fixture
def store(postgresql: str, tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    loader.installed()
    with closing(Store(database_url(postgresql, tmp_path))) as one:
        database.upgrade(one)
        yield one


def test_the_migrations_make_what_the_code_expects(store: Store) -> None:
    assert database.drift(store) == []


@pytest.mark.parametrize("test", SAME, ids=lambda test: test.__name__)
def test_the_index_is_as_on_sqlite(test: Callable[[Store], None], store: Store) -> None:
    test(store)


@given(core.TYPED)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_is_a_search(store: Store, typed: str) -> None:
    store.read_now(lambda session: core.hits(session, typed))
    narrowed = Filter(kinds={typed}, people={typed}, teams={typed})
    store.read_now(lambda session: core.hits(session, typed, narrowed))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"q": "MULLER"}, ["The volume driver of Müller is slow"]),
        ({"q": '"driver bob"'}, ["which driver, bob?"]),
        ({"q": "driver -volume -bob"}, ["the driver is replaced"]),
        ({"q": "repl*"}, ["the driver is replaced"]),
        ({"kind": "decision"}, ["the driver is replaced"]),
        ({"q": "volume", "from": "2026-11-22", "to": "2026-11-22"}, ["The volume driver of Müller is slow"]),
    ],
)
async def test_pages_find_what_they_find_on_sqlite(
    asked: dict[str, str], expected: list[str], postgresql: str, store: Store, tmp_path: Path
) -> None:
    async with house(tmp_path, bot=f"database = {postgresql}") as stage:
        await plugin.held(stage)
        assert await texts(stage, **asked) == expected


def test_what_is_redacted_while_another_process_indexes_it_is_not_found(
    store: Store, postgresql: str, tmp_path: Path
) -> None:
    store.write_now(lines.add_old_lines, NOVA, core.said("the secret"))
    has_read, has_begun = threading.Event(), threading.Event()

    def index(session: Session) -> None:
        room_id = lines.room_id_of(session, NOVA)
        hold(session, room_id)
        (entry,) = lines.read_lines(session, NOVA, 1)
        has_read.set()
        has_begun.wait(10)
        source = source_named(session, "test", room_id)
        put(session, source, {1: [Document(1, EIGHT, "line", entry.line.text)]})

    def redact() -> None:
        with closing(Store(database_url(postgresql, tmp_path))) as other:
            other.write_now(lines.redact, NOVA, {1: "[redacted]"})

    indexing = threading.Thread(target=store.write_now, args=(index,))
    indexing.start()
    has_read.wait(10)
    redacting = threading.Thread(target=redact)
    redacting.start()
    redacting.join(0.3)
    assert redacting.is_alive()  # it waits for who has read the line
    has_begun.set()
    indexing.join(10)
    redacting.join(10)
    assert store.read_now(find, read_query("secret"), Filter(), 10) == []
