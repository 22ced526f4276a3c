"""What the session tells its client: what to send, and what has happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import Actor, Line, Room
from bot.networks.xmpp.stanzas import Element


@dataclass(frozen=True, slots=True)
class Send:
    """A stanza to send at once."""

    stanza: Element


@dataclass(frozen=True, slots=True)
class Heard:
    """A line, in its room's order."""

    line: Line


@dataclass(frozen=True, slots=True)
class Entered:
    """We are in a room and have what was kept; as :meth:`bot.networks.base.Hub.entered` has it."""

    room: Room
    history: Sequence[Line]
    complete: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody asks us to come to a room."""

    room: Room
    by: Actor


@dataclass(frozen=True, slots=True)
class Reflected:
    """What we sent to a room under this id has come to all who are there."""

    id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """What we sent under this id did not come to anybody. ``later``: it may go out once we are in again."""

    id: str
    later: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """Whoever had that private room's nick has it no longer: what waits for them is for nobody else."""

    room: Room


@dataclass(frozen=True, slots=True)
class Close:
    """This connection is of no use any more. The stream may be resumed on the next one."""

    why: str


Event = Send | Heard | Entered | Invited | Reflected | Refused | Gone | Close
