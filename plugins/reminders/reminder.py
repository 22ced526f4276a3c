"""A reminder that somebody asked for, as a value: when it is due, and what is said of it. Pure.

Rules:

1. It is due once (:attr:`Reminder.due`), again and again by local dates, so many days before a milestone, or
   when somebody is next here; of what is repeated, a local hour that comes twice counts once, the first time,
   and one that the clock skips comes as much later.
2. What is told later than :data:`LATE` after it was due says so. Of several times missed of one reminder only
   the last is told.
3. One that is later than the setting says, or whose milestone is past, is not true any more: it is dropped.
4. A reminder belongs to whoever set it and to whoever it is for: both may end it and put it off.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.model import Room
from bot.recurrence import next_time
from bot.when import Again, Bound, clock_text, length_text, said_time

LATE = timedelta(minutes=2)


class State(enum.StrEnum):
    """Where a reminder stands. The values are stored."""

    OPEN = "open"
    WAITING = "waiting"  # it was due, and nobody was there to hear it
    DONE = "done"
    CANCELLED = "cancelled"
    DROPPED = "dropped"  # it was not true any more


class To(enum.StrEnum):
    """For whom a reminder is. The values are stored."""

    PERSON = "person"
    TEAM = "team"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder. ``owner`` set it and ``person`` is to hear it (ids of people); ``target`` is a team's name
    or a room as ``network/#room``; ``room`` is where it was asked for. ``due`` is in UTC; ``zone`` is that in
    which its times are said. ``guest`` is the id of the person whose coming it waits for. ``date`` is the
    milestone's date from which ``due`` was counted.
    """

    id: int
    owner: int
    to: To
    room: Room
    text: str
    zone: str
    created: datetime
    person: int | None = None
    target: str = ""
    due: datetime | None = None
    state: State = State.OPEN
    told: datetime | None = None
    again: Again | None = None
    bound: Bound | None = None
    date: date | None = None
    guest: int | None = None
    guest_name: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is still to be told."""
        return self.state in {State.OPEN, State.WAITING}

    @property
    def is_for_another(self) -> bool:
        """Whether it is for another person than set it."""
        return self.to is To.PERSON and self.person != self.owner

    def next_due(self, after: datetime) -> datetime | None:
        """When it is due next after a time, in UTC; ``None`` for one that is not repeated."""
        return next_time(self.again, after).astimezone(UTC) if self.again is not None else None

    def last_due(self, now: datetime) -> datetime | None:
        """The last time until now that it was due."""
        due = self.due
        if due is None or self.again is None:
            return due
        while (following := self.next_due(due)) is not None and following <= now:
            due = following
        return due

    def is_past(self, now: datetime, late_at_most: timedelta) -> bool:
        """Whether it is too late to tell it, or not true any more."""
        due = self.last_due(now)
        if due is None:
            return False
        if self.bound is not None and self.date is not None and self.bound.days >= 0:
            today = now.astimezone(ZoneInfo(self.bound.zone)).date()
            if today > self.date and now - due > LATE:
                return True
        return now - due > late_at_most

    def late_text(self, now: datetime) -> str:
        """``(late: this was for 09:00 CET)``; nothing for one that is in time."""
        due = self.last_due(now)
        if due is None or now - due <= LATE:
            return ""
        local = due.astimezone(ZoneInfo(self.zone))
        how_late = "" if now - due < timedelta(days=1) else f", {length_text(due - now)}"
        return f"(late: this was for {clock_text(local, now)}{how_late})"

    def when_text(self, now: datetime) -> str:
        """When it comes: ``every day 08:00 UTC, next Monday ...``."""
        if self.guest is not None and self.due is None:
            return f"when {self.guest_name} is next here"
        if self.due is None:
            return "never"
        if self.state is State.WAITING:
            local = self.due.astimezone(ZoneInfo(self.zone))
            waits = "when you are next here" if self.to is To.PERSON else "when I am next in the room"
            return f"was due {clock_text(local, now)}; comes {waits}"
        text = said_time(self.due.astimezone(ZoneInfo(self.zone)), now)
        if self.again is not None:
            return f"{self.again.words}, next {text}"
        return f"{self.bound}, {text}" if self.bound is not None else text


def told_text(reminder: Reminder, name: str, owner: str, now: datetime, prefix: str) -> str:
    """What is said when it is due: ``alice: reminder 3 from bob: look at the build``. ``name`` is what
    whoever it is for is called there, ``owner`` who set it.
    """
    by = f" from {owner}" if reminder.is_for_another or reminder.to is not To.PERSON else ""
    said = f"reminder {reminder.id}{by}: {reminder.text}"
    if reminder.guest is not None:
        verb = "was" if reminder.late_text(now) else "is"
        said = f"reminder {reminder.id}{by}: {reminder.guest_name} {verb} here: {reminder.text}"
    parts = [f"{name}: {said}" if name else f"{said[:1].upper()}{said[1:]}"]
    if reminder.again is not None:
        parts.append(f"({prefix}cancel {reminder.id} ends this)")
    if late := reminder.late_text(now):
        parts.append(late)
    return " ".join(parts)
