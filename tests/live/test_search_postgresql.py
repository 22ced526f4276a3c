"""The search on a real PostgreSQL: it finds what it finds on SQLite, and nothing slips in beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot import database, lines, loader
from bot.cli import main
from bot.search import Document, Filter, count, find, hold, put, read_query, source_named
from bot.search import postgresql as engine
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


@pytest.mark.parametrize("walks", [(500, 2_000, 20_000), (1, 1, 2), (1, 2, 1_000)])
@pytest.mark.parametrize("test", SAME, ids=lambda test: test.__name__)
def test_the_index_is_as_on_sqlite(
    test: Callable[[Store], None],
    walks: tuple[int, int, int],
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, along in zip(("_A_SAMPLE", "_A_PAGE", "_MANY"), walks, strict=True):
        monkeypatch.setattr(engine, name, along)
    test(store)


MANY = 40_000
"""Documents: enough that it shows where all of them are read."""


@pytest.fixture
def full(store: Store) -> Store:
    """An index in which "often" stands in each second document, "once" was said for a while long ago, and
    "rare" in each ten-thousandth. PostgreSQL has no statistics of it.
    """

    def fill(session: Session) -> None:
        session.execute(
            text(
                "INSERT INTO search_text (id, words) SELECT n, CAST(concat_ws(' ', 'the:1', "
                "CASE WHEN n % 2 = 0 THEN 'often:2' END, CASE WHEN n BETWEEN 100 AND 600 THEN 'once:3' END, "
                "CASE WHEN n % 10000 = 7 THEN 'rare:4' END) AS tsvector) FROM generate_series(1, :many) n"
            ),
            {"many": MANY},
        )

    store.write_now(fill)
    return store


@pytest.mark.parametrize("has_statistics", [False, True])
@pytest.mark.parametrize(
    ("typed", "expected"), [("often", 1_001), ("rare", 4), ("once often", 251), ("rare often", 0), ("no", 0)]
)
def test_however_often_it_is_asked_a_search_reads_a_part_of_the_index(
    typed: str, expected: int, has_statistics: bool, full: Store
) -> None:
    read = text(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'search_text'"
    )

    def ask(session: Session) -> tuple[int, int, int]:
        before = session.scalar(read) or 0  # of transactions a moment ago
        ids = find(session.connection(), read_query(typed), Filter(), 21)
        number = count(session.connection(), read_query(typed), Filter(), 1_001)
        return len(ids), number, (session.scalar(read) or 0) - before

    if has_statistics:
        full.write_now(lambda session: session.execute(text("ANALYZE search_text")))
    for _ in range(12):  # a statement that was seen some times is planned otherwise
        shown, counted, rows = full.read_now(ask)
        assert (shown, counted) == (min(expected, 21), expected)
        assert rows < MANY / 4


def test_no_search_reads_through_what_was_indexed_last(store: Store) -> None:
    options = text("SELECT reloptions FROM pg_class WHERE relname = 'ix_search_text_words'")
    assert store.read_now(lambda session: session.scalar(options)) == ["fastupdate=off"]


@pytest.mark.usefixtures("store")
async def test_the_index_can_be_made_anew(postgresql: str, tmp_path: Path) -> None:
    async with house(tmp_path, bot=f"database = {postgresql}") as stage:
        await plugin.held(stage)
        wanted = await texts(stage, q="driver")
    config = tmp_path / "again.ini"
    config.write_text(
        f"[bot]\ndata_dir = {tmp_path}\ndatabase = {postgresql}\n[network test]\ntype = console\n"
        "[room logged]\nat = test/#logged\nlog = always\n"
    )
    done = CliRunner().invoke(main, ["search", "rebuild", "-c", str(config)])
    assert done.exit_code == 0, done.output
    assert "Indexed: 1 meeting" in done.output
    async with house(tmp_path, bot=f"database = {postgresql}") as stage:
        assert await texts(stage, q="driver") == wanted


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
    assert store.look_now(find, read_query("secret"), Filter(), 10) == []
