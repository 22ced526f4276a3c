"""Tests of the protocol feed lines to a session; those of the client let it meet a scripted peer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.model import Actor, Line, Room
from bot.networks.base import Known, Network
from bot.networks.events import Entered, Heard, Invited
from bot.networks.irc.events import Close, Event, Send
from bot.networks.irc.session import Session
from bot.networks.irc.settings import IrcSettings

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PATIENCE = 60  # seconds for what takes none, on a machine that does something else
CAPS = (
    "account-notify account-tag away-notify batch cap-notify chghost echo-message extended-join "
    "labeled-response message-tags multi-prefix server-time setname userhost-in-names"
)
ISUPPORT = (
    "CASEMAPPING=rfc1459 CHANTYPES=# PREFIX=(ov)@+ STATUSMSG=@+ CHANMODES=b,k,l,imnpst "
    "NICKLEN=30 TOPICLEN=300"
)


class Feed:
    """A session with a clock that stands still until told otherwise, and all that came out of it."""

    def __init__(
        self, known: Callable[[Room], Known | None], wanted: dict[str, str], **settings: object
    ) -> None:
        self.now = START
        self.events: list[Event] = []
        self.session = Session(
            "net",
            IrcSettings(host="irc.test.invalid", **settings),  # type: ignore[arg-type]
            known=known,
            wanted=wanted,
            now=START,
            chance=random.Random(1),
        )
        self.state = self.session.state

    def start(self) -> Feed:
        self.events += self.session.start(self.now)
        return self

    def __call__(self, *lines: str) -> Sequence[Event]:
        """Feed lines; gives what they brought about."""
        new: list[Event] = []
        for line in lines:
            new += self.session.receive(line, self.now)
        self.events += new
        return new

    def later(self, seconds: float) -> Sequence[Event]:
        """Let time pass, with everything done that is due meanwhile, when it is due."""
        end = self.now + timedelta(seconds=seconds)
        new: list[Event] = []
        while (due := self.session.due) is not None and due <= end:
            self.now = max(self.now, due)
            new += self.session.tick(self.now)
        self.now = end
        self.events += new
        return new

    def welcome(self, caps: str = CAPS, isupport: str = ISUPPORT, nick: str = "") -> Feed:
        """Go through the registration, up to the end of the message of the day."""
        self.start()
        if caps:
            self(f"CAP * LS :{caps}")
            self(
                *(
                    f":srv CAP * ACK :{line.removeprefix('CAP REQ ').lstrip(':')}"
                    for line in self.sent("CAP REQ")
                )
            )
        nick = nick or self.state.nick
        self(f":srv 001 {nick} :Welcome")
        if isupport:
            self(f":srv 005 {nick} {isupport} :are supported by this server")
        self(f":srv 376 {nick} :End of MOTD")
        return self

    def enter(self, name: str, *names: str) -> Feed:
        """Come into a channel where ``names`` are."""
        me = self.state.nick
        self(
            f":{me}!muster@bot.test.invalid JOIN {name}",
            f":srv 353 {me} = {name} :{' '.join((me, *names))}",
            f":srv 366 {me} {name} :End of NAMES",
        )
        return self

    def sent(self, beginning: str = "") -> list[str]:
        """What was sent so far and begins so."""
        return [e.line for e in self.events if isinstance(e, Send) and e.line.startswith(beginning)]

    def heard(self) -> list[Line]:
        return [event.line for event in self.events if isinstance(event, Heard)]

    def entered(self) -> list[Entered]:
        return [event for event in self.events if isinstance(event, Entered)]

    def invited(self) -> list[Invited]:
        return [event for event in self.events if isinstance(event, Invited)]

    def closed(self) -> Close | None:
        return next((event for event in self.events if isinstance(event, Close)), None)

    def clear(self) -> Feed:
        """Forget what came out so far."""
        self.events.clear()
        return self


@pytest.fixture
def make_feed() -> Callable[..., Feed]:
    """Makes a :class:`Feed`; keywords are settings, and ``known``, ``wanted`` and ``keys``."""

    def make(
        known: Known | None = None,
        wanted: Sequence[str] = (),
        keys: Mapping[str, str] | None = None,
        **settings: object,
    ) -> Feed:
        return Feed(lambda room: known, {**dict.fromkeys(wanted, ""), **(keys or {})}, **settings)

    return make


@pytest.fixture
def feed(make_feed: Callable[..., Feed]) -> Feed:
    """A session in ``#nova`` with alice (an operator) and bob, on a server with all capabilities."""
    made = make_feed().welcome().enter("#nova", "@alice!a@alice.test.invalid", "bob!b@bob.test.invalid")
    return made.clear()


