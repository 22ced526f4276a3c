"""The settings of ``[plugin duty]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import ClassVar, Literal

from bot.plugin import setting

_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")


class Hour(str):
    """A time of day as it is written: ``09:00``."""

    __slots__ = ()
    kind_text: ClassVar[str] = "a time of day"

    @classmethod
    def from_setting(cls, text: str) -> Hour:
        """The time that a text says. Raises ``ValueError`` with what would be right."""
        found = read_clock(text)
        if found is None:
            raise ValueError("must be a time of day, such as 09:00")
        return cls(f"{found:%H:%M}")

    @property
    def time(self) -> time:
        """It as a time, without a zone."""
        return time.fromisoformat(self)


def read_clock(text: str) -> time | None:
    """The time of day that a text says, ``9:00``; ``None`` where it says none."""
    found = _CLOCK.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class DutySettings:
    """Whose turn it is to look after a team's bugs."""

    turns_at: Hour = setting(
        Hour("09:00"), help="At which time in the team's zone turns begin, where a rotation says no other."
    )
    turns_on: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = setting(
        "monday", help="On which day turns of a week begin, where a rotation says no other."
    )
