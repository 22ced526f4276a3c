"""A program that is told of minutes: it checks who posts, and answers as its script says."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

SECRET = "sixteen letters at least"


@dataclass(frozen=True)
class Received:
    """A post that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return self.headers["x-muster-event"]

    @property
    def delivery(self) -> str:
        return self.headers["x-muster-delivery"]

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass
class Receiver:
    """``plan`` are the answers, in their order: a status, ``hang`` or ``die``; after them 204."""

    plan: Sequence[int | str] = ()
    posts: list[Received] = field(default_factory=list)
    port: int = 0
    at: Callable[[str], None] = lambda _step: None

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/minutes?token=abc"

    @property
    def events(self) -> list[str]:
        return [post.event for post in self.posts]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._one(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side is gone
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        wanted = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert headers["x-hub-signature-256"] == f"sha256={wanted}"
        answer = self.plan[len(self.posts)] if len(self.posts) < len(self.plan) else 204
        self.posts.append(Received(head[0].split()[1], headers, body))
        self.at("posted")
        if answer == "hang":
            await asyncio.Event().wait()
        if answer == "die":
            return
        where = "Location: http://127.0.0.1:1/\r\n" if str(answer).startswith("3") else ""
        writer.write(f"HTTP/1.1 {answer} x\r\n{where}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()
