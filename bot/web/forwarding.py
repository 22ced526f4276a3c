"""What is passed on: requests that a process of pages cannot answer, because only Muster itself can.

Rules:

1. Passed on is what is below ``/hooks/``, ``/metrics`` and ``/token`` (whose wrong tries are counted for all
   together). Muster's own site answers it at a socket in the file system that nobody else can reach, and
   looks at signatures and tokens itself.
2. Nothing is gathered: a body goes on as it comes, no faster than Muster takes it, and so does the answer.
   What Muster refuses before it has all is refused at once.
3. What belongs to one connection alone (RFC 9110, 7.6.1) is left out. The rest goes on as it came.
4. A Muster that cannot be reached is a 503. One that does not answer in time is called off as any page that
   takes too long. Of an answer that breaks off the connection is cut, so that nobody takes it for whole.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path

import h11
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send

from bot.web.failures import failure

_AWAY = "Muster does not answer. Come again in a moment.\n"
_PIECE = 64 * 1024
_HEALTH = b"/healthz"
_HEALTH_WITHIN = 3.0
"""Seconds: a little longer than Muster waits for its database."""
_OF_A_CONNECTION = frozenset(
    {
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
Headers = list[tuple[bytes, bytes]]


class _BrokenOffError(Exception):
    """Muster's answer came to no end, or to no beginning."""


class Forwarding:
    """Passes requests on to the site that is served at a socket in the file system."""

    def __init__(self, at: Path) -> None:
        self._at = at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI 3.0 has it."""
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._pass_on(scope, receive, sending)
        except (OSError, h11.RemoteProtocolError, _BrokenOffError):
            if not has_begun:  # else what ends without its last piece the server cuts off
                await failure(Request(scope), 503, _AWAY)(scope, receive, send)

    async def is_well(self) -> bool:
        """Whether Muster says that it is well, in good time."""
        found = 0

        async def nothing() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def taking(message: Message) -> None:
            nonlocal found
            found = message.get("status", found)

        scope = {"method": "GET", "raw_path": _HEALTH, "query_string": b"", "headers": [(b"host", b"muster")]}
        try:
            async with asyncio.timeout(_HEALTH_WITHIN):
                await self._pass_on(scope, nothing, taking)
        except (OSError, h11.RemoteProtocolError, _BrokenOffError):  # TimeoutError is an OSError
            return False
        return found == 200

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        reader, writer = await asyncio.open_unix_connection(self._at)
        connection = h11.Connection(h11.CLIENT)
        sending = asyncio.create_task(_send(connection, writer, scope, receive), name="pass on")
        taking = asyncio.create_task(_take(connection, reader, send), name="answer")
        try:
            await asyncio.wait([sending, taking], return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and not taking.done():
                sending.result()
            await taking
        finally:
            for task in (sending, taking):
                task.cancel()
            await asyncio.gather(sending, taking, return_exceptions=True)
            writer.transport.abort()


async def _send(
    connection: h11.Connection, writer: asyncio.StreamWriter, scope: Scope, receive: Receive
) -> None:
    """Send the request, its body as it comes. Raises :class:`ClientDisconnect`."""
    query: bytes = scope["query_string"]
    headers = [(name, value) for name, value in scope["headers"] if name not in _OF_A_CONNECTION]
    if any(name == b"transfer-encoding" for name, _ in scope["headers"]):
        headers.append((b"transfer-encoding", b"chunked"))
    request = h11.Request(
        method=scope["method"],
        target=scope["raw_path"] + (b"?" + query if query else b""),
        headers=headers,
    )
    # It is not said that this is the connection's only request: Muster would close it as soon as it has
    # answered, before it has taken all, and then the answer may be lost. Where it closes all the same, what
    # it has answered is read.
    with contextlib.suppress(ConnectionError):
        writer.write(connection.send(request) or b"")
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            more = message.get("more_body", False)
            if message.get("body"):
                writer.write(connection.send(h11.Data(message["body"])) or b"")
            if not more:
                writer.write(connection.send(h11.EndOfMessage()) or b"")
            await writer.drain()


async def _take(connection: h11.Connection, reader: asyncio.StreamReader, send: Send) -> None:
    """Take the answer, as it comes. Raises :class:`_BrokenOffError`, and what h11 and the system raise."""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_PIECE))
        elif isinstance(event, h11.Response):
            headers = _passed_back(event.headers)
            await send({"type": "http.response.start", "status": event.status_code, "headers": headers})
        elif isinstance(event, h11.Data):
            await send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
        elif isinstance(event, h11.EndOfMessage):
            await send({"type": "http.response.body", "body": b""})
            return
        elif not isinstance(event, h11.InformationalResponse):
            raise _BrokenOffError


def _passed_back(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    # The server that answers the client says itself when that is.
    return [(name, value) for name, value in headers if name not in _OF_A_CONNECTION and name != b"date"]
