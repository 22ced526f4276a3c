"""One connection to an IRC server: bytes to lines, lines to bytes, and why it ended.

This is the only module that imports ``irc``. Of that package it uses the asyncio connection (address, TLS,
protocol, transport) and replaces what does not hold there (measured with irc 20.5.0):

- ``process_data`` and ``send_raw`` write every line, passwords too, to the debug log;
- ``_process_line`` drops the connection for an exception in any handler, and raises for odd lines;
- ``_prep_message`` lets CR and NUL through, and counts tags in the 512 bytes;
- ``connect`` says PASS, NICK and USER before capabilities could be asked for;
- ``disconnect`` forgets why.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Callable
from typing import Any

from irc.client_aio import AioConnection, AioReactor, IrcProtocol
from irc.connection import AioFactory

from bot.networks.backoff import Loss
from bot.networks.irc.buffer import LineBuffer
from bot.networks.irc.message import encode


class _Protocol(IrcProtocol):  # type: ignore[misc]  # the package has no types
    """The asyncio side of a connection: tells it when it opens, and why it ends."""

    connection: Connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.connection.opened(transport)

    def pause_writing(self) -> None:
        self.connection.is_drained = False

    def resume_writing(self) -> None:
        self.connection.is_drained = True
        self.connection.on_drained()

    def connection_lost(self, exc: Exception | None) -> None:
        self.connection.end(Loss(f"the link broke: {exc}" if exc else "the server closed the link"))


class Connection(AioConnection):  # type: ignore[misc]
    """One connection: bytes to lines for ``on_lines``, lines to bytes."""

    protocol_class = _Protocol
    transport: Any = None
    is_drained = True
    """Whether all that was sent is written to the socket."""

    def prepare(
        self,
        fallback: str,
        on_open: Callable[[], None],
        on_lines: Callable[[LineBuffer], None],
        on_drained: Callable[[], None],
    ) -> None:
        """What to do when it opens, with what comes in, and when all that had to wait is written."""
        self.buffer_class = functools.partial(LineBuffer, fallback)
        self.on_open = on_open
        self.on_lines = on_lines
        self.on_drained = on_drained
        self.limit = 512
        self.ended: asyncio.Future[Loss] = self.reactor.loop.create_future()

    async def open(self, host: str, port: int, nick: str, context: ssl.SSLContext | None) -> None:
        """Connect, with TLS where there is a ``context``. Raises ``OSError``, or ``UnicodeError`` for a host
        that is no name.
        """
        await self.connect(host, port, nick, connect_factory=AioFactory(ssl=context))

    def opened(self, transport: asyncio.BaseTransport) -> None:
        """The link stands."""
        self.transport = transport
        self.transport.set_write_buffer_limits(0)  # so that we hear of whatever has to wait
        self.on_open()

    def process_data(self, new_data: bytes) -> None:
        """Read what came; nothing of it is logged."""
        self.buffer.feed(new_data)
        self.on_lines(self.buffer)

    @property
    def is_open(self) -> bool:
        """Whether what is sent now goes anywhere."""
        return self.transport is not None and not self.transport.is_closing()

    def send_raw(self, string: str) -> None:
        """Send one line; nothing of it is logged."""
        if self.is_open:
            self.transport.write(self._prep_message(string))

    def _prep_message(self, string: str) -> bytes:
        return encode(string, self.limit)

    def pass_(self, password: str) -> None:
        """Left to the session, like NICK and USER: capabilities come first."""

    def nick(self, newnick: str) -> None:
        """Left to the session."""

    def user(self, username: str, realname: str) -> None:
        """Left to the session."""

    def disconnect(self, message: str = "") -> None:
        """Hang up at once."""
        self.end(Loss(message or "hung up"))

    def end(self, loss: Loss) -> None:
        """The connection is over; the first reason given is the reason."""
        self.connected = False
        if self.transport is not None:
            self.transport.abort()
        if not self.ended.done():
            self.ended.set_result(loss)


class _Reactor(AioReactor):  # type: ignore[misc]
    """Makes our kind of connection; its handlers and its scheduler are not used."""

    connection_class = Connection


def new_connection() -> Connection:
    """A connection that is not open yet."""
    connection: Connection = _Reactor(loop=asyncio.get_running_loop()).server()
    return connection
