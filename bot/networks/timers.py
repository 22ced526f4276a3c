"""What a connection has to do at a certain time, without a clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Action = Callable[[], None]


class Timers:
    """Named things to do, each at most once, at a time in UTC."""

    def __init__(self) -> None:
        self._due: dict[str, tuple[datetime, Action]] = {}
        self._next: datetime | None = None
        self._known = True
        """Whether ``_next`` is right: asked after each chunk from the wire, it is rarely looked for."""

    def at(self, name: str, when: datetime, action: Action) -> None:
        """Do ``action`` at ``when``; what was planned under ``name`` is forgotten."""
        self.cancel(name)
        self._due[name] = (when, action)
        if self._known and (self._next is None or when < self._next):
            self._next = when

    def cancel(self, name: str) -> None:
        """Forget what was planned under ``name``, if anything."""
        planned = self._due.pop(name, None)
        if planned is not None and planned[0] == self._next:
            self._known = False

    def __contains__(self, name: str) -> bool:
        return name in self._due

    def next(self) -> datetime | None:
        """When something is due first; ``None`` where nothing is planned."""
        if not self._known:
            self._next = min((when for when, _ in self._due.values()), default=None)
            self._known = True
        return self._next

    def run(self, now: datetime) -> None:
        """Do all that is due, the earliest first."""
        due = sorted((when, name) for name, (when, _) in self._due.items() if when <= now)
        for _, name in due:
            planned = self._due.get(name)
            if planned is not None and planned[0] <= now:  # not put off by what ran before it
                self.cancel(name)
                planned[1]()
