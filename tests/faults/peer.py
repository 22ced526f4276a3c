"""A scripted IRC server with one channel, in the test's own process: it knows exactly what was sent when.

Rules:

1. There is one client, Muster; everybody else is made up by the test (:meth:`Peer.speak` and its like).
2. ``history`` servers have message ids, server times, accounts and CHATHISTORY with event playback; others
   have nothing at all beyond RFC 1459, and keep nothing.
3. What happens while Muster is away is history, or lost.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from bot.model import Actor, Kind, Line, Room

ROOM = "#nova"
NETWORK = "net"
PATIENCE = 60.0
CAPS = (
    "message-tags server-time batch account-tag account-notify extended-join userhost-in-names "
    "draft/chathistory draft/event-playback"
)
_MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the channel."""

    nick: str
    user: str
    account: str | None

    @property
    def source(self) -> str:
        """As their messages begin."""
        return f"{self.nick}!{self.address}"

    @property
    def address(self) -> str:
        """Where they come from; stays through renames."""
        return f"{self.user}@{self.user}.test.invalid"

    @property
    def actor(self) -> Actor:
        """As Muster must see them."""
        return Actor(NETWORK, self.nick, self.account, self.address)


@dataclass(frozen=True, slots=True)
class _Past:
    """Something that happened in the channel, as it is sent."""

    time: datetime
    tags: str
    text: str


