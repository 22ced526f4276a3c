"""A mail server that does what a script says: refuses, hangs, dies, answers late, at any step.

``plan`` has for each connection, in their order, what it does at which step; after them, and at every other
step, it takes mail as a good server does. Steps: ``connect``, ``EHLO``, ``STARTTLS``, ``AUTH``, ``MAIL``,
``RCPT`` (or ``RCPT bob@example.org``), ``DATA``, ``.`` (the answer to the whole mail) and ``QUIT``. What it
does there is a reply, or one of:

* :data:`HANG`: it never answers.
* :data:`DIE`: it closes the connection without a word; at ``.`` the mail is lost.
* :data:`TAKE_AND_DIE`: at ``.`` the mail is taken, and nobody is told.
* :data:`SLOW`: it answers rightly, one character after the other.
"""

from __future__ import annotations

import asyncio
import email
import re
import ssl
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Self

from tests.live.processes import program
from tests.live.servers import NEW_KEY

HANG, DIE, TAKE_AND_DIE, SLOW = "hang", "die", "take and die", "slow"
GOOD = {
    "connect": "220 mail.example.org ESMTP",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 welcome",
    "MAIL": "250 sender ok",
    "RCPT": "250 recipient ok",
    "DATA": "354 end it with a dot",
    ".": "250 taken",
    "QUIT": "221 bye",
    "RSET": "250 ok",
}
Plan = Mapping[str, str]


def certificate(folder: Path, name: str) -> Path:
    """A key and a self-made certificate for a host of that name, in one file."""
    file = folder / f"{name}.pem"
    command = [program("openssl", "openssl"), *NEW_KEY.split(), "-subj", f"/CN={name}"]
    files = ["-addext", f"subjectAltName=DNS:{name}", "-keyout", str(file), "-out", str(folder / "out.crt")]
    subprocess.run([*command, *files], check=True, capture_output=True)
    file.write_text(file.read_text() + (folder / "out.crt").read_text())
    return file


@dataclass(frozen=True)
class Mail:
    """A mail that was taken."""

    sender: str
    to: tuple[str, ...]
    data: bytes
    options: str = ""

    @property
    def message(self) -> EmailMessage:
        """What it says."""
        found = email.message_from_bytes(self.data, policy=default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])

    def body(self, kind: str = "plain") -> str:
        """The text, or the HTML."""
        part = self.message.get_body((kind,))
        assert isinstance(part, EmailMessage)
        return str(part.get_content())


@dataclass
class Peer:
    """The server. ``mails`` are those that were taken, ``steps`` all that was asked of it, ``logins`` what
    came with AUTH. ``at`` is called with each step before it is answered.
    """

    plan: Sequence[Plan] = ()
    extensions: Sequence[str] = ("8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN", "STARTTLS")
    tls: ssl.SSLContext | None = None
    tls_at_once: bool = False
    at: Callable[[str], None] = lambda _step: None
    mails: list[Mail] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    was_secret: list[bool] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self.news = asyncio.Event()
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self.tls if self.tls_at_once else None, limit=2**24
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def until(self, done: Callable[[], bool], why: str = "", within: float = 60.0) -> None:
        """Wait for something to happen here."""
        try:
            async with asyncio.timeout(within):
                while not done():
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            raise AssertionError(f"{why}: {self.steps[-12:]}, {len(self.mails)} mails") from None

    async def has_mails(self, count: int) -> list[Mail]:
        """Wait for so many mails."""
        await self.until(lambda: len(self.mails) >= count, f"{count} mails did not come")
        return self.mails

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        plan = self.plan[self.connections] if self.connections < len(self.plan) else {}
        self.connections += 1
        try:
            await _Session(self, plan, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the other side is gone
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            self._tasks.discard(task)
            writer.close()
            self.news.set()

    def reached(self, step: str) -> None:
        """A step was asked for."""
        self.steps.append(step)
        self.news.set()
        self.at(step)


class _Session:
    def __init__(
        self, peer: Peer, plan: Plan, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.peer = peer
        self.plan = plan
        self.reader = reader
        self.writer = writer
        self.sender, self.options = "", ""
        self.to: list[str] = []

    async def run(self) -> None:
        if not await self.answer("connect"):
            return
        while line := (await self.reader.readline()).decode().rstrip("\r\n"):
            word = line.partition(" ")[0].upper()
            if not await self.one(word, line):
                return

    async def one(self, word: str, line: str) -> bool:
        address = re.search(r"<(.*?)>", line)
        if word == "AUTH":
            self.peer.logins.append(line)
        if word == "RCPT":
            assert address is not None
            step = f"RCPT {address[1]}"
            code = await self.answer(step if step in self.plan else "RCPT", shown=step)
            if code == "2":
                self.to.append(address[1])
            return bool(code)
        code = await self.answer(word)
        if word == "MAIL" and code == "2":
            assert address is not None
            self.sender, self.options, self.to = address[1], line.partition(">")[2].strip(), []
        if word == "STARTTLS" and code == "2":
            assert self.peer.tls is not None
            await self.writer.start_tls(self.peer.tls)
        if word == "DATA" and code == "3":
            return await self.data()
        return bool(code) and word != "QUIT"

    async def data(self) -> bool:
        raw = await self.reader.readuntil(b"\r\n.\r\n")
        data = re.sub(rb"(?m)^\.\.", b".", raw[:-3])
        mail = Mail(self.sender, tuple(self.to), data, self.options)
        self.peer.reached("all of it")
        what = self.plan.get(".", GOOD["."])
        if what[0] == "2" or what in {TAKE_AND_DIE, SLOW}:
            self.peer.mails.append(mail)
            self.peer.was_secret.append(self.writer.get_extra_info("ssl_object") is not None)
        return bool(await self.answer("."))

    async def answer(self, step: str, shown: str = "") -> str:
        """Do what is planned; the first digit of the answer, or nothing where it is over."""
        word = step.partition(" ")[0]
        good = GOOD.get(word, "500 what?")
        if word == "EHLO":
            lines = ["mail.example.org", *self.peer.extensions]
            good = "\r\n".join(f"250{' ' if n == len(lines) - 1 else '-'}{x}" for n, x in enumerate(lines))
        what = self.plan.get(step, good)
        self.peer.reached(shown or step)
        if what == HANG:
            await asyncio.Event().wait()
        if what in {DIE, TAKE_AND_DIE}:
            return ""
        slow = what == SLOW
        what = good if slow else what
        for part in what + "\r\n" if slow else [f"{what}\r\n"]:
            self.writer.write(part.encode())
            await self.writer.drain()
            if slow:
                await asyncio.sleep(0.005)
        return "" if what.startswith("421") else what[0]
