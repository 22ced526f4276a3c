"""A person on IRC, for tests: a small client of its own, so that Muster's is not tested against itself."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from tests.live.listener import Listener

LOOPBACK = "127.0.0.1"

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


class Person(Listener[Heard]):
    """Somebody with an IRC client.

    ``account`` and ``password`` log in with SASL PLAIN, ``external`` with the certificate of ``tls``.
    """

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
        while raw := await self.reader.readline():
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if not line:
                continue
            heard = Heard.parse(line)
            if heard.command == "PING":
                self.send(f"PONG :{heard.text}")
            elif heard.command == "NICK" and heard.nick == self.nick:
                self.nick = heard.text
            self.take_in(heard)

    def send(self, *lines: str) -> None:
        """Send raw lines."""
        for line in lines:
            self.writer.write(line.encode() + b"\r\n")

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

    def bid_farewell(self) -> None:
        self.send("QUIT :bye")
