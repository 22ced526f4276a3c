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
    wanted, purpose = _asked(meeting, said)
    added = [meeting.queue.add(name, purpose, front=front, key=key, line=said.number) for name, key in wanted]
    for text in added:
        if text:
            yield say(text)
            return


def corrected(meeting: Meeting, said: Said, line: int) -> bool:
    """What somebody said to be put on the queue, in the line of that number, says something else now; whether
    that gives those who wait since then another purpose.
    """
    wanted, purpose = _asked(meeting, said)
    changed = [meeting.queue.correct(name, purpose, line, key) for name, key in wanted]
    return any(changed)


def _asked(meeting: Meeting, said: Said) -> tuple[list[tuple[str, str]], str]:
    """Who is to wait, and what for."""
    names, purpose = parse_queued(said.rest)
    is_nick = meeting.people.here(said.line.actor.network, said.rest) is not None
    wanted = [_ME] if not names and not is_nick else [said.rest] if is_nick else names
    return [_waiter(meeting, said, each) for each in wanted[:10]], "" if is_nick else purpose


_ME = "me"


def _waiter(meeting: Meeting, said: Said, name: str) -> tuple[str, str]:
    """Who is meant on the queue: how they are shown, and the key of the person where it is known who that is.
    A name as the queue shows it comes before a nick.
    """
    name = name.strip('"')
    connection = said.connection if name.lower() == _ME else None
    if connection is None and not any(who.name == name for who in meeting.queue.waiting):
        connection = meeting.people.here(said.line.actor.network, name, begun=True)
    if connection is None:
        return name, ""
    nick, key = connection.nick, connection.person.key
    return meeting.shown(connection.person, nick), key


@word(
    "q-",
    style=Style.BARE,
    syntax="[NICK]",
    example="q- bob",
    meaning="Leave the queue; a chair takes anybody off.",
)
def remove(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """One's own place, or as a chair anybody's."""
    if _is_sentence(meeting, said):
        meeting.changes_nothing()
        return
    name, key = _waiter(meeting, said, said.rest or _ME)
    own = key == said.person.key
    if not own and not said.is_chair:
        yield meeting.tell(said, "Only a chair can take others off the queue.")
    elif text := meeting.queue.remove(name, key):
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
        floor = meeting.queue.ack_next() if is_next else meeting.queue.ack(*_waiter(meeting, said, said.rest))
        if floor.speaker is None:
            meeting.changes_nothing()
        yield say(floor.text)


def _is_sentence(meeting: Meeting, said: Said) -> bool:
    """Whether what follows is several words and nobody's name."""
    name = said.rest.strip('"')
    if " " not in name or name in meeting.queue:
        return False
    return meeting.people.here(said.line.actor.network, name) is None


def _is_chat(meeting: Meeting, said: Said) -> bool:
    queue, name = meeting.queue, said.rest
    if _is_sentence(meeting, said):
        return True
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
