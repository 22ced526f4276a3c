"""What a meeting knows: its state, what may be asked of it, and what the words' handlers do with it.

How lines change it is :mod:`plugins.meetings.meeting`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.model import Actor, Json, Line, Room
from bot.text import fold_nick
from plugins.meetings import naming, redaction
from plugins.meetings.agenda import Agenda
from plugins.meetings.chairs import Chairs
from plugins.meetings.clock import Clock
from plugins.meetings.corrections import SentLines
from plugins.meetings.effects import Effect, Say, SetTopic, Tell
from plugins.meetings.items import Items, Noted
from plugins.meetings.minutes import ActionState, Gap, OldAction, Vote
from plugins.meetings.names import meeting_name
from plugins.meetings.opening import Opening
from plugins.meetings.people import Connection, People, Person
from plugins.meetings.profiles import profile_named
from plugins.meetings.queue import SpeakersQueue
from plugins.meetings.redaction import Refused
from plugins.meetings.replies import cut, few
from plugins.meetings.slips import Slips
from plugins.meetings.strangers import stranger_names
from plugins.meetings.times import zone_named
from plugins.meetings.votes import Poll
from plugins.meetings.words import Recogniser, Said, Who, Word

REOPEN_WITHIN = timedelta(hours=1)
"""For how long after its end a meeting may be taken up again."""


class MeetingState:
    """The state of one meeting."""

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

    # What people ask about it.

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

    def lost_sight(self) -> None:
        """Nothing is known of a while after the end."""
        self.people.gap()

    def knows(self, id_: Json) -> bool:
        """Whether a message of that id may be corrected or reacted to here."""
        return isinstance(id_, str) and (
            id_ in self.sent or any(id_ in poll.ids for poll in self.polls.values())
        )

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
        return poll.stranger(stranger_names(self.people, actor)[-1])

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
        """Say a few lines as :meth:`say_of` does; many are put into one."""
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
