"""The client against a scripted server: what a bad one, or somebody in between, may do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.model import Actor, Line, Room
from bot.networks.backoff import Backoff
from bot.networks.base import Hub, Known, Network, PermanentError
from bot.networks.xmpp.client import XmppNetwork
from bot.networks.xmpp.settings import XmppSettings
from bot.settings import Secret

HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0' from='home.test' id='1'>"
)
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
MECHANISMS = f"<mechanisms xmlns='{SASL}'><mechanism>PLAIN</mechanism></mechanisms>"
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
WAIT = 60


class Watching(Hub):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.news = asyncio.Event()
        self.up = asyncio.Event()
        self.down: list[str] = []

    def connected(self, network: Network) -> None:
        self.up.set()

    def disconnected(self, network: Network, why: str) -> None:
        self.down.append(why)

    def known(self, room: Room) -> Known | None:
        return None

    def entered(self, room: Room, history: Sequence[Line], complete: bool) -> None: ...

    def identified(self, room: Room) -> None: ...

    def hear(self, line: Line) -> None:
        self.lines.append(line)
        self.news.set()

    async def hears(self, text: str) -> None:
        """Wait for a line."""
        while not self.lines or self.lines[-1].text != text:
            self.news.clear()
            await self.news.wait()

    def invited(self, room: Room, by: Actor) -> None: ...


class Link:
    """One connection of the client's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.heard = ""

    def send(self, text: str) -> None:
        self.writer.write(text.encode())

    async def until(self, text: str) -> str:
        """Read on until the client has said something; gives all that it said since."""
        while text not in self.heard:
            some = await self.reader.read(4096)
            assert some, self.heard
            self.heard += some.decode()
        heard, self.heard = self.heard, ""
        return heard

    async def end(self) -> str:
        """All that the client says until it hangs up."""
        with contextlib.suppress(ConnectionError):
            while some := await self.reader.read(4096):
                self.heard += some.decode()
        return self.heard

    async def features(self, features: str) -> None:
        await self.until("<stream:stream")
        self.send(f"{HEADER}<stream:features>{features}</stream:features>")

    async def log_in(self) -> None:
        await self.features(MECHANISMS)
        await self.until("<auth")
        self.send(f"<success xmlns='{SASL}'/>")
        await self.features(BIND)
        heard = await self.until("</iq>")
        id_ = heard.partition('id="')[2].partition('"')[0]
        self.send(f"<iq type='result' id='{id_}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>")
        self.send("<jid>muster@home.test/muster</jid></bind></iq>")


