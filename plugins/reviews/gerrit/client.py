"""Asking a Gerrit, over HTTP.

Rules:

1. Nothing waits on the event loop, and no request for ever: one that takes longer than :data:`WITHIN` is
   given up, and an answer is read in a thread, up to :data:`LARGEST` bytes.
2. With a user every path begins with ``/a/`` and carries the password, which goes to the configured host
   alone: a redirect is followed only there.
3. What goes wrong is said in one line, and tells the host and not the password
   (https://gerrit-review.googlesource.com/Documentation/rest-api.html#authentication).
4. A page may be shorter than was asked for; there are more while the last change of one says so. What is
   changed meanwhile moves to the first page, and so may come twice: the later one counts.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from bot.text import one_line, shorten
from plugins.reviews.gerrit.addresses import number_in
from plugins.reviews.gerrit.reading import Page, read_page
from plugins.reviews.gerrit.settings import GerritSettings
from plugins.reviews.review import Review
from plugins.reviews.sources import AwayError, BadAnswerError, RefusedError, Seen, SourceError

logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every request

WITHIN = 30.0
"""Seconds for one request and its answer."""
LARGEST = 16 * 2**20
"""Bytes of one answer."""
PAGE = 100
MOST = 5_000
"""So many open changes of one Gerrit are looked at."""
_AT_ONCE = 25  # numbers in one query
_REDIRECTS = 3
OPTIONS = ("DETAILED_LABELS", "DETAILED_ACCOUNTS", "CURRENT_REVISION", "CURRENT_COMMIT", "CURRENT_FILES")
"""What of a change to tell beyond the least; each of them is known to every Gerrit since 2.8."""


class Gerrit:
    """A Gerrit: a :class:`~plugins.reviews.sources.Source`. ``name`` is that of its section. The
    bounds are for tests.
    """

    def __init__(
        self,
        name: str,
        settings: GerritSettings,
        *,
        within: float = WITHIN,
        largest: int = LARGEST,
        page: int = PAGE,
    ) -> None:
        self.name = name
        self._settings = settings
        self._within = within
        self._largest = largest
        self._page = page
        self._base = settings.url.rstrip("/")
        self.host = urlsplit(self._base).netloc
        self._client: httpx.AsyncClient | None = None

    is_silent = False

    @property
    def title(self) -> str:
        """Its name, for people."""
        return self.name

    @property
    def every(self) -> timedelta:
        """How often it is looked at."""
        return self._settings.poll_every

    def number_in(self, url: str) -> str:
        """The number of the change whose address that is."""
        return number_in(url, self._base)

    async def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # What is asked

    async def open_reviews(self) -> Seen:
        """All open changes, in pages."""
        found: dict[str, Review] = {}
        bad: list[str] = []
        start = 0
        while start < MOST:
            page = await self._changes(self.query, start)
            found |= {review.number: review for review in page.reviews}
            bad += page.bad
            start += page.count
            if not page.has_more:
                return Seen(tuple(found.values()), not bad, tuple(bad))
        return Seen(tuple(found.values()), is_whole=False, bad=tuple(bad))

    async def answers(self) -> None:
        """Ask for one change. Raises :class:`SourceError` where that cannot be answered."""
        page = await self._changes(self.query, 0)
        if page.bad and not page.reviews:
            raise BadAnswerError(page.bad[0])

    async def missing(self, numbers: Collection[str]) -> Sequence[Review]:
        """What became of changes that are not listed any more."""
        found = await self.some(numbers)
        is_open = [one.number for one in found if one.is_open]
        listed = {one.number for one in await self._each(is_open, f"{self.query} ")} if is_open else set()
        return [one for one in found if not one.is_open or one.number in listed]

    async def some(self, numbers: Collection[str]) -> Sequence[Review]:
        """The changes of these numbers, whatever became of them."""
        return await self._each(numbers)

    async def _each(self, numbers: Collection[str], query: str = "") -> list[Review]:
        found: list[Review] = []
        wanted = sorted(number for number in numbers if number.isdecimal())
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            page = await self._changes(f"{query}({' OR '.join(f'change:{one}' for one in part)})", 0)
            found += [review for review in page.reviews if review.number in part]
        return found

    async def with_change_id(self, change_id: str) -> Sequence[Review]:
        """The changes whose Change-Id begins so, in any project and branch."""
        page = await self._changes(f"change:{change_id}", 0)
        return [one for one in page.reviews if one.change_id.startswith(change_id)]

    @property
    def query(self) -> str:
        """Which changes matter, in Gerrit's search words."""
        words = ["status:open"]
        projects = [_project(name) for name in self._settings.projects]
        if projects:
            words.append(projects[0] if len(projects) == 1 else f"({' OR '.join(projects)})")
        if self._settings.query:
            words.append(f"({self._settings.query})")
        return " ".join(words)

    async def _changes(self, query: str, start: int) -> Page:
        """One page of what a query finds."""
        parameters: list[tuple[str, str]] = [("q", query), *(("o", one) for one in OPTIONS)]
        parameters += [("n", str(self._page)), *([("S", str(start))] if start else [])]
        text = await self._get("/changes/", parameters)
        return await asyncio.to_thread(read_page, text, self.name, self._base)

    # How

    async def _get(self, path: str, parameters: Sequence[tuple[str, str]]) -> str:
        """What Gerrit answers. Raises :class:`SourceError`."""
        head = "/a" if self._settings.user else ""
        url = str(httpx.URL(f"{self._base}{head}{path}", params=list(parameters)))
        try:
            async with asyncio.timeout(self._within):
                for _ in range(_REDIRECTS + 1):
                    status, headers, text = await self._once(url)
                    if status not in {301, 302, 303, 307, 308}:
                        return self._read(status, headers, text)
                    url = self._led_to(url, headers.get("location", ""))
        except TimeoutError:
            raise AwayError(f"{self.host} does not answer within {self._within:g} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            why = shorten(one_line(str(error)), 100) or type(error).__name__
            raise AwayError(f"{self.host} cannot be reached: {why}") from error
        raise BadAnswerError(f"{self.host} sends from one address to the next without end")

    async def _once(self, url: str) -> tuple[int, httpx.Headers, str]:
        client = await self._http()
        async with client.stream("GET", url) as answer:
            parts = bytearray()
            async for part in answer.aiter_bytes():
                parts += part
                if len(parts) > self._largest:
                    size = self._largest // 2**20
                    raise BadAnswerError(f"{self.host} answers more than {size} MB at once")
            return answer.status_code, answer.headers, parts.decode("utf-8", "replace")

    async def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            # Reading all certificates takes a while.
            trusted = await asyncio.to_thread(ssl.create_default_context)
            auth: Any = None
            if self._settings.user and self._settings.password is not None:
                auth = httpx.BasicAuth(self._settings.user, self._settings.password.reveal())
            self._client = httpx.AsyncClient(
                auth=auth,
                verify=trusted,
                timeout=httpx.Timeout(self._within),
                # Packed answers may unpack to anything; nobody asks for them.
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                # Between two looks a connection would be closed at the other end anyway.
                limits=httpx.Limits(max_connections=2, max_keepalive_connections=0),
            )
        return self._client

    def _led_to(self, url: str, location: str) -> str:
        """Where a redirect leads, if it stays where it was."""
        to = urljoin(url, location)
        before, after = urlsplit(url), urlsplit(to)
        is_safe = after.scheme == before.scheme or (before.scheme, after.scheme) == ("http", "https")
        if not location or before.hostname != after.hostname or not is_safe:
            host = shorten(one_line(after.netloc.rpartition("@")[2]), 60) or "nowhere"
            raise RefusedError(f"{self.host} sends to {host}: is the address right, or must one log in?")
        if not after.path.startswith(urlsplit(self._base).path) or "/login" in after.path:
            raise RefusedError(f"{self.host} asks to log in")
        return to

    def _read(self, status: int, headers: httpx.Headers, text: str) -> str:
        """The text of an answer that is one."""
        if status == 200:
            if "html" in headers.get("content-type", "") or text.lstrip()[:1] == "<":
                why = "answers with a web page: is the address right, or does a proxy ask to log in?"
                raise BadAnswerError(f"{self.host} {why}")
            return text
        said = "" if "html" in headers.get("content-type", "") else _first_line(text)
        raise self._error(status, said, headers)

    def _error(self, status: int, said: str, headers: httpx.Headers) -> SourceError:
        behind = f" ({said})" if said else ""
        if status == 401:
            who = self._settings.user
            what = f"does not accept the password of {who}" if who else "lets nobody in without a password"
            return RefusedError(f"{self.host} {what}{behind}")
        if status == 403:
            return RefusedError(f"{self.host} does not let Muster see that{behind}")
        if status == 404:
            return BadAnswerError(f"{self.host} has no such address; is the url in bot.ini right?{behind}")
        if status in {408, 429} or status >= 500:
            why = "wants fewer questions" if status == 429 else f"does not work now ({status})"
            return AwayError(f"{self.host} {why}{behind}", _retry_after(headers.get("retry-after", "")))
        return BadAnswerError(f"{self.host} refuses what was asked ({status}){behind}")


def _project(name: str) -> str:
    if name.endswith("*"):
        return f'projects:"{name[:-1]}"'
    return f'project:"{name}"'


def _first_line(text: str) -> str:
    return shorten(one_line(text.strip().partition("\n")[0]), 80)


def _retry_after(text: str) -> float | None:
    """Seconds, of what ``Retry-After`` says (RFC 9110, section 10.2.3)."""
    if text.isdecimal() and len(text) < 7:
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until.tzinfo else None
