"""A person on IRC, for tests: a small client of its own, so that Muster's is not tested against itself."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

LOOPBACK = "127.0.0.1"
PATIENCE = 60.0
"""Seconds that a person waits for what must come."""

UNESCAPED = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}


def unescape(value: str) -> str:
    """A tag's value as it was meant (https://ircv3.net/specs/extensions/message-tags)."""
    result = ""
    letters = iter(value)
    for letter in letters:
        if letter == "\\":
            escaped = next(letters, "")
            letter = UNESCAPED.get(escaped, escaped)
        result += letter
    return result


@dataclass(frozen=True, slots=True)
class Heard:
    """One line from the server."""

    raw: str
    tags: dict[str, str] = field(default_factory=dict)
    source: str = ""
    command: str = ""
    params: tuple[str, ...] = ()

    @classmethod
    def parse(cls, raw: str) -> Self:
        """Take a line without its line end apart."""
        rest, tags, source = raw, {}, ""
        if rest.startswith("@"):
            packed, _, rest = rest[1:].partition(" ")
            for tag in packed.split(";"):
                key, _, value = tag.partition("=")
                tags[key] = unescape(value)
        if rest.startswith(":"):
            source, _, rest = rest[1:].partition(" ")
        rest, colon, last = rest.partition(" :")
        command, *params = rest.split()
        return cls(raw, tags, source, command.upper(), (*params, last) if colon else tuple(params))

    @property
    def nick(self) -> str:
        """Who sent it."""
        return self.source.partition("!")[0]

    @property
    def text(self) -> str:
        """Its last parameter."""
        return self.params[-1] if self.params else ""

    @property
    def target(self) -> str:
        """Its first parameter: the room, or our nick."""
        return self.params[0] if self.params else ""


