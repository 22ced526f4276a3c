"""How fast may go out what is said.

Times are seconds of any steady clock.
"""

from __future__ import annotations


class Bucket:
    """How many lines may go out: ``burst`` at once, ``rate`` a second."""

    def __init__(self, burst: int, rate: float, now: float) -> None:
        self.burst = float(burst)
        self._rate = rate
        self._tokens = self.burst
        self._then = now

    def _fill(self, now: float) -> None:
        if now > self._then:
            self._tokens = min(self.burst, self._tokens + (now - self._then) * self._rate)
        self._then = now

    def take(self, now: float) -> None:
        """A line goes out. Those that do not wait may leave the bucket in debt, by no more than it holds."""
        self._fill(now)
        self._tokens = max(self._tokens - 1, -self.burst)

    def wait(self, now: float, needed: float = 1.0) -> float:
        """How many seconds until there are so many tokens; 0 for now."""
        self._fill(now)
        return max(0.0, (needed - self._tokens) / self._rate)
