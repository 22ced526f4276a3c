"""News that are gathered for a while and then told at once, so that a room hears one line and not ten.

Rules:

1. All that comes within :data:`GATHER` of the first piece is told together.
2. Of the same thing only what comes of it counts: a later piece goes on where the last one ended.
3. What was gathered and not told yet when Muster ends is not told: it can be looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Generic, TypeVar

from bot.clock import Timer
from bot.plugin import Bot

T = TypeVar("T")

GATHER = timedelta(minutes=1)


class Gathered(Generic[T]):
    """Pieces that wait, each about something that has a name. ``follow`` makes one of two of the same."""

    def __init__(self, follow: Callable[[T, T], T]) -> None:
        self._follow = follow
        self._pieces: dict[str, T] = {}

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def add(self, name: str, piece: T) -> None:
        """One more."""
        first = self._pieces.get(name)
        self._pieces[name] = piece if first is None else self._follow(first, piece)

    def take(self) -> list[T]:
        """All of them, by their names; none wait any more."""
        pieces, self._pieces = self._pieces, {}
        return [pieces[name] for name in sorted(pieces)]


class Gathering(Generic[T]):
    """Pieces that are told :data:`GATHER` after the first of them: ``tell`` is called with all."""

    def __init__(self, bot: Bot, follow: Callable[[T, T], T], tell: Callable[[list[T]], None]) -> None:
        self._bot = bot
        self._gathered: Gathered[T] = Gathered(follow)
        self._tell = tell
        self._timer: Timer | None = None

    def add(self, name: str, piece: T) -> None:
        """One more."""
        self._gathered.add(name, piece)
        if self._timer is None:
            self._timer = self._bot.at(self._bot.now() + GATHER, self._ring)

    def stop(self) -> None:
        """Tell no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _ring(self) -> None:
        self._timer = None
        self._tell(self._gathered.take())
