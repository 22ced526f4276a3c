"""Live pages: streams of server-sent events (HTML Living Standard, 9.2).

    async def live(self, request):
        return events(request, lambda last_id: self.changes(last_id))

    async def changes(self, last_id):
        async with aclosing(self.bot.watch(room)) as places:
            async for place in places:
                yield Event(html, id=str(place), name="line")

Rules:

1. A browser that comes again says the last id it has (``Last-Event-ID``), and the source begins behind it.
2. A stream has no bound in time. Every :data:`KEEP_ALIVE` seconds without an event it sends a comment, so
   that proxies keep it and a client that has gone is noticed.
3. There are at most :data:`MOST` streams. One more is refused (503) and told when to try again.
4. Who does not take what is sent within :data:`STALL` seconds is cut off.
5. When Muster ends, so do all streams, properly; browsers come again by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

KEEP_ALIVE = 15.0
"""Seconds."""
MOST = 100
"""Streams."""
STALL = 20.0
"""Seconds."""
AGAIN = 2_000
"""Milliseconds after which a browser whose stream has ended comes again."""
STREAMS = "muster.streams"
"""Where an ASGI scope has the :class:`Streams`."""
CONNECTION = "muster.stream"
"""Where the state of an ASGI scope has the server's :class:`Lasting` connection."""


class Lasting:
    """What a server offers for answers that go on: to have no bound in time, and to be cut off."""

    def begun(self) -> None:
        """From now on this answer has no bound in time."""

    def ended(self) -> None:
        """What is still to go out of it has the usual time."""

    def cut(self) -> None:
        """End the connection at once, whatever is still to go out."""


class Streams:
    """The streams of one site."""

    def __init__(self) -> None:
        self.count = 0
        self.over = asyncio.Event()

    def close(self) -> None:
        """End all, and let no other begin."""
        self.over.set()


@dataclass(frozen=True, slots=True)
class Event:
    """One event: ``data`` of any number of lines, the ``id`` to go on behind, and the ``name`` under which a
    page's script hears it (``message`` without one).
    """

    data: str
    id: str = ""
    name: str = ""

    def encode(self) -> bytes:
        """As it is sent. What would end a line ends none."""
        fields = [
            f"{name}: {_in_line(value)}" for name, value in (("event", self.name), ("id", self.id)) if value
        ]
        data = self.data.replace("\r\n", "\n").replace("\r", "\n")
        fields += [f"data: {line}" for line in data.split("\n")]
        return "\n".join([*fields, "", ""]).encode("utf-8", "replace")


def _in_line(value: str) -> str:
    return value.translate({0: None, 10: " ", 13: " "})


Source = Callable[[str], AsyncIterator[Event]]
"""Gives the events that come after the one with an id; an empty id is that of no event."""


def events(request: Request, source: Source) -> Response:
    """A stream of what ``source`` gives. Whether the reader may see that is to be decided before."""
    return _EventStream(source, request.headers.get("last-event-id", "")[:200])


class _EventStream(Response):
    def __init__(self, source: Source, last_id: str) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(media_type="text/event-stream", headers=headers)
        del self.headers["content-length"]
        self._source = source
        self._last_id = last_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what comes until either side has had enough."""
        streams: Streams = scope[STREAMS]
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b""})
            return
        if streams.count >= MOST or streams.over.is_set():
            busy = PlainTextResponse("Too many watch already.\n", 503, headers={"Retry-After": "30"})
            await busy(scope, receive, send)
            return
        lasting: Lasting = scope.get("state", {}).get(CONNECTION) or Lasting()
        streams.count += 1
        try:
            scope["muster.unbounded"]()
            lasting.begun()
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._pump(streams, receive, _Sender(send))
            lasting.ended()
            await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            lasting.cut()
        finally:
            streams.count -= 1

    async def _pump(self, streams: Streams, receive: Receive, send: _Sender) -> None:
        source = self._source(self._last_id)
        leaving = [asyncio.create_task(_gone(receive)), asyncio.create_task(streams.over.wait())]
        coming = asyncio.create_task(_next(source))
        try:
            await send(f"retry: {AGAIN}\n\n".encode())
            while True:
                done, _ = await asyncio.wait(
                    [coming, *leaving], timeout=KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED
                )
                if not done.isdisjoint(leaving):
                    break
                if not done:
                    await send(b": all is well\n\n")
                    continue
                event = coming.result()
                if event is None:
                    break
                await send(event.encode())
                coming = asyncio.create_task(_next(source))
        finally:
            for task in (coming, *leaving):
                task.cancel()
            await asyncio.gather(coming, *leaving, return_exceptions=True)
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()


class _Sender:
    """Sends pieces of an answer. Raises :class:`TimeoutError` where one is not taken (rule 4)."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, body: bytes) -> None:
        async with asyncio.timeout(STALL):
            await self._send({"type": "http.response.body", "body": body, "more_body": True})


async def _next(source: AsyncIterator[Event]) -> Event | None:
    with contextlib.suppress(StopAsyncIteration):
        return await anext(source)
    return None


async def _gone(receive: Receive) -> None:
    """Returns once the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
