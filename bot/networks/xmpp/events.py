"""What the session tells its client: what to send, and what has happened."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model import Room
from bot.networks.events import Entered, Heard, Invited
from bot.networks.xmpp.stanzas import Element


@dataclass(frozen=True, slots=True)
class Send:
    """A stanza to send at once."""

    stanza: Element


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
