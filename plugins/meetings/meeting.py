"""One meeting as a pure fold over its lines.

Rules:

1. :meth:`Meeting.apply` takes the room's lines in journal order, does no I/O, reads no clock and never
   raises. What it returns is done once, live; folding the same lines again gives the same meeting.
2. No line is kept, only what the minutes need.
3. A word's handler stands in ``plugins/meetings/commands``; here are the state and the way of a line to it.
4. Lines of Muster itself, of other bots, notices and ``/me`` are counted and never obeyed. Lines of history
   are obeyed and not answered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import plugins.meetings.commands  # noqa: F401 (it registers the words)
from bot.model import Actor, Json, Kind, Line, Room
from bot.text import fold_nick, plain
from plugins.meetings import course, naming, outside, redaction
from plugins.meetings.agenda import Agenda
from plugins.meetings.chairs import Chairs
from plugins.meetings.clock import Clock
from plugins.meetings.corrections import SentLines, corrected
from plugins.meetings.effects import Effect, ImportAgenda, Save, Say, SetTopic, Tell
from plugins.meetings.items import Items, Noted
from plugins.meetings.minutes import ActionState, Gap, Minutes, OldAction, Vote
from plugins.meetings.names import meeting_name
from plugins.meetings.notes import BALLOT, OPENED
from plugins.meetings.opening import Opening
from plugins.meetings.people import Connection, People, Person
from plugins.meetings.profiles import profile_named
from plugins.meetings.queue import SpeakersQueue
from plugins.meetings.reactions import reacted
from plugins.meetings.record import minutes_of
from plugins.meetings.redaction import Asked, Refused, Use
from plugins.meetings.replies import cut, few
from plugins.meetings.slips import Slips
from plugins.meetings.times import EARLIEST, LATEST, gap_of, in_time, zone_named
from plugins.meetings.votes import Poll, bare_ballot
from plugins.meetings.words import WORDS, Found, Recogniser, Said, Style, Who, Word, opening_words

REOPEN_WITHIN = timedelta(hours=1)
_NOT_ANSWERED = (Say, Tell, SetTopic, Save, ImportAgenda)  # what is not done for a line of history


class Meeting:
    """The state of one meeting. Made by :meth:`start` or :func:`fold`, changed by :meth:`apply` alone."""

    def __init__(self, line: Line, opening: Opening) -> None:
        self.opening = opening
        self.id = opening.id
        self.room: Room = line.room
        self.profile = profile_named(opening.profile)
        self.prefix = opening.prefix or "#"
        self.zone = zone_named(opening.zone)
        self.started = line.time
        self.ended: datetime | None = None
        self.name = ""
        self.meeting_topic = ""
        self.restricted = opening.restricted
        self.is_lurking = False

        self.line_count = 0
        self.lines_at_end = 0
        self.uses = bytearray()
        """What each counted line was (:class:`~plugins.meetings.redaction.Use`), by its number less one."""

        self.sent = SentLines()
        """The lines that their authors may correct, and what became of those."""

        self.ballot_count = 0
        """How many notes of secret ballots there were."""

        self.held: dict[int, tuple[str, tuple[str, ...]]] = {}
        """Texts that the meeting holds from lines that are no items': what stood before it, and the text,
        also as Muster may have repeated it.
        """

        self.refused: dict[int, Refused] = {}
        """Votes and ballots that were refused aloud, by line."""

        self.people = People(self._merged, self._moved)
        self.chairs = Chairs()
        self.scribes: dict[Person, None] = {}
        self.named: dict[str, tuple[str, bool]] = {}
        """Names declared present (or, ``True``, sending regrets) that nobody here goes by: by folded name."""
        self.items = Items()
        self.old_actions: dict[str, OldAction] = {action.key: action for action in opening.old_actions}
        self.agenda = Agenda()
        self.proposers: dict[int, Person] = {}
        self.point_lines: dict[int, list[int]] = {}
        """The lines that gave a point of the agenda its text."""
        self.point_of_action: dict[str, int] = {}
        """The points that were imported for actions, by the actions' keys."""
        self.point_taken: datetime | None = None
        self.next_asked: datetime | None = None
        self.queue = SpeakersQueue()
        self.poll: Poll | None = None
        self.polls: dict[int, Poll] = {}
        """Every vote that was opened, by the number of the line that did it."""
        self.voters: tuple[tuple[str, ...], tuple[Person, ...]] | None = None
        self.votes_required = 0
        self.votes: list[Vote] = []
        self.closed_at_end: tuple[Poll, Noted] | None = None
        self.gaps: list[Gap] = []
        self.notes: list[str] = []
        self.end_note = ""
        self.closed_actions: list[tuple[str, str, ActionState]] = []
        """Actions closed from outside while the meeting ran: key, by whom, and how."""
        self.has_set_topic = False
        self.room_topics: redaction.Awaited = deque(maxlen=32)
        self.own_words: redaction.Awaited = deque(maxlen=64)
        """What Muster was last asked to set and to say: its own lines follow, in that order."""

        minutes = min(max(opening.planned_minutes, 1), 100_000)
        self.clock = Clock(self.started, timedelta(minutes=minutes))
        self._now = line.time
        self._is_history = False
        self._changes_nothing = False
        self.recognise = Recogniser(self.profile, self.prefix)
        self._slips = Slips()
        self._own_nick = opening.own_nick
        self._known_accounts = {fold_nick(account): account for account in opening.known_accounts}
        for name, _ in opening.team_members:
            self.people.nicks.add(name)
        for _, accounts in opening.known:
            self.people.know(accounts)
        for actor in opening.present:
            if not actor.bot and actor.nick != self._own_nick:
                self.people.see(actor)
        owner = opening.owner or line.actor
        self.owner_connection = self.people.see(owner)
        self.give_chair(self.owner_connection)
        self._owner = self.owner_connection.person
        self.owner = owner.nick

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

    @property
    def is_open(self) -> bool:
        """Whether it runs."""
        return self.ended is None

    @property
    def number(self) -> int:
        """The number N (``l-N``) of the last counted line."""
        return self.line_count

    @property
    def owner_person(self) -> Person:
        """Who started it."""
        return self._owner.now()

    @property
    def title(self) -> str:
        """The meeting's topic, else its team's name in full, else its own name."""
        is_the_team_s = bool(self.opening.team) and self.name == meeting_name(self.opening.team or "")
        return self.meeting_topic or (is_the_team_s and self.opening.team_title) or self.name

    @property
    def chair_names(self) -> tuple[str, ...]:
        """The chairs' nicks of now."""
        return tuple(person.nick for person in self.chairs)

    def may_chair(self, actor: Actor) -> bool:
        """Whether ``actor`` is a chair, by account or by the connection that was made one."""
        connection = self.people.find(actor)
        if connection is not None and self.chairs.may(connection, actor):
            return True
        if actor.account is None:
            return False
        person = self.people.of_account(actor.network, actor.account)
        return person is not None and person.chair

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

    def may_go_on(self, time: datetime) -> bool:
        """Whether it ended by itself, so lately that what is said at ``time`` would be part of it if a chair
        took it up again: a meeting that a chair forgot to end loses no line.
        """
        if self.ended is None or not self.end_note:
            return False
        return timedelta(0) <= time - self.ended <= REOPEN_WITHIN

    def wake(self) -> datetime | None:
        """When the next ``meetings.clock`` note is wanted; ``None`` once the meeting is over."""
        return None if self.ended is not None else self.clock.wake()

    def minutes(self) -> Minutes:
        """The minutes as they stand."""
        return minutes_of(self)

    def follow(self, line: Line) -> None:
        """See who comes and goes after the end, which is no part of the meeting any more: a right that was
        given to a connection ends with it.
        """
        if line.kind in _COMINGS and not self._is_mine(line):
            self._moves(line)

    def lost_sight(self) -> None:
        """Nothing is known of a while after the end."""
        self.people.gap()

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
            _met(self.people, self.poll, line.actor, connection.person)
        self.clock.spoke(line.time)
        if self.clock.waits_for_chair and self.chairs.may(connection, line.actor):
            self.clock.chair_spoke()
        return connection

    def knows(self, id_: Json) -> bool:
        """Whether a message of that id may be corrected or reacted to here."""
        return isinstance(id_, str) and (
            id_ in self.sent or any(id_ in poll.ids for poll in self.polls.values())
        )

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
            _met(self.people, self.poll, line.actor, connection.person)
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

    def is_chair(self, connection: Connection, actor: Actor) -> bool:
        """Whether somebody may do what a chair may."""
        return self.opening.owner is not None or self.chairs.may(connection, actor)

    def may(self, entry: Word, said: Said) -> bool:
        """Whether somebody may use a word."""
        return (
            entry.who is Who.ANYONE
            or said.is_chair
            or (entry.who is Who.SCRIBE and said.person in self.scribes)
        )

    def refused_word(self, entry: Word, said: Said) -> Iterator[Effect]:
        """Somebody may not use a word, and is told so once."""
        if self.first_time(said.person, entry.name):
            who = "a chair or scribe" if entry.who is Who.SCRIBE else "a chair"
            chairs = ", ".join(self.chair_names) or "nobody"
            yield self.tell(said, f"Only {who} can use {entry.typed(self.prefix)} here. Chairs: {chairs}.")

    def _unknown(self, connection: Connection, name: str, line: Line) -> Iterator[Effect]:
        """A ``#word`` that is no command."""
        meant = self._slips.meant(connection.person, name, self.room.name)
        if meant is not None:
            yield Tell(line.actor, cut(f"Did you mean {self.prefix}{meant}? I know no {self.prefix}{name}."))

    # Secret ballots.

    def voter(self, poll: Poll, actor: Actor) -> str:
        """What names the voter of a secret ballot.

        The ballot itself makes nobody known: a log that does not tell of it must come to the same minutes. So
        whoever is not known yet has a key of their own, until they are met.
        """
        connection = self.people.find(actor)
        if connection is not None and actor.account in {None, connection.account}:
            return connection.person.key
        if actor.account is not None:
            person = self.people.of_account(actor.network, actor.account)
            if person is not None:
                return person.key
        return poll.stranger(_stranger_names(self.people, actor)[-1])

    # For the words' handlers.

    def first_time(self, person: Person, what: str) -> bool:
        """Whether this person is told ``what`` for the first time."""
        return self._slips.first_time(person, what)

    def tell(self, said: Said, text: str) -> Tell:
        """Answer the one who said it, alone."""
        return Tell(said.line.actor, cut(text))

    def changes_nothing(self) -> None:
        """The command that is being obeyed turns out to be one that does nothing: its line is only text."""
        self._changes_nothing = True

    def refuse(self, said: Said) -> Refused:
        """A vote or a ballot does nothing; why is said in the room."""
        self.changes_nothing()
        refused = self.refused[said.number] = redaction.refused(said)
        return refused

    def say_of(self, source: Noted | Poll, text: str, *more: Refused) -> Say:
        """Say something in the room that repeats the text of an item or a vote, and ``more``: a redaction of
        one of them takes the line too.
        """
        return Say(cut(text), (source, *more))

    def announce(self, poll: Poll, text: str, *, repeats: bool = False) -> Say:
        """Say that a vote is open: a reaction to that is a ballot. ``repeats``: what the vote asks."""
        return Say(cut(text), (poll,) if repeats else (), poll)

    def shown_as(self, voter: str, name: str) -> str:
        """How the person of that key is shown who voted under a name."""
        person = next((each for each in self.people if each.key == voter), None)
        return name if person is None else self.shown(person, name)

    def shown(self, person: Person, nick: str) -> str:
        """A nick of somebody's as the minutes have it."""
        return naming.shown(self.people, person, nick)

    def owner_names(self, owners: tuple[str, ...]) -> tuple[str, ...]:
        """Whose an action is, each person under one name."""
        return naming.owner_names(self.people, owners)

    def say_lines_of(self, source: Noted | Poll, lines: Iterable[str]) -> Iterator[Say]:
        """Say a few lines, likewise; many are put into one."""
        for row in few(lines):
            yield self.say_of(source, row)

    def room_topic(self) -> str:
        """What the room's topic should be: what is being talked about, else what it was before."""
        text = " - ".join(item.whole for item in self.items.current_topics() if item is not None)
        if self.meeting_topic:
            about = f"Meeting topic: {self.meeting_topic}"
            text = f"{text} ({about})" if text else about
        return text or self.opening.topic

    def topic_effects(self) -> Iterator[Effect]:
        """Set the room's topic to what is being talked about."""
        self.has_set_topic = True
        yield SetTopic(self.room_topic(), tuple(item for item in self.items.current_topics() if item))

    def target(self, said: Said, name: str) -> Connection | Person | None:
        """Whom a name means: somebody here, else the person of a known account, else somebody who is here
        on another network of a linked room (where anybody may have taken the nick), else ``None``.
        """
        name, network = name.lstrip("@"), said.line.actor.network
        connection = self.people.here(network, name, elsewhere=False)
        if connection is not None:
            return connection
        person = self.people.of_account(network, name)
        if person is not None:
            return person
        known = self._known_accounts.get(fold_nick(name))
        if known is not None and network == self.room.network:
            return self.people.expect(network, known)
        return self.people.here(network, name)

    def give_chair(self, to: Connection | Person) -> None:
        """Make somebody here, or the person of a known account, a chair."""
        if isinstance(to, Connection):
            self.people.mean(to)
            self.chairs.give(to)
        else:
            self.chairs.give_account(to)
        self.clock.chairs(self._now, here=self.chairs.any_here)

    def take_chair(self, person: Person) -> None:
        """Somebody is a chair no longer."""
        self.chairs.take(person)
        self.clock.chairs(self._now, here=self.chairs.any_here)

    def local(self, time: datetime) -> datetime:
        """``time`` in the meeting's zone."""
        return time.astimezone(self.zone)

    # Keeping the parts in step.

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

    def _is_mine(self, line: Line) -> bool:
        return line.own or line.actor.bot or line.actor.nick == self._own_nick

    def _merged(self, gone: Person, kept: Person) -> None:
        self.items.merge(gone, kept)
        self.chairs.merged(gone, kept)
        self.queue.merge(gone.key, kept.key)
        if gone in self.scribes:
            del self.scribes[gone]
            self.scribes[kept] = None
        if self.poll is not None:
            self.poll.merge(gone.key, kept.key)
        elif self.closed_at_end is not None:
            self.closed_at_end[0].merge(gone.key, kept.key)

    def _moved(self, person: Person) -> None:
        self.chairs.moved(person)
        self.clock.chairs(self._now, here=self.chairs.any_here)


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


def _met(people: People, poll: Poll, actor: Actor, person: Person) -> None:
    """Somebody who may have voted in secret before is known from now on: there is no second vote."""
    for name in _stranger_names(people, actor):
        poll.met(name, person.key)


def _stranger_names(people: People, actor: Actor) -> list[str]:
    names = [f"nick {actor.network} {fold_nick(actor.nick)}"]
    return (
        names
        if actor.account is None
        else [*names, f"account {people.same_as(actor.network, actor.account)}"]
    )
