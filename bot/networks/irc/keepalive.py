"""Finding out that a link is dead though nothing closed it.

A link that was quiet for a while is asked with a PING; any line is an answer. Without one in time the link
is given up: TCP itself would take many minutes to notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.networks.irc.events import Priority
from bot.networks.irc.state import State


@dataclass(frozen=True, slots=True)
class Keepalive:
    """After how long a silence we ask, and how long we wait for the answer."""

    idle: timedelta = timedelta(seconds=60)
    patience: timedelta = timedelta(seconds=30)

    def start(self, s: State) -> None:
        """Watch a connection from now on."""
        s.timers.at("keepalive", s.heard + self.idle, lambda: self._check(s))

    def _check(self, s: State) -> None:
        if s.now - s.heard < self.idle:
            self.start(s)
            return
        s.send("PING", "muster", priority=Priority.NOW)
        asked = s.now
        s.timers.at("keepalive", asked + self.patience, lambda: self._judge(s, asked))

    def _judge(self, s: State, asked: datetime) -> None:
        if s.heard > asked:
            self.start(s)
        else:
            s.close(f"the server is silent; no answer for {self.patience.total_seconds():g} s")