# A scripted peer for the client


class PeerLink:
    """One connection that a client made to us."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.seen: list[str] = []

    def send(self, *lines: str) -> None:
        for line in lines:
            self.writer.write(line.encode() + b"\r\n")

    async def line(self) -> str:
        """The next line; ``EOFError`` when there is none any more."""
        raw = await asyncio.wait_for(self.reader.readline(), PATIENCE)
        if not raw:
            raise EOFError
        line = raw.decode().removesuffix("\r\n")
        self.seen.append(line)
        return line

    async def until(self, beginning: str) -> str:
        """The next line that begins so (after its tags)."""
        while True:
            line = await self.line()
            if (line.partition(" ")[2] if line.startswith("@") else line).startswith(beginning):
                return line

    async def gone(self) -> bool:
        """Wait until the client has hung up."""
        try:
            while await asyncio.wait_for(self.reader.readline(), PATIENCE):
                pass
        except ConnectionError:
            pass
        return True

    async def welcome(
        self, nick: str = "muster", caps: str = "", isupport: str = "", rooms: str = ""
    ) -> None:
        """Let the client in, and into its rooms."""
        if caps:
            await self.until("CAP LS")
            self.send(f"CAP * LS :{caps}")
            while not (line := await self.line()).startswith("CAP END"):
                if line.startswith("CAP REQ"):
                    self.send(f"CAP * ACK :{line.removeprefix('CAP REQ ').lstrip(':')}")
        else:
            await self.until("USER")
        self.send(f":srv 001 {nick} :Welcome")
        if isupport:
            self.send(f":srv 005 {nick} {isupport} :are supported")
        self.send(f":srv 376 {nick} :End of MOTD")
        if rooms:
            line = await self.until("JOIN")
            for room in line.split(" ")[1].split(","):
                self.joined(room, nick)

    def joined(self, room: str, nick: str = "muster") -> None:
        """Confirm a JOIN."""
        self.send(
            f":{nick}!~m@host.test.invalid JOIN {room}",
            f":srv 353 {nick} = {room} :{nick} alice",
            f":srv 366 {nick} {room} :End",
        )

    def close(self) -> None:
        self.writer.transport.abort()


class Peer:
    """A server that does what the test says."""

    def __init__(self) -> None:
        self._links: asyncio.Queue[PeerLink] = asyncio.Queue()
        self._all: list[PeerLink] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def open(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = PeerLink(reader, writer)
        self._all.append(link)
        self._links.put_nowait(link)

    async def accept(self) -> PeerLink:
        return await asyncio.wait_for(self._links.get(), PATIENCE)

    async def shut(self) -> None:
        if self._server is not None:
            self._server.close()
        for link in self._all:
            link.close()
        await asyncio.sleep(0)


class RecordingHub:
    """A hub that keeps what it is told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.log: list[tuple[Any, ...]] = []
        self.lines: list[Line] = []
        self.last: dict[str, Known] = {}
        self._news = asyncio.Event()

    def _note(self, *item: object) -> None:
        self.log.append(item)
        self._news.set()

    def connected(self, network: Network) -> None:
        self._note("connected", network.nick)

    def disconnected(self, network: Network, why: str) -> None:
        self._note("disconnected", why)

    def known(self, room: Room) -> Known | None:
        return self.last.get(room.name)

    def entered(self, room: Room, history: Sequence[Line], complete: bool) -> None:
        self._note("entered", room.name, [line.text for line in history], complete)

    def identified(self, room: Room) -> None: ...

    def hear(self, line: Line) -> None:
        self.lines.append(line)
        self._note("heard", line.room.name, line.kind.value, line.text)

    def invited(self, room: Room, by: Actor) -> None:
        self._note("invited", room.name, by.nick)

    async def until(self, *item: object) -> tuple[Any, ...]:
        """Wait until something is told that begins so; it is taken out, with all before it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for index, told in enumerate(self.log):
                    if told[: len(item)] == item:
                        del self.log[: index + 1]
                        return told
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    await peer.open()
    yield peer
    await peer.shut()


@pytest.fixture
async def hub() -> RecordingHub:
    return RecordingHub()
