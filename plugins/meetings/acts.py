"""Doing what the fold asks for: saying, storing, restricting, redacting, ending, waking.

Each effect is done once, when its line is heard: a meeting that is folded again asks for them once more, and
nobody does them.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from bot.model import Entry, Json, Room
from bot.plugin import Bot
from plugins.meetings import notes, tables
from plugins.meetings.answers import Answers
from plugins.meetings.course import actions_changed
from plugins.meetings.effects import (
    ActionSet,
    Effect,
    Ended,
    ImportAgenda,
    Redact,
    Restrict,
    Save,
    Say,
    SetTopic,
    Tell,
)
from plugins.meetings.erasing import erase
from plugins.meetings.meeting import fold
from plugins.meetings.opening import Opening
from plugins.meetings.publishing import Publisher
from plugins.meetings.running import Running
from plugins.meetings.settings import MeetingSettings
from plugins.meetings.state import REOPEN_WITHIN

log = logging.getLogger(__name__)


class Acts(Answers, ABC):
    """What is done about the meetings that the plugin holds."""

    def __init__(self, bot: Bot, settings: MeetingSettings) -> None:
        super().__init__(bot, settings)
        self.publisher = Publisher(
            bot,
            self.archive,
            is_running=lambda running: self.running.get(running.room) is running,
            live_every=lambda: self.settings.live_every,
        )

    def save(self, running: Running) -> None:
        """Store the meeting's row in the transaction that commits the line that was just heard."""

        def keep(row_id: int) -> None:
            running.row_id = row_id

        row = running.row()  # as it stands now: lines that are not in this commit change it meanwhile
        self.bot.also(lambda session: tables.save(session, row), keep)

    def do(self, running: Running, entry: Entry, effects: Iterable[Effect]) -> None:
        """Do what the fold asked for on hearing ``entry``."""
        room = running.room
        for effect in effects:
            match effect:
                case Say(text):
                    self.bot.say(room, text)
                case Tell(actor, text):
                    self.bot.tell(actor, text)
                case SetTopic(topic):
                    self.bot.set_topic(room, topic)
                case Save():
                    self.bot.spawn(self.publisher.save(running), f"saving {running.path}")
                case Ended():
                    self._end(running, entry)
                case Restrict():
                    self.save(running)
                    self.publisher.withdraw(running)
                    self._hide_actions(running)
                    self._withdraw(running)
                case Redact():
                    self._redact(running, effect)
                case ActionSet():
                    self._set_action(running, effect)
                case ImportAgenda():
                    self.bot.spawn(self._import_agenda(room), f"briefings for {room}")

    def _withdraw(self, running: Running) -> None:
        try:
            self.archive.withdraw(running.path)
        except OSError as error:
            log.error("%s: its files cannot be made private: %s", running.path, error)
            self.bot.say(
                running.room,
                "What is public already could not be withdrawn: the operator finds why in my log. What is "
                "written from now on is private.",
            )

    def _set_action(self, running: Running, made: ActionSet) -> None:
        key = running.meeting.id

        def store(session: Any) -> tables.Task | None:
            number = tables.set_action(session, key, made.key, made.text, made.owners, made.due, made.state)
            return tables.task(session, number)

        def remember(task: tables.Task | None) -> None:
            # The row may have been restricted since, in the same commit.
            self.remember(task and replace(task, restricted=running.meeting.restricted))

        self.bot.also(store, remember)

    def _end(self, running: Running, entry: Entry) -> None:
        running.spans[-1] = (running.spans[-1][0], entry.seq)
        running.written = False
        self.running.pop(running.room, None)
        self.ended[running.room] = running
        if running.timer is not None:
            running.timer.cancel()
            running.timer = None
        self.save(running)
        self.publisher.publish(running, silent=entry.line.history)
        self.let_go_later(running)

    def let_go_later(self, running: Running) -> None:
        """Let go of a meeting that is over once nobody can reopen it, and of what was kept after an end that
        nobody asked for.
        """
        ended = running.meeting.ended
        if ended is None:
            return
        is_kept = running.meeting.may_go_on(ended)

        def let_go() -> None:
            if running.meeting.ended != ended:
                return  # reopened, and perhaps ended anew
            if self.ended.get(running.room) is running:
                del self.ended[running.room]
            if is_kept:
                self.bot.spawn(self.bot.forget(running.room), f"forgetting {running.room}")

        since = ended if running.is_followed else self.bot.now()
        self.bot.at(since + REOPEN_WITHIN, let_go)

    async def add(self, running: Running, entry: Entry) -> None:
        """Fold a note into a meeting that is over, and write its files again."""
        running.spans.append((entry.seq, entry.seq))
        self.do(running, entry, running.meeting.apply(entry.line))
        running.written = False
        self.save(running)
        await self.publisher.finish(running, silent=True)

    def _hide_actions(self, running: Running) -> None:
        for number, task in self.tasks.items():
            if task.meeting == running.meeting.id:
                self.tasks[number] = replace(task, restricted=True)

    def _redact(self, running: Running, redacted: Redact) -> None:
        found = ((number, running.meeting.items.get(number)) for number in redacted.items)
        stubs = {number: item.text for number, item in found if item is not None}
        spans, started = tuple(running.spans), running.meeting.started

        def done(others: list[tables.Meeting]) -> None:
            work = self._after_redaction(running, others, refold=redacted.refold)
            self.bot.spawn(work, f"redacting in {running.path}")

        key, room, nicks = running.meeting.id, running.room, running.meeting.people.seen_nicks()
        self.bot.also(lambda session: erase(session, key, room, spans, started, redacted, stubs, nicks), done)
        self.publisher.withdraw(running)

    async def _after_redaction(
        self, running: Running, others: Iterable[tables.Meeting], *, refold: bool
    ) -> None:
        """Write again the meeting's files, and those of ``others`` that repeated the text."""
        if refold:
            await self._refold(running)
            self.save(running)
            if running.meeting.is_open and running.meeting.has_set_topic:
                self.bot.set_topic(running.room, running.meeting.room_topic())
        await self.store.scrub()
        running.refreshed = 0  # if the files cannot be written now, they are when the live log is
        if self.archive.has(running.path):
            await self.publisher.write(running)
        for row in others:
            held = next(
                (
                    each
                    for each in (self.running.get(row.room), self.ended.get(row.room))
                    if each is not None and each.meeting.id == row.key
                ),
                None,
            )
            if held is not None:
                await self._refold(held)
            other = held or Running.from_row(row, await self.archive.entries(row.room, row.spans))
            if not other.meeting.is_open:
                await self.publisher.finish(other, silent=True)
            elif self.archive.has(other.path):
                other.refreshed = 0
                await self.publisher.write(other)

    async def _refold(self, running: Running) -> None:
        """Let a meeting forget what its lines no longer say: fold them once more."""
        async with running.folding:  # two redactions may follow each other closely
            running.missed = []
            try:
                entries = await self.archive.entries(running.room, running.spans)
                opening = Opening(running.meeting.id)
                meeting = await asyncio.to_thread(fold, [entry.line for entry in entries], opening)
                for entry in running.missed:
                    if entry.seq > entries[-1].seq:
                        meeting.apply(entry.line)  # what came of it is done already
                before, running.meeting = running.meeting, meeting
                for changed in actions_changed(before, meeting):
                    self._set_action(running, changed)
            finally:
                running.missed = None

    async def _import_agenda(self, room: Room) -> None:
        actions = {self.brief(task).text: task.key for task in self.tasks.values()}
        points: list[Json] = [brief.text for brief in await self.bot.briefs(room)]
        keys: list[Json] = [actions.get(str(text)) for text in points]
        self.bot.note(room, notes.AGENDA, {"points": points, "keys": keys})

    # Time

    def arm(self, running: Running) -> None:
        """Have the fold told when its next moment comes. The timer only ever moves forward in time late."""
        wake = running.meeting.wake()
        if wake == running.wakes and running.timer is not None:
            return
        if running.timer is not None:
            running.timer.cancel()
            running.timer = None
        running.wakes = wake
        if wake is not None:
            running.timer = self.bot.at(wake, partial(self._ring, running))

    def _ring(self, running: Running) -> None:
        running.timer = None
        running.wakes = None
        if self.running.get(running.room) is not running:
            return
        wake = running.meeting.wake()
        if wake is not None and wake <= self.bot.now():
            self.bot.note(running.room, notes.CLOCK)
        if self.running.get(running.room) is running:
            self.arm(running)
