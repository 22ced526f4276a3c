"""A link that a test can cut: between a client and a server that stays up."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.live.processes import LOOPBACK, free_port


class Relay:
    """Hands on bytes between whoever connects to :attr:`port` and the server on ``target``."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = free_port()
        self.cut_after: bytes | None = None
        """The link is broken right after the server has sent these bytes."""
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Let clients through."""
        self._server = await asyncio.start_server(self._connected, LOOPBACK, self.port)

    async def cut(self) -> None:
        """Break all links, and let nobody through until :meth:`open`."""
        if self._server is not None:
            self._server.close()
        for link in self._links:
            link.cancel()
        if self._links:
            await asyncio.wait(self._links)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.create_task(self._link(reader, writer))
        self._links.add(link)
        link.add_done_callback(self._links.discard)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onward = await asyncio.open_connection(LOOPBACK, self.target)
        ways = [asyncio.create_task(_pump(reader, onward)), asyncio.create_task(self._back(there, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            onward.transport.abort()
            writer.close()  # what was written still goes out

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while some := await reader.read(4096):
                if self.cut_after is not None and self.cut_after in some:
                    head, marker, _ = some.partition(self.cut_after)
                    self.cut_after = None
                    writer.write(head + marker)
                    await writer.drain()
                    return
                writer.write(some)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while some := await reader.read(4096):
            writer.write(some)
