"""What all parts of the plugin stand on: the targets, what is put into the outbox, and when it rings.

Rules:

1. A target is one from when it is first in ``bot.ini`` on: what ended before is not for it.
2. What meetings tell is put into the outbox in the transaction that stores the minutes
   (:meth:`Foundation.hear_of`). What was missed all the same, while this plugin was off, say, is found at
   the start.
3. Restricted meetings are in no row that is still to go out; what went out of one before is withdrawn from
   the programs that got it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.plugin import Bot, Plugin
from plugins.meetings import How, Meetings, News, meeting_by_key
from plugins.publishing import tables
from plugins.publishing.settings import PublishingSettings
from plugins.publishing.source import Source, all_public, ended, public
from plugins.publishing.tables import MAIL, Ended, Event

_SETTLED = timedelta(days=1)
"""What was written so long ago is not looked at again at the next start."""


class Foundation(Plugin):
    """What the alarms and the commands of this plugin share."""

    requires = ("meetings", "rosters")
    Settings = PublishingSettings
    settings: PublishingSettings

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.source = Source(bot)
        self.ending = asyncio.Event()
        """Muster was told to end."""

    async def start(self) -> None:
        """Hear of minutes, and find those that nobody was told of."""
        self.bot.plugin(Meetings).listen_to_minutes(self.hear_of)
        await self.store.write(tables.keep_targets, self.targets(), self.bot.now())
        self.bot.spawn(self._find_missed(), "minutes that did not go out yet")

    async def stop(self) -> None:
        """Hear of them no more."""
        self.bot.plugin(Meetings).unlisten(self.hear_of)

    def leaving(self) -> None:
        """What is slow is broken off."""
        self.ending.set()

    def configure(self, settings: Any) -> None:
        """Take new settings, on SIGHUP."""
        super().configure(settings)
        kept = self.store.write(tables.keep_targets, self.targets(), self.bot.now())
        self.bot.spawn(kept, "the targets of publishing")

    def targets(self) -> list[str]:
        """The targets that ``bot.ini`` names."""
        mail = [MAIL] if self.settings.is_mailing else []
        return [*mail, *(str(hook) for hook in self.settings.hooks)]

    # The outbox, within transactions

    def hear_of(self, session: Session, news: News) -> None:
        """Something became of a meeting's minutes. Within the transaction that stores it."""
        if news.how is How.KNOWN:
            return
        wanted = tables.targets(session)
        if not wanted:
            return
        if news.restricted:
            self._withdraw(session, news.key)
            return
        event = Event.REDACTED if news.how is How.WITHDRAWN else Event.CHANGED
        held = public(session, news.key)
        for name, since in wanted.items():
            newest = tables.last(session, name, news.key)
            if news.how is How.WITHDRAWN:
                # Programs that have it are told at once, whether the meeting is over or not.
                if name != MAIL and newest is not None and tables.went(session, name, news.key):
                    self._put(session, name, Ended(news.key, newest.room, newest.ended), event)
            elif held is not None and held.ended >= since:
                self._put(session, name, ended(held), event)

    def _put(self, session: Session, target: str, meeting: Ended, event: Event) -> None:
        now = self.bot.now()
        if target != MAIL:
            number = tables.put(session, target, meeting, event, now, now)
        else:
            due = self._mail_due(session, meeting, now)
            if due is None:
                return
            number = tables.put(
                session,
                target,
                meeting,
                event,
                due,
                now,
                recipients=self.source.recipients(meeting.room, self.settings),
                sender=str(self.settings.from_),
            )
        if number is not None:
            row = tables.get(session, number)
            self.ring(session, target, number, row.due if row is not None and row.due else now)

    def _mail_due(self, session: Session, meeting: Ended, now: datetime) -> datetime | None:
        """When a mail is to go out; ``None``: what changed is no reason for another."""
        told = tables.went(session, MAIL, meeting.key)
        if told is None or told.ended != meeting.ended:
            return now + self.settings.wait
        return None if self.settings.corrections is None else now + self.settings.corrections

    def _withdraw(self, session: Session, meeting: str) -> None:
        for out in tables.withdraw(session, meeting):
            if out.target != MAIL:
                self._put(session, out.target, Ended(meeting, out.room, out.ended), Event.WITHDRAWN)

    async def _find_missed(self) -> None:
        """Put what was missed into the outbox: it is looked for beside the chat."""
        found, settled = await self.store.read(self._missed)
        if found or settled:
            await self.store.write(self._put_missed, found, settled)

    def _missed(self, session: Session) -> tuple[list[tuple[str, Ended]], int]:
        since = tables.targets(session)
        if not since:
            return [], 0
        first, now = min(since.values()), self.bot.now()
        settled = 0
        missed: list[tuple[str, Ended]] = []
        for held in all_public(session, tables.checked(session)):
            if held.ended >= first:
                missed += tables.missing(session, [ended(held)])
            if held.told < now - _SETTLED:
                settled = held.id
        return missed, settled

    def _put_missed(self, session: Session, missed: Sequence[tuple[str, Ended]], settled: int) -> None:
        for target, meeting in missed:
            if tables.missing(session, [meeting]):
                self._put(session, target, meeting, Event.MINUTES)
        tables.set_checked(session, settled)

    def ring(self, session: Session, target: str, number: int, due: datetime) -> None:
        """Within a transaction: let a row go out then."""
        self.set_alarms(session, "mail" if target == MAIL else "post", {str(number): due})

    def is_public(self, session: Session, key: str) -> bool:
        """Whether a meeting is over and for everybody. A transaction."""
        return public(session, key) is not None

    def is_restricted(self, session: Session, key: str) -> bool:
        """Whether it is known to be restricted: one that was taken up again is not yet. A transaction."""
        held = meeting_by_key(session, key)
        return held is not None and held.restricted

    async def moment(self, seconds: float) -> None:
        """Let some time pass, unless Muster is told to end."""
        over = asyncio.Event()
        timer = self.bot.at(self.bot.now() + timedelta(seconds=seconds), over.set)
        await first_of(over.wait(), self.ending.wait())
        timer.cancel()


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait for the first of several things, and call the rest off."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
