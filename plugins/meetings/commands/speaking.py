"""The speakers' queue, as Zakim keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.text import fold_nick
from plugins.meetings.effects import Effect
from plugins.meetings.owners import COMMON
from plugins.meetings.queue import parse_queued
from plugins.meetings.replies import say
from plugins.meetings.words import Said, Style, Who, word

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting


@word(
    "q+",
    style=Style.BARE,
    syntax="[NICK] [to say X]",
    example="q+ to ask about the freeze",
    meaning="Ask to speak, or put somebody on the queue.",
)
def add(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Silent where it worked."""
    yield from _add(meeting, said, front=False)


@word(
    "qq+",
    style=Style.BARE,
    syntax="[NICK] [to say X]",
    example="qq+ to answer that",
    meaning="Ask to speak first.",
)
def add_first(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """To the front of the queue."""
    yield from _add(meeting, said, front=True)


def _add(meeting: Meeting, said: Said, *, front: bool) -> Iterator[Effect]:
    names, purpose = parse_queued(said.rest)
    wanted = [said.nick if name.lower() == "me" else name for name in names] or [said.nick]
    for text in [meeting.queue.add(name, purpose, front=front) for name in wanted[:10]]:
        if text:
            yield say(text)
            return


@word(
    "q-",
    style=Style.BARE,
    syntax="[NICK]",
    example="q- bob",
    meaning="Leave the queue; a chair takes anybody off.",
)
def remove(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """One's own place, or as a chair anybody's."""
    name = said.rest or said.nick
    own = name.lower() == "me" or fold_nick(name) == fold_nick(said.nick)
    if not own and not said.is_chair:
        yield meeting.tell(said, "Only a chair can take others off the queue.")
    elif text := meeting.queue.remove(said.nick if own else name):
        meeting.changes_nothing()
        yield say(text)


@word("q?", style=Style.BARE, meaning="Say who is on the queue.")
def show(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """In one line."""
    yield say(meeting.queue.show())


@word(
    "ack",
    style=Style.BARE,
    syntax="NICK or next",
    example="ack next",
    meaning="Call somebody on the queue to speak: a chair.",
)
def ack(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Where nobody ever asked to speak, ``ack bob`` is chat, as ``ack thanks`` and a bare ``ack`` are
    anywhere, but for a chair who has somebody to call.
    """
    if _is_chat(meeting, said):
        meeting.changes_nothing()
    elif not said.is_chair:
        meeting.changes_nothing()
        if meeting.first_time(said.person, "ack"):
            yield meeting.tell(said, "Only a chair can call the next speaker.")
    elif not said.rest:
        meeting.changes_nothing()
        if meeting.first_time(said.person, "bare ack"):
            yield meeting.tell(said, f"Say whom: ack NICK, or ack next. {meeting.queue.show()}")
    else:
        is_next = said.rest.lower() == "next"
        floor = meeting.queue.ack_next() if is_next else meeting.queue.ack(said.rest)
        if floor.speaker is None:
            meeting.changes_nothing()
        yield say(floor.text)


def _is_chat(meeting: Meeting, said: Said) -> bool:
    queue, name = meeting.queue, said.rest
    if not name:
        return not (said.is_chair and len(queue))
    if name in queue or name.lower() == "next":
        return False
    if not (queue.was_used or meeting.profile.w3c):
        return True
    here = meeting.people.here(said.line.actor.network, name) is not None
    return not here and (not said.is_chair or fold_nick(name) in COMMON)


@word("close queue", style=Style.BARE, who=Who.CHAIR, meaning="Take nobody more on the queue.")
def close(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Those who wait stay."""
    yield say(meeting.queue.close())


@word("open queue", style=Style.BARE, who=Who.CHAIR, meaning="Take speakers again.")
def open_(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The reverse of closing it."""
    yield say(meeting.queue.open())
