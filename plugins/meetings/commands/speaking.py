"""The speakers' queue, as Zakim keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.text import fold_nick, one_slip
from plugins.meetings.effects import Effect
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
    """``ack`` before what is on nobody's queue is just chat, but for a chair's slip in a name that is."""
    is_next = said.rest.lower() == "next"
    here = meeting.people.here(said.line.actor.network, said.rest) is not None
    if not is_next and said.rest not in meeting.queue and not (here and len(meeting.queue)):
        waiting = [who.name for who in meeting.queue.waiting]
        if not said.is_chair or one_slip(said.rest, waiting) is None:
            return
    if not said.is_chair:
        if meeting.first_time(said.person, "ack"):
            yield meeting.tell(said, "Only a chair can call the next speaker.")
        return
    floor = meeting.queue.ack_next() if is_next else meeting.queue.ack(said.rest)
    yield say(floor.text)


@word("close queue", style=Style.BARE, who=Who.CHAIR, meaning="Take nobody more on the queue.")
def close(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Those who wait stay."""
    yield say(meeting.queue.close())


@word("open queue", style=Style.BARE, who=Who.CHAIR, meaning="Take speakers again.")
def open_(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The reverse of closing it."""
    yield say(meeting.queue.open())
