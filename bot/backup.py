"""Backups: the database and the archive in one file, taken while Muster runs, and put back while it does not.

The file is a gzipped tar of ``muster.db`` (a copy made by SQLite's own backup, so it is whole whatever is
being written) and ``archive/``. A PostgreSQL database is backed up by its own tools; Muster refuses.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from contextlib import ExitStack, closing
from pathlib import Path, PurePosixPath

from sqlalchemy.engine import URL

_DATABASE = "muster.db"
_ARCHIVE = "archive"


class BackupError(Exception):
    """It cannot be done; says why and what to do."""


def backup(url: URL, data_dir: Path, target: Path) -> None:
    """Write the database at ``url`` and the archive in ``data_dir`` to ``target``, whole or not at all.

    Raises :class:`BackupError` and :class:`OSError`.
    """
    source = _sqlite_file(url)
    if not source.exists():
        raise BackupError(f"there is no database {source}: nothing to back up")
    part = target.with_name(f".{target.name}.part")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy = Path(folder) / _DATABASE
        try:
            with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(copy)) as new:
                old.backup(new)
        except sqlite3.Error as error:
            raise BackupError(f"the database {source} cannot be read: {error}") from error
        try:
            with open(part, "wb", opener=_private) as out:
                # Files and folders alone, whatever links there are: restore makes no link.
                with tarfile.open(fileobj=out, mode="w:gz", dereference=True) as tar:
                    tar.add(copy, _DATABASE)
                    for file in sorted((data_dir / _ARCHIVE).rglob("*")):
                        _add(tar, file, file.relative_to(data_dir))
                out.flush()
                os.fsync(out.fileno())
            part.replace(target)
            _sync(target.parent)
        finally:
            part.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, file: Path, name: Path) -> None:
    """Add a file of the archive as it is now; not one that was unfinished and is gone meanwhile."""
    try:
        if file.is_dir():
            tar.add(file, str(name), recursive=False)
            return
        # Read through one descriptor: Muster may put a new file of this name there at any time.
        with file.open("rb") as opened:
            tar.addfile(tar.gettarinfo(arcname=str(name), fileobj=opened), opened)
    except FileNotFoundError:
        return


def _private(path: str, flags: int) -> int:
    # What is restricted is in it too.
    return os.open(path, flags, 0o600)


def restore(url: URL, data_dir: Path, source: Path) -> None:
    """Put back what :func:`backup` wrote, where nothing is yet. Muster must not be running.

    Raises :class:`BackupError` and :class:`OSError`; then nothing was put there. A power cut leaves at most
    the archive without the database, which is put there last.
    """
    database = _sqlite_file(url)
    # A write-ahead log that was left behind would be taken for the restored database's own.
    leftovers = [database.with_name(database.name + ending) for ending in ("-wal", "-shm", "-journal")]
    for taken in (database, *leftovers, data_dir / _ARCHIVE):
        if taken.exists():
            raise BackupError(f"{taken} exists: move it away first, so that nothing is overwritten")
    for folder in (data_dir, database.parent):
        folder.mkdir(parents=True, exist_ok=True)
    # Each beside its place, so that it gets there whole by being renamed.
    with (
        tempfile.TemporaryDirectory(dir=data_dir) as unpacked,
        tempfile.TemporaryDirectory(dir=database.parent) as beside,
    ):
        archive, copy = Path(unpacked) / _ARCHIVE, Path(beside) / _DATABASE
        _unpack(source, Path(unpacked))
        if not (Path(unpacked) / _DATABASE).is_file():
            raise BackupError(f"{source} is no backup of Muster: it has no {_DATABASE}")
        shutil.move(Path(unpacked) / _DATABASE, copy)
        _examine(copy, source)
        copy.chmod(0o600)
        _sync(copy)
        with ExitStack() as undo:
            if archive.is_dir():
                archive.rename(data_dir / _ARCHIVE)
                undo.callback((data_dir / _ARCHIVE).rename, archive)
                _sync(data_dir)
            copy.rename(database)
            undo.callback(database.unlink)
            _sync(database.parent)
            undo.pop_all()  # all is there


def _unpack(source: Path, folder: Path) -> None:
    """Unpack a backup into an empty folder, everything synced. Raises :class:`BackupError` if it is none.

    :meth:`tarfile.TarFile.extractall` is as safe only from Python 3.11.4 on.
    """
    try:
        with gzip.open(source) as whole:  # its checksum stands at the end, which tarfile does not read
            while whole.read(1 << 20):
                pass
        with tarfile.open(source, "r:gz") as tar:
            for member in tar:
                _unpack_member(tar, member, folder / _inside(member.name))
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError) as error:
        raise BackupError(f"{source} is no backup that can be read: {error}") from error
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            _sync(path)


def _inside(name: str) -> PurePosixPath:
    """The name of a member as a path that leads to nowhere outside."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise tarfile.TarError(f"{name} leads out of it")
    return path


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return
    content = tar.extractfile(member) if member.isfile() else None
    if content is None:
        raise tarfile.TarError(f"{member.name} is neither a file nor a folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    with content, open(path, "xb", opener=_private) as out:
        shutil.copyfileobj(content, out)
        out.flush()
        os.fchmod(out.fileno(), 0o600 | member.mode & 0o644)
        os.fsync(out.fileno())
    os.utime(path, (member.mtime, member.mtime))


def _sync(path: Path) -> None:
    """Make a file, or what a folder lists, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _examine(copy: Path, source: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as opened:
            found = opened.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise BackupError(f"the database in {source} is damaged: {found}")


def _sqlite_file(url: URL) -> Path:
    if url.get_backend_name() != "sqlite":
        raise BackupError("this is PostgreSQL: use pg_dump and pg_restore, and copy the archive folder")
    return Path(str(url.database))
