"""The terminal as a network: one room, one person at the keyboard, and whoever they speak as.

At a terminal each line typed is said by the operator. With standard input from elsewhere, ``<nick> text``
speaks as somebody, ``<nick> * text`` acts, and a bare line is the operator's; at the end of input Muster
finishes what it has to do and ends. What Muster says is printed as ``<muster> text``, and what it says to one
person alone as ``<muster -> nick> text``.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import IO

from bot.model import Actor, Kind, Line, Room, RoomState
from bot.networks.base import Hub, Network, Urgency
from bot.text import fold_nick, plain

OPERATOR = "you"
_SPOKEN = re.compile(r"<([^\s<>]{1,64})> (\* )?(.*)", re.DOTALL)


class ConsoleNetwork(Network):
    """The console. ``finished`` is set once input has ended and all its lines were reported."""

    def __init__(
        self,
        name: str,
        *,
        nick: str,
        clock: Callable[[], datetime],
        settled: Callable[[], Awaitable[None]],
        room: str = "#console",
        stdin: IO[str] | None = None,
        stdout: IO[str] | None = None,
    ) -> None:
        self.name = name
        self.finished = asyncio.Event()
        self._nick = nick
        self._clock = clock
        self._settled = settled
        self._stdin = stdin or sys.stdin
        self._stdout = stdout or sys.stdout
        self._room = self.room(room)
        self._topic = ""
        self._members: dict[str, Actor] = {}
        self._hub: Hub | None = None

    @property
    def nick(self) -> str:
        """Muster's nick."""
        return self._nick

    @property
    def is_connected(self) -> bool:
        """Always."""
        return True

    def room(self, name: str) -> Room:
        """The room of that name."""
        return Room(self.name, fold_nick(name))

    def is_room(self, name: str) -> bool:
        """Whether it is the one room: there is no other to go to."""
        return self.room(name) == self._room

    def private(self, nick: str, near: Room | None = None) -> Room:
        """Somebody alone."""
        return Room(self.name, fold_nick(nick), private=True)

    def state(self, room: Room) -> RoomState | None:
        """Who has spoken, and the topic."""
        if room != self._room:
            return None
        return RoomState(room, tuple(self._members.values()), self._topic, may_set_topic=True)

    def rooms(self) -> Sequence[Room]:
        """The one room."""
        return (self._room,)

    def say(
        self,
        room: Room,
        text: str,
        *,
        notice: bool = False,
        urgency: Urgency = Urgency.REPLY,
        known_as: str | None = None,
    ) -> None:
        """Print a line."""
        to = f" -> {room.name}" if room.private else ""
        self._print(f"<{self._nick}{to}> {text}")

    async def sent(self, room: Room) -> bool:
        """Whether it is a room here: what is said is printed at once."""
        return room.private or room == self._room

    def set_topic(self, room: Room, topic: str) -> None:
        """Note and print the topic."""
        self._topic = topic
        self._print(f"-- Topic: {topic}")

    def join(self, room: Room, key: str = "") -> None:
        """The console has one room and is always in it."""

    def leave(self, room: Room, why: str = "") -> None:
        """Likewise."""

    async def run(self, hub: Hub) -> None:
        """Read lines until the input ends, then wait to be cancelled."""
        self._hub = hub
        self._members[OPERATOR] = self._actor(OPERATOR)
        hub.connected(self)
        hub.entered(self._room, (), True)
        interactive = self._stdin.isatty()
        if interactive:
            self._print(f"-- You are in {self._room.name}. Try #startmeeting, or !help. End with Ctrl-D.")
        typed: asyncio.Queue[str] = asyncio.Queue()
        self._read(typed)
        while text := await typed.get():
            self._heard(hub, text.rstrip("\r\n"), as_others=not interactive)
            if not interactive:
                await self._settled()  # so that each answer stands below its question
        self.finished.set()
        await asyncio.Event().wait()

    def _read(self, typed: asyncio.Queue[str]) -> None:
        """Let a thread wait for the keyboard, since a file cannot be polled; it may never hold up the end."""
        loop = asyncio.get_running_loop()
        if isinstance(self._stdin, io.TextIOWrapper):
            self._stdin.reconfigure(errors="replace")

        def read() -> None:
            while True:
                try:
                    text = self._stdin.readline()
                except OSError:  # the terminal is gone
                    text = ""
                try:
                    loop.call_soon_threadsafe(typed.put_nowait, text)
                except RuntimeError:
                    return  # the loop is closed: Muster has ended meanwhile
                if not text:
                    return

        threading.Thread(target=read, name="console", daemon=True).start()

    def _heard(self, hub: Hub, text: str, *, as_others: bool) -> None:
        nick, kind = OPERATOR, Kind.SAID
        spoken = _SPOKEN.fullmatch(text) if as_others else None
        if spoken is not None:
            nick, acted, text = plain(spoken[1]), spoken[2], spoken[3]
            kind = Kind.ACTED if acted else Kind.SAID
        text = plain(text)
        if not text.strip():
            return
        actor = self._actor(nick)
        key = fold_nick(nick)
        if key not in self._members:
            self._members[key] = actor
            hub.hear(Line(self._room, self._clock(), Kind.JOINED, actor))
        hub.hear(Line(self._room, self._clock(), kind, actor, text))

    def _actor(self, nick: str) -> Actor:
        return Actor(self.name, nick, account=fold_nick(nick), address=f"{nick}@console")

    def _print(self, text: str) -> None:
        try:
            print(text, file=self._stdout, flush=True)
        except OSError:  # nobody reads any more
            self.finished.set()
