"""Live pages: what comes down a stream, for how long, and who is cut off."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager

import httpx
import pytest

from bot.model import Entry, Kind, Line
from bot.plugin import Plugin, read_lines
from bot.testing import Stage
from bot.web import BaseRoute, Event, PlainTextResponse, Request, Response, Route, events, server, site

Staged = Callable[..., AbstractAsyncContextManager[Stage]]
MODULE = "bot.web.streams"


class Live(Plugin):
    """A room's lines as they come."""

    over: asyncio.Event

    def retains(self, line: Line) -> int:
        return 1

    async def start(self) -> None:
        Live.over = asyncio.Event()

    def routes(self) -> Sequence[BaseRoute]:
        return (
            Route("/live", self.live),
            Route("/flood", self.flood),
            Route("/silence", self.silence),
            Route("/broken", self.broken),
            Route("/short", self.short),
            Route("/hello", self.hello),
        )

    async def hello(self, _request: Request) -> Response:
        return PlainTextResponse("hello")

    async def live(self, request: Request) -> Response:
        return events(request, self.lines)

    async def lines(self, last_id: str) -> AsyncIterator[Event]:
        room = self.bot.rooms()[0]
        seen = int(last_id or 0)
        try:
            async with aclosing(self.bot.watch(room)) as places:
                async for place in places:
                    new: list[Entry] = await self.store.read(read_lines, room, seen + 1, place)
                    for entry in new:
                        yield Event(entry.line.text, id=str(entry.seq), name="line")
                    seen = max(seen, place)
        finally:
            self.over.set()

    async def flood(self, request: Request) -> Response:
        async def source(_last_id: str) -> AsyncIterator[Event]:
            try:
                while True:
                    yield Event("x" * 100_000)
            finally:
                self.over.set()

        return events(request, source)

    async def silence(self, request: Request) -> Response:
        async def source(_last_id: str) -> AsyncIterator[Event]:
            try:
                await asyncio.Event().wait()
                yield Event("never")
            finally:
                self.over.set()

        return events(request, source)

    async def broken(self, request: Request) -> Response:
        async def source(_last_id: str) -> AsyncIterator[Event]:
            yield Event("one")
            raise ValueError("swordfish")

        return events(request, source)

    async def short(self, request: Request) -> Response:
        async def source(last_id: str) -> AsyncIterator[Event]:
            yield Event(f"after {last_id}\r\nid: 9", id="1\nevent: forged", name="a\rb")

        return events(request, source)


@asynccontextmanager
async def stream(stage: Stage, path: str, **headers: str) -> AsyncIterator[AsyncIterator[str]]:
    """The blocks of a stream, as they come."""

    async def blocks(found: httpx.Response) -> AsyncIterator[str]:
        text = ""
        async for part in found.aiter_text():
            text += part
            while "\n\n" in text:
                block, _, text = text.partition("\n\n")
                yield block

    async with (
        asyncio.timeout(60),
        httpx.AsyncClient(trust_env=False, timeout=60) as client,
        client.stream("GET", stage.url(path), headers=headers) as found,
    ):
        assert found.status_code == 200
        assert found.headers["content-type"].startswith("text/event-stream")
        async with aclosing(blocks(found)) as told:  # type: ignore[type-var]
            assert await anext(told) == "retry: 2000"
            yield told


