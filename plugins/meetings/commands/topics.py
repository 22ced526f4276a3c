"""What is talked about, and what the meeting is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from plugins.meetings.effects import Effect
from plugins.meetings.items import Noted
from plugins.meetings.minutes import ItemKind
from plugins.meetings.names import meeting_name
from plugins.meetings.replies import say
from plugins.meetings.words import Said, Who, word

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting


def open_topic(
    meeting: Meeting,
    said: Said,
    text: str,
    kind: ItemKind = ItemKind.TOPIC,
    *,
    derived: bool = False,
    sources: tuple[int, ...] = (),
) -> tuple[Noted, Iterator[Effect]]:
    """A new topic: its item, and the room's topic. Whatever time was set for the last topic is over; a
    subtopic is within it. ``derived`` from the lines ``sources``.
    """
    if kind is ItemKind.TOPIC:
        meeting.clock.timebox = None
    item = meeting.items.note(
        kind,
        text,
        said.person,
        said.nick,
        said.line.time,
        said.number,
        derived=derived,
        sources=sources,
    )
    return item, meeting.topic_effects()


@word(
    "topic",
    who=Who.CHAIR,
    syntax="TEXT",
    example="topic Bugs",
    meaning="Begin a topic, and set the room's topic.",
)
def topic(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """A topic item."""
    yield from _topic(meeting, said, ItemKind.TOPIC)


@word(
    "subtopic",
    who=Who.CHAIR,
    syntax="TEXT",
    example="subtopic Bug 1",
    meaning="Begin a topic within the topic.",
)
def subtopic(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """A nested topic item."""
    yield from _topic(meeting, said, ItemKind.SUBTOPIC)


def _topic(meeting: Meeting, said: Said, kind: ItemKind) -> Iterator[Effect]:
    if not said.rest:
        yield meeting.tell(said, f"Say what the topic is: {meeting.prefix}{kind.value} TEXT")
        return
    item, effects = open_topic(meeting, said, said.rest, kind)
    yield from effects
    if meeting.profile.echoes:
        yield meeting.say_of(item, f"{kind.value.upper()}: {item.text}")


@word(
    "meetingtopic",
    who=Who.CHAIR,
    syntax="TEXT or none",
    example="meetingtopic Planning the release",
    meaning="Say what the whole meeting is about; it stands behind each topic.",
)
def meetingtopic(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """``none``, ``unset`` or nothing clears it."""
    meeting.meeting_topic = "" if said.rest.lower() in {"", "none", "unset"} else said.rest
    yield from meeting.topic_effects()


@word(
    "meetingname",
    who=Who.CHAIR,
    syntax="NAME",
    example="meetingname nova weekly",
    meaning="Name the meeting (and its series).",
)
def meetingname(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The name is made safe: lower case, ``_`` for what is no letter, digit or ``-``."""
    if not said.rest:
        yield meeting.tell(said, f"Say the name: {meeting.prefix}meetingname NAME")
        return
    meeting.name = meeting_name(said.rest)
    yield say(f"The meeting name has been set to '{meeting.name}'")


@word(
    "meeting",
    who=Who.CHAIR,
    syntax="NAME",
    example="meeting Nova weekly",
    meaning="Name the meeting and set its topic, as in Meeting: NAME.",
)
def meeting_(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """W3C's ``Meeting: NAME`` is both."""
    yield from meetingname(meeting, said)
    if said.rest:
        yield from meetingtopic(meeting, said)
