"""Somebody with a client of any kind, for tests: what the server sent them, and waiting for more of it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

PATIENCE = 60.0
"""Seconds that somebody waits for what must come: Muster's start included, on a machine that is busy."""


class Happening(Protocol):
    """One thing that the server sent."""

    @property
    def raw(self) -> str:
        """As it came."""

    @property
    def command(self) -> str:
        """What it is, in IRC's words."""

    @property
    def nick(self) -> str:
        """Who did it."""

    @property
    def target(self) -> str:
        """Where: a room, or our nick."""

    @property
    def text(self) -> str:
        """What was said."""

    @property
    def params(self) -> tuple[str, ...]:
        """Where, and what."""


H = TypeVar("H", bound=Happening)


class Listener(ABC, Generic[H]):
    """Hears, and waits. A client of a kind adds how it reads (:meth:`listen`), speaks and takes its leave."""

    def __init__(self, nick: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.nick = nick
        self.heard: list[H] = []
        """Everything so far; what :meth:`expect` has passed over is before :attr:`place`."""
        self.place = 0
        self.reader = reader
        self.writer = writer
        self.news = asyncio.Event()
        self.listening = asyncio.create_task(self.hear())

    @abstractmethod
    async def listen(self) -> None:
        """Take in what comes, up to its end."""

    async def hear(self) -> None:
        try:
            await self.listen()
        except ConnectionError:
            pass  # as good as an end of file to those who wait in expect()
        finally:
            self.news.set()

    def take_in(self, happening: H) -> None:
        """Something happened."""
        self.heard.append(happening)
        self.news.set()

    @abstractmethod
    def bid_farewell(self) -> None:
        """Tell the server that we go."""

    async def expect(self, wanted: Callable[[H], bool], timeout: float = PATIENCE) -> H:  # noqa: ASYNC109
        """The next that is ``wanted``, heard already or yet to come; what is before it is passed over."""
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
        """What was heard last, a mark showing how far :meth:`expect` has come."""
        lines = [heard.raw for heard in self.heard]
        lines.insert(self.place, "---- not passed over yet ----")
        return "\n".join(lines[-40:])

    async def hears(self, text: str, *, by: str = "", to: str = "", timeout: float = PATIENCE) -> H:  # noqa: ASYNC109
        """Wait for a message or notice that contains ``text``."""

        def wanted(heard: H) -> bool:
            return (
                heard.command in ("PRIVMSG", "NOTICE")
                and text in heard.text
                and by in ("", heard.nick)
                and to in ("", heard.target)
            )

        return await self.expect(wanted, timeout)

    async def sees(self, command: str, by: str, text: str = "") -> H:
        """Wait until somebody did something: ``JOIN``, ``QUIT``, ``NICK`` ..."""
        return await self.expect(
            lambda heard: heard.command == command and heard.nick == by and (not text or text in heard.params)
        )

    async def closed(self) -> None:
        """Wait until the server has closed the connection."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait([self.listening])

    async def leave(self) -> None:
        """Go in order."""
        if not self.listening.done():
            self.bid_farewell()
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
