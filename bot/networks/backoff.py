"""How long to wait before a network is tried again.

Rules of this file:

1. Each loss is tried again within seconds, then ever more slowly, never all clients at the same moment.
2. A server that turns us away for a while is left alone for a minute and more.
"""

from __future__ import annotations

import enum
import random
from datetime import timedelta


class Failure(enum.Enum):
    """What kind of loss it was."""

    TEMPORARY = "temporary"
    THROTTLED = "throttled"
    PERMANENT = "permanent"


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
        step = self._first * (1 << min(self._losses, 16))
        self._losses += 1
        if failure is Failure.THROTTLED:
            step = max(step, self._throttled * 2)
        share: float = self._chance.uniform(0.5, 1.0)
        return min(step, max(self._longest, self._throttled * 2)) * share
