"""What reminders hang on: milestones move, and what waits for too long is not true any more.

Rules:

1. A reminder before a milestone moves with the milestone's date, and whoever set it hears so once. Where the
   milestone is gone, or has no date any more, it is dropped, and whoever set it hears that.
2. What they hear is a reminder of its own, made in the transaction that moves the other: it waits for them
   like any other, and comes once however many processes saw the change.
3. Each night what is too late is dropped, and what was over long ago is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.plugin import daily, record
from bot.text import shorten
from bot.when import At, said_time
from plugins.reminders import nag_tables, tables
from plugins.reminders.foundation import Foundation
from plugins.reminders.reminder import Reminder, State, To

_KEPT = timedelta(days=8)
"""So long a reminder that is over is kept."""


class Following(Foundation):
    """Follows milestones, and tidies up."""

    async def start(self) -> None:
        """Follow from now on, and what happened meanwhile."""
        await super().start()
        self.tracker.listen_to_milestones(self.milestones_changed)
        self.milestones_changed()

    async def stop(self) -> None:
        """Follow no more."""
        self.tracker.unlisten_to_milestones(self.milestones_changed)
        await super().stop()

    def milestones_changed(self) -> None:
        """Look which reminders move."""
        dates = {one.name: one.due for one in self.tracker.milestones}
        if dates:  # none at all: the tracker was not read yet
            self.bot.spawn(self._follow_milestones(dates), "reminders that move with their milestones")

    async def _follow_milestones(self, dates: Mapping[str, date | None]) -> None:
        found = await self.store.read(tables.bound_to_milestones)
        if any(one.bound is not None and dates.get(one.bound.milestone) != one.date for one in found):
            await self.write(self._move, dates, self.bot.now())

    def _move(self, session: Session, dates: Mapping[str, date | None], now: datetime) -> None:
        """Let reminders move with their milestones. A transaction."""
        for one in tables.bound_to_milestones(session):
            if one.bound is None or dates.get(one.bound.milestone) == one.date:
                continue
            milestone, number = one.bound.milestone, one.id
            due = dates.get(milestone)
            before = one.due.isoformat() if one.due else None
            if due is None:
                tables.update(session, number, state=State.DROPPED.value)
                self.clear_alarms(session, "reminder", [str(number)])
                record(session, self.myself(), f"reminder:{number}", "dropped", before, None)
                why = "has no date any more" if milestone in dates else "is gone"
                said = f"{milestone} {why}, so reminder {number} does not come: {one.text}"
            else:
                when = one.bound.time(due)
                at = when.astimezone(UTC)
                tables.update(session, number, due=at, milestone_date=due.isoformat(), state=State.OPEN.value)
                self.set_alarms(session, "reminder", {str(number): at})
                record(session, self.myself(), f"reminder:{number}", "moved", before, at.isoformat())
                local = said_time(when.astimezone(ZoneInfo(one.zone)), now)
                said = f"{milestone} is on {due} now, so reminder {number} comes {local}"
            self._tell_owner(session, one, said, now)

    def _tell_owner(self, session: Session, one: Reminder, text: str, now: datetime) -> None:
        """Let whoever set a reminder hear what became of it. A transaction."""
        number = tables.add(
            session,
            tables.New(
                owner=one.owner,
                to=To.PERSON,
                room=one.room,
                text=shorten(text, 300),
                zone=one.zone,
                when=At(now),
                due=now,
                person=one.owner,
            ),
            now,
        )
        self.set_alarms(session, "reminder", {str(number): now})

    @daily("03:30")
    async def tidy(self, day: date) -> None:
        """Drop what is too late to be told, and forget what is over."""
        await self.write(self._tidy, self.bot.now(), day)

    def _tidy(self, session: Session, now: datetime, day: date) -> None:
        for one in tables.too_late(session, now - self.settings.late_at_most):
            if one.again is None:
                tables.update(session, one.id, state=State.DROPPED.value)
                before = one.due.isoformat() if one.due else None
                record(session, self.myself(), f"reminder:{one.id}", "dropped", before, None)
        tables.forget(session, now - _KEPT)
        nag_tables.forget(session, (day - timedelta(days=1)).isoformat())
