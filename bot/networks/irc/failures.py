"""Why a connection ended, and when to try again.

Rules of this file:

1. Trying again cannot help against a wrong password, a ban or a nick that no server takes: permanent.
2. A server that says we come too often, or turns us away for a while, is left alone for a minute and more;
   each other loss is tried again within seconds, then ever more slowly, never all clients at the same moment.
3. Only what a server says before it let us in can be permanent. Later the same words may be an operator's
   joke in a KILL, and a real ban is said again at the next attempt.
"""

from __future__ import annotations

import enum
import random
import re
from datetime import timedelta

_THROTTLED = re.compile(
    r"throttl|temporar|too (fast|quickly|many connections|many host|many user)|reconnect|try again later|"
    r"connecting too|connection limit|clone|excess flood|session limit",
    re.IGNORECASE,
)
_BANNED = re.compile(
    r"\b[kgdzxq]-?:?lined?\b|\bbanned\b|\bakill|not authori[sz]ed|no authori[sz]ation|access denied|"
    r"bad password|password (incorrect|mismatch)|invalid password",
    re.IGNORECASE,
)


class Failure(enum.Enum):
    """What kind of loss it was."""

    TEMPORARY = "temporary"
    THROTTLED = "throttled"
    PERMANENT = "permanent"


def classify(text: str, registered: bool) -> Failure:
    """The kind of loss that a server's ERROR text means."""
    if _THROTTLED.search(text):
        return Failure.THROTTLED
    if not registered and _BANNED.search(text):
        return Failure.PERMANENT
    return Failure.TEMPORARY


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
