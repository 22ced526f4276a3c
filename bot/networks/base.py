"""What every network is to the rest of Muster, and what the rest is to a network.

A network turns its protocol into :class:`~bot.model.Line` values and hands them to its :class:`Hub`; the
hub never waits and never raises. The other way, :meth:`Network.say` and its like never wait either: what
they are given goes to the network's own paced outbox.

Rules:

1. A network reports lines of one room in the order in which they happened.
2. It never reports what Muster itself said (its echo): the hub records that when it is sent.
3. After it (re)enters a room it holds that room's live lines, for a bounded time, until history is in, then
   calls :meth:`Hub.entered` with what it fetched, then reports the live lines.
4. No error of a peer leaves a network's :meth:`Network.run`; it reconnects until it is cancelled, or ends by
   raising :class:`PermanentError` where trying again cannot help.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model import Actor, Line, Room, RoomState


class PermanentError(Exception):
    """The network cannot be used as it is configured (a wrong password, a ban); says what to change."""


class Urgency(enum.IntEnum):
    """What goes first when the outbox is full."""

    REPLY = 0
    BULK = 1


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal holds last of a room: the time of its last line, and ids of recent lines."""

    time: datetime
    ids: frozenset[str]


class Hub(Protocol):
    """What a network may tell the rest of Muster. Nothing here waits or raises."""

    def connected(self, network: Network) -> None:
        """The network is up and Muster is logged in."""

    def disconnected(self, network: Network, why: str) -> None:
        """The connection is lost; the network tries again by itself."""

    def known(self, room: Room) -> Known | None:
        """What to catch up from; ``None`` where nothing of this room need be caught up."""

    def entered(self, room: Room, history: Sequence[Line], complete: bool) -> None:
        """Muster is in the room, and ``history`` (oldest first, every line's ``history`` set) is what the
        server kept of the time since :meth:`known`. Where something is missing within it or after it, a line
        of :attr:`~bot.model.Kind.GAP` with its times stands there. ``complete`` says that nothing is missing
        before it; else the hub marks that gap, up to the first line, or up to now where there is none.
        """

    def identified(self, room: Room) -> None:
        """The accounts of all who were in a room that was entered are known now. Said by a network with
        :attr:`Network.identifies_later` alone; of others it is so when the room is entered.
        """

    def hear(self, line: Line) -> None:
        """One line, live."""

    def invited(self, room: Room, by: Actor) -> None:
        """Somebody asks Muster to come to a room."""


class Network(ABC):
    """One connection to one chat service."""

    name: str
    """As in ``[network NAME]``."""

    identifies_later = False
    """Whether who is in a room is known only some time after it was entered (:meth:`Hub.identified`)."""

    @abstractmethod
    async def run(self, hub: Hub) -> None:
        """Connect, stay connected, and report to ``hub`` until cancelled; then leave, within 3 s."""

    @property
    @abstractmethod
    def nick(self) -> str:
        """Muster's nick here, as it is now."""

    @property
    @abstractmethod
    def is_connected(self) -> bool:
        """Whether lines can go out now. What is said meanwhile waits in the outbox, for up to ten minutes."""

    @abstractmethod
    def room(self, name: str) -> Room:
        """The room of that name, folded by this network's rule."""

    @abstractmethod
    def is_room(self, name: str) -> bool:
        """Whether a room of this network can have that name. Asked before Muster is sent somewhere."""

    @abstractmethod
    def private(self, nick: str, near: Room | None = None) -> Room:
        """The private conversation with somebody. ``near`` is the room in which that is their nick: where
        nicks belong to rooms, as on XMPP, there may be others of that name.
        """

    @abstractmethod
    def state(self, room: Room) -> RoomState | None:
        """What is known of a room Muster is in, else ``None``."""

    @abstractmethod
    def rooms(self) -> Sequence[Room]:
        """The rooms Muster is in now."""

    @abstractmethod
    def say(
        self,
        room: Room,
        text: str,
        *,
        notice: bool = False,
        urgency: Urgency = Urgency.REPLY,
        known_as: str | None = None,
    ) -> str | None:
        """Say ``text``, made safe and split as the network needs, in a room or to a person.

        Returns the id by which others may refer to it (a reaction, a reply): what a line's ``of`` and
        ``reply_to`` will then name, also after a restart; ``None`` where the network has none. That is
        ``known_as`` where it is given: the id of the line in the record that is said here too.
        """

    @abstractmethod
    async def sent(self, room: Room) -> bool:
        """Wait until all that was said in a room so far has gone out, through reconnects, for as long as it
        may wait in the outbox; ``False`` where some of it was dropped, or Muster is not to be in that room.
        """

    def backlog(self, room: Room) -> int:
        """How many lines that are to be said in a room have not gone out yet; 0 where none ever waits."""
        return 0

    @abstractmethod
    def set_topic(self, room: Room, topic: str) -> None:
        """Set a room's topic, where Muster may."""

    @abstractmethod
    def join(self, room: Room, key: str = "") -> None:
        """Enter a room and stay in it: after a kick, a split or a reconnect it is entered again."""

    @abstractmethod
    def leave(self, room: Room, why: str = "") -> None:
        """Leave a room for good."""
