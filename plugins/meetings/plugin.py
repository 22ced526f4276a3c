"""Meetings in rooms: hears the lines, keeps those of meetings, does what the fold asks, writes the files.

Rules:

1. The fold (:class:`~plugins.meetings.meeting.Meeting`) decides; here its effects are done, and only once.
2. A meeting's row and its actions are stored in the very transaction that commits the line that made them.
3. What is not chat (a timer, a secret ballot, a closed action) goes through the journal as a note, and only
   then into the fold.
4. Files are made from the journal alone, in a thread beside the chat.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import click

from bot.model import SPEECH, Actor, Entry, Kind, Line, Room, RoomState
from bot.plugin import OWNER, Bot, Configured, Door, Part, Retain, RoomTeam, Subject
from bot.text import plain
from plugins.meetings import notes, tables
from plugins.meetings.meeting import Meeting
from plugins.meetings.names import meeting_name
from plugins.meetings.opening import Known, Opening
from plugins.meetings.running import Running
from plugins.meetings.settings import MeetingSettings
from plugins.meetings.state import REOPEN_WITHIN
from plugins.meetings.telling import Telling
from plugins.meetings.words import (
    WORDS,
    is_off,
    opening_refused,
    opening_words,
    opens,
    recogniser,
)

if TYPE_CHECKING:
    from bot.web import BaseRoute, Reader
    from plugins.meetings.pages.routes import Pages

log = logging.getLogger(__name__)

_NONE_TO_REOPEN = "No meeting ended here within the last hour, so there is none to take up again."
_NEVER_HERE = "Here nothing is kept (log = never), so no meeting can be held."


_ABOUT_OTHERS = frozenset({Kind.CORRECTED, Kind.REACTED})
_TEXTS = SPEECH | {Kind.CORRECTED}
_MOST_OFF = 500

_WHOLE = (
    "#startmeeting NAME begins a meeting, #endmeeting ends it; between them #topic, #info, #action, #agreed, "
    "#link, #idea, #help, #startvote, #motion, #chair, #undo and more: #commands lists all."
)


def _topics(prefix: str) -> dict[str, str]:
    return {"meeting": _WHOLE.replace("#", prefix)}


class Meetings(Telling):
    """Meetings: minutes, votes, agendas, and actions that outlive them."""

    Settings = MeetingSettings

    doors = (Door("Meetings", "/meetings/", 10, also=("/rooms/",)), Door("Actions", "/actions/", 50))

    def __init__(self, bot: Bot, settings: MeetingSettings) -> None:
        super().__init__(bot, settings)
        self._ids: set[str] = set()
        self._known_rooms: frozenset[Room] = frozenset()
        self._made_pages: Pages | None = None
        self._off: dict[Room, deque[str]] = {}  # the ids of the last lines that were off the record
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

    # Pages

    def routes(self) -> Sequence[BaseRoute]:
        """The pages of meetings; see :mod:`plugins.meetings.pages`."""
        return self._pages().routes()

    async def parts(self, subject: Subject, reader: Reader) -> Sequence[Part]:
        """What is on, was decided and is to be done, on the pages about all, a team, or somebody."""
        return await self._pages().parts.of(subject, reader)

    def _pages(self) -> Pages:
        """Made once, when pages are first wanted: until then nothing of a web server is loaded."""
        if self._made_pages is None:
            from plugins.meetings.pages.routes import Pages

            self._made_pages = Pages(self.bot)
        return self._made_pages

    # Life

    async def start(self) -> None:
        """Take up every meeting as it stood."""
        since = self.bot.now() - REOPEN_WITHIN
        self._ids = {PurePosixPath(path).name for path in await self.store.read(tables.paths)}
        await self._look_for_rooms()
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
                self.arm(running)
                self.publisher.keep_live(running)
            else:
                self.ended[row.room] = running
                await self._follow(running)
                self.let_go_later(running)
                if not row.written:
                    await self._tidy(running)
                    late = row.ended is not None and row.ended < since
                    self.publisher.publish(running, silent=late)
        self.daily_pages.follow()
        self.bot.spawn(self.catch_up(), "what meetings of long ago came to")

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
            self.bot.spawn(self.publisher.refresh(running), f"live log of {running.path}")

    async def stop(self) -> None:
        """Leave no timer behind, nor anything that one could find."""
        self.daily_pages.stop()
        for running in self.running.values():
            if running.timer is not None:
                running.timer.cancel()
        self.running.clear()
        self.ended.clear()
        if self._made_pages is not None:
            await self._made_pages.close()

    def wants_history(self, room: Room) -> bool:
        """Where a meeting runs, or ended by itself just now, what was said meanwhile is wanted."""
        ended = self.ended.get(room)
        return room in self.running or (ended is not None and ended.meeting.may_go_on(self.bot.now()))

    # Lines

    def retains(self, line: Line) -> int:
        """A running meeting's lines last; what begins with ``[off]``, or was said to a room's operators alone
        (STATUSMSG), is never kept, nor what corrects it or reacts to it. Of other corrections and reactions
        those last that are about a line of the meeting.
        """
        if line.kind in _TEXTS and not line.own and ("to" in line.data or is_off(line.text)):
            return Retain.NEVER
        room = line.room
        if line.kind is Kind.NOTE and line.text in notes.ALL:
            return Retain.LASTING
        running = self.running.get(room)
        if line.kind in _ABOUT_OTHERS:
            of = line.data.get("of")
            if of in self._off.get(room, ()):
                return Retain.NEVER
            held = running or self.ended.get(room)
            if held is None or not held.meeting.knows(of):
                return Retain.DEFAULT
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
        if entry is None and line.kind in _TEXTS and is_off(line.text):
            self._off_the_record(line)
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

    def _off_the_record(self, line: Line) -> None:
        """Remember a line that is not kept, so that nothing about it is; where it corrects one that was kept,
        have that redacted.
        """
        off = self._off.setdefault(line.room, deque(maxlen=_MOST_OFF))
        of = line.data.get("of")
        for id_ in (line.id, of):
            if isinstance(id_, str):
                off.append(id_)
        running = self.running.get(line.room)
        if line.kind is Kind.CORRECTED and running is not None and running.meeting.knows(of):
            self.bot.note(line.room, notes.OFF, {"of": of}, line.actor)

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
            self.bot.tell(line.actor, refused)
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
        is_shared = any(
            room.name == line.room.name and room.network != line.room.network for room in self._known_rooms
        )
        path = self.archive.free_path(
            self.settings.pattern, line.room, name, line.time, self._ids, is_shared=is_shared
        )
        self._ids.add(path.name)
        self.bot.spawn(self._look_for_rooms(), "looking for rooms")
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
            known=self._known_people(line.room, state.members if state else (), team),
        )
        self.bot.note(line.room, notes.OPENED, opening.to_data())
        meeting, effects = Meeting.start(line, opening)
        running = Running(meeting, path, spans=[(entry.seq, None)])
        self.running[line.room] = running
        self.ended.pop(line.room, None)
        self.save(running)
        self.do(running, entry, effects)
        self.arm(running)
        self.publisher.keep_live(running)

    def networks_of(self, room: Room) -> list[str]:
        """The networks of a room's places: more than one where it is linked."""
        places = self.bot.room_settings(room).at
        return list(dict.fromkeys([room.network, *(place.partition("/")[0] for place in places)]))

    def _known_people(self, room: Room, present: Iterable[Actor], team: RoomTeam | None) -> tuple[Known, ...]:
        """Who has accounts on which networks of a linked room, of those in it and on its team."""
        networks = self.networks_of(room)
        if len(networks) < 2:
            return ()
        people = [*(team.members if team else ()), *filter(None, map(self.bot.person_of, present))]
        rows = ((each.name, tuple(pair for pair in each.accounts if pair[0] in networks)) for each in people)
        return tuple(dict.fromkeys(row for row in rows if row[1]))

    def _learn(self, running: Running, line: Line) -> None:
        """Journal who somebody is that rosters know on other networks of a linked room too."""
        person = self.bot.person_of(line.actor)
        if person is None:
            return
        networks = self.networks_of(line.room)
        accounts = [pair for pair in person.accounts if pair[0] in networks]
        if len(accounts) > 1 and not running.meeting.people.is_known(accounts):
            self.bot.note(line.room, notes.KNOWN, {"accounts": [[*pair] for pair in accounts]})

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
            state = self.bot.state(room)
            for member in state.members if state else ():
                if member.account is not None and member.network == network:
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
        self.save(running)
        self.publisher.keep_live(running)

    def _apply(self, running: Running, entry: Entry) -> None:
        if running.missed is not None:
            running.missed.append(entry)
        line = entry.line
        effects = running.meeting.apply(line)
        if effects:
            self.do(running, entry, effects)
        if line.actor.account is not None and len(self.bot.room_settings(line.room).at) > 1:
            self._learn(running, line)
        if effects or entry.line.kind is not Kind.SAID:
            self.arm(running)

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

    async def _look_for_rooms(self) -> None:
        """Find out where other processes may give ids to meetings; on SQLite there are none."""
        if not self.store.is_sqlite:
            self._known_rooms = await self.store.read(tables.known_rooms)

    def entered(self, state: RoomState) -> None:
        """Arm the meeting's timer again: its silence may have passed while Muster was away."""
        self.bot.spawn(self._look_for_rooms(), "looking for rooms")
        running = self.running.get(state.room)
        if running is not None:
            self.arm(running)
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
