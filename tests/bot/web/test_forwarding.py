"""What a process of pages passes on to Muster: all of it, nothing gathered, and whatever either side does."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.config import WebSettings
from bot.settings import Endpoint
from bot.web import forwarding, server, site
from bot.web.forwarding import Forwarding
from bot.web.server import WebServer
from bot.web.site import Site

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"


@pytest.fixture
def home() -> Iterator[Path]:
    """Where Muster's own site is; not in pytest's folder, whose name may be too long for a socket's."""
    folder = Path(tempfile.mkdtemp(prefix="muster-test-"))
    yield folder / "site"
    shutil.rmtree(folder)


@asynccontextmanager
async def muster(home: Path, handle: Handle) -> AsyncIterator[None]:
    """A Muster that does with each request as it likes."""
    busy: set[asyncio.Task[None]] = set()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        busy.add(task)
        with suppress(ConnectionError, asyncio.CancelledError):
            await handle(reader, writer)
        writer.close()

    listening = await asyncio.start_unix_server(guarded, home)
    try:
        yield
    finally:
        listening.close()
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


@asynccontextmanager
async def pages(home: Path) -> AsyncIterator[str]:
    """A process of pages, for that Muster; gives its address."""

    async def well() -> bool:
        return await Forwarding(home).is_well()

    one = Site(WebSettings(), well, lambda: datetime.now(UTC), lambda: 0, lambda: 0)
    one.elsewhere = Forwarding(home)
    served = WebServer.open(Endpoint("127.0.0.1", 0), one)
    try:
        yield f"http://{served.endpoint}"
    finally:
        await served.close()


@pytest.fixture
async def address(home: Path) -> AsyncIterator[str]:
    async with pages(home) as one:
        yield one


@pytest.fixture
async def client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60) as one:
        yield one


async def head_of(reader: asyncio.StreamReader) -> list[bytes]:
    return (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")[:-2]


async def connected(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = address.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


async def test_all_of_a_request_goes_on_but_what_belongs_to_its_connection(
    home: Path, client: httpx.AsyncClient
) -> None:
    heads: list[list[bytes]] = []
    bodies: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await head_of(reader))
        bodies.append(await reader.readexactly(5))
        writer.write(
            b"HTTP/1.1 409 Odd\r\nX-Own: 1\r\nKeep-Alive: timeout=9\r\nDate: never\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n3\r\nno \r\n4\r\nway\n\r\n0\r\n\r\n"
        )
        await writer.drain()

    async with muster(home, handle):
        found = await client.put(
            "/hooks/a%2Fb%20c?x=%26&y",
            content=b"hello",
            headers={"X-Signature": "abc", "TE": "trailers", "Proxy-Authorization": "x", "Host": "n.example"},
        )
    assert (found.status_code, found.text, found.headers["x-own"]) == (409, "no way\n", "1")
    assert "keep-alive" not in found.headers
    assert "never" not in found.headers["date"]
    assert found.headers["content-security-policy"].startswith("default-src 'none'")
    (head,) = heads
    assert head[0] == b"put /hooks/a%2fb%20c?x=%26&y http/1.1"
    assert {b"x-signature: abc", b"host: n.example", b"content-length: 5"} <= set(head)
    assert not [line for line in head if line.startswith((b"te:", b"proxy-", b"connection:"))]
    assert bodies == [b"hello"]


async def test_a_body_without_a_length_goes_on_in_pieces(home: Path, client: httpx.AsyncClient) -> None:
    taken = b""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        assert b"transfer-encoding: chunked" in await head_of(reader)
        taken = await reader.readuntil(b"0\r\n\r\n")
        writer.write(OK)

    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    async with muster(home, handle):
        assert (await client.post("/hooks/x", content=parts())).text == "ok\n"
    assert b"one" in taken
    assert b"two" in taken


@pytest.mark.parametrize("path", ["/metrics", "/token", "/hooks/x/y"])
async def test_only_what_muster_alone_can_answer_is_passed_on(
    home: Path, client: httpx.AsyncClient, path: str
) -> None:
    asked: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await head_of(reader))[0])
        writer.write(OK)

    async with muster(home, handle):
        assert (await client.get(path)).text == "ok\n"
        assert (await client.head(path)).status_code == 200
        assert (await client.get("/meetings/")).status_code == 404  # these pages have none
        assert (await client.get("/hooks")).status_code == 404
        assert len(asked) == 2


