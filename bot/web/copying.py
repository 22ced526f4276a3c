"""A static copy of all public pages, which any web server can serve: the site asked for every page it links
to.

Rules:

1. Every page is asked for as anybody without a token would, from ``/`` on and along all links. So nothing
   that is restricted can come in.
2. A page is ``index.html`` in the folder of its address, with ``index.json`` beside it; what is no page (a
   file, a feed, a calendar) is a file of its own name. Addresses stay what they are. What ``?page=2`` shows,
   as far as links with ``rel="next"`` or ``"prev"`` lead there, is in a folder ``~page=2``.
3. Links between pages are made relative, so that the copy may be put anywhere; the files of the archive are
   copied byte by byte. What can only be asked of a server (a form, a link with a question) is left out: a
   note stands there.
4. A file appears whole (written beside its place, synced, renamed) and is left alone where nothing has
   changed. What an earlier copy wrote and is not there any more is removed; files of others never are. A
   folder that has files and is no earlier copy is refused.
5. Where a page fails, its earlier copy stays, nothing is removed, and it is said.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import posixpath
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

from bot.pages import CopyError
from bot.text import one_line, shorten
from bot.web.inside import asked
from bot.web.site import Site

log = logging.getLogger(__name__)

MANIFEST = ".muster-copy"
"""The file in which a copy says which files are its own."""
_STARTS = ("/", "/archive/")
_AT_ONCE = 8  # pages that are made at the same time
_WRITERS = 8  # files that are synced at the same time
_LINK = re.compile(r'(?P<before>\s(?:href|src)=")(?P<to>[^"]*)"')
_TAG = re.compile(r"<(?:a|link|img|script)\b[^>]*>")
_REL = re.compile(r'\srel="(?P<rel>[^"]*)"')
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
_NOTE = '<p class="quiet">This is a copy: what is asked for here, Muster\'s own pages answer.</p>'
_FOREIGN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//")


@dataclass(slots=True)
class Copied:
    """What was done: pages and files made, how many of them were new or other, and what went wrong."""

    made: int = 0
    changed: int = 0
    removed: int = 0
    failed: list[str] = field(default_factory=list)


class Copy:
    """One copy of a site in a folder. ``prefix`` is the path of ``base_url``: it begins every link."""

    def __init__(self, site: Site, folder: Path, prefix: str) -> None:
        self._site = site
        site.streams.close()  # what is live would never end
        self._folder = folder
        self._prefix = prefix
        self._asked: set[str] = set()
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._written: set[str] = set()
        self._done = Copied()
        self._threads = ThreadPoolExecutor(_WRITERS, thread_name_prefix="copy")

    async def make(self) -> Copied:
        """Bring the folder up to date. Raises :class:`CopyError` and ``OSError``."""
        before = await asyncio.to_thread(self._begin)
        try:
            for start in _STARTS:
                self._want(start)
            workers = [asyncio.create_task(self._work()) for _ in range(_AT_ONCE)]
            joined = asyncio.create_task(self._waiting.join())
            done, _ = await asyncio.wait([joined, *workers], return_when=asyncio.FIRST_COMPLETED)
            for task in (joined, *workers):
                task.cancel()
            await asyncio.gather(joined, *workers, return_exceptions=True)
            for task in done:
                task.result()  # a full disk ends it
            await asyncio.to_thread(self._end, before)
        finally:
            self._threads.shutdown()
        return self._done

    # Which pages there are

    def _want(self, address: str) -> None:
        if address not in self._asked:
            self._asked.add(address)
            self._waiting.put_nowait(address)

    async def _work(self) -> None:
        while True:
            address = await self._waiting.get()
            await self._take(address)
            self._waiting.task_done()

    async def _take(self, address: str) -> None:
        path, _, query = address.partition("?")
        found = await asked(self._site, path, query)
        for _ in range(3):
            if found.status not in (301, 302, 303, 307, 308):
                break
            address = urljoin(address, found.headers.get("location", ""))
            path, _, query = address.partition("?")
            if address in self._asked:
                return
            self._asked.add(address)
            found = await asked(self._site, path, query)
        if found.status != 200:
            if found.status >= 500 and "retry-after" not in found.headers:
                self._done.failed.append(address)
                log.error("%s could not be made: %d", shorten(one_line(address), 200), found.status)
            elif found.status not in (401, 403, 404, 405, 410):
                log.warning("%s is left out: %d", shorten(one_line(address), 200), found.status)
            return
        if not found.is_page or (path.startswith("/archive/") and not path.endswith("/")):
            await self._write(_file_of(path, query), found.body)
            return
        name = _file_of(path, query, is_page=True)
        await self._write(name, self._as_copy(found.body.decode(), path, name).encode())
        data = await asked(self._site, path, f"{query}&format=json" if query else "format=json")
        if data.status == 200 and not data.is_page and name is not None:
            await self._write(posixpath.join(posixpath.dirname(name), "index.json"), data.body)

    # What a page becomes

    def _as_copy(self, html: str, path: str, name: str | None) -> str:
        """A page with links that lead within the copy; what it links to is wanted."""
        folder = posixpath.dirname(name or "")
        html = _FORM.sub(_NOTE, html)

        def tag(found: re.Match[str]) -> str:
            rel = _REL.search(found[0])
            is_page_of = rel is not None and not {"next", "prev"}.isdisjoint(rel["rel"].split())
            return _LINK.sub(lambda link: self._link(link, path, folder, is_page_of), found[0])

        return _TAG.sub(tag, html)

    def _link(self, found: re.Match[str], path: str, folder: str, is_page_of: bool) -> str:
        to = unescape(found["to"])
        if _FOREIGN.match(to) or to.startswith("#"):
            return found[0]
        whole = urlsplit(urljoin(quote(self._prefix + path, safe="/%"), to))
        if not whole.path.startswith(f"{self._prefix}/"):
            return found[0]
        target, query = whole.path.removeprefix(self._prefix), whole.query
        ending = ""
        if query == "format=json":
            query, ending = "", "index.json"
        elif not is_page_of:
            query = ""
        if ".." in target.split("/"):
            return found[0]
        self._want(f"{target}?{query}" if query else target)
        there = f"{unquote(target)}{_folder_of(query)}{ending}".lstrip("/")
        relative = posixpath.relpath(there or ".", folder or ".")
        if there.endswith("/") or not there:
            relative = "./" if relative == "." else f"{relative}/"
        fragment = f"#{whole.fragment}" if whole.fragment else ""
        first = relative.partition("/")[0]
        safe = f"./{relative}" if ":" in first else relative
        return f'{found["before"]}{escape(quote(safe, safe="/~=+,:@!$;()"))}{escape(fragment)}"'

    # The folder

    def _begin(self) -> set[str]:
        """What the copy that is there wrote. Raises :class:`CopyError` where it is none."""
        self._folder.mkdir(parents=True, exist_ok=True)
        manifest = self._folder / MANIFEST
        try:
            return set(json.loads(manifest.read_text("utf-8")))
        except FileNotFoundError:
            if any(self._folder.iterdir()):
                raise CopyError(
                    f"{self._folder} has files that no copy of Muster's put there: name an empty folder"
                ) from None
            return set()
        except ValueError as error:
            raise CopyError(f"{manifest} is damaged: empty the folder {self._folder}") from error

    async def _write(self, name: str | None, content: bytes) -> None:
        if name is None or name in self._written:
            return
        self._written.add(name)
        self._done.made += 1
        loop = asyncio.get_running_loop()
        is_changed = await loop.run_in_executor(self._threads, self._place, name, content)
        self._done.changed += is_changed

    def _place(self, name: str, content: bytes) -> bool:
        path = self._folder / name
        try:
            if path.read_bytes() == content:
                return False
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            pass  # written below, or the reason why it cannot be
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new"[-200:])
        descriptor = os.open(
            beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644
        )
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        return True

    def _end(self, before: set[str]) -> None:
        gone = set() if self._done.failed else before - self._written
        # Named before they are there no more: what a crash leaves is found again.
        for name in gone:
            path = self._folder / name
            if ".." in path.parts:
                continue
            path.unlink(missing_ok=True)
            self._done.removed += 1
            for above in path.parents:
                if above == self._folder or any(above.iterdir()):
                    break
                above.rmdir()
        kept = self._written | (before if self._done.failed else set())
        self._place(MANIFEST, json.dumps(sorted(kept), indent=0).encode())


def _folder_of(query: str) -> str:
    """The folder of what a question shows."""
    return f"~{quote(query, safe='=+-_.')}/" if query else ""


def _file_of(path: str, query: str = "", *, is_page: bool = False) -> str | None:
    """The file in the copy that has what is at an address; ``None`` for what cannot be one."""
    parts = [part for part in unquote(path).split("/") if part]
    if any(part.startswith(".") or "\0" in part or len(part.encode()) > 200 for part in parts):
        return None
    folder = "/".join(parts)
    if is_page:
        return posixpath.join(folder, _folder_of(query), "index.html")
    return folder or None
