"""The files of the archive, as they are on disk: ``/archive/...``.

Rules:

1. Only what is really there is served: no path with ``..``, no name that begins with a dot (files on their
   way are called so), nothing that a symbolic link leads to.
2. A file that others may not read is restricted: who wrote it says so by its mode. It is there for whoever
   may see its path alone, and stands in no listing for anybody else; nor does a folder that has nothing else.
   The mode is that of the very file that is read.
3. A file of HTML is a page of its own, with its own style and none of ours: its policy lets just those styles
   work that stand in it, by their digests, and nothing else at all.
4. Answers have the file's time and an ETag (RFC 9110).
"""

from __future__ import annotations

import asyncio
import base64
import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.model import Json
from bot.web.reader import Reader, reader_of
from bot.web.templates import Templates

_templates = Templates(__file__)

_TEXT = "text/plain; charset=utf-8"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".htm": "text/html; charset=utf-8",
    ".json": "application/json",
    ".ics": "text/calendar; charset=utf-8",
    ".atom": "application/atom+xml",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": _TEXT,
    ".rst": _TEXT,
    ".md": _TEXT,
    ".log": _TEXT,
}
_STYLE = re.compile(rb"<style\b[^>]*>(.*?)</style", re.IGNORECASE | re.DOTALL)
_STYLES = 20
_NOWHERE = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.EISDIR,
    errno.EACCES,
    errno.EINVAL,
}


@dataclass(frozen=True, slots=True)
class _Found:
    """A file: its content and its time."""

    content: bytes
    changed: datetime
    tag: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder in a listing: ``size`` in bytes and ``changed`` of a file alone."""

    name: str
    is_folder: bool
    size: int = 0
    changed: datetime | None = None


def archive_routes(root: Path) -> tuple[BaseRoute, ...]:
    """``/archive/`` and all below it; ``root`` need not be there yet."""

    async def show(request: Request) -> Response:
        reader = reader_of(request)
        path: str = request.path_params.get("path", "")
        parts = path.split("/")
        if any(one.startswith(".") or "\0" in one for one in parts) or "" in parts[:-1]:
            raise _nothing()
        if not parts[-1]:
            return await _folder(request, reader, root, parts[:-1])
        found = await asyncio.to_thread(_read, root, parts, reader)
        if found is None:
            if await asyncio.to_thread(_listed, root, parts, reader):
                there = f"./{quote(parts[-1], safe='')}/"
                return Response(status_code=308, headers={"Location": there})
            raise _nothing()
        return _answer(request, parts[-1], found)

    return (Route("/archive/", show), Route("/archive/{path:path}", show))


def _nothing() -> HTTPException:
    return HTTPException(404, "There is no such file in the archive.")


def _answer(request: Request, name: str, found: _Found) -> Response:
    headers = {
        "ETag": f'"{found.tag}"',
        "Last-Modified": format_datetime(found.changed.replace(microsecond=0), usegmt=True),
        "Cache-Control": "no-cache",
    }
    if found.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    kind = _TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
    if kind.startswith("text/html"):
        headers["Content-Security-Policy"] = policy_of(found.content)
    return Response(found.content, headers={**headers, "Content-Type": kind})


def policy_of(html: bytes) -> str:
    """The policy that lets the styles work that stand in a page, and nothing else (CSP Level 3, 8.4)."""
    digests = []
    for style in list(_STYLE.finditer(html))[:_STYLES]:
        # A browser has the text after newlines were put right (HTML Living Standard, 13.2.3.5).
        text = style[1].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        digests.append(f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'")
    styles = " ".join(dict.fromkeys(digests)) or "'none'"
    return (
        f"default-src 'none'; style-src {styles}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


# In threads: a disk may be slow


def _open(root: Path, parts: Iterable[str], flags: int) -> int:
    """Open what is at a path in the archive, going through no symbolic link below its root. Raises
    ``OSError``.
    """
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    names = list(parts)
    for number, name in enumerate(names, 1):
        is_last = number == len(names)
        how = flags if is_last else os.O_RDONLY | os.O_DIRECTORY
        try:
            inner = os.open(name, how | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
        folder = inner
    return folder


def _read(root: Path, parts: list[str], reader: Reader) -> _Found | None:
    """A file that this reader may see; ``None`` where there is none."""
    try:
        descriptor = _open(root, parts, os.O_RDONLY)
    except OSError as error:
        if error.errno in _NOWHERE:
            return None
        raise
    try:
        status = os.fstat(descriptor)
        if not (stat.S_ISREG(status.st_mode) and _may_see(status, _path(parts), reader)):
            return None
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read()
    finally:
        os.close(descriptor)
    tag = f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"
    return _Found(content, datetime.fromtimestamp(status.st_mtime, UTC), tag)


def _path(parts: Iterable[str]) -> str:
    return f"/archive/{'/'.join(parts)}"


def _may_see(status: os.stat_result, path: str, reader: Reader) -> bool:
    return bool(status.st_mode & stat.S_IROTH) or reader.may_see(path)


def _listed(root: Path, parts: list[str], reader: Reader) -> list[Entry]:
    """What a folder has for this reader, folders first; nothing where there is no such folder."""
    try:
        descriptor = _open(root, parts, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        if error.errno in _NOWHERE:
            return []
        raise
    found = []
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.is_symlink():
                    continue
                inner = [*parts, entry.name]
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    if _has_any(root, inner, reader):
                        found.append(Entry(entry.name, is_folder=True))
                elif stat.S_ISREG(status.st_mode) and _may_see(status, _path(inner), reader):
                    changed = datetime.fromtimestamp(status.st_mtime, UTC)
                    found.append(Entry(entry.name, is_folder=False, size=status.st_size, changed=changed))
    finally:
        os.close(descriptor)
    return sorted(found, key=lambda one: (not one.is_folder, one.name))


def _has_any(root: Path, parts: list[str], reader: Reader) -> bool:
    """Whether a folder has something for this reader, however deep."""
    for folder, folders, names in os.walk(root.joinpath(*parts)):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if name.startswith("."):
                continue
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue
            inner = path.relative_to(root).as_posix()
            if stat.S_ISREG(status.st_mode) and _may_see(status, f"/archive/{inner}", reader):
                return True
    return False


async def _folder(request: Request, reader: Reader, root: Path, parts: list[str]) -> Response:
    entries = await asyncio.to_thread(_listed, root, parts, reader)
    if not entries and parts:
        raise _nothing()
    data: list[Json] = [
        {
            "name": one.name,
            "folder": one.is_folder,
            "size": one.size,
            "changed": one.changed.isoformat() if one.changed else None,
        }
        for one in entries
    ]
    above = [
        ("/archive/" + "".join(f"{quote(p)}/" for p in parts[:n]), parts[n - 1]) for n in range(1, len(parts))
    ]
    return _templates.page(
        request,
        "archive.html",
        title=parts[-1] if parts else "The archive's files",
        data=data,
        entries=entries,
        here=_path([*map(quote, parts), ""]) if parts else "/archive/",
        above=[("/archive/", "Files"), *above] if parts else [],
    )
