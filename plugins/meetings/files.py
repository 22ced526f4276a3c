"""The files of a meeting on disk: whole or not at all, private before their first byte, in the archive.

Rules of this file:

1. A file appears whole (written beside its place, synced, renamed, the folder synced) or stays as it was.
2. What is restricted is never readable by others: not while it is written, not under another name, and not
   because it was restricted while it was being written.
3. Nothing is written outside the archive's folder, whatever a name or a symbolic link says.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from plugins.meetings.forms import ENDINGS

PUBLIC = 0o644
PRIVATE = 0o600

_placing = threading.Lock()
"""Held while files take their places and while they are withdrawn: whichever comes second has its way."""


class OutsideArchiveError(ValueError):
    """A path leads out of the archive (``..``, an absolute path, a symbolic link): nothing was touched."""


def write_files(
    root: Path,
    base: PurePosixPath,
    contents: Mapping[str, Sequence[str]],
    *,
    restricted: bool,
    is_withdrawn: Callable[[], bool] = lambda: False,
) -> list[Path]:
    """Write a meeting's files and return their paths, in the order of ``contents``.

    ``base`` is the path in the archive ``root`` without an ending, as
    :func:`plugins.meetings.names.archive_path` makes it; ``contents`` are texts by ending, each in pieces.
    Folders are made as needed. ``is_withdrawn`` is asked when they take their places, in this thread: whether
    the meeting was restricted since ``restricted`` was found out. Raises :class:`OutsideArchiveError`, or
    ``OSError`` (no space, no right); every file is then still as it was before, or whole and new.
    """
    folder = _folder(root, base, make=True)
    paths = [folder / f"{base.name}{ending}" for ending in contents]
    written: list[tuple[Path, Path]] = []
    try:
        for path, content in zip(paths, contents.values(), strict=True):
            beside = _beside(path)
            written.append((beside, path))
            _write(beside, content)
        with _placing:
            is_private = restricted or is_withdrawn()
            for beside, path in written:
                if not is_private:
                    beside.chmod(PUBLIC)  # whatever the umask: the web server can read it
                beside.replace(path)
    except BaseException:
        for beside, _ in written:
            beside.unlink(missing_ok=True)
        raise
    _sync_folder(folder)
    return paths


def withdraw(root: Path, base: PurePosixPath, endings: Iterable[str] = ENDINGS) -> list[Path]:
    """Make what is there of a meeting's files private at once, and return which files were public.

    For a meeting that becomes restricted: call it once the ``is_withdrawn`` of whoever writes them says so.
    It takes no longer than a change of nine modes. The web application serves no file that others may not
    read. Raises as :func:`write_files` does.
    """
    folder = _folder(root, base, make=False)
    withdrawn = []
    with _placing:
        for ending in endings:
            path = folder / f"{base.name}{ending}"
            if path.is_file() and not path.is_symlink():
                if path.stat().st_mode & 0o077:
                    withdrawn.append(path)
                path.chmod(PRIVATE)
            with contextlib.suppress(FileNotFoundError):  # mostly there is none
                _beside(path).chmod(PRIVATE)  # what a crash left
    # Not synced, since chat waits: after a power cut it is done again before anybody can read them.
    return withdrawn


def is_taken(root: Path) -> Callable[[PurePosixPath], bool]:
    """Whether files of a meeting stand at a path already: what :func:`plugins.meetings.names.unique` asks."""

    def taken(base: PurePosixPath) -> bool:
        folder = _folder(root, base, make=False)
        return any((folder / f"{base.name}{ending}").exists() for ending in ENDINGS)

    return taken


def _folder(root: Path, base: PurePosixPath, *, make: bool) -> Path:
    """The real folder of ``base``, checked to be in the archive before and after it is made."""
    if base.is_absolute() or ".." in base.parts or base.name in {"", ".", ".."}:
        raise OutsideArchiveError(f"{base} is no path in the archive")
    if make:
        root.mkdir(parents=True, exist_ok=True)
    inside = root.resolve()
    folder = (inside / base.parent).resolve()
    if not folder.is_relative_to(inside):
        raise OutsideArchiveError(f"{base} leads out of the archive {root}: remove the symbolic link")
    if make:
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _beside(path: Path) -> Path:
    """Where a file is written before it takes its place."""
    return path.with_name(f".{path.name}.new")


def _write(path: Path, content: Iterable[str]) -> None:
    """Readable by Muster alone, until it takes its place."""
    path.unlink(missing_ok=True)  # what a crash left behind
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        for piece in content:
            file.write(piece.encode("utf-8", "replace"))
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
