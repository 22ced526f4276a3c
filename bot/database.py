"""The database's form: upgraded by Alembic, and checked against what the code expects.

The migrations stand beside the package ``bot`` (installed or not) and are run as files, never imported.
A plugin from elsewhere brings its own folder, named by the entry-point group ``muster.migrations``.
Alembic is imported where it is used: most starts have nothing to upgrade.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

import bot
from bot.revisions import revisions
from bot.store import Base, Store

if TYPE_CHECKING:
    from alembic.config import Config


class TooNewError(Exception):
    """A newer Muster has upgraded the database; this one does not know its form."""


_LOCK = 0x6D7573746572
_WORDS = "search_text"
"""The table of the search's words, whose kind differs between databases."""
FOLDER = Path(bot.__file__).parent.parent / "migrations"


def _versions() -> list[Path]:
    """The folders of migrations: ours, and those of plugins from elsewhere."""
    folders = [FOLDER / "versions"]
    for point in entry_points(group="muster.migrations"):
        spec = find_spec(point.value)
        if spec is not None and spec.origin is not None:
            folders.append(Path(spec.origin).parent)
    return folders


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", "\n".join(str(folder) for folder in _versions()))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = Base.metadata
    return config


def is_current(store: Store) -> bool:
    """Whether the database has every migration. Raises :class:`TooNewError`."""
    there = revisions(_versions())
    with store.connect() as connection:
        current = _applied(connection)
    unknown = current - there.known
    if unknown:
        raise TooNewError(
            f"the database is at revision {', '.join(sorted(unknown))}, which this Muster "
            f"({bot.__version__}) does not know: install the plugin that it belongs to, run the Muster that "
            "made it, or restore an older backup"
        )
    return current == there.heads


def _applied(connection: Connection) -> set[str]:
    """The revisions that the database is at: none for a new one."""
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def upgrade(store: Store, to: str = "heads") -> None:
    """Make the database, or bring it up to date (or to a revision). All or nothing."""
    from alembic import command

    with store.connect() as connection, _references_unchecked(connection, store):
        if not store.is_sqlite:  # where several start at once, one upgrades; SQLite locks by itself
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        command.upgrade(_config(connection), to)
        if store.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
            raise RuntimeError(f"the upgrade would leave a row that refers to nothing: {broken}")
        connection.commit()


@contextmanager
def _references_unchecked(connection: Connection, store: Store) -> Iterator[None]:
    """SQLite changes a table by making it anew, which must not look like deleting what others refer to."""
    if not store.is_sqlite:
        yield
        return
    raw: Any = connection.connection.driver_connection  # a pragma within a transaction has no effect
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        raw.execute("PRAGMA foreign_keys=ON")


def drift(store: Store) -> list[Any]:
    """How the database differs from what the code expects; nothing, if it is as it should be."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.connect() as connection:
        opts = {"compare_type": True, "include_name": _is_modelled}
        context = MigrationContext.configure(connection, opts=opts)
        found: list[Any] = list(compare_metadata(context, Base.metadata))
        if not inspect(connection).has_table(_WORDS):
            found.append(("add_table", _WORDS))
        return found


def _is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is one that a model describes: the search's words and FTS5's own tables are not."""
    return not (kind == "table" and name is not None and name.startswith(_WORDS))
