"""What words can say when, and against what they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bot.text import counted


class WhenError(ValueError):
    """Said to whoever typed it: what is not clear, and how to say it."""


@dataclass(frozen=True, slots=True)
class At:
    """A time: aware, in its zone."""

    time: datetime


@dataclass(frozen=True, slots=True)
class Again:
    """Again and again: see :class:`bot.recurrence.Recurs`. ``words`` read as the same again."""

    rule: str
    start: str
    zone: str
    words: str


@dataclass(frozen=True, slots=True)
class Bound:
    """So many days before a milestone's date (after it, where negative), at a local time ``HH:MM``."""

    milestone: str
    days: int
    clock: str
    zone: str

    def __str__(self) -> str:
        if self.days == 0:
            return f"on the day of {self.milestone}"
        side = "before" if self.days > 0 else "after"
        return f"{counted(abs(self.days), 'day')} {side} {self.milestone}"

    def time(self, due: date) -> datetime:
        """When that is, for the milestone's date; aware, in its zone."""
        return local_time(due - timedelta(days=self.days), time.fromisoformat(self.clock), self.zone)


@dataclass(frozen=True, slots=True)
class Present:
    """When somebody, by the name that was typed, is here the next time."""

    who: str


When: TypeAlias = At | Again | Bound | Present


@dataclass(frozen=True, slots=True)
class Asked:
    """Against what words are read: the time now, the asker's zone (IANA), the hour of a day without one, the
    milestones with their dates, and what the words stand behind (``!remind me``), for examples.
    """

    now: datetime
    zone: str
    hour: time = time(9)
    milestones: Mapping[str, date | None] = field(default_factory=dict)
    before: str = ""


def local_time(day: date, clock: time, zone: str) -> datetime:
    """A local time as an aware one: one that the clock skips is as much later, of two the first is meant."""
    local = datetime.combine(day, clock, ZoneInfo(zone))
    return local.astimezone(UTC).astimezone(ZoneInfo(zone))
