"""The test Launchpad's webhooks: what happens in its world is delivered over HTTP, signed, and tried again.

    hook = Webhook("http://127.0.0.1:1234/hooks/launchpad", "the secret")
    world.hooks.append(hook)
    world.edit_bug(7, status="Confirmed")     # somebody in a browser: an event waits
    hook.deliver()                            # now it goes out; what is not answered by 2xx waits on

What is sent follows https://documentation.ubuntu.com/launchpad/user/how-to/launchpad-api/webhooks/. The real
one tries again after a minute, five minutes and so on, for a day; here it does when it is told.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

_NUMBERS = itertools.count(1001)


@dataclass
class Delivery:
    """An event on its way; ``answers`` are the statuses that it got, 0 where there was no connection."""

    event: str
    payload: Mapping[str, object]
    id: str = field(default_factory=lambda: str(next(_NUMBERS)))
    answers: list[int] = field(default_factory=list)


@dataclass
class Webhook:
    """Delivers events to an address. ``waiting`` are those that have not arrived, in their order."""

    url: str
    secret: str
    waiting: list[Delivery] = field(default_factory=list)
    delivered: list[Delivery] = field(default_factory=list)

    def add(self, event: str, payload: Mapping[str, object]) -> Delivery:
        """An event happened."""
        self.waiting.append(Delivery(event, payload))
        return self.waiting[-1]

    def ping(self) -> Delivery:
        """Somebody pressed the button that tries it out."""
        return self.add("ping", {"ping": True})

    def deliver(self) -> list[int]:
        """Try to deliver all that waits; what each was answered."""
        waiting, self.waiting = self.waiting, []
        for delivery in waiting:
            self.send(delivery)
            is_done = 200 <= delivery.answers[-1] < 300
            (self.delivered if is_done else self.waiting).append(delivery)
        return [delivery.answers[-1] for delivery in waiting]

    def send(self, delivery: Delivery) -> int:
        """Send a delivery, be it once more; what it was answered."""
        body = json.dumps(delivery.payload).encode()
        digest = hmac.new(self.secret.encode(), body, hashlib.sha1).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "launchpad.net-Webhooks/r0",
            "X-Launchpad-Event-Type": delivery.event,
            "X-Launchpad-Delivery": delivery.id,
            "X-Hub-Signature": f"sha1={digest}",
        }
        try:
            status = httpx.post(self.url, content=body, headers=headers, timeout=10).status_code
        except httpx.TransportError:
            status = 0
        delivery.answers.append(status)
        return status
