"""The server: it comes and goes with Muster, and no client can take it over."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot import config as configuration
from bot.app import App
from bot.config import WebSettings
from bot.plugin import Plugin
from bot.settings import Endpoint
from bot.testing import Stage, StageNetwork
from bot.web import BaseRoute, PlainTextResponse, Request, Response, Route, body_of, server
from bot.web.shares import SHARES, Shares
from bot.web.site import Site

Staged = Callable[..., AbstractAsyncContextManager[Stage]]


class Pages(Plugin):
    """Has pages."""

    begun: asyncio.Event
    go_on: asyncio.Event

    def routes(self) -> Sequence[BaseRoute]:
        return (
            Route("/hello", self.hello),
            Route("/wait", self.wait),
            Route("/large", self.large),
            Route("/hooks/take", self.take, methods=["POST"]),
        )

    async def start(self) -> None:
        Pages.begun, Pages.go_on = asyncio.Event(), asyncio.Event()

    async def hello(self, _request: Request) -> Response:
        return PlainTextResponse("hello")

    async def wait(self, _request: Request) -> Response:
        self.begun.set()
        await self.go_on.wait()
        return PlainTextResponse("at last")

    async def large(self, _request: Request) -> Response:
        return PlainTextResponse("x" * 20_000_000)

    async def take(self, request: Request) -> Response:
        self.begun.set()
        return Response(await body_of(request, 1_000_000))


class Client:
    """A client that does as it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def of(cls, stage: Stage, *, limit: int = 2**16) -> Client:
        assert stage.app.web.endpoint is not None
        return cls(*await asyncio.open_connection("127.0.0.1", stage.app.web.endpoint.port, limit=limit))

    async def rest(self) -> bytes:
        """All that still comes, until the connection has ended, in good time."""
        async with asyncio.timeout(60):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""
            finally:
                self.writer.close()


async def text_of(stage: Stage, path: str) -> str:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return (await client.get(stage.url(path))).text


