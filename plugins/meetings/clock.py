"""When a meeting wants to be told the time: the forgetful chair, the absent chairs, the timebox.

A deadline does nothing by itself. It acts when a ``meetings.clock`` note of its time or later is folded, so
that folding a meeting again comes to the same.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

ASK_AFTER = timedelta(minutes=20)
"""Silence past the planned length before the chairs are asked."""
OFFER_AFTER = timedelta(minutes=10)
"""Then before anyone may end the meeting, and again before it is ended."""
CHAIRS_GONE = timedelta(minutes=15)
"""How long no chair may be there before anyone may end the meeting."""
NUDGE_AT = 0.8


class Step(enum.IntEnum):
    """How far the forgetful chair has been reminded."""

    QUIET = 0
    ASKED = 1
    OFFERED = 2


class Due(enum.Enum):
    """What a clock note finds due."""

    ASK = "ask the chairs"
    OFFER = "offer the end to anyone"
    END = "end the meeting"
    NO_CHAIR = "offer the end, since no chair is here"
    NUDGE = "the timebox is nearly over"
    TIME_UP = "the timebox is over"


@dataclass(slots=True)
class Timebox:
    """Time given to a topic."""

    began: datetime
    length: timedelta
    nudged: bool = False

    @property
    def end(self) -> datetime:
        """When the time is up."""
        return self.began + self.length

    @property
    def next(self) -> datetime:
        """The next of the nudge and the end."""
        return self.end if self.nudged else self.began + self.length * NUDGE_AT


class Clock:
    """The deadlines of one meeting, as a function of what happened in it."""

    def __init__(self, started: datetime, planned: timedelta) -> None:
        self.planned_end = started + planned
        self.timebox: Timebox | None = None
        self.end_offered = False
        """Whether anyone may end the meeting now."""
        self._step = Step.QUIET
        self._last = started  # the last line of a person, or the last reminder
        self.spoken = started
        """When a person last said something."""
        self._gone_since: datetime | None = None
        self._gone_offered = False

    def spoke(self, time: datetime) -> None:
        """Somebody said something; where the end was offered, only a chair takes that back."""
        if time > self._last:
            self._last = self.spoken = time
        if self._step is Step.ASKED:
            self._step = Step.QUIET

    @property
    def waits_for_chair(self) -> bool:
        """Whether a chair's word would change anything."""
        return self._step is not Step.QUIET or self.end_offered

    def chair_spoke(self) -> None:
        """A chair acts: the meeting is theirs again."""
        self._step = Step.QUIET
        self._gone_offered = False
        self.end_offered = False

    def chairs(self, time: datetime, *, here: bool) -> None:
        """Whether a chair is in the room now."""
        if here:
            self._gone_since = None
            if self._gone_offered:
                self._gone_offered = False
                self.end_offered = self._step is Step.OFFERED
        elif self._gone_since is None:
            self._gone_since = time

    @property
    def anyone_from(self) -> datetime | None:
        """When anyone may end the meeting because no chair is in the room; ``None`` while one is."""
        return None if self._gone_since is None else self._gone_since + CHAIRS_GONE

    def reopened(self, time: datetime) -> None:
        """The meeting goes on."""
        self.spoke(time)
        self.chair_spoke()

    def wake(self) -> datetime:
        """The first deadline."""
        first = self._silence_due()
        if self._gone_since is not None and not self._gone_offered:
            first = min(first, self._gone_since + CHAIRS_GONE)
        if self.timebox is not None:
            first = min(first, self.timebox.next)
        return first

    def due(self, now: datetime) -> Iterator[Due]:
        """What is due at ``now``, each once. A reminder that comes late moves what follows it."""
        if self.timebox is not None and now >= self.timebox.end:
            self.timebox = None
            yield Due.TIME_UP
        elif self.timebox is not None and now >= self.timebox.next:
            self.timebox.nudged = True
            yield Due.NUDGE
        if self._gone_since is not None and not self._gone_offered and now >= self._gone_since + CHAIRS_GONE:
            self._gone_offered = self.end_offered = True
            yield Due.NO_CHAIR
        if now >= self._silence_due():
            self._last = now
            if self._step is Step.QUIET:
                self._step = Step.ASKED
                yield Due.ASK
            elif self._step is Step.ASKED:
                self._step = Step.OFFERED
                self.end_offered = True
                yield Due.OFFER
            else:
                yield Due.END

    def _silence_due(self) -> datetime:
        if self._step is Step.QUIET:
            return max(self._last, self.planned_end) + ASK_AFTER
        return self._last + OFFER_AFTER
