"""What a connection's protocol tells its client: what to send, and what has happened."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.model import Room
from bot.networks.backoff import Failure
from bot.networks.events import Entered, Heard, Invited


class Priority(enum.IntEnum):
    """What goes out first."""

    NOW = 0  # answers to PING and the registration: never held back
    CONTROL = 1  # what being in rooms needs
    REPLY = 2
    BULK = 3
    IDLE = 4  # questions that only fill in details: never at the cost of a reply


@dataclass(frozen=True, slots=True)
class Send:
    """A line to send, without its CR LF."""

    line: str
    priority: Priority


@dataclass(frozen=True, slots=True)
class Ready:
    """Registered and, where that is configured and possible, logged in: rooms may be joined."""


@dataclass(frozen=True, slots=True)
class Identified:
    """The server has told who everybody in a room is; never before :class:`~bot.networks.events.Entered`."""

    room: Room


@dataclass(frozen=True, slots=True)
class Delivered:
    """The server has dealt with the line that we sent under this label (IRCv3 labeled-response)."""

    label: str


@dataclass(frozen=True, slots=True)
class Close:
    """This connection is of no use any more."""

    why: str
    failure: Failure


Event = Send | Ready | Heard | Entered | Identified | Invited | Delivered | Close
