"""The database's form: made by migrations, as the code expects it, and upgraded from the first for ever."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import String, text

from bot import database, loader
from bot.database import TooNewError
from bot.journal import Journal
from bot.model import Room
from bot.store import Store, database_url

FIRST = Path(__file__).parents[1] / "schema" / "0001.sql"
"""What a Muster of the first revision left behind. Nobody changes this file."""


@pytest.fixture(scope="module", autouse=True)
def _plugins() -> None:
    loader.installed()  # whose tables are expected too


def test_the_migrations_make_what_the_code_expects(store: Store) -> None:
    assert database.is_current(store)
    assert database.drift(store) == []


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(store: Store) -> None:
    database.upgrade(store)
    assert database.is_current(store)


def test_who_has_an_action_is_known_of_the_actions_that_there_were(tmp_path: Path) -> None:
    with closing(Store(database_url("sqlite:///muster.db", tmp_path))) as store:
        database.upgrade(store, "0021")
        with store.connect() as connection:
            meeting = {"network": "n", "room": "#r", "name": "m", "title": "", "owner": "a", "started": 1}
            columns = ", ".join(f'"{name}"' for name in (*meeting, "key", "path"))
            values = ", ".join(repr(value) for value in (*meeting.values(), "k", "k"))
            connection.execute(
                text(
                    f"INSERT INTO meeting (id, restricted, written, imported, {columns}) "
                    f"VALUES (1, 0, 1, 1, {values})"
                )
            )
            for number, owners in enumerate(('["Bob", "bob", "Éva"]', "[]", '["al, ice"]'), 1):
                connection.execute(
                    text(
                        "INSERT INTO action (id, key, meeting_id, text, owners, state, reminded, changed_by) "
                        "VALUES (:id, :key, 1, 'do', :owners, 'open', 0, '')"
                    ),
                    {"id": number, "key": f"k-a{number}", "owners": owners},
                )
            connection.commit()
        database.upgrade(store)
        with store.connect() as connection:
            found = connection.execute(text("SELECT name, action_id FROM action_owner ORDER BY name"))
            assert [tuple(row) for row in found] == [("al, ice", 3), ("bob", 1), ("Éva", 1)]


def test_a_migration_may_make_a_table_anew_that_others_refer_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(tmp_path / "muster.db")) as old:
        old.executescript(FIRST.read_text(encoding="utf-8"))

    def widen(config: Config, _to: str) -> None:
        operations = Operations(MigrationContext.configure(config.attributes["connection"]))
        with operations.batch_alter_table("room", recreate="always") as batch:
            batch.alter_column("network", type_=String(128))

    monkeypatch.setattr("alembic.command.upgrade", widen)
    with closing(Store(database_url("sqlite:///muster.db", tmp_path))) as store:
        database.upgrade(store)
        with store.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM line")).scalar() == 3
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_an_upgrade_that_would_break_a_reference_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(tmp_path / "muster.db")) as old:
        old.executescript(FIRST.read_text(encoding="utf-8"))

    def forget(config: Config, _to: str) -> None:
        config.attributes["connection"].execute(text("DELETE FROM room"))

    monkeypatch.setattr("alembic.command.upgrade", forget)
    with closing(Store(database_url("sqlite:///muster.db", tmp_path))) as store:
        with pytest.raises(RuntimeError, match="a row that refers to nothing"):
            database.upgrade(store)
        with store.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM room")).scalar() == 1


def test_a_table_that_somebody_changed_is_noticed(store: Store) -> None:
    with store.connect() as connection:
        connection.execute(text("ALTER TABLE room ADD COLUMN colour TEXT"))
        connection.commit()
    assert "colour" in str(database.drift(store))


def test_a_database_of_a_newer_muster_is_refused_with_what_to_do(store: Store) -> None:
    with store.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(TooNewError, match=r"at revision 9999, which .* does not know: install the plugin"):
        database.is_current(store)


async def test_a_database_of_the_first_revision_is_upgraded_with_all_that_is_in_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "muster.db")) as old:
        old.executescript(FIRST.read_text(encoding="utf-8"))
    with closing(Store(database_url("sqlite:///muster.db", tmp_path))) as store:
        if not database.is_current(store):
            database.upgrade(store)
        assert database.is_current(store)
        assert database.drift(store) == []
        journal = Journal(store)
        await journal.open()
        entries = await journal.lines(Room("oftc", "#nova"), 1)
        assert [(e.seq, e.line.actor.nick, e.line.text) for e in entries] == [
            (1, "alice", "#startmeeting Nova"),
            (2, "muster", "Meeting started."),
            (3, "Zoë", "bonjour 'à' tous"),
        ]
        assert entries[2].line.data == {"by": "you"}
        with store.connect() as connection:
            counts = {
                table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
                for table in ("meeting", "meeting_span", "action", "occurrence", "ignored", "joined_room")
            }
        assert set(counts.values()) == {1}


def test_the_frozen_first_revision_is_what_its_migration_makes(
    tmp_path: Path, open_store: Callable[[], Store]
) -> None:
    """As long as it is the newest; later, the one before shows that nobody changed it after the fact."""
    with closing(sqlite3.connect(tmp_path / "frozen.db")) as frozen:
        frozen.executescript(FIRST.read_text(encoding="utf-8"))
        expected = schema(frozen)
    folder = tmp_path / "made"
    with closing(Store(database_url("sqlite:///muster.db", folder))) as store:
        database.upgrade(store, "0001")
    with closing(sqlite3.connect(folder / "muster.db")) as made:
        assert schema(made) == expected


def schema(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """The statements that make a database, without regard to blanks."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    return [(name, " ".join(sql.split())) for name, sql in rows]


GREETINGS = """
import sqlalchemy as sa
from alembic import op

revision = "greeter_0001"
down_revision = None
branch_labels = ("greeter",)
depends_on = "0001"


def upgrade():
    op.create_table("greeting", sa.Column("name", sa.Text(), nullable=False))
"""


@pytest.mark.parametrize("new", [True, False])
def test_a_plugin_from_elsewhere_brings_its_own_migrations(
    new: bool, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "greeter_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "greeter_0001.py").write_text(GREETINGS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    points = [EntryPoint("greeter", package.name, "muster.migrations")]
    monkeypatch.setattr(database, "entry_points", lambda group: points)
    with closing(Store(database_url("sqlite:///new.db", tmp_path)) if new else store) as one:
        assert not database.is_current(one)
        database.upgrade(one)
        assert database.is_current(one)
        with one.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM greeting")).scalar() == 0
        points.clear()
        with pytest.raises(TooNewError, match=r"revision greeter_0001, which .* install the plugin"):
            database.is_current(one)
