"""Backups: the database and the archive in one file, taken while Muster runs, and put back while it does not.

The file is a gzipped tar of ``muster.db`` (a copy made by SQLite's own backup, so it is whole whatever is
being written) and ``archive/``. A PostgreSQL database is backed up by its own tools; Muster refuses.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

_DATABASE = "muster.db"
_ARCHIVE = "archive"


class BackupError(Exception):
    """It cannot be done; says why and what to do."""


def backup(url: URL, data_dir: Path, target: Path) -> None:
    """Write the database at ``url`` and the archive in ``data_dir`` to ``target``, whole or not at all."""
    source = _sqlite_file(url)
    if not source.exists():
        raise BackupError(f"there is no database {source}: nothing to back up")
    part = target.with_name(f".{target.name}.part")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy = Path(folder) / _DATABASE
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(copy)) as new:
            old.backup(new)
        try:
            with open(part, "xb", opener=_private) as out, tarfile.open(fileobj=out, mode="w:gz") as tar:
                tar.add(copy, _DATABASE)
                if (data_dir / _ARCHIVE).is_dir():
                    tar.add(data_dir / _ARCHIVE, _ARCHIVE)
                tar.close()
                out.flush()
                os.fsync(out.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    # What is restricted is in it too.
    return os.open(path, flags, 0o600)


def restore(url: URL, data_dir: Path, source: Path) -> None:
    """Put back what :func:`backup` wrote, where nothing is yet. Muster must not be running."""
    database = _sqlite_file(url)
    for taken in (database, data_dir / _ARCHIVE):
        if taken.exists():
            raise BackupError(f"{taken} exists: move it away first, so that nothing is overwritten")
    data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data_dir) as folder:
        try:
            with tarfile.open(source, "r:gz") as tar:
                tar.extractall(folder, filter="data")
        except (OSError, EOFError, tarfile.TarError) as error:
            raise BackupError(f"{source} is no backup that can be read: {error}") from error
        copy = Path(folder) / _DATABASE
        if not copy.exists():
            raise BackupError(f"{source} is no backup of Muster: it has no {_DATABASE}")
        with closing(sqlite3.connect(copy)) as opened:
            found = opened.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise BackupError(f"the database in {source} is damaged: {found}")
        if (Path(folder) / _ARCHIVE).is_dir():
            shutil.move(Path(folder) / _ARCHIVE, data_dir / _ARCHIVE)
        database.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(copy, database)


def _sqlite_file(url: URL) -> Path:
    if url.get_backend_name() != "sqlite":
        raise BackupError("this is PostgreSQL: use pg_dump and pg_restore, and copy the archive folder")
    return Path(str(url.database))
