"""One meeting as a pure fold over its lines.

Rules:

1. :meth:`Meeting.apply` takes the room's lines in journal order, does no I/O, reads no clock and never
   raises. What it returns is done once, live; folding the same lines again gives the same meeting.
2. No line is kept, only what the minutes need.
3. A word's handler stands in ``plugins/meetings/commands``, the state in ``state.py``; here is the way of a
   line to them.
4. Lines of Muster itself, of other bots, notices and ``/me`` are counted and never obeyed. Lines of history
   are obeyed and not answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

import plugins.meetings.commands  # noqa: F401 (it registers the words)
from bot.model import Kind, Line
from bot.text import plain
from plugins.meetings import course, outside, redaction
from plugins.meetings.corrections import corrected
from plugins.meetings.effects import Effect, ImportAgenda, Save, Say, SetTopic, Tell
from plugins.meetings.minutes import Minutes
from plugins.meetings.names import meeting_name
from plugins.meetings.notes import BALLOT, OPENED
from plugins.meetings.opening import Opening
from plugins.meetings.people import Connection
from plugins.meetings.reactions import reacted
from plugins.meetings.record import minutes_of
from plugins.meetings.redaction import Asked, Use
from plugins.meetings.replies import cut
from plugins.meetings.state import REOPEN_WITHIN, MeetingState
from plugins.meetings.strangers import met
from plugins.meetings.times import EARLIEST, LATEST, gap_of, in_time
from plugins.meetings.votes import bare_ballot
from plugins.meetings.words import WORDS, Found, Said, Style, Word, opening_words

_NOT_ANSWERED = (Say, Tell, SetTopic, Save, ImportAgenda)  # what is not done for a line of history


class Meeting(MeetingState):
    """One meeting. Made by :meth:`start` or :func:`fold`, changed by :meth:`apply` alone."""

    # Opening.

    @classmethod
    def start(cls, line: Line, opening: Opening) -> tuple[Meeting, tuple[Effect, ...]]:
        """The meeting that ``line`` (``#startmeeting ...``) opens, its first line, and what to do."""
        line = in_time(line)
        meeting = cls(line, opening)
        if opening.owner is not None:
            meeting.name = meeting_name(opening.team or line.room.name.lstrip("#") or "meeting")
            return meeting, meeting.apply(line)
        meeting.line_count = 1
        meeting.uses.append(Use.COMMAND)
        meeting.owner_person.lines += 1
        meeting.sent.add(line, 1, meeting.owner_person)
        meeting._is_history = line.history
        rest, restricted = opening_words(line.text, meeting.prefix) or ("", False)
        meeting.restricted = meeting.restricted or restricted
        meeting.meeting_topic = rest
        meeting.name = meeting_name(rest or opening.team or line.room.name.lstrip("#") or "meeting")
        return meeting, meeting._done(course.opened(meeting, line))

    # What people may ask about it.

    def may_reopen(self, line: Line) -> bool:
        """Whether ``line`` is a ``#reopen`` that would take this meeting up again."""
        return self._asks_to_reopen(line) and self._reopen_refused(line) is None

    def reopen_refused(self, line: Line) -> str | None:
        """Why a ``#reopen`` does not take this meeting up again; ``None`` where ``line`` does, or is none."""
        return self._reopen_refused(line) if self._asks_to_reopen(line) else None

    def _asks_to_reopen(self, line: Line) -> bool:
        if self.ended is None or line.kind is not Kind.SAID or self._is_mine(line):
            return False
        found = self.recognise.find(plain(line.text))
        return found is not None and found.style is Style.HASH and found.name == "reopen"

    def _reopen_refused(self, line: Line) -> str | None:
        if not self.may_chair(line.actor):
            chairs = ", ".join(self.chair_names) or "nobody"
            return f"Only a chair of the last meeting can take it up again. Chairs: {chairs}."
        ended = line.time if self.ended is None else self.ended
        if not timedelta(0) <= in_time(line).time - ended <= REOPEN_WITHIN:
            return (
                f"The last meeting ended more than an hour ago. {self.prefix}startmeeting begins another; "
                f"{self.opening.command_prefix}minutes edit N TEXT still changes an item of that one."
            )
        return None

    def minutes(self) -> Minutes:
        """The minutes as they stand."""
        return minutes_of(self)

    def follow(self, line: Line) -> None:
        """See who comes and goes after the end, which is no part of the meeting any more: a right that was
        given to a connection ends with it.
        """
        if line.kind in _COMINGS and not self._is_mine(line):
            self._moves(line)

    # The fold.

    def apply(self, line: Line) -> tuple[Effect, ...]:
        """Fold the room's next line in; what is to be done about it. Never raises."""
        if not EARLIEST <= line.time <= LATEST:
            line = in_time(line)
        self._now = line.time
        self._is_history = line.history
        kind = line.kind
        if kind is Kind.NOTE:
            self.ballot_count += line.text == BALLOT
            return self._done(outside.noted(self, line))
        self.line_count += 1
        if kind is Kind.SAID or kind is Kind.ACTED:
            self.uses.append(Use.TEXT)
            if self._is_mine(line):
                return redaction.own_line(self, line)
            if self.ended is not None:
                return self._after_the_end(line)
            connection = self._seen(line)
            connection.person.lines += 1
            if line.id is not None:
                self.sent.add(line, self.line_count, connection.person)
            if kind is Kind.ACTED:
                return ()
            text = plain(line.text)
            if self.poll is not None and self.poll.is_motion:
                ballot = bare_ballot(text) if text.lstrip()[:1] in _BALLOT_STARTS else None
                if ballot is not None:
                    return self._obey(line, connection, Found("bare ballot", ballot, Style.BARE))
            if self.recognise.is_candidate(text) is None:
                return ()
            found = self.recognise.find(text)
            return () if found is None else self._obey(line, connection, found)
        if kind is Kind.CORRECTED:
            return self._corrected(line)
        return self._reacted(line) if kind is Kind.REACTED else self._happened(line)

    def _seen(self, line: Line) -> Connection:
        """Whoever says or does something in the meeting."""
        connection = self.people.see(line.actor)
        if self.poll is not None and self.poll.has_strangers:
            met(self.people, self.poll, line.actor, connection.person)
        self.clock.spoke(line.time)
        if self.clock.waits_for_chair and self.chairs.may(connection, line.actor):
            self.clock.chair_spoke()
        return connection

    def _corrected(self, line: Line) -> tuple[Effect, ...]:
        """Somebody says a line otherwise: only who said it."""
        self.uses.append(Use.TEXT)
        sent = self.sent.get(line.data.get("of"))
        if sent is None or self._is_mine(line):
            return ()
        if self.ended is not None:
            if not self.may_go_on(line.time):
                return ()
            self._is_history = True  # nothing is answered: the meeting is over for now
        if self.people.see(line.actor).person is not sent.person.now():
            return ()
        self._changes_nothing = False
        return self._done(corrected(self, line, self._seen(line), sent))

    def _reacted(self, line: Line) -> tuple[Effect, ...]:
        """Somebody reacts to a message: where that opened a vote which is open, it is a ballot."""
        self.uses.append(Use.TEXT)
        of, poll = line.data.get("of"), self.poll
        if poll is None or not isinstance(of, str) or of not in poll.ids:
            return ()
        if self.ended is not None or self._is_mine(line):
            return ()
        return self._done(reacted(self, line, self._seen(line), poll, of))

    def _after_the_end(self, line: Line) -> tuple[Effect, ...]:
        if self.may_reopen(line):
            connection = self.people.see(line.actor)
            connection.person.lines += 1
            self.sent.add(line, self.line_count, connection.person)
            return self._obey(line, connection, Found("reopen", "", Style.HASH))
        if self.may_go_on(line.time):
            self._noted_meanwhile(line)
        return ()

    def _noted_meanwhile(self, line: Line) -> None:
        """Take in what is said after an end that nobody asked for: it counts if the meeting is reopened."""
        connection = self.people.see(line.actor)
        connection.person.lines += 1
        self.sent.add(line, self.line_count, connection.person)
        found = self.recognise.find(plain(line.text)) if line.kind is Kind.SAID else None
        if found is not None and found.name in _NOTED_MEANWHILE:
            self._is_history = True  # nothing is answered: the meeting is over for now
            self._obey(line, connection, found)

    def _happened(self, line: Line) -> tuple[Effect, ...]:
        """Whatever is not speech by a person."""
        kind = line.kind
        spoken = kind in {Kind.NOTICE, Kind.TOPIC, Kind.LEFT}
        self.uses.append(Use.TEXT if spoken else Use.EVENT)
        if kind is Kind.NOTICE:
            if self._is_mine(line):
                return redaction.own_line(self, line)
        elif kind is Kind.TOPIC:
            return redaction.own_topic(self, line)
        elif kind is Kind.GAP:
            self.people.gap()
            if self.ended is None:
                self.gaps.append(gap_of(line, self.line_count))
        elif self._is_mine(line):
            if kind is Kind.RENAMED and line.actor.nick == self._own_nick:
                self._own_nick = line.text
        else:
            self._moves(line)
        return ()

    def _moves(self, line: Line) -> None:
        """Somebody comes, goes, or is called otherwise."""
        kind = line.kind
        if self.opening.owner is not None and kind in {Kind.JOINED, Kind.LEFT}:
            return  # in a whole log nobody's right ends with a connection
        if kind is Kind.JOINED:
            self.people.joined(line.actor)
        elif kind is Kind.LEFT:
            self.people.left(line.actor)
        elif kind is Kind.RENAMED:
            self._renamed(line)
        elif kind is Kind.LOGIN:
            self.people.see(line.actor)

    def _renamed(self, line: Line) -> None:
        nick = plain(line.text).strip()
        if not nick:
            return
        connection = self.people.renamed(line.actor, nick)
        self.queue.rename(line.actor.nick, nick, connection.person.key)
        if self.poll is not None:
            met(self.people, self.poll, line.actor, connection.person)
            self.poll.rename(connection.person.key, nick)

    def _obey(self, line: Line, connection: Connection, found: Found) -> tuple[Effect, ...]:
        entry = WORDS.get(found.name)
        if entry is None or (entry.style is Style.BARE and found.style is not Style.BARE):
            return self._done(self._unknown(connection, found.name, line))
        is_chair = self.is_chair(connection, line.actor)
        said = Said(line, self.line_count, connection, found.name, found.rest, is_chair)
        if not self.may(entry, said):
            return self._done(self.refused_word(entry, said))
        self._changes_nothing = False
        effects = tuple(entry.run(self, said))
        is_answer = bool(effects) and all(isinstance(effect, Tell) for effect in effects)
        if not is_answer:
            self.note_use(entry, found, said)
        return self._done(effects)

    def note_use(self, entry: Word, found: Found, said: Said) -> None:
        """The last line is a command that did something, unless it turned out to do nothing."""
        if self._changes_nothing:
            return
        text = plain(said.line.text).rstrip()
        self.uses[-1] = redaction.use_of(entry, found, text)
        held, *repeated = redaction.held_texts(entry, found, text)
        if held and text.endswith(held):
            self.held[self.line_count] = (text.removesuffix(held), (held, *repeated))

    def _unknown(self, connection: Connection, name: str, line: Line) -> Iterator[Effect]:
        """A ``#word`` that is no command."""
        meant = self._slips.meant(connection.person, name, self.room.name)
        if meant is not None:
            yield Tell(line.actor, cut(f"Did you mean {self.prefix}{meant}? I know no {self.prefix}{name}."))

    def _done(self, effects: Iterable[Effect]) -> tuple[Effect, ...]:
        was_lurking = self.is_lurking
        done = tuple(effects)
        if self._is_history:
            done = tuple(effect for effect in done if not isinstance(effect, _NOT_ANSWERED))
        if was_lurking and self.is_lurking and self.ended is None:
            done = tuple(effect for effect in done if not isinstance(effect, Say | Tell | SetTopic))
        for effect in done:
            if isinstance(effect, Say):
                # Of what is redacted already there is nothing left that the line could repeat.
                left = tuple(each for each in effect.of if not each.left)
                self.own_words.append(Asked(effect.text, left, effect.opens))
            elif isinstance(effect, SetTopic):
                self.room_topics.append(Asked(effect.topic, effect.of))
        return done


def fold(lines: Iterable[Line], opening: Opening) -> Meeting:
    """The meeting that ``lines`` come to, the first of them its ``#startmeeting``.

    ``opening`` serves where the second line is no ``meetings.opened`` note. Raises ``ValueError`` where
    there is no line at all.
    """
    remaining = iter(lines)
    first = next(remaining, None)
    if first is None:
        raise ValueError("a meeting has at least its first line")
    second = next(remaining, None)
    if second is not None and second.kind is Kind.NOTE and second.text == OPENED:
        opening = Opening.from_data(second.data)
    meeting, _ = Meeting.start(first, opening)
    if second is not None:
        meeting.apply(second)
    for line in remaining:
        meeting.apply(line)
    return meeting


_COMINGS = frozenset({Kind.JOINED, Kind.LEFT, Kind.RENAMED, Kind.LOGIN})
_NOTED_MEANWHILE = frozenset(
    {
        *("topic", "subtopic", "info", "idea", "help", "link", "action", "progress"),
        *("agreed", "accepted", "rejected", "done"),
    }
)
_BALLOT_STARTS = frozenset("+-0\N{MINUS SIGN}\N{EN DASH}")
