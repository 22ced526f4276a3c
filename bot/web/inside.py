"""Asking a site for pages from within: no server, no socket; as anybody without a token would."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import unquote

from bot.web.site import Site

_LINK = re.compile(r'<a\b[^>]*\shref="([^"?#]+)"')


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
    """Ask for the first page, for those behind the doors, and for one that each of these leads to; the paths
    of all that were asked for.

    What pages are made from is put in order when the first of a kind is made, and that takes some tenths of a
    second: nobody is to wait for it.
    """
    paths = ["/", *(door.path for door in site.frame.doors)]
    for path in tuple(paths):
        page = (await asked(site, path)).body.decode("utf-8", "replace")
        links = (unescape(link).removeprefix(site.frame.prefix) for link in _LINK.findall(page))
        further = next((link for link in links if link.startswith(path) and link not in paths), None)
        if further is not None and path != "/":
            await asked(site, further)
            paths.append(further)
    return paths
