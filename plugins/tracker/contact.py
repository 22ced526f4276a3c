"""Whether the tracker answers, and when it is tried again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.text import counted
from plugins.tracker.backend import AwayError, BackendError, UnauthorizedError
from plugins.tracker.queue import pause


class Contact:
    """The last answers of a tracker."""

    def __init__(self) -> None:
        self.error: BackendError | None = None
        self.until: datetime | None = None
        """When it is tried again; ``None`` where it works, or somebody must log in first."""
        self._failures = 0

    @property
    def is_away(self) -> bool:
        """Whether it did not work the last time."""
        return self.error is not None

    @property
    def must_log_in(self) -> bool:
        """Whether it does not accept Muster's credentials."""
        return isinstance(self.error, UnauthorizedError)

    def worked(self) -> bool:
        """It answered; whether it did not before."""
        was_away = self.is_away
        self.error, self.until, self._failures = None, None, 0
        return was_away

    def failed(self, error: BackendError, now: datetime, jitter: float) -> None:
        """It did not. ``jitter`` is between 0 and 1."""
        self.error = error
        self._failures += 1
        asked = error.retry_after if isinstance(error, AwayError) else None
        self.until = None if self.must_log_in else now + pause(self._failures, asked, jitter)

    def until_or(self, otherwise: datetime) -> datetime:
        """When it is tried again, at the latest ``otherwise``."""
        return min(self.until, otherwise) if self.until is not None else otherwise


def spoken(time: timedelta) -> str:
    """A length of time in words: ``14 minutes``."""
    seconds = int(time.total_seconds())
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(seconds // size, name)
    return "a few seconds"
