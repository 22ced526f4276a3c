"""Meetings in rooms: hears the lines, keeps those of meetings, does what the fold asks, writes the files.

Rules:

1. The fold (:class:`~plugins.meetings.meeting.Meeting`) decides; here its effects are done, and only once.
2. A meeting's row and its actions are stored in the very transaction that commits the line that made them.
3. What is not chat (a timer, a secret ballot, a closed action) goes through the journal as a note, and only
   then into the fold.
4. Files are made from the journal alone, in a thread beside the chat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import click

from bot.model import SPEECH, Entry, Json, Kind, Line, Room, RoomState
from bot.plugin import OWNER, Bot, Configured, Retain, RoomTeam
from bot.text import plain
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
from plugins.meetings.meeting import REOPEN_WITHIN, Meeting, fold
from plugins.meetings.names import meeting_name
from plugins.meetings.opening import Opening
from plugins.meetings.publishing import Publisher
from plugins.meetings.running import Running
from plugins.meetings.settings import MeetingSettings
from plugins.meetings.words import (
    WORDS,
    is_off,
    opening_refused,
    opening_words,
    opens,
    recogniser,
)

log = logging.getLogger(__name__)

_NONE_TO_REOPEN = "No meeting ended here within the last hour, so there is none to take up again."
_NEVER_HERE = "Here nothing is kept (log = never), so no meeting can be held."


_WHOLE = (
    "#startmeeting NAME begins a meeting, #endmeeting ends it; between them #topic, #info, #action, #agreed, "
    "#link, #idea, #help, #startvote, #motion, #chair, #undo and more: #commands lists all."
)


def _topics(prefix: str) -> dict[str, str]:
    return {"meeting": _WHOLE.replace("#", prefix)}


class Meetings(Answers):
    """Meetings: minutes, votes, agendas, and actions that outlive them."""

    Settings = MeetingSettings

    def __init__(self, bot: Bot, settings: MeetingSettings) -> None:
        super().__init__(bot, settings)
        self.publisher = Publisher(
            bot,
            self.archive,
            is_running=lambda running: self.running.get(running.room) is running,
            live_every=lambda: self.settings.live_every,
        )
        self._ids: set[str] = set()
        self.topics = _topics(settings.prefix)

    def configure(self, settings: MeetingSettings) -> None:
        """Take new settings, on SIGHUP."""
        super().configure(settings)
        self.topics = _topics(settings.prefix)

    @classmethod
    def subcommands(cls, configured: Configured) -> Sequence[click.Command]:
        """``muster replay``, ``import-meetbot`` and ``rebuild``."""
        from plugins.meetings import subcommands  # with them come the readers of all log formats

        return subcommands.made(configured)

    # Life

    async def start(self) -> None:
        """Take up every meeting as it stood."""
        since = self.bot.now() - REOPEN_WITHIN
        self._ids = {PurePosixPath(path).name for path in await self.store.read(tables.paths)}
        self.tasks = {task.number: task for task in await self.store.read(tables.tasks)}
        for row in await self.store.read(tables.unfinished, since):
            entries = await self.archive.entries(row.room, row.spans)
            if not entries:
                log.error("Meeting %s has no lines in the journal; it is left alone", row.key)
                continue
            running = Running.from_row(row, entries)
            if running.meeting.is_open:
                self.running[row.room] = running
                await self._tidy(running)
                self._arm(running)
                self.publisher.keep_live(running)
            else:
                self.ended[row.room] = running
                await self._follow(running)
                self.let_go_later(running)
                if not row.written:
                    await self._tidy(running)
                    late = row.ended is not None and row.ended < since
                    self.publisher.publish(running, silent=late)

    async def _follow(self, running: Running) -> None:
        """Take in again what was said after an end that nobody asked for."""
        if running.end_place is None or not running.meeting.may_go_on(self.bot.now()):
            return
        of_it = {first for first, last in running.spans if first == last}
        for entry in await self.bot.lines(running.room, running.end_place + 1):
            if entry.seq not in of_it:
                running.meeting.apply(entry.line)

    async def _tidy(self, running: Running) -> None:
        """Finish what a kill may have cut off: taking out of reach what was restricted or redacted."""
        if running.meeting.restricted:
            self.archive.withdraw(running.path)
        await self.store.scrub()
        if running.meeting.is_open and self.archive.has(running.path):
            self.bot.spawn(self.publisher.write(running), f"live log of {running.path}")

    async def stop(self) -> None:
        """Leave no timer behind, nor anything that one could find."""
        for running in self.running.values():
            if running.timer is not None:
                running.timer.cancel()
        self.running.clear()
        self.ended.clear()

    def wants_history(self, room: Room) -> bool:
        """Where a meeting runs, or ended by itself just now, what was said meanwhile is wanted."""
        ended = self.ended.get(room)
        return room in self.running or (ended is not None and ended.meeting.may_go_on(self.bot.now()))

    # Lines

    def retains(self, line: Line) -> int:
        """A running meeting's lines last; what begins with ``[off]``, or was said to a room's operators alone
        (STATUSMSG), is never kept.
        """
        if line.kind in SPEECH and not line.own and ("to" in line.data or is_off(line.text)):
            return Retain.NEVER
        room = line.room
        if line.kind is Kind.NOTE and line.text in notes.ALL:
            return Retain.LASTING
        running = self.running.get(room)
        if running is not None:
            return Retain.DEFAULT if _is_before(line, running.meeting.started) else Retain.LASTING
        if room.private:
            return Retain.DEFAULT
        ended = self.ended.get(room)
        by_somebody = line.kind is Kind.SAID and not line.own and not line.actor.bot
        if by_somebody and (self._opens(line) or (ended is not None and self._takes_up(ended, line))):
            return Retain.LASTING
        if ended is not None and ended.meeting.may_go_on(line.time):
            return Retain.PASSING
        return Retain.DEFAULT

    def _opens(self, line: Line) -> bool:
        if not line.text.lstrip().startswith(self.settings.prefix):
            return False
        room = self.bot.room_settings(line.room)
        return (
            opens(line.text, room.profile, self.settings.prefix)
            and room.log != "never"
            and room.commands
            and self.bot.allows(line.actor, self.settings.start_needs)
        )

    def _takes_up(self, ended: Running, line: Line) -> bool:
        return ended.meeting.may_reopen(line) and self.bot.room_settings(line.room).commands

    def hear(self, line: Line, entry: Entry | None) -> None:
        """Fold the line into its room's meeting."""
        running = self.running.get(line.room)
        last = self.ended.get(line.room)
        if running is None and last is not None and not last.meeting.may_go_on(line.time):
            last.meeting.follow(line)
        if entry is None:
            if running is None and line.kind is Kind.SAID:
                self._refuse(line)
            return
        if running is not None:
            self._apply(running, entry)
            return
        ended = self.ended.get(line.room)
        by_somebody = line.kind is Kind.SAID and not line.own and not line.actor.bot
        if by_somebody and ended is not None and self._takes_up(ended, line):
            self._reopen(ended, entry)
        elif by_somebody and not line.room.private and self._opens(line):
            self._begin(entry)
        else:
            if by_somebody:
                self._refuse(line)
            if ended is not None and ended.meeting.may_go_on(line.time):
                ended.meeting.apply(line)

    def _refuse(self, line: Line) -> None:
        """Say why a ``#startmeeting`` starts nothing, or a ``#reopen`` takes nothing up."""
        prefix = self.settings.prefix
        if line.own or line.history or line.actor.bot or not self.bot.room_settings(line.room).commands:
            return
        ended = self.ended.get(line.room)
        if ended is not None:
            refused = ended.meeting.reopen_refused(line)
        else:
            refused = (
                f"{_NONE_TO_REOPEN} {prefix}startmeeting begins another." if self._reopens(line) else None
            )
        if refused is not None:
            self.bot.tell(line.room, line.actor.nick, refused)
        if opening_words(line.text, prefix) is None:
            return
        if line.room.private:
            return  # the hint is the core's
        room = self.bot.room_settings(line.room)
        why = opening_refused(line.text, room.profile, prefix)
        if why is None and room.log == "never":
            why = _NEVER_HERE
        if why is None and not self.bot.allows(line.actor, self.settings.start_needs):
            why = f"Starting a meeting here needs the capability {self.settings.start_needs!r}."
        if why is not None:
            self.bot.say(line.room, why)

    def _reopens(self, line: Line) -> bool:
        words = line.text.split(maxsplit=1)
        return not line.room.private and bool(words) and words[0].lower() == f"{self.settings.prefix}reopen"

    def _begin(self, entry: Entry) -> None:
        line = entry.line
        room = self.bot.room_settings(line.room)
        state = self.bot.state(line.room)
        team = self.bot.team(line.room)
        team_name = room.team or (team.name if team else "")
        rest, restricted = opening_words(line.text, self.settings.prefix) or ("", False)
        restricted = restricted or room.restricted
        name = meeting_name(rest or team_name or line.room.name.lstrip("#") or "meeting")
        path = self.archive.free_path(self.settings.pattern, line.room, name, line.time, self._ids)
        self._ids.add(path.name)
        opening = Opening(
            id=path.name,
            profile=room.profile,
            zone=(team.zone if team else "") or self.bot.zone,
            version=self.bot.version,
            prefix=self.settings.prefix,
            own_nick=self.bot.nick(line.room.network),
            planned_minutes=int(self.settings.planned.total_seconds() // 60),
            team=team_name or None,
            team_title=team.title if team else "",
            team_members=_members_on(line.room.network, team),
            restricted=restricted,
            present=state.members if state else (),
            topic=state.topic if state else "",
            log_url="" if restricted else self.archive.address(path, ".log.html"),
            old_actions=tuple(
                task.as_old()
                for task in self.tasks.values()
                if task.name == name
                and (not task.restricted or (restricted and self._may_be_told(line, task)))
            ),
            known_accounts=tuple(self._known_accounts(line.room.network)),
            quiet=room.quiet,
            command_prefix=self.bot.prefix,
        )
        self.bot.note(line.room, notes.OPENED, opening.to_data())
        meeting, effects = Meeting.start(line, opening)
        running = Running(meeting, path, spans=[(entry.seq, None)])
        self.running[line.room] = running
        self.ended.pop(line.room, None)
        self._save(running)
        self._do(running, entry, effects)
        self._arm(running)
        self.publisher.keep_live(running)

    def _may_be_told(self, line: Line, task: tables.Task) -> bool:
        """Whether a restricted meeting's action may be read out where somebody starts another: the name
        alone, which anybody may give theirs, opens nothing.
        """
        if task.room != line.room:
            return False
        return self.bot.room_settings(line.room).restricted or self.bot.allows(line.actor, OWNER)

    def _known_accounts(self, network: str) -> Iterable[str]:
        """Whom services vouch for in any room of this network: they may be named chairs while away."""
        known: dict[str, None] = {}
        for room in self.bot.rooms():
            state = self.bot.state(room) if room.network == network else None
            for member in state.members if state else ():
                if member.account is not None:
                    known[member.account] = None
        return known

    def _reopen(self, running: Running, entry: Entry) -> None:
        if running.meeting.may_go_on(entry.line.time):
            first = running.add_what_followed()
            if first is not None:
                self.bot.keep(running.room, first)
        else:
            running.spans.append((entry.seq, None))
        running.written = False
        self.running[running.room] = self.ended.pop(running.room)
        self._apply(running, entry)
        self._save(running)
        self.publisher.keep_live(running)

    def _apply(self, running: Running, entry: Entry) -> None:
        if running.missed is not None:
            running.missed.append(entry)
        effects = running.meeting.apply(entry.line)
        if effects:
            self._do(running, entry, effects)
        if effects or entry.line.kind is not Kind.SAID:
            self._arm(running)

    def _save(self, running: Running) -> None:
        def keep(row_id: int) -> None:
            running.row_id = row_id

        row = running.row()  # as it stands now: lines that are not in this commit change it meanwhile
        self.bot.also(lambda session: tables.save(session, row), keep)

    # What the fold asks for

    def _do(self, running: Running, entry: Entry, effects: Iterable[Effect]) -> None:
        room = running.room
        for effect in effects:
            match effect:
                case Say(text):
                    self.bot.say(room, text)
                case Tell(nick, text):
                    self.bot.tell(room, nick, text)
                case SetTopic(topic):
                    self.bot.set_topic(room, topic)
                case Save():
                    self.bot.spawn(self.publisher.save(running), f"saving {running.path}")
                case Ended():
                    self._end(running, entry)
                case Restrict():
                    self._save(running)
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
        self._save(running)
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
        self._do(running, entry, running.meeting.apply(entry.line))
        running.written = False
        self._save(running)
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

    async def _after_redaction(
        self, running: Running, others: Iterable[tables.Meeting], *, refold: bool
    ) -> None:
        """Write again the meeting's files, and those of ``others`` that repeated the text."""
        if refold:
            await self._refold(running)
            self._save(running)
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

    def _arm(self, running: Running) -> None:
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
            self._arm(running)

    def obeys(self, line: Line) -> bool:
        """Whether a line is one of a meeting's words, in the room's spelling; in private in anybody's.

        A ``#vote`` that comes in private is perhaps meant to be secret: nobody is to say it aloud for a hint.
        """
        private = line.room.private
        profile = "w3c" if private else self.bot.room_settings(line.room).profile
        found = recogniser(profile, self.settings.prefix).find(plain(line.text))
        entry = WORDS.get(found.name) if found is not None else None
        if found is None or entry is None or (private and found.name == "vote"):
            return False
        return entry.style is found.style

    def entered(self, state: RoomState) -> None:
        """Arm the meeting's timer again: its silence may have passed while Muster was away."""
        running = self.running.get(state.room)
        if running is not None:
            self._arm(running)
        elif state.room in self.ended:
            self.ended[state.room].meeting.lost_sight()


def _members_on(network: str, team: RoomTeam | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Who is on a team, and by which accounts of this network one tells."""
    return tuple(
        (member.name, tuple(account for place, account in member.accounts if place == network))
        for member in (team.members if team else ())
    )


def _is_before(line: Line, started: datetime) -> bool:
    """Whether history reaches back to what was said before the meeting, and so is not the meeting's."""
    if line.time.microsecond == 0:  # some servers keep whole seconds
        started = started.replace(microsecond=0)
    return line.history and line.time < started
