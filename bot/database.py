"""The database's form: upgraded by Alembic, and checked against what the code expects.

The migrations stand beside the package ``bot`` (installed or not) and are run as files, never imported.
A plugin from elsewhere brings its own folder, named by the entry-point group ``muster.migrations``.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import bot
from bot.store import Base, Store


class TooNewError(Exception):
    """A newer Muster has upgraded the database; this one does not know its form."""


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
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", "\n".join(str(folder) for folder in _versions()))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = Base.metadata
    return config


def is_current(store: Store) -> bool:
    """Whether the database has every migration. Raises :class:`TooNewError`."""
    script = ScriptDirectory.from_config(_config())
    with store.connect() as connection:
        current = set(MigrationContext.configure(connection).get_current_heads())
    unknown = current - {revision.revision for revision in script.walk_revisions()}
    if unknown:
        raise TooNewError(
            f"the database is at revision {', '.join(sorted(unknown))}, which this Muster "
            f"({bot.__version__}) does not know: run the Muster that made it, or restore an older backup"
        )
    return current == set(script.get_heads())


def upgrade(store: Store) -> None:
    """Make the database, or bring it up to date. All or nothing on each step."""
    with store.connect() as connection:
        command.upgrade(_config(connection), "heads")
        connection.commit()


def drift(store: Store) -> list[Any]:
    """How the database differs from what the code expects; nothing, if it is as it should be."""
    with store.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))
