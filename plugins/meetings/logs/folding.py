"""Meetings out of logs: the lines of a log, folded as they would have been when they were said.

Rules:

1. A log's meetings come out as :class:`~plugins.meetings.meeting.Meeting` makes them: nothing of the fold
   is repeated here.
2. What the log says of the opening (a ``meetings.opened`` note) is believed; else it is put together from
   what the log shows.
3. A log that is one meeting, begun by nobody (RRSAgent's), is that from its first line to its last, as
   scribe.perl takes it: everybody may do everything in it.
4. What may not be kept is not kept: ``[off]`` lines, and what was said outside a meeting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import PurePosixPath

from bot.model import SPEECH, Actor, Json, Kind, Line
from bot.plugin import redacted
from bot.text import fold_nick
from plugins.meetings.effects import Effect, Redact
from plugins.meetings.forms import NumberedLine
from plugins.meetings.items import is_stub
from plugins.meetings.meeting import Meeting, fold
from plugins.meetings.names import archive_path, meeting_id, meeting_name, public_address
from plugins.meetings.notes import CLOSED, EDITED, OPENED
from plugins.meetings.opening import Opening
from plugins.meetings.words import is_off, opening_words, opens

_ANSWER_WITHIN = 10  # lines in which a bot says that the meeting started
_STARTED, _ENDED = "meeting started", "meeting ended"
LOG_ENDS = "The log ends here, and the meeting with it."


@dataclass(frozen=True, slots=True)
class Setting:
    """What a log does not say: how its meetings are named, read and shown.

    ``bot`` is the nick of the bot that ran the meetings, found out where it is empty; ``one_meeting`` says
    that the log holds no lines but a meeting's, ``is_a_meeting`` that it is one even if nobody began it.
    ``base_url`` is where the archive is shown, empty where it is not known.
    """

    pattern: str
    zone: tzinfo
    zone_name: str
    version: str
    profile: str = "muster"
    bot: str = ""
    one_meeting: bool = False
    is_a_meeting: bool = False
    base_url: str = ""


def meetings(
    lines: Sequence[Line],
    setting: Setting,
    place: Callable[[PurePosixPath], PurePosixPath] = lambda path: path,
) -> Iterator[tuple[Meeting, list[NumberedLine], PurePosixPath]]:
    """The meetings that a log holds, each with its numbered lines and its path in an archive.

    ``place`` is asked for another path where the usual one is taken. A meeting that is still open when the
    log ends is closed at its last line, and its notes say so.
    """
    lines = with_own(lines, setting.bot)
    at, is_begun = 0, False
    while at < len(lines):
        if _begins(lines, at, setting):
            is_begun = True
            course_of_it = _Course(lines, at, setting, place)
            yield course_of_it.run()
            at = course_of_it.next
        else:
            at += 1
    if setting.is_a_meeting and not is_begun:
        lines = [line for line in lines if not (line.kind in SPEECH and is_off(line.text))]
        owner = _answers_for(lines)
        if owner is not None:
            yield _Course(lines, 0, setting, place, owner).run()


_CHAIR = re.compile(r"\s*chairs?\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
_MEETING = re.compile(r"\s*meeting\s*:", re.IGNORECASE)


def _answers_for(lines: Sequence[Line]) -> Actor | None:
    """Whose meeting a whole log is: who is named as its chair, else who says what meeting it is, else who
    speaks first; ``None`` where only bots speak.
    """
    others = [line for line in lines if line.actor.nick and not (line.own or line.actor.bot)]
    people = {fold_nick(line.actor.nick): line.actor for line in reversed(others)}
    spoken = [line for line in others if line.kind in SPEECH]
    for line in spoken:
        match = _CHAIR.match(line.text)
        for name in match[1].replace(",", " ").split() if match else ():
            if fold_nick(name) in people:
                return people[fold_nick(name)]
    named = (line.actor for line in spoken if _MEETING.match(line.text))
    return next(named, spoken[0].actor if spoken else None)


def with_own(lines: Sequence[Line], nick: str = "") -> list[Line]:
    """The lines, with those of the bot that ran a meeting back then marked as ``own``.

    The bot is who answers ``#startmeeting`` with ``Meeting started ...``, or ``nick``.
    """
    bots = {nick} if nick else set(_bots(lines))
    return [
        line.replace(own=True) if not line.own and line.actor.nick in bots and line.kind in SPEECH else line
        for line in lines
    ]


def _bots(lines: Sequence[Line]) -> Iterator[str]:
    for at, line in enumerate(lines):
        if line.kind is Kind.SAID and not line.own and opening_words(line.text) is not None:
            for answer in lines[at + 1 : at + 1 + _ANSWER_WITHIN]:
                if _says(answer, _STARTED) and answer.actor.nick != line.actor.nick:
                    yield answer.actor.nick
                    break


def _says(line: Line, words: str) -> bool:
    return line.kind in {Kind.SAID, Kind.NOTICE} and line.text.lstrip().lower().startswith(words)


def _begins(lines: Sequence[Line], at: int, setting: Setting) -> bool:
    line = lines[at]
    opening = _noted_opening(lines, at)
    if opening is not None and opening.owner is not None:
        return True
    if line.kind is not Kind.SAID or line.own or line.actor.bot:
        return False
    if opening is not None:
        return opening_words(line.text, opening.prefix) is not None
    return opens(line.text, setting.profile)


def _noted_opening(lines: Sequence[Line], at: int) -> Opening | None:
    following = lines[at + 1] if at + 1 < len(lines) else None
    if following is None or following.kind is not Kind.NOTE or following.text != OPENED:
        return None
    return Opening.from_data(following.data)


class _Course:
    """One meeting's way through a log, from its first line at ``at`` to the line before ``next``."""

    def __init__(
        self,
        lines: Sequence[Line],
        at: int,
        setting: Setting,
        place: Callable[[PurePosixPath], PurePosixPath],
        owner: Actor | None = None,
    ) -> None:
        self.next = at + 1
        self._lines = lines
        self._setting = setting
        self._owner = owner  # of a whole log, which nobody began
        first = lines[at]
        noted = _noted_opening(lines, at)
        self._is_noted = noted is not None
        self._opening, self._base = self._opened(at, noted, place)
        self._kept: list[NumberedLine] = []
        self._place_of: dict[
            int, int
        ] = {}  # of lines that are not redacted yet: number -> place in ``_kept``
        self._meeting, effects = Meeting.start(first, self._opening)
        self._keep(first)
        self._obey(effects)
        if noted is None:
            self._note(first, OPENED, self._opening.to_data())

    def run(self) -> tuple[Meeting, list[NumberedLine], PurePosixPath]:
        """Fold until it is over; ``next`` is then where to look for the next meeting."""
        lines = self._lines
        last_kept = self.next
        while self.next < len(lines):
            line = lines[self.next]
            if self._meeting.is_open:
                if not self._is_noted and self._ended_in_the_log(self.next):
                    break
            elif _begins(lines, self.next, self._setting):
                break
            elif not self._belongs(line):
                self.next += 1
                continue
            self._fold(line)
            self.next += 1
            last_kept = self.next
        # Lines after the end that belong to no meeting may still hold the next one's opening.
        self.next = max(last_kept, self.next if not self._meeting.is_open else last_kept)
        if self._meeting.is_open:
            self._close()
        count = self._meeting.lines_at_end
        kept = [one for one in self._kept if one.number is None or one.number <= count]
        return self._meeting, kept, self._base

    def _belongs(self, line: Line) -> bool:
        """Whether a line after the end is still the meeting's: a note, or what takes it up again."""
        return self._setting.one_meeting or line.kind is Kind.NOTE or self._meeting.may_reopen(line)

    def _fold(self, line: Line) -> None:
        if line.kind in SPEECH and is_off(line.text):
            return
        effects = self._meeting.apply(line)
        self._keep(line)
        self._obey(effects)

    def _keep(self, line: Line) -> None:
        number = None if line.kind is Kind.NOTE else self._meeting.line_count
        # A meeting's own log holds what the last redaction of a line left, and so the first changes nothing.
        is_final = self._setting.one_meeting and is_stub(line.text)
        if number is not None and not is_final:
            self._place_of[number] = len(self._kept)
        self._kept.append(NumberedLine(number, line))

    def _obey(self, effects: Sequence[Effect]) -> None:
        """Of all that a meeting asks, only what changes its lines."""
        for effect in effects:
            if isinstance(effect, Redact):
                for number, text in effect.lines:
                    place = self._place_of.get(number)
                    if place is not None:
                        self._kept[place] = NumberedLine(number, redacted(self._kept[place].line, text))
                self._redact_notes(effect)
                if effect.refold:
                    self._meeting = fold((kept.line for kept in self._kept), self._opening)

    def _redact_notes(self, effect: Redact) -> None:
        for place, numbered in enumerate(self._kept):
            line = numbered.line
            if line.kind is Kind.NOTE and line.text == EDITED and line.data.get("item") in effect.items:
                item = self._meeting.items.get(int(str(line.data["item"])))
                text = "" if item is None else item.text
                self._kept[place] = NumberedLine(None, line.replace(data={**line.data, "text": text}))

    def _ended_in_the_log(self, at: int) -> bool:
        """Whether the bot of back then ended the meeting here, or began another, which the fold cannot know
        (a right that the log does not show, a crash): then it ends before this line.
        """
        line = self._lines[at]
        if line.own and _says(line, _ENDED):
            return True
        if line.own or not _begins(self._lines, at, self._setting):
            return False
        answers = self._lines[at + 1 : at + 1 + _ANSWER_WITHIN]
        return any(answer.own and _says(answer, _STARTED) for answer in answers)

    def _close(self) -> None:
        """The meeting ends where the log, or the bot of back then, ended it."""
        last = self._kept[-1].line
        ended_there = self._owner is not None or (self.next < len(self._lines) and self._lines[self.next].own)
        self._note(last, CLOSED, {"why": "" if ended_there else LOG_ENDS})

    def _note(self, beside: Line, text: str, data: dict[str, Json]) -> None:
        """A note of what is not in the log, so that the record that is written from it has it."""
        teller = Actor(beside.room.network, self._opening.own_nick)
        self._fold(Line(beside.room, beside.time, Kind.NOTE, teller, text, own=True, data=data))

    def _opened(
        self, at: int, noted: Opening | None, place: Callable[[PurePosixPath], PurePosixPath]
    ) -> tuple[Opening, PurePosixPath]:
        line, setting = self._lines[at], self._setting
        prefix = noted.prefix if noted is not None else "#"
        rest, restricted = opening_words(line.text, prefix) or ("", False)
        team = noted.team if noted is not None else None
        path = archive_path(
            setting.pattern,
            network=line.room.network,
            channel=line.room.name,
            meetingname=meeting_name(rest or team or line.room.name.lstrip("#") or "meeting"),
            started=line.time.astimezone(setting.zone),
        )
        if noted is not None:
            if noted.id and noted.id not in {".", ".."} and "/" not in noted.id and "\0" not in noted.id:
                path = path.with_name(noted.id)
            return noted, place(path)
        path = place(path)
        answers = self._lines[at : at + 1 + _ANSWER_WITHIN]
        is_shown = setting.base_url and not restricted
        own = setting.bot or next((answer.actor.nick for answer in answers if answer.own), "")
        return (
            Opening(
                id=meeting_id(path),
                profile=setting.profile,
                zone=setting.zone_name,
                version=setting.version,
                own_nick=own,
                present=tuple(self._present(at)),
                log_url=public_address(setting.base_url, path, ".log.html") if is_shown else "",
                owner=self._owner,
            ),
            path,
        )

    def _present(self, at: int) -> list[Actor]:
        """Who is in the room when the meeting opens: all who will speak in it and are not seen to come."""
        came: set[str] = set()
        here: dict[str, Actor] = {}
        for place in range(at, len(self._lines)):
            line = self._lines[place]
            if place > at and _begins(self._lines, place, self._setting):
                break
            nick = fold_nick(line.actor.nick)
            if line.own or not line.actor.nick:
                continue
            if line.kind is Kind.JOINED and self._owner is None:
                came.add(nick)
            elif line.kind in SPEECH or line.kind in {Kind.JOINED, Kind.LEFT, Kind.RENAMED}:
                if nick not in came:
                    here.setdefault(nick, line.actor)
                if line.kind is Kind.RENAMED:
                    came.add(fold_nick(line.text))
        return list(here.values())
