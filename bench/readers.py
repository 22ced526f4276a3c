"""People who read pages, all at once: each keeps a connection, and asks as soon as it is answered."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from bench.muster import FailedError

AT_ONCE = 50
Took = dict[str, list[float]]
"""Seconds that answers took, by what was asked."""


def read(port: int, asked: Sequence[tuple[str, str]], at_once: int = AT_ONCE) -> Took:
    """Ask for all these paths, each with what it is an instance of, ``at_once`` at a time. Each must be
    answered by a page.
    """
    return asyncio.run(_read(port, asked, at_once))


async def _read(port: int, asked: Sequence[tuple[str, str]], at_once: int) -> Took:
    took: Took = defaultdict(list)
    left = iter(asked)
    await asyncio.gather(*(reader(port, left, took) for _ in range(min(at_once, len(asked)))))
    return took


async def reader(port: int, asked: Iterator[tuple[str, str]] | Iterable[tuple[str, str]], took: Took) -> None:
    """One who reads: takes the next question there is until there are no more."""
    incoming, outgoing = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        for what, path in asked:
            begun = time.perf_counter()
            outgoing.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n".encode())
            status = await _answer(incoming)
            took[what].append(time.perf_counter() - begun)
            if status != 200:
                raise FailedError(f"{path} was answered by {status}")
    finally:
        outgoing.close()


async def _answer(incoming: asyncio.StreamReader) -> int:
    """Read one answer to its end (RFC 9112); its status."""
    head = (await incoming.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    if fields.get("transfer-encoding") == "chunked":
        while size := int(await incoming.readuntil(b"\r\n"), 16):
            await incoming.readexactly(size + 2)
        await incoming.readuntil(b"\r\n")
    else:
        await incoming.readexactly(int(fields["content-length"]))
    return status
