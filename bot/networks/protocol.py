"""What the protocols have in common: a state without sockets, tasks and clocks, and the session around it.

Rules of this file:

1. Time stands still while something is handled: a session sets ``now`` (UTC) before each.
2. What follows from it is put in ``events``, and given to the client, in order, once it is handled.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from bot.model import Room
from bot.networks.base import Known
from bot.networks.timers import Timers

E = TypeVar("E")
"""What a protocol tells its client."""


class ProtocolState(Generic[E]):
    """What is true of a connection, and the events that its handlers have for the client."""

    def __init__(
        self,
        network: str,
        nick: str,
        known: Callable[[Room], Known | None],
        now: datetime,
        chance: random.Random | None = None,
    ) -> None:
        """``known`` is as :meth:`bot.networks.base.Hub.known`."""
        self.network = network
        self.nick = nick
        """Ours: the one that we have, or, where it may differ from room to room, the one that we want."""
        self.known = known
        self.now = now
        self.chance = chance or random.Random()  # noqa: S311  (spreads retries, guards nothing)
        self.events: list[E] = []
        self.timers = Timers()
        self.heard = now
        """When the server last sent anything."""


class ProtocolSession(Generic[E]):
    """What drives a state: each of its methods takes the time now and gives the events that follow."""

    state: ProtocolState[E]

    def tick(self, now: datetime) -> Sequence[E]:
        """Do what is due; call it at :attr:`due`, or at any time."""
        self.state.now = now
        self.state.timers.run(now)
        return self._events()

    @property
    def due(self) -> datetime | None:
        """When :meth:`tick` has something to do."""
        return self.state.timers.next()

    def _events(self) -> Sequence[E]:
        events = self.state.events
        if not events:
            return ()
        self.state.events = []
        return events
