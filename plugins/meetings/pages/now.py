"""What a running meeting's page shows besides the lines, as plain values: two looks can be compared by them,
and they are the page's JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugins.meetings.items import Noted
from plugins.meetings.meeting import Meeting
from plugins.meetings.minutes import AgendaPoint, Choice, Section
from plugins.meetings.queue import Waiting
from plugins.meetings.votes import Poll


@dataclass(frozen=True, slots=True)
class Topic:
    """What is talked about. ``line`` is the N of the line that said so."""

    text: str
    nick: str
    time: datetime
    line: int


@dataclass(frozen=True, slots=True)
class Topics:
    """The meeting's own topic, what is talked about, what within that, and until when there is time."""

    meeting: str
    topic: Topic | None
    subtopic: Topic | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Open:
    """An open vote with its ballots so far. Of secret ones only how many there are is known here."""

    question: str
    motion: bool
    choices: tuple[Choice, ...]
    started: datetime
    line: int
    required: int
    voters: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Queue:
    """Who wants to speak, in their order."""

    waiting: tuple[Waiting, ...]
    closed: bool
    was_used: bool


@dataclass(frozen=True, slots=True)
class Attending:
    """Somebody who takes part, or sent regrets. ``here``: in the room now, as far as one knows."""

    nick: str
    name: str
    chair: bool
    here: bool
    regrets: bool


@dataclass(frozen=True, slots=True)
class Now:
    """A running meeting as it stands."""

    topic: Topics
    vote: Open | None
    queue: Queue
    agenda: tuple[AgendaPoint, ...]
    people: tuple[Attending, ...]
    noted: tuple[Section, ...]


PANELS = ("topic", "vote", "queue", "agenda", "people", "noted")
"""The parts of the page, each made of the field of :class:`Now` of that name."""


def now_of(meeting: Meeting) -> Now:
    """What a meeting's page shows now."""
    topic, subtopic = meeting.items.current_topics()
    timebox = meeting.clock.timebox
    return Now(
        topic=Topics(
            meeting.meeting_topic,
            _topic(topic),
            _topic(subtopic),
            timebox.end if timebox is not None else None,
        ),
        vote=_open(meeting.poll) if meeting.poll is not None else None,
        queue=Queue(meeting.queue.waiting, meeting.queue.closed, meeting.queue.was_used),
        agenda=meeting.agenda.points,
        people=tuple(_people(meeting)),
        noted=meeting.minutes().sections,
    )


def _topic(item: Noted | None) -> Topic | None:
    return Topic(item.whole, item.nick, item.time, item.line) if item is not None else None


def _open(poll: Poll) -> Open:
    return Open(
        question=poll.question,
        motion=poll.is_motion,
        choices=poll.counted(),
        started=poll.started,
        line=poll.line,
        required=poll.required,
        voters=poll.voters,
    )


def _people(meeting: Meeting) -> list[Attending]:
    """Those who said something or were declared, in the order of their coming; chairs first."""
    chairs = set(meeting.chairs)
    found = [
        Attending(
            nick=person.nick,
            name=person.name,
            chair=person in chairs,
            here=person.is_here,
            regrets=person.sent_regrets,
        )
        for person in meeting.people
        if (person.lines or person.declared or person.regrets or person in chairs) and not person.absent
    ]
    known = {one.nick for one in found}
    found += [
        Attending(name, "", chair=False, here=False, regrets=regrets)
        for name, regrets in meeting.named.values()
        if name not in known
    ]
    return sorted(found, key=lambda one: (one.regrets, not one.chair))