class Person:
    """Somebody with an IRC client.

    ``account`` and ``password`` log in with SASL PLAIN, ``external`` with the certificate of ``tls``.
    """

    def __init__(self, nick: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.nick = nick
        self.heard: list[Heard] = []
        """Everything so far; what :meth:`expect` has passed over is before :attr:`place`."""
        self.place = 0
        self.reader = reader
        self.writer = writer
        self.news = asyncio.Event()
        self.listening = asyncio.create_task(self.listen())

    @classmethod
    async def arrive(
        cls,
        port: int,
        nick: str,
        *,
        account: str = "",
        password: str = "",
        external: bool = False,
        server_password: str = "",
        caps: Sequence[str] = (),
        tls: ssl.SSLContext | None = None,
    ) -> Self:
        """Connect and register; returns when the server has welcomed us."""
        reader, writer = await asyncio.open_connection(LOOPBACK, port, ssl=tls, limit=2**20)
        person = cls(nick, reader, writer)
        sasl = bool(account) or external
        wanted = [*caps, *(["sasl"] if sasl else [])]
        if wanted:
            person.send("CAP LS 302")
        if server_password:
            person.send(f"PASS {server_password}")
        person.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        if wanted:
            person.send(f"CAP REQ :{' '.join(wanted)}")
            answer = await person.expect(
                lambda heard: heard.command == "CAP" and heard.params[1] in ("ACK", "NAK")
            )
            assert answer.params[1] == "ACK", answer.raw
        if sasl:
            await person.log_in(account, password, external=external)
        if wanted:
            person.send("CAP END")
        await person.expect(lambda heard: heard.command == "001")
        person.nick = person.heard[person.place - 1].target
        return person

    async def log_in(self, account: str, password: str, *, external: bool) -> None:
        """SASL, with PLAIN or EXTERNAL."""
        self.send(f"AUTHENTICATE {'EXTERNAL' if external else 'PLAIN'}")
        await self.expect(lambda heard: heard.command == "AUTHENTICATE")
        plain = base64.b64encode(f"{account}\0{account}\0{password}".encode()).decode()
        self.send(f"AUTHENTICATE {'+' if external else plain}")
        answer = await self.expect(lambda heard: heard.command in ("903", "904", "905"))
        assert answer.command == "903", answer.raw

    async def listen(self) -> None:
        try:
            while raw := await self.reader.readline():
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                if not line:
                    continue
                heard = Heard.parse(line)
                if heard.command == "PING":
                    self.send(f"PONG :{heard.text}")
                elif heard.command == "NICK" and heard.nick == self.nick:
                    self.nick = heard.text
                self.heard.append(heard)
                self.news.set()
        except ConnectionError:
            pass  # as good as an end of file to those who wait in expect()
        finally:
            self.news.set()

    def send(self, *lines: str) -> None:
        """Send raw lines."""
        for line in lines:
            self.writer.write(line.encode() + b"\r\n")

    async def expect(self, wanted: Callable[[Heard], bool], timeout: float = PATIENCE) -> Heard:  # noqa: ASYNC109
        """The next line that is ``wanted``, heard already or yet to come; those before it are passed over."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for place in range(self.place, len(self.heard)):
                        if wanted(self.heard[place]):
                            self.place = place + 1
                            return self.heard[place]
                    if self.listening.done():
                        raise AssertionError(f"{self.nick}'s connection was closed.\n{self.recently()}")
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            raise AssertionError(f"{self.nick} waited in vain. Heard:\n{self.recently()}") from None

    def recently(self) -> str:
        """The last lines heard, a mark showing how far :meth:`expect` has come."""
        lines = [heard.raw for heard in self.heard]
        lines.insert(self.place, "---- not passed over yet ----")
        return "\n".join(lines[-40:])

    async def hears(self, text: str, *, by: str = "", to: str = "", timeout: float = PATIENCE) -> Heard:  # noqa: ASYNC109
        """Wait for a message or notice that contains ``text``."""

        def wanted(heard: Heard) -> bool:
            return (
                heard.command in ("PRIVMSG", "NOTICE")
                and text in heard.text
                and by in ("", heard.nick)
                and to in ("", heard.target)
            )

        return await self.expect(wanted, timeout)

    async def sees(self, command: str, by: str, text: str = "") -> Heard:
        """Wait until somebody did something: ``JOIN``, ``QUIT``, ``NICK`` ..."""
        return await self.expect(
            lambda heard: heard.command == command and heard.nick == by and (not text or text in heard.params)
        )

    async def register_account(self, password: str) -> None:
        """Make an account of our nick's name at NickServ, which logs us in."""
        self.say("NickServ", f"REGISTER {password} {self.nick}@test.invalid")
        await self.expect(lambda heard: heard.command == "900")

    async def join(self, room: str) -> None:
        self.send(f"JOIN {room}")
        await self.expect(lambda heard: heard.command == "366" and room in heard.params)

    def say(self, target: str, text: str) -> None:
        self.send(f"PRIVMSG {target} :{text}")

    def act(self, target: str, text: str) -> None:
        self.say(target, f"\x01ACTION {text}\x01")

    async def rename(self, nick: str) -> None:
        old = self.nick
        self.send(f"NICK {nick}")
        await self.expect(lambda heard: heard.command == "NICK" and heard.nick == old)

    async def become_operator(self, name: str, password: str) -> None:
        self.send(f"OPER {name} {password}")
        await self.expect(lambda heard: heard.command == "381")

    async def closed(self) -> None:
        """Wait until the server has closed the connection."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait([self.listening])

    async def leave(self) -> None:
        """Quit in order."""
        if not self.listening.done():
            self.send("QUIT :bye")
            with suppress(TimeoutError):
                await self.closed()
        await self.drop()

    async def drop(self) -> None:
        """Be gone from one moment to the next, without a word, as after a netsplit."""
        self.writer.transport.abort()
        self.listening.cancel()
        await asyncio.wait([self.listening])
        with suppress(ConnectionError):
            await self.writer.wait_closed()