async def test_what_is_refused_before_it_has_all_come_is_refused_at_once(home: Path, address: str) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 413 No\r\nContent-Length: 3\r\n\r\nno\n")
        await reader.read()  # as uvicorn does: it throws away what still comes

    async with muster(home, handle):
        reader, writer = await connected(address)
        writer.write(b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nbegin")
        async with asyncio.timeout(60):
            assert b" 413 " in await reader.readline()
        writer.close()


async def test_nothing_is_gathered_of_a_body_that_muster_does_not_take(home: Path, address: str) -> None:
    came = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        came.set()
        await asyncio.Event().wait()  # it hangs

    async with muster(home, handle):
        _, writer = await connected(address)
        writer.write(b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
        await came.wait()
        sent = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(1):  # within which far more would go out
                while sent < 100_000_000:
                    writer.write(bytes(100_000))
                    await writer.drain()
                    sent += 100_000
        assert sent < 20_000_000  # the system's own buffers
        writer.transport.abort()


async def test_a_body_that_trickles_is_cut_off(
    home: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(server, "EXCHANGE", 0.5)
    was_cut = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        await reader.read()
        was_cut.set()

    async with muster(home, handle):
        reader, writer = await connected(address)
        writer.write(b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")

        async def trickle() -> None:
            while True:
                writer.write(b"x")
                await asyncio.sleep(0.05)

        trickling = asyncio.create_task(trickle())
        async with asyncio.timeout(60):
            with suppress(ConnectionError):
                assert not await reader.read()
            await was_cut.wait()  # there too
        trickling.cancel()
        writer.close()


async def test_who_leaves_is_gone_there_too(home: Path, address: str) -> None:
    came, left = asyncio.Event(), asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        came.set()
        assert not await reader.read()
        left.set()

    async with muster(home, handle):
        _, writer = await connected(address)
        writer.write(b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        await came.wait()
        writer.transport.abort()
        async with asyncio.timeout(60):
            await left.wait()


async def test_a_muster_that_hangs_is_called_off(
    home: Path, monkeypatch: pytest.MonkeyPatch, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(site, "PATIENCE", 0.3)
    monkeypatch.setattr(forwarding, "_HEALTH_WITHIN", 0.3)
    left = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        await reader.read()
        left.set()

    async with muster(home, handle):
        found = await client.post("/hooks/x", content=b"news")
        assert (found.status_code, found.text) == (503, "That took too long.\n")
        async with asyncio.timeout(60):
            await left.wait()
        assert "POST /hooks/x took too long" in caplog.text
        assert (await client.get("/healthz")).status_code == 503


async def test_a_muster_that_is_not_there_is_said_to_be_away(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    found = await client.post("/hooks/x", content=b"news")
    assert (found.status_code, found.text) == (503, "Muster does not answer. Come again in a moment.\n")
    assert (await client.get("/healthz")).status_code == 503
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    ],
)
async def test_an_answer_that_is_none_is_as_if_muster_were_away(
    home: Path, client: httpx.AsyncClient, answer: bytes
) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(answer)
        await writer.drain()

    async with muster(home, handle):
        assert (await client.get("/metrics")).status_code == 503
        assert (await client.get("/healthz")).status_code == 503


async def test_an_answer_that_breaks_off_is_cut_here_too(home: Path, client: httpx.AsyncClient) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
        await writer.drain()

    async with muster(home, handle):
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/metrics")


async def test_well_is_what_muster_says(home: Path, client: httpx.AsyncClient) -> None:
    status = b"200"

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await head_of(reader))[0] == b"get /healthz http/1.1"
        writer.write(b"HTTP/1.1 " + status + b" So\r\nContent-Length: 0\r\n\r\n")

    async with muster(home, handle):
        assert (await client.get("/healthz")).status_code == 200
        status = b"503"
        assert (await client.get("/healthz")).status_code == 503