def stamp(time: datetime) -> str:
    """A time as IRCv3 writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


class Peer:
    """The server; as a context manager it listens. ``said`` is what Muster said in the room, ``told`` what it
    said to somebody alone (nick, text), all of it since the start.
    """

    def __init__(self, *, history: bool) -> None:
        self.history = history
        self.people: dict[str, Person] = {}
        self.past: list[_Past] = []
        self.said: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.entered = 0
        """How often Muster is known to have joined and to have caught up."""
        self.introduced = False
        """Whether Muster has asked who is there, and from where."""
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.joined = False
        self._news = asyncio.Event()
        self._last = datetime.now(UTC)
        self._count = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        if self._writer is not None:
            self._writer.close()
        self._server.close()
        await self._server.wait_closed()

    # What people do

    def enter(self, nick: str) -> Line:
        """Somebody comes into the channel."""
        person = self.people[nick] = Person(nick, nick, nick if self.history else None)
        more = f" {person.account or '*'} :{nick}" if self.history else ""
        return self._happen(person, Kind.JOINED, f"JOIN {ROOM}{more}")

    def leave(self, nick: str) -> Line:
        """Somebody goes."""
        return self._happen(self.people.pop(nick), Kind.LEFT, f"PART {ROOM} :bye", "bye")

    def rename(self, nick: str, new: str) -> Line:
        """Somebody takes another nick."""
        person = self.people.pop(nick)
        line = self._happen(person, Kind.RENAMED, f"NICK :{new}", new)
        self.people[new] = Person(new, person.user, person.account)
        return line

    def speak(self, nick: str, text: str) -> Line:
        """Somebody says something in the channel."""
        return self._happen(self.people[nick], Kind.SAID, f"PRIVMSG {ROOM} :{text}", text)

    def whisper(self, nick: str, text: str) -> None:
        """Somebody says something to Muster alone; nobody keeps it."""
        person = self.people[nick]
        self._send(self._tags(person, self._now()) + f":{person.source} PRIVMSG muster :{text}")

    def _happen(self, person: Person, kind: Kind, what: str, text: str = "") -> Line:
        time = self._now()
        tags = self._tags(person, time)
        wire = f":{person.source} {what}"
        if self.history:
            self.past.append(_Past(time, tags, wire))
        if self.joined:
            self._send(tags + wire)
        return Line(Room(NETWORK, ROOM), time, kind, person.actor, text)

    def _now(self) -> datetime:
        """A time later than any before, to the millisecond."""
        self._last = max(datetime.now(UTC), self._last + _MOMENT)
        if self._last.microsecond < 1000:  # a whole second would look like a server that knows no less
            self._last += _MOMENT
        return self._last.replace(microsecond=self._last.microsecond // 1000 * 1000)

    def _tags(self, person: Person, time: datetime) -> str:
        if not self.history:
            return ""
        self._count += 1
        account = f";account={person.account}" if person.account else ""
        return f"@time={stamp(time)};msgid=m{self._count}{account} "

    # Waiting

    async def until(self, what: Callable[[], bool], why: str) -> None:
        """Wait until something is so."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not what():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{why}; said so far: {self.said[-12:]}, told: {self.told[-5:]}") from None

    async def hears(self, pattern: str, since: int = 0) -> str:
        """Wait for something that Muster says in the room, after the first ``since`` lines."""
        wanted = re.compile(pattern)
        await self.until(
            lambda: any(wanted.search(text) for text in self.said[since:]), f"{pattern!r} was not said"
        )
        return next(text for text in self.said[since:] if wanted.search(text))

    # The protocol

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer, self.joined = writer, False
        registered = {"NICK": False, "USER": False, "CAP": not self.history}
        try:
            while data := await reader.readline():
                line = data.decode().rstrip("\r\n")
                command, _, rest = line.partition(" ")
                if command in {"NICK", "USER"} or line == "CAP END":
                    registered[command] = True
                    if all(registered.values()):
                        registered["USER"] = False
                        self._welcome()
                else:
                    self._answer(command, rest)
        except ConnectionError:
            pass  # Muster was killed in the middle of a line
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            if self._writer is writer:
                self._writer, self.joined = None, False
            writer.close()
            self._news.set()

    def _send(self, line: str) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(f"{line}\r\n".encode())

    def _welcome(self) -> None:
        more = " CHATHISTORY=50 MSGREFTYPES=timestamp,msgid" if self.history else ""
        self._send(":srv 001 muster :Welcome")
        self._send(f":srv 005 muster CASEMAPPING=ascii CHANTYPES=# PREFIX=(ov)@+{more} :are supported")
        self._send(":srv 422 muster :no message of the day")

    def _answer(self, command: str, rest: str) -> None:
        answer = getattr(self, f"_on_{command.lower()}", None)
        if answer is not None:
            answer(rest)
        self._news.set()

    def _on_cap(self, rest: str) -> None:
        if not self.history:
            self._send(":srv 421 * CAP :Unknown command")
        elif rest.startswith("LS"):
            self._send(f":srv CAP * LS :{CAPS}")
        elif rest.startswith("REQ"):
            self._send(f":srv CAP * ACK :{rest.removeprefix('REQ ').lstrip(':')}")

    def _on_ping(self, rest: str) -> None:
        self._send(f":srv PONG srv :{rest.lstrip(':')}")
        if self.joined and rest.lstrip(":").startswith("muster-"):
            self.entered += 1

    def _on_join(self, rest: str) -> None:
        assert rest == ROOM
        time = self._now()
        self.joined = True
        tag = f"@time={stamp(time)} " if self.history else ""
        more = " * :Muster" if self.history else ""
        self._send(f"{tag}:muster!muster@muster.test.invalid JOIN {ROOM}{more}")
        names = " ".join(person.source if self.history else person.nick for person in self.people.values())
        self._send(f":srv 353 muster = {ROOM} :muster {names}")
        self._send(f":srv 366 muster {ROOM} :End of NAMES")
        if not self.past and self.history:
            self.entered += 1

    def _on_who(self, rest: str) -> None:
        for person in self.people.values():
            user, host = person.address.split("@")
            self._send(f":srv 352 muster {ROOM} {user} {host} srv {person.nick} H :0 {person.nick}")
        self._send(f":srv 315 muster {ROOM} :End of WHO")
        self.introduced = True

    def _on_topic(self, rest: str) -> None:
        self._send(f":muster!muster@muster.test.invalid TOPIC {rest}")

    def _on_privmsg(self, rest: str) -> None:
        self._heard(rest)
        if rest.startswith(ROOM) and self.history:
            time = self._now()
            wire = f":muster!muster@muster.test.invalid PRIVMSG {rest}"
            self._count += 1
            self.past.append(_Past(time, f"@time={stamp(time)};msgid=m{self._count} ", wire))

    def _on_notice(self, rest: str) -> None:
        self._heard(rest)

    def _heard(self, rest: str) -> None:
        target, _, text = rest.partition(" ")
        text = text.removeprefix(":")
        if target == ROOM:
            self.said.append(text)
        else:
            self.told.append((target, text))

    def _on_chathistory(self, rest: str) -> None:
        which, _, reference, limit = rest.split()
        how, _, value = reference.partition("=")
        if how == "timestamp":
            edge = datetime.fromisoformat(value)
        else:
            edge = next(past.time for past in self.past if f"msgid={value}" in past.tags)
        if which == "AFTER":
            found = [past for past in self.past if past.time > edge][: int(limit)]
            self.entered += 1
        else:
            found = [past for past in self.past if past.time < edge][-int(limit) :]
        self._count += 1
        reference = f"b{self._count}"
        self._send(f":srv BATCH +{reference} chathistory {ROOM}")
        for past in found:
            self._send(f"{past.tags.rstrip()};batch={reference} {past.text}")
        self._send(f":srv BATCH -{reference}")
