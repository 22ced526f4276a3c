"""Answers that are kept for a moment, so that a page for which many ask at once is made once.

Rules:

1. Kept is what everybody may see: the answer to a GET by somebody who shows no token and no signature, that
   is whole (no stream), says that it went well or that nothing has changed, and does not forbid it
   (``no-store``).
2. A kept answer is given again for :data:`LAST` at most, by Muster's clock and the machine's, and only while
   nothing was stored since it was begun.
3. Who asks for what is just being made waits for that, and gets it; but not where something was stored since
   its making began: then it may show what is no longer to be seen. What still waits for its turn
   (:mod:`bot.web.turns`) has not begun.
4. All of them together have :data:`MOST_BYTES`; the oldest go first.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.reader import SCOPE, Reader
from bot.web.turns import BEGUN

LAST = timedelta(seconds=1)
MOST_BYTES = 8_000_000
_LARGEST = 500_000  # bytes of one answer
_NEVER = ("/archive/", "/static/", "/hooks/", "/metrics", "/healthz", "/token")
_Key = tuple[str, bytes, str, str]


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer as ASGI has it, and when its making began."""

    start: Message
    body: bytes
    generation: object
    now: datetime
    at: float

    async def to(self, send: Send) -> None:
        # A copy: what stands around a page adds its own headers to it.
        await send({**self.start, "headers": list(self.start["headers"])})
        await send({"type": "http.response.body", "body": self.body})


class _Making:
    """An answer that is being made. ``generation`` and ``at``: when that began."""

    def __init__(self, generation: Callable[[], object]) -> None:
        loop = asyncio.get_running_loop()
        self.found: asyncio.Future[_Answer | None] = loop.create_future()
        self.has_begun = False
        self.generation, self.at = generation(), loop.time()
        self._look = generation

    def begin(self) -> None:
        """Now it is its turn."""
        self.has_begun = True
        self.generation, self.at = self._look(), asyncio.get_running_loop().time()

    @property
    def is_for_all(self) -> bool:
        """Whether it will be right for who asks now, too."""
        return not self.has_begun or self.generation == self._look()


class Kept:
    """The answers of one site. ``generation`` is another one once anything was stored."""

    def __init__(self, generation: Callable[[], object]) -> None:
        self._generation = generation
        self._answers: OrderedDict[_Key, _Answer] = OrderedDict()
        self._size = 0
        self._making: dict[_Key, _Making] = {}

    def clear(self) -> None:
        """Keep nothing of what was: there are other pages now."""
        self._answers.clear()
        self._size = 0
        self._making.clear()

    async def answer(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by what is kept, or else by ``app``."""
        key = _key(scope)
        if key is None:
            await app(scope, receive, send)
            return
        now: datetime = scope[SCOPE].now
        found = self._answers.get(key)
        if found is None or not self._is_fresh(found, now):
            making = self._making.get(key)
            if making is None or not making.is_for_all:
                await self._make(key, app, scope, receive, send)
                return
            found = await asyncio.shield(making.found)
        if found is None:
            await app(scope, receive, send)
        else:
            await found.to(send)

    def _is_fresh(self, found: _Answer, now: datetime) -> bool:
        age = asyncio.get_running_loop().time() - found.at
        return (
            found.generation == self._generation()
            and age < LAST.total_seconds()
            and timedelta() <= now - found.now < LAST
        )

    async def _make(self, key: _Key, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        making = self._making[key] = _Making(self._generation)
        start: Message = {}

        def made(found: _Answer | None) -> None:
            if making.found.done():
                return
            making.found.set_result(found)
            if self._making.get(key) is making:
                del self._making[key]
                self._keep(key, found)

        async def taking(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = {**message, "headers": list(message["headers"])}
                if not _may_be_kept(start):
                    made(None)
            elif message["type"] == "http.response.body":
                body = message.get("body", b"")
                if message.get("more_body") or len(body) > _LARGEST:
                    made(None)  # at once: nobody is to wait for the end of a stream
                else:
                    made(_Answer(start, body, making.generation, scope[SCOPE].now, making.at))
            await send(message)

        try:
            await app({**scope, BEGUN: making.begin}, receive, taking)
        finally:
            made(None)

    def _keep(self, key: _Key, found: _Answer | None) -> None:
        before = self._answers.pop(key, None)
        self._size -= len(before.body) if before else 0
        if found is None:
            return
        self._answers[key] = found
        self._size += len(found.body)
        while self._size > MOST_BYTES:
            _, oldest = self._answers.popitem(last=False)
            self._size -= len(oldest.body)


def _key(scope: Scope) -> _Key | None:
    """What tells one page from another; ``None`` for what is never kept."""
    reader: Reader = scope[SCOPE]
    path: str = scope["path"]
    if scope["method"] != "GET" or reader.sees_all or reader.opened or path.startswith(_NEVER):
        return None
    headers = Headers(scope=scope)
    asked = headers.get("accept", ""), headers.get("if-none-match", "")
    return (path, scope["query_string"], *asked)


def _may_be_kept(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_stream = headers.get("content-type", "").startswith("text/event-stream")
    return (
        start["status"] in (200, 304)
        and not is_stream
        and "no-store" not in headers.get("cache-control", "")
        and "set-cookie" not in headers
    )
