"""The settings of ``[plugin reminders]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from typing import ClassVar, Self

from bot.plugin import setting
from bot.recurrence import find_time, read_time
from plugins.reminders.days import Days, read_days


class Hour(str):
    """A local time of day, ``09:00``, or ``off``."""

    __slots__ = ()

    kind_text: ClassVar[str] = "a time of day, or off"

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """The time that a text means. Raises ``ValueError``."""
        if text.lower() in {"off", "no"}:
            return cls("off")
        found = find_time(text.lower().strip())
        if found is None or found[0] != text.lower().strip():
            raise ValueError("must be a time of day such as 09:00, or off")
        try:
            return cls(f"{read_time(found):%H:%M}")
        except ValueError:
            raise ValueError("must be a time of day such as 09:00, or off") from None

    @property
    def clock(self) -> time | None:
        """The time; ``None`` for off."""
        return None if self == "off" else time.fromisoformat(self)


class WorkingDays(str):
    """Days of the week, ``mon-fri``."""

    __slots__ = ()

    kind_text: ClassVar[str] = "days such as mon-fri"

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """The days that a text means. Raises ``ValueError``."""
        return cls(str(read_days(text)))

    @property
    def days(self) -> Days:
        """The days."""
        return read_days(self)


class WeekHour(str):
    """A day of the week and a local time, ``monday 09:30``, or ``off``."""

    __slots__ = ()

    kind_text: ClassVar[str] = "a day and a time, or off"

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """What a text means. Raises ``ValueError``."""
        if text.lower() in {"off", "no"}:
            return cls("off")
        day, _, hour = re.sub(r"\s+", " ", text.strip()).partition(" ")
        days = read_days(day)
        clock = Hour.from_setting(hour) if hour else Hour("off")
        if len(days.weekdays) != 1 or clock.clock is None:
            raise ValueError("must be a day and a time such as monday 09:30, or off")
        return cls(f"{days} {clock}")

    @property
    def day_and_clock(self) -> tuple[int, time] | None:
        """The weekday, 0 for Monday, and the time; ``None`` for off."""
        if self == "off":
            return None
        day, _, clock = self.partition(" ")
        (weekday,) = read_days(day).weekdays
        return weekday, time.fromisoformat(clock)


@dataclass(frozen=True, slots=True)
class ReminderSettings:
    """What people are reminded of, and how often."""

    hour: Hour = setting(Hour("09:00"), help="The hour of reminders that name a day alone.")
    open_reminders: int = setting(50, low=1, help="How many reminders somebody may have waiting.")
    for_others: int = setting(
        10, low=0, help="How many reminders somebody may set for other people in a day."
    )
    late_at_most: timedelta = setting(
        timedelta(days=14), low=3600, help="How late a reminder may be told; one that is later is dropped."
    )
    daily: Hour = setting(
        Hour("09:00"), help="When teams hear what waits for them today, in each team's zone."
    )
    days: WorkingDays = setting(WorkingDays("mon-fri"), help="On which days teams hear that.")
    weekly: WeekHour = setting(
        WeekHour("mon 09:30"), help="When teams hear how the last week was, in each team's zone."
    )
    meetings: bool = setting(
        True, help="Whether a team's room hears of its meeting a day and 15 minutes before it."
    )
    nags_a_day: int = setting(
        3, low=0, help="Of how many things one person is reminded in a day, unasked; the rest are counted."
    )