class Script:
    """A server whose every connection the test plays."""

    def __init__(self) -> None:
        self.links: asyncio.Queue[Link] = asyncio.Queue()
        self.port = 0

    async def accept(self) -> Link:
        return await self.links.get()


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    made = Script()
    writers: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        made.links.put_nowait(Link(reader, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    for writer in writers:
        writer.transport.abort()


@asynccontextmanager
async def running(
    script: Script, **settings: Any
) -> AsyncIterator[tuple[XmppNetwork, Watching, asyncio.Task[None]]]:
    """A network that connects to the scripted server."""
    made = XmppSettings(
        jid="muster@home.test",
        password=Secret("hunter2"),
        host="127.0.0.1",
        port=script.port,
        **{"tls": False, **settings},
    )
    backoff = Backoff(first=timedelta(milliseconds=20), throttled=timedelta(milliseconds=100))
    network, hub = XmppNetwork("net", made, clock=SystemClock().now, backoff=backoff), Watching()
    task = asyncio.create_task(network.run(hub))
    try:
        async with asyncio.timeout(WAIT):
            yield network, hub, task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, PermanentError):
            await task


async def test_a_server_that_hides_its_encryption_gets_no_login(
    script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(script, tls=True):
        link = await script.accept()
        await link.features(MECHANISMS)
        assert "<auth" not in await link.end()
        await script.accept()  # and it is tried again
    assert "offers no encryption, so it gets no password" in caplog.text
    assert "hunter2" not in caplog.text


async def test_what_is_said_before_encryption_counts_for_nothing(script: Script) -> None:
    async with running(script, tls=True) as (_, hub, _):
        link = await script.accept()
        await link.features(STARTTLS + MECHANISMS)
        await link.until("starttls")
        link.send(
            "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
            f"<stream:features>{MECHANISMS}</stream:features><success xmlns='{SASL}'/>"
            "<message from='boss@home.test'><body>!ping</body></message>"
        )
        heard = await link.reader.read(4096)  # the beginning of TLS
        assert b"<auth" not in heard
        assert not hub.lines
        assert not hub.up.is_set()


async def test_a_wrong_password_is_no_use_to_try_again(script: Script) -> None:
    async with running(script) as (_, _, task):
        link = await script.accept()
        await link.features(MECHANISMS)
        await link.until("<auth")
        link.send(f"<failure xmlns='{SASL}'><not-authorized/></failure>")
        with pytest.raises(PermanentError, match=r"correct jid and password in \[network net\]"):
            await task


@pytest.mark.parametrize(
    "garbage",
    [
        "<<<",
        "\x00",
        "</message>",
        "<message>&evil;</message>",
        "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>",
        "</stream:stream>",
        (
            "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
            "</stream:stream>"
        ),
    ],
)
async def test_garbage_ends_a_connection_and_nothing_else(
    script: Script, garbage: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(script) as (network, hub, task):
        link = await script.accept()
        await link.log_in()
        await hub.up.wait()
        link.send("<message from='boss@home.test/x' type='chat'><body>hello</body></message>")
        link.send(garbage)
        again = await script.accept()
        await again.log_in()
        hub.up.clear()
        await hub.up.wait()
        again.send("<message from='boss@home.test/x' type='chat'><body>again</body></message>")
        await hub.hears("again")
        assert [line.text for line in hub.lines] == ["hello", "again"]
        assert not task.done()
        assert network.is_connected
    assert len(hub.down) == 2
    assert "Traceback" not in caplog.text
    assert "hello" not in caplog.text


async def test_a_deep_and_a_huge_stanza_do_no_harm(script: Script) -> None:
    async with running(script) as (_, hub, _):
        link = await script.accept()
        await link.log_in()
        await hub.up.wait()
        link.send(f"<message from='a@home.test/x' type='chat'>{'<a>' * 50_000}{'</a>' * 50_000}</message>")
        link.send(f"<message from='a@home.test/x' type='chat'><body>{'x' * 1_000_000}</body></message>")
        link.send("<message from='a@home.test/x' type='chat'><body>after</body></message>")
        await hub.hears("after")
        assert len(hub.lines) == 2


async def test_who_asks_whether_we_are_there_is_answered(script: Script) -> None:
    async with running(script) as (_, hub, _):
        link = await script.accept()
        await link.log_in()
        await hub.up.wait()
        link.send("<iq type='get' from='a@home.test/x' id='q1'><ping xmlns='urn:xmpp:ping'/></iq>")
        link.send("<iq type='get' from='a@home.test/x' id='q2'><query xmlns='jabber:iq:version'/></iq>")
        link.send("<iq type='set' from='a@home.test/x' id='q3'><query xmlns='urn:evil'/></iq>")
        heard = await link.until("q3")
        assert "Muster" in heard
        assert "got into trouble" not in heard


async def test_what_was_said_before_a_connection_waits_for_it(script: Script) -> None:
    async with running(script) as (network, hub, _):
        room = network.private("boss@home.test")
        assert network.say(room, "hello") is not None
        asking = asyncio.create_task(network.sent(room))
        link = await script.accept()
        await link.log_in()
        await hub.up.wait()
        assert "hello" in await link.until("</message>")
        assert await asking


async def test_what_cannot_be_written_keeps_nothing_else_back(
    script: Script, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(script) as (network, hub, _):
        real = network._session.message

        def message(room: Room, text: str, id_: str) -> object:
            if text == "wrong":
                raise ValueError(text)
            return real(room, text, id_)

        monkeypatch.setattr(network._session, "message", message)
        link = await script.accept()
        await link.log_in()
        await hub.up.wait()
        boss = network.private("boss@home.test")
        for text in ("wrong", "wrong", "right"):
            network.say(boss, text)
        assert "wrong" not in await link.until("right")
    assert caplog.text.count("the writer failed") == 2
