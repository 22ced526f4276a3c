"""Who waits until what was said has gone out.

Rules:

1. Each speech that is taken in has a number, and is open until it has gone out or was dropped.
2. Who asks about a room waits for what is open of it then, and not for what comes later, whatever overtakes
   what. They are told ``True`` once all of that has gone out, ``False`` at the first of it that is dropped.
3. A speech that is refused was never open: until all that waited has gone, who asks about its room is told
   ``False`` at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from bot.model import Room

KEPT = 600.0
"""Seconds for which what is said may wait to go out."""
MAX_WAITING = 5000
"""What may wait at once in one outbox; more is refused."""


@dataclass(slots=True)
class _Asker:
    numbers: set[int]
    then: Callable[[bool], None]


class Receipts:
    """What is open, and who waits for it."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._open: dict[Room, set[int]] = {}
        self._refused: set[Room] = set()
        self._askers: dict[Room, list[_Asker]] = {}

    def taken(self, room: Room) -> int:
        """A speech was taken in; its number."""
        number = next(self._numbers)
        self._open.setdefault(room, set()).add(number)
        return number

    def count(self, room: Room) -> int:
        """How many speeches of a room are open."""
        return len(self._open.get(room, ()))

    def refused(self, room: Room) -> None:
        """A speech was not taken in."""
        self._refused.add(room)

    def ask(self, room: Room, then: Callable[[bool], None]) -> None:
        """Call back once all that is open of a room has gone out (``True``), or some of it was dropped."""
        numbers = self._open.get(room)
        if room in self._refused or not numbers:
            then(room not in self._refused)
            return
        self._askers.setdefault(room, []).append(_Asker(set(numbers), then))

    def gone(self, room: Room, number: int) -> None:
        """A speech has gone out."""
        self._close(room, number)
        askers = self._askers.pop(room, [])
        for asker in askers:
            asker.numbers.discard(number)
        self._tell(room, askers, lambda asker: None if asker.numbers else True)

    def dropped(self, room: Room, number: int) -> None:
        """A speech will not go out."""
        self._close(room, number)
        askers = self._askers.pop(room, [])
        self._tell(room, askers, lambda asker: False if number in asker.numbers else None)

    def _close(self, room: Room, number: int) -> None:
        numbers = self._open.get(room, set())
        numbers.discard(number)
        if not numbers:
            self._open.pop(room, None)
        if not self._open:
            self._refused.clear()

    def _tell(self, room: Room, askers: list[_Asker], answer: Callable[[_Asker], bool | None]) -> None:
        waiting = [asker for asker in askers if answer(asker) is None]
        if waiting:
            self._askers[room] = waiting
        for asker in askers:
            if (said := answer(asker)) is not None:
                asker.then(said)

    def open_rooms(self) -> list[tuple[Room, list[int]]]:
        """What is open, by room."""
        return [(room, sorted(numbers)) for room, numbers in self._open.items()]