class TestComingAndGoing:
    async def test_it_tells_where_it_is(self, staged: Staged, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        async with staged(Pages, web=True) as stage:
            assert stage.app.web.endpoint is not None
            assert stage.app.web.endpoint.port > 0
            assert f"Pages are served at {stage.url('/')}" in caplog.text
            assert await text_of(stage, "/hello") == "hello"
        assert stage.app.web.endpoint is None

    async def test_an_address_that_is_taken_costs_the_pages_alone(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            where = Endpoint("127.0.0.1", taken.getsockname()[1])
            async with staged(Pages) as stage:
                web = replace(stage.app.config.web, listen=where)
                await stage.app.web.configure(replace(stage.app.config, web=web, serves=True))
                assert stage.app.web.endpoint is None
                await stage.play("<alice> !ping\n<muster> pong")
        assert f"No pages: {where} cannot be listened on: Address already in use" in caplog.text

    async def test_it_moves_comes_and_goes_with_the_settings(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            config, first = stage.app.config, stage.app.web.endpoint
            assert first is not None
            await stage.app.web.configure(config)
            assert stage.app.web.endpoint == first  # nothing has changed
            v6 = replace(config, web=replace(config.web, listen=Endpoint("::1", 0)))
            await stage.app.web.configure(v6)
            assert stage.url("/").startswith("http://[::1]:")
            assert await text_of(stage, "/hello") == "hello"
            await stage.app.web.configure(replace(config, serves=False))
            assert stage.app.web.endpoint is None
            await stage.app.web.configure(config)
            assert await text_of(stage, "/hello") == "hello"

    async def test_a_signal_has_bot_ini_read_again_and_the_pages_follow(
        self, staged: Staged, data_dir: Path
    ) -> None:
        async with staged(Pages) as stage:
            text = f"[bot]\nplugins = pages\ndata_dir = {data_dir}\n[network test]\ntype = console\n"
            (data_dir / "bot.ini").write_text(text + "[web]\nlisten = 127.0.0.1:0\n")
            stage.app.reload()
            await stage.app.hub.idle()
            assert await text_of(stage, "/hello") == "hello"
            (data_dir / "bot.ini").write_text(text)
            stage.app.reload()
            await stage.app.hub.idle()
            assert stage.app.web.endpoint is None

    async def test_after_a_crash_it_is_there_again(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            await stage.kill()
            assert await text_of(stage, "/hello") == "hello"

    async def test_an_answer_that_is_being_given_goes_out_at_the_end(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            answer = asyncio.create_task(text_of(stage, "/wait"))
            await Pages.begun.wait()
            ending = asyncio.create_task(stage.app.stop())
            await asyncio.sleep(0)
            Pages.go_on.set()
            assert await answer == "at last"
            await ending

    async def test_one_that_never_comes_does_not_keep_muster_from_ending(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            answer = asyncio.create_task(text_of(stage, "/wait"))
            idle = await Client.of(stage)
            deaf = await Client.of(stage)
            deaf.writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            await Pages.begun.wait()
            began = time.monotonic()
            await stage.app.stop()
            assert time.monotonic() - began < 30  # for ever else
            with pytest.raises(httpx.HTTPError):
                await answer
            assert await idle.rest() == b""
            await deaf.rest()
        assert not stage.app.failed

    async def test_signals_stay_musters_own(self, staged: Staged) -> None:
        async with staged(Pages) as stage:
            web = replace(stage.config.web, listen=Endpoint("127.0.0.1", 0))
            config = replace(stage.config, web=web, serves=True)
            network = StageNetwork("test", stage.clock)
            app = App(config, {"pages": Pages}, stage.app.store, networks=lambda _app: [network])
            running = asyncio.create_task(app.run())
            async with asyncio.timeout(60):
                await network.up.wait()
                assert app.web.endpoint is not None
                os.kill(os.getpid(), signal.SIGTERM)
                assert await running
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)


class TestWithout:
    def test_nothing_of_it_is_loaded_and_nothing_listens(self, tmp_path: Path) -> None:
        program = """
            import asyncio, sys
            from pathlib import Path
            from bot.testing import Stage, StageNetwork

            async def main(folder):
                async with Stage(Path(folder)) as stage:
                    assert stage.app.web.endpoint is None
                    await stage.play("<alice> !ping\\n<muster> pong")
                    heavy = {"starlette", "uvicorn", "h11", "anyio", "bot.web", "icalendar"}
                    loaded = heavy & set(sys.modules)
                    assert not loaded, loaded

            asyncio.run(main(sys.argv[1]))
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize(
        ("text", "serves"),
        [("", False), ("[web]", True), ("[web]\nbase_url = https://x.example", True), (";[web]", False)],
    )
    def test_the_section_decides(self, text: str, serves: bool) -> None:
        assert configuration.parse(text, Path("bot.ini")).serves is serves


class TestClients:
    async def test_a_head_that_comes_byte_by_byte_has_its_time(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "HEAD", 0.3)
        async with staged(Pages, web=True) as stage:
            slow = await Client.of(stage)
            async with asyncio.timeout(60):
                slow.writer.write(b"GET /hello HTTP/1.1\r\nX: ")
                while not slow.reader.at_eof():
                    slow.writer.write(b"x")
                    try:
                        await asyncio.wait_for(slow.reader.read(1), 0.02)
                    except TimeoutError:
                        continue
                    except ConnectionError:
                        break
            slow.writer.close()
            assert await text_of(stage, "/hello") == "hello"

    async def test_a_body_that_never_ends_has_its_time(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "EXCHANGE", 0.3)
        async with staged(Pages, web=True) as stage:
            slow = await Client.of(stage)
            slow.writer.write(b"POST /hooks/take HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx")
            await Pages.begun.wait()
            assert await slow.rest() == b""

    async def test_who_does_not_read_is_cut_off(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "EXCHANGE", 0.3)
        lost = asyncio.Event()
        monkeypatch.setattr(server.Connection, "connection_lost", lambda *_anything: lost.set())
        async with staged(Pages, web=True) as stage:
            deaf = await Client.of(stage, limit=1)
            deaf.writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(60):
                await lost.wait()
            assert len(await deaf.rest()) < 20_000_000

    async def test_a_head_has_its_length(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            client = await Client.of(stage)
            client.writer.write(b"GET /hello HTTP/1.1\r\nX: " + b"x" * 20_000)
            assert b" 400 " in (await client.rest())[:20]

    async def test_whoever_asks_for_nothing_gives_way(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "MOST", 3)
        async with staged(Pages, web=True) as stage:
            asking = asyncio.create_task(text_of(stage, "/wait"))
            await Pages.begun.wait()
            first, second, third = [await Client.of(stage) for _ in range(3)]
            assert await first.rest() == b""
            assert await text_of(stage, "/hello") == "hello"
            assert await second.rest() == b""
            Pages.go_on.set()
            assert await asking == "at last"
            third.writer.write(b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert (await third.rest()).endswith(b"hello")

    async def test_a_crowd_at_once_leaves_no_more_than_the_most(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "MOST", 5)
        async with staged(Pages, web=True) as stage:
            crowd = await asyncio.gather(*(Client.of(stage) for _ in range(60)))
            assert await text_of(stage, "/hello") == "hello"
            assert len(stage.app.web._server._server.server_state.connections) <= 5  # type: ignore[union-attr]
            for one in crowd:
                one.writer.close()

    async def test_one_connection_takes_several_requests(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage, httpx.AsyncClient(trust_env=False, timeout=60) as client:
            for _ in range(3):
                assert (await client.get(stage.url("/hello"))).text == "hello"

    @pytest.mark.parametrize(
        "noise", [b"\x16\x03\x01\x02\x00\x01\x00", b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"\0" * 99]
    )
    async def test_noise_is_answered_or_cut_and_not_logged(
        self, staged: Staged, noise: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged(Pages, web=True) as stage:
            client = await Client.of(stage)
            client.writer.write(noise)
            client.writer.write_eof()
            assert b" 400 " in await client.rest() or noise.strip() == b""
            assert await text_of(stage, "/hello") == "hello"
        assert not [one for one in caplog.records if one.levelno >= logging.WARNING]

    async def test_there_are_no_websockets(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            client = await Client.of(stage)
            client.writer.write(
                b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            assert b"101" not in (await client.rest()).split(b"\r\n")[0]


class TestBeside:
    """Several that answer at one address, here in one process."""

    @pytest.fixture
    def shares(self, tmp_path: Path) -> list[Shares]:
        Shares.make(tmp_path / SHARES, 2)
        return [Shares(tmp_path / SHARES, number) for number in range(2)]

    @staticmethod
    def served(listening: socket.socket, shares: Shares) -> server.WebServer:
        async def well() -> bool:
            return True

        one = Site(WebSettings(), well, lambda: datetime.now(UTC), lambda: 0, lambda: 0)
        return server.WebServer.beside(listening, one, shares)

    async def test_each_has_a_share_of_the_connections_that_come_at_once(self, shares: list[Shares]) -> None:
        listening = server.listening_at(Endpoint("127.0.0.1", 0))
        both = [self.served(listening.dup(), shares[0]), self.served(listening, shares[1])]
        where = both[0].endpoint
        came = [await asyncio.open_connection(where.host, where.port) for _ in range(20)]
        for _, writer in came:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(60):
            for reader, _ in came:
                assert b" 200 " in await reader.readline()
        assert all(one.traffic.statuses[200] >= 5 for one in both)
        await both[0].close()
        assert b"ok" in await answered(where)  # by the other
        await both[1].close()
        with pytest.raises(ConnectionError):
            await asyncio.open_connection(where.host, where.port)
        for _, writer in came:
            writer.close()

    async def test_one_that_hangs_with_few_connections_keeps_nobody_waiting(
        self, shares: list[Shares]
    ) -> None:
        shares[1].tell(0)
        one = self.served(server.listening_at(Endpoint("127.0.0.1", 0)), shares[0])
        came = [await asyncio.open_connection(one.endpoint.host, one.endpoint.port) for _ in range(20)]
        for _, writer in came:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(60):
            for reader, _ in came:
                assert b" 200 " in await reader.readline()
        assert not shares[0].room
        for _, writer in came:
            writer.close()
        await one.close()

    async def test_a_connection_that_cannot_be_taken_is_no_end(
        self, shares: list[Shares], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(server, "_AGAIN", 0.01)
        loop = asyncio.get_running_loop()
        takes, fails = loop.sock_accept, iter([True])

        async def take(listening: socket.socket) -> object:
            if next(fails, False):
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            return await takes(listening)

        monkeypatch.setattr(loop, "sock_accept", take)
        one = self.served(server.listening_at(Endpoint("127.0.0.1", 0)), shares[0])
        assert b"ok" in await answered(one.endpoint)
        assert "A connection could not be taken: Too many open files" in caplog.text
        await one.close()


async def answered(where: Endpoint) -> bytes:
    """What whoever takes a new connection answers."""
    reader, writer = await asyncio.open_connection(where.host, where.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(60):
        found = await reader.read()
    writer.close()
    return found
