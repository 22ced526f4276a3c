"""How much one person may make Muster say: token buckets. Pure; times come from outside."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.model import Actor

_MANY = 10_000
_CROWD = 3
"""How many people's bursts those without an account may use together at one host."""


@dataclass(slots=True)
class Bucket:
    """Holds ``burst`` tokens, and gets ``rate`` of them back each second. Times are in seconds."""

    burst: float
    rate: float
    tokens: float = field(init=False)
    filled: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def take(self, now: float) -> bool:
        """Take a token at a time; ``False`` if there is none."""
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.filled) * self.rate)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def is_full(self, now: float) -> bool:
        """Whether nothing was taken lately, so that the bucket may be forgotten."""
        return self.tokens + (now - self.filled) * self.rate >= self.burst


class Limits:
    """A bucket for each key (a person, a room), forgotten once full again."""

    def __init__(self, burst: float, rate: float) -> None:
        self._burst = burst
        self._rate = rate
        self._buckets: dict[object, Bucket] = {}
        self._sweep_at = _MANY

    def take(self, key: object, now: float) -> bool:
        """Take one token of ``key``'s; ``False`` if it has had too many."""
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= self._sweep_at:
                self._buckets = {k: b for k, b in self._buckets.items() if not b.is_full(now)}
                # Where nearly all are in use, sweeping for each new one would cost more than they do.
                self._sweep_at = max(_MANY, 2 * len(self._buckets))
            bucket = self._buckets[key] = Bucket(self._burst, self._rate, now)
        return bucket.take(now)


class PersonLimits:
    """What each person may do: ``burst`` times at once, then ``rate`` times a second.

    Who has no account is known by user and host. A user name costs nothing, so all of them at one host have
    the rate of one person together. Each has half of it: one who never stops leaves the other half to those
    who come through the same gateway.
    """

    def __init__(self, burst: float, rate: float) -> None:
        self._accounts = Limits(burst, rate)
        self._strangers = Limits(burst, rate / 2)
        self._hosts = Limits(burst * _CROWD, rate)

    def take(self, actor: Actor, now: float) -> bool:
        """Take one from what this person may; ``False`` if it was too much."""
        if actor.account is not None:
            return self._accounts.take((actor.network, actor.account), now)
        address = actor.address or actor.nick
        host = address.rpartition("@")[2]
        return self._strangers.take((actor.network, address), now) and self._hosts.take(
            (actor.network, host), now
        )