async def until(holds: Callable[[], bool]) -> None:
    """Returns once something holds that nothing tells of."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class TestWhatComes:
    async def test_a_line_is_there_as_soon_as_it_is_said(self, staged: Staged) -> None:
        async with staged(Live, web=True) as stage:
            await stage.play("<alice> one")
            async with stream(stage, "/live") as told:
                first = [await anext(told) for _ in range(2)]  # alice came, and spoke
                assert first[1] == "event: line\nid: 2\ndata: one"
                waits = []
                for number in range(3, 13):
                    began = time.monotonic()
                    stage.network.hub.hear(_line(stage, f"no {number}"))
                    assert await anext(told) == f"event: line\nid: {number}\ndata: no {number}"
                    waits.append(time.monotonic() - began)
                assert min(waits) < 0.2  # a machine that does nothing else has all of them so
            await Live.over.wait()

    async def test_who_comes_again_goes_on_where_they_were(self, staged: Staged) -> None:
        async with staged(Live, web=True) as stage:
            await stage.play("<alice> one\n<alice> two")
            async with stream(stage, "/live", **{"Last-Event-ID": "2"}) as told:
                assert await anext(told) == "event: line\nid: 3\ndata: two"

    async def test_nothing_in_it_forges_an_event(self, staged: Staged) -> None:
        async with staged(Live, web=True) as stage, stream(stage, "/short", **{"Last-Event-ID": "7"}) as told:
            block = await anext(told)
            assert block == "event: a b\nid: 1 event: forged\ndata: after 7\ndata: id: 9"
            with pytest.raises(StopAsyncIteration):
                await anext(told)

    async def test_a_source_that_breaks_ends_it_and_is_logged(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged(Live, web=True) as stage, stream(stage, "/broken") as told:
            assert await anext(told) == "data: one"
            with pytest.raises(httpx.RemoteProtocolError):
                await anext(told)
        assert "GET /broken failed" in caplog.text

    async def test_head_is_answered_at_once(self, staged: Staged) -> None:
        async with staged(Live, web=True) as stage, httpx.AsyncClient(trust_env=False, timeout=60) as client:
            found = await client.head(stage.url("/silence"))
            assert (found.status_code, found.content) == (200, b"")


class TestBounds:
    async def test_it_outlasts_what_ends_other_answers_and_says_that_all_is_well(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(site, "PATIENCE", 0.2)
        monkeypatch.setattr(server, "EXCHANGE", 0.2)
        monkeypatch.setattr(server, "HEAD", 0.2)
        monkeypatch.setattr(f"{MODULE}.KEEP_ALIVE", 0.1)
        async with staged(Live, web=True) as stage, stream(stage, "/silence") as told:
            for _ in range(8):
                assert await anext(told) == ": all is well"

    async def test_one_too_many_is_told_when_to_come_again(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(f"{MODULE}.MOST", 2)
        async with staged(Live, web=True) as stage, httpx.AsyncClient(trust_env=False, timeout=60) as client:
            async with stream(stage, "/silence"), stream(stage, "/silence"):
                found = await client.get(stage.url("/silence"))
                assert (found.status_code, found.headers["retry-after"]) == (503, "30")
                assert (await client.get(stage.url("/hello"))).text == "hello"
            streams = stage.app.web._server.site.streams  # type: ignore[union-attr]
            await until(lambda: streams.count == 0)
            async with stream(stage, "/silence"):
                pass

    async def test_who_does_not_read_is_cut_off(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(f"{MODULE}.STALL", 0.2)
        async with staged(Live, web=True) as stage:
            assert stage.app.web.endpoint is not None
            _, writer = await asyncio.open_connection("127.0.0.1", stage.app.web.endpoint.port, limit=1)
            writer.write(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(60):
                await Live.over.wait()
            connections = stage.app.web._server._server.server_state.connections  # type: ignore[union-attr]
            await until(lambda: not connections)
            writer.transport.abort()

    async def test_who_leaves_is_noticed(self, staged: Staged) -> None:
        async with staged(Live, web=True) as stage:
            async with stream(stage, "/silence"):
                pass
            async with asyncio.timeout(60):
                await Live.over.wait()

    async def test_all_end_properly_when_muster_does(self, staged: Staged) -> None:
        async with (
            staged(Live, web=True) as stage,
            stream(stage, "/silence") as silent,
            stream(stage, "/live") as live,
        ):
            began = time.monotonic()
            await stage.app.stop()
            assert [block async for block in silent] == []
            assert [block async for block in live] == []
            assert time.monotonic() - began < 30  # for ever else
        assert not stage.app.failed


def _line(stage: Stage, text: str) -> Line:
    actor = stage.network.actor(stage.room, "alice", account="alice")
    return stage.network.line(stage.room, Kind.SAID, actor, text)
