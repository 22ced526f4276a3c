"""What every protocol tells its client of the rooms, in the order in which it is so.

Each protocol has further events of its own: what to send, what arrived, what is of no use any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import Actor, Line, Room


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
