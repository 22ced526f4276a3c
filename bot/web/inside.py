"""Asking a site for pages from within: no server, no socket; as anybody without a token would."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import unquote, urljoin

from bot.web.site import Site

_LINK = re.compile(r'<a\b[^>]*\shref="([^"?#]+)"')
_NO_PAGES = ("/archive/", "/static/", "/hooks/")
_OF_A_KIND = 4
_MOST = 80
"""Pages to which links are followed at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site answered; the names of headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_page(self) -> bool:
        """Whether it is HTML."""
        return self.headers.get("content-type", "").startswith("text/html")


async def asked(site: Site, path: str, query: str = "") -> Answer:
    """One answer of a site; what broke off has the status 500. ``path`` is quoted, as in a link."""
    status, headers, body = 0, {}, bytearray()

    is_asked = is_whole = False

    async def receive() -> dict[str, Any]:
        nonlocal is_asked
        if is_asked:  # nothing more comes, and nobody leaves
            await asyncio.Event().wait()
        is_asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, headers, is_whole
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]
            }
        else:
            body.extend(message.get("body", b""))
            is_whole = not message.get("more_body", False)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), (b"accept", b"text/html,*/*;q=0.5")],
        "client": None,
        "server": ("localhost", 80),
    }
    await site(scope, receive, send)
    # What broke off is not to be taken for a page.
    return Answer(status if is_whole else 500, headers, bytes(body))


async def rehearse(site: Site) -> list[str]:
    """Follow the links from the first page on to a few pages of each kind; the paths of all that were asked
    for.

    What pages are made from is put in order when the first of a kind is made, and that takes some tenths of a
    second: nobody is to wait for it. Of things that are few, as milestones are, each takes some hundredths.
    """
    prefix = site.frame.prefix
    waiting = ["/", *(door.path for door in site.frame.doors)]
    asked_for: list[str] = []
    kinds: Counter[tuple[str, ...]] = Counter()
    while waiting and len(asked_for) < _MOST:
        path = waiting.pop(0)
        if path in asked_for or kinds[kind := _kind(path)] == _OF_A_KIND:
            continue
        kinds[kind] += 1
        asked_for.append(path)
        answer = await asked(site, path)
        if answer.is_page:
            page = answer.body.decode("utf-8", "replace")
            links = (urljoin(path, unescape(link).removeprefix(prefix)) for link in _LINK.findall(page))
            waiting += dict.fromkeys(link for link in links if _is_page(link))
    return asked_for


def _is_page(link: str) -> bool:
    return link.startswith("/") and not link.startswith(("//", *_NO_PAGES))


def _kind(path: str) -> tuple[str, ...]:
    """What a page has in common with others of its kind: where it is, and what file it is if it is one. All
    teams' pages are one kind, and all calendars of teams.
    """
    *folders, last = path.removeprefix("/").split("/")
    return (*folders[:1], *("*" for _ in folders[1:]), last if "." in last or not last else "*")
