"""A small scripted IRC server for one client: it lets the client in at once and measures when it answers.

It has no event loop of its own: whoever calls :meth:`Peer.pump` reads and answers, so that what is measured
is the client and not this side. Times are seconds of ``time.perf_counter``.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

from bench.crowd import CHAIRS, Person

CAPABILITIES = "server-time message-tags account-tag account-notify extended-join userhost-in-names"
PATIENCE = 60.0
_SERVER = "irc.example.org"


class TooSlowError(Exception):
    """What was waited for did not come within :data:`PATIENCE`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Something the client said: when it was here, where, and what."""

    at: float
    target: str
    text: str


class Peer:
    """The server's side of one connection. ``rooms`` are the channels there are and who is in each."""

    def __init__(self, rooms: Mapping[str, Sequence[Person]], *, tagged: bool = False) -> None:
        self.rooms = rooms
        self.tagged = tagged
        self.joined: dict[str, float] = {}
        self.asked: set[str] = set()
        """The channels whose members' details the client has been told."""
        self.pongs: set[str] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._socket: socket.socket | None = None
        self._nick = "*"
        self._rest = b""
        self._registering = True

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
        self._listener.close()

    def accept(self) -> None:
        """Wait for the client."""
        self._listener.settimeout(PATIENCE)
        self._socket, _ = self._listener.accept()
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)

    def send(self, *lines: str) -> float:
        """Send lines; the time just before they went."""
        before = time.perf_counter()
        self.flood("".join(f"{line}\r\n" for line in lines).encode())
        return before

    def flood(self, data: bytes) -> None:
        """Send bytes as fast as they are taken."""
        connection = self._connection
        view = memoryview(data)
        while view:
            try:
                view = view[connection.send(view[:65536]) :]
            except BlockingIOError:
                select.select([], [connection], [], PATIENCE)

    def said(self, person: Person, room: str, text: str) -> str:
        """The line that tells the client what ``person`` says."""
        tags = f"@account={person.nick} " if self.tagged else ""
        return f"{tags}:{person.source} PRIVMSG {room} :{text}"

    def pump(self, timeout: float) -> list[Answer]:
        """Read once, after at most ``timeout`` seconds, and answer; what the client said to people."""
        readable, _, _ = select.select([self._connection], [], [], max(timeout, 0.0))
        if not readable:
            return []
        data = self._connection.recv(65536)
        now = time.perf_counter()
        if not data:
            raise ConnectionResetError("Muster hung up")
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        answers = []
        for raw in lines:
            answer = self._take(raw.decode(), now)
            if answer is not None:
                answers.append(answer)
        return answers

    def wait(self, until: Callable[[], bool]) -> None:
        """Read and answer until something is so."""
        end = time.perf_counter() + PATIENCE
        while not until():
            self.pump(0.5)
            if time.perf_counter() > end:
                raise TooSlowError("Muster took too long")

    def answers(self, count: int, wanted: Callable[[Answer], bool]) -> list[Answer]:
        """The next ``count`` answers that are ``wanted``."""
        found: list[Answer] = []
        end = time.perf_counter() + PATIENCE
        while len(found) < count:
            found += (answer for answer in self.pump(0.5) if wanted(answer))
            if time.perf_counter() > end:
                raise TooSlowError(f"Muster answered {len(found)} times instead of {count}")
        return found

    def wait_joined(self) -> float:
        """Wait until the client is in all rooms; when it was."""
        self.wait(lambda: len(self.joined) == len(self.rooms))
        return max(self.joined.values())

    def start_meetings(self, rooms: Sequence[str]) -> None:
        """Have a meeting in each room, with all of :data:`bench.crowd.CHAIRS` as chairs."""
        chairs = " ".join(person.nick for person in CHAIRS)
        for number, room in enumerate(rooms):
            owner = CHAIRS[number % len(CHAIRS)]  # whoever gets too many replies gets no more
            self.send(self.said(owner, room, f"#startmeeting {room[1:]}"))
            self.send(self.said(owner, room, f"#chair {chairs}"))
        self.answers(len(rooms), is_chairs)

    @property
    def _connection(self) -> socket.socket:
        if self._socket is None:
            raise TooSlowError("nobody has connected")
        return self._socket

    def _take(self, line: str, now: float) -> Answer | None:
        if line.startswith("@"):
            line = line.partition(" ")[2]
        command, _, rest = line.partition(" ")
        match command.upper():
            case "PRIVMSG" | "NOTICE":
                target, _, text = rest.partition(" ")
                return Answer(now, target, text.removeprefix(":"))
            case "PING":
                self._reply(f"PONG {_SERVER} :{rest.removeprefix(':')}")
            case "PONG":
                self.pongs.add(rest.rpartition(" ")[2].removeprefix(":"))
            case "CAP":
                self._capabilities(rest)
            case "NICK":
                self._nick = rest.removeprefix(":")
            case "USER" if not self.tagged:
                self._welcome()
            case "JOIN":
                for name in rest.partition(" ")[0].split(","):
                    self._join(name)
                    self.joined[name] = time.perf_counter()
            case "WHO":
                self._who(rest.partition(" ")[0])
            case "QUIT":
                self._connection.shutdown(socket.SHUT_WR)
            case "MODE":
                self._reply(f"324 {self._nick} {rest} +nt")
        return None

    def _reply(self, line: str) -> None:
        self.send(f":{_SERVER} {line}")

    def _capabilities(self, rest: str) -> None:
        if not self.tagged:
            self._reply("421 * CAP :Unknown command")
        elif rest.startswith("LS"):
            self._reply(f"CAP * LS :{CAPABILITIES}")
        elif rest.startswith("REQ"):
            self._reply(f"CAP * ACK {rest[4:]}")
        elif rest.startswith("END"):
            self._welcome()

    def _welcome(self) -> None:
        self._reply(f"001 {self._nick} :Welcome")
        self._reply(f"005 {self._nick} CHANTYPES=# PREFIX=(ov)@+ CASEMAPPING=ascii WHOX :are supported")
        self._reply(f"422 {self._nick} :No message of the day")

    def _join(self, name: str) -> None:
        me = f":{self._nick}!muster@bot.example.org"
        names = " ".join(person.nick for person in self.rooms[name])
        self.send(
            f"{me} JOIN {name}" + (" * :Muster" if self.tagged else ""),
            f":{_SERVER} 353 {self._nick} = {name} :@{self._nick} {names}",
            f":{_SERVER} 366 {self._nick} {name} :End",
        )

    def _who(self, name: str) -> None:
        told = [
            f":{_SERVER} 354 {self._nick} 77 {name} {person.user} {person.host} {person.nick} H "
            f"{person.nick if self.tagged else 0} 0 :x"
            for person in self.rooms.get(name, ())
        ]
        self.send(*told, f":{_SERVER} 315 {self._nick} {name} :End")
        self.asked.add(name)


def is_pong(answer: Answer) -> bool:
    """Whether it answers ``!ping``."""
    return answer.text == "pong"


def is_chairs(answer: Answer) -> bool:
    """Whether it answers ``#chair``."""
    return answer.text.startswith("Current chairs")
