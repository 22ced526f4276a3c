"""How long to wait before a network, or a room of it, is tried again.

Rules of this file:

1. Each loss is tried again within seconds, then ever more slowly, never all clients at the same moment.
2. A server that turns us away for a while is left alone for a minute and more.
3. A room that does not let us in, or puts us out, is tried again in the same way.
"""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass
from datetime import timedelta

ROOM_FIRST = timedelta(seconds=5)
ROOM_LONGEST = timedelta(minutes=10)
SETTLED = timedelta(minutes=5)
"""Who was in a room for so long comes back as if it were the first time."""


class Failure(enum.Enum):
    """What kind of loss it was."""

    TEMPORARY = "temporary"
    THROTTLED = "throttled"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Loss:
    """Why there is no connection any more."""

    why: str
    failure: Failure = Failure.TEMPORARY


class Backoff:
    """How long to wait before the next attempt: jittered, doubling up to a limit."""

    def __init__(
        self,
        first: timedelta = timedelta(seconds=1),
        longest: timedelta = timedelta(minutes=5),
        throttled: timedelta = timedelta(minutes=1),
        chance: random.Random | None = None,
    ) -> None:
        self._first = first
        self._longest = longest
        self._throttled = throttled
        self._chance = chance or random.Random()  # noqa: S311  (spreads load, guards nothing)
        self._losses = 0

    def succeeded(self) -> None:
        """The connection stood long enough to count as good: begin anew."""
        self._losses = 0

    def after(self, failure: Failure) -> timedelta:
        """How long to wait after this loss; between half and the whole of the step that is due."""
        step = _doubled(self._first, self._losses)
        self._losses += 1
        if failure is Failure.THROTTLED:
            step = max(step, self._throttled * 2)
        share: float = self._chance.uniform(0.5, 1.0)
        return min(step, max(self._longest, self._throttled * 2)) * share


def room_wait(attempts: int, chance: random.Random) -> timedelta:
    """How long to wait before a room is tried again, after so many attempts before this one."""
    return min(_doubled(ROOM_FIRST, attempts), ROOM_LONGEST) * chance.uniform(0.5, 1.0)


def _doubled(first: timedelta, times: int) -> timedelta:
    return first * (1 << min(times, 16))
