"""What Muster asked and waits for a ``!yes`` to.

Rules:

1. An answer is taken from the one who was asked, in the same room (in the same of its places), within
   :data:`WITHIN`; a nick without an account counts only with the address it had.
2. One question is open for each person and room: a new one takes the place of the one before.
3. Questions are kept in memory: what was not answered before a restart is asked again by the command.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from bot.model import Actor, Room

if TYPE_CHECKING:
    from bot.plugin import Context

WITHIN = timedelta(minutes=2)
_MOST = 200
"""More open questions than this are none that people wait for: the oldest are dropped."""

Answered: TypeAlias = "Callable[[Context], Awaitable[None]]"
"""What is done on ``!yes``, with the context of the line that said so."""


@dataclass(frozen=True, slots=True)
class _Asked:
    until: datetime
    then: Answered


class Questions:
    """The questions that are open."""

    def __init__(self) -> None:
        self._open: dict[tuple[Room, tuple[str, str]], _Asked] = {}

    def ask(self, room: Room, actor: Actor, now: datetime, then: Answered) -> None:
        """Wait for this person's answer in this room."""
        key = (room, _who(actor))
        self._open.pop(key, None)
        self._open[key] = _Asked(now + WITHIN, then)
        while len(self._open) > _MOST:
            del self._open[next(iter(self._open))]

    def take(self, room: Room, actor: Actor, now: datetime) -> Answered | None:
        """What was to be done on this person's ``!yes``, if something was asked; it is asked no more."""
        asked = self._open.pop((room, _who(actor)), None)
        return asked.then if asked is not None and now <= asked.until else None


def _who(actor: Actor) -> tuple[str, str]:
    who = f"account {actor.account}" if actor.account is not None else f"mask {actor.mask}"
    return actor.network, who
