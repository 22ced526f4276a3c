"""Who is where, by account: whom something can be told, and in which room. Pure, of what networks know now.

Rules:

1. A person is where one of their accounts is; a nick alone is nobody.
2. Where one is in several rooms, one that was asked for comes first, then the first by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model import Actor, Room, RoomState
from bot.text import fold_nick


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody in a room."""

    room: Room
    actor: Actor


class Presence:
    """Who is in the rooms that Muster is in. ``also`` are people who are heard just now, elsewhere."""

    def __init__(self, states: Iterable[RoomState], also: Iterable[Here] = ()) -> None:
        self._places: dict[tuple[str, str], list[Here]] = {}
        for state in sorted(states, key=lambda one: (one.room.network, one.room.name)):
            for actor in state.members:
                if actor.account is not None and not actor.bot:
                    self._add(Here(state.room, actor))
        for here in also:
            self._add(here)

    def _add(self, here: Here) -> None:
        if here.actor.account is not None:
            key = (here.actor.network, fold_nick(here.actor.account))
            self._places.setdefault(key, []).append(here)

    def find(self, accounts: Iterable[tuple[str, str]], wanted: Room | None = None) -> Here | None:
        """Where whoever has these accounts is; ``None`` where they are nowhere."""
        places = [
            here
            for network, account in accounts
            for here in self._places.get((network, fold_nick(account)), ())
        ]
        return next((here for here in places if here.room == wanted), places[0] if places else None)
