"""What is made of other things, and made once while they stay the same. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Derived(Generic[T]):
    """Something that costs time to make, kept for as long as all that it stands on is the same.

        self._by_room: Derived[dict[Room, Team]] = Derived()
        ...
        return self._by_room.of((self.roster, self.bot.placed), self._teams_by_room)

    What it stands on are values, which are compared; snapshots that are never changed, which are the same
    while they are one and the same object; and, for what does change, a number that is another one then. The
    clock belongs to it too, for what looks at the clock: as the day, say.
    """

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: tuple[tuple[object, ...], T] | None = None

    def of(self, stands_on: tuple[object, ...], make: Callable[[], T]) -> T:
        """What was made, if it stands on just this; else what ``make`` makes now. Whoever gets it must leave
        it as it is, but may add to a mapping that was made to be filled. What ``make`` raises is raised, and
        nothing is kept then.
        """
        if self._kept is None or self._kept[0] != stands_on:
            self._kept = None  # what it was is not needed beside what it will be
            self._kept = (stands_on, make())
        elif self._kept[0] is not stands_on:
            self._kept = (stands_on, self._kept[1])  # things that are the very same compare quickest
        return self._kept[1]
