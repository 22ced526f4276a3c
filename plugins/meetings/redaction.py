"""Taking a text away for ever: what each line was, and which lines Muster itself added of an item.

Rules:

1. An item is redacted with every line that carried its text: its own, its edits, what Muster repeated.
2. A line that only said something is redacted by itself. One that gave the meeting a text to hold (a point
   of the agenda, what somebody wants to say, a name, the meeting's topic) keeps its word, and the meeting is
   folded again. One that did something else (a vote, a chair) is not redacted: the meeting would come to
   something else.
3. Redacting, and folding the redacted lines, come to the same meeting.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.model import Line
from plugins.meetings.course import action_effect, action_key
from plugins.meetings.effects import Effect, Redact
from plugins.meetings.items import Noted, stub
from plugins.meetings.minutes import ItemKind
from plugins.meetings.replies import say

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting
    from plugins.meetings.words import Said

_LEAST_TOPIC = 40  # characters of a topic that the server cut: fewer could be another's


class Use(enum.IntEnum):
    """What a counted line was."""

    TEXT = 0  # it only said something
    EVENT = 1  # it has no text of anybody's
    COMMAND = 2  # it did something; an item's lines are found through the item
    REDACTED = 3


def own_line(meeting: Meeting, line: Line) -> tuple[Effect, ...]:
    """A line of Muster's own: if it repeats an item, remember so, or have it redacted like the item was."""
    words = meeting.own_words
    for index, (text, item) in enumerate(words):
        if text == line.text:
            del words[index]
            return _repeated(meeting, (item,))
    return ()


def own_topic(meeting: Meeting, line: Line) -> tuple[Effect, ...]:
    """The room has a new topic: likewise for the items that stand in it, if it is one that Muster set."""
    topics = meeting.room_topics
    mine = line.own or line.actor.nick == meeting.opening.own_nick
    for index, (text, items) in enumerate(topics):
        was_cut = mine and len(line.text) >= _LEAST_TOPIC and text.startswith(line.text)
        if text == line.text or was_cut:
            del topics[index]
            return _repeated(meeting, items)
    return ()


def _repeated(meeting: Meeting, items: tuple[Noted, ...]) -> tuple[Effect, ...]:
    """The line that was counted last repeats these items. What Muster says waits for the database, so that
    it may come after its item's redaction.
    """
    for item in items:
        item.echoes.append(meeting.line_count)
    gone = next((item for item in items if item.redacted), None)
    if gone is None:
        return ()
    meeting.uses[-1] = Use.REDACTED
    return (Redact(((meeting.line_count, gone.text),)),)


def held_text(name: str, rest: str) -> str:
    """The text that a command gave the meeting to hold, so that it can be taken back; empty for none."""
    if name in {"agenda+", "here", "meetingtopic"}:
        return rest
    if name == "agenda=":
        return rest.partition(" ")[2].lstrip("= ")
    if name in {"q+", "qq+"}:
        return (_PURPOSE.search(rest) or ["", ""])[1]
    return ""


_PURPOSE = re.compile(r"(?:^|\s)to\s+(?:say\s+)?(.+)", re.DOTALL | re.IGNORECASE)


def redact_item(meeting: Meeting, said: Said, item: Noted) -> Iterator[Effect]:
    """Redact an item with all lines that carry its text."""
    if item.redacted:
        yield meeting.tell(said, f"Item {item.number} is redacted already.")
        return
    if item.derived:
        yield meeting.tell(
            said,
            f"Item {item.number} was made of other lines (a vote, the agenda), which cannot be redacted. "
            f"Take it out of the minutes with {meeting.prefix}undo {item.number}.",
        )
        return
    in_topic = item in meeting.items.current_topics()
    texts = tuple(dict.fromkeys([item.text, item.whole, *(change.before for change in item.changes)]))
    lines = meeting.items.redact(item, said.nick, said.line.time, meeting.prefix)
    for number in lines:
        meeting.uses[number - 1] = Use.REDACTED
    yield Redact(
        lines=tuple(sorted(lines.items())),
        items=(item.number,) if item.notes else (),
        action=action_key(meeting, item) if item.kind is ItemKind.ACTION else "",
        texts=tuple(text for text in texts if text),
    )
    if item.kind is ItemKind.ACTION:
        yield action_effect(meeting, item)
    if in_topic:
        yield from meeting.topic_effects()
    yield say(f"Item {item.number} is redacted.")


def redact_line(meeting: Meeting, said: Said, number: int) -> Iterator[Effect]:
    """Redact one line, or the item that it carries."""
    if not 1 <= number < meeting.line_count:
        yield meeting.tell(said, f"There is no line l-{number} before this one.")
        return
    use = meeting.uses[number - 1]
    item = meeting.items.by_line.get(number)
    if item is not None:
        yield from redact_item(meeting, said, item)
    elif number in meeting.held and use == Use.COMMAND:
        head, text = meeting.held.pop(number)
        meeting.uses[number - 1] = Use.REDACTED
        new = head + stub(said.nick, said.line.time)
        yield Redact(((number, new),), texts=(text,), refold=True)
        yield say(f"Line l-{number} is redacted.")
    elif use == Use.TEXT:
        meeting.uses[number - 1] = Use.REDACTED
        yield Redact(((number, stub(said.nick, said.line.time)),))
        yield say(f"Line l-{number} is redacted.")
    elif use == Use.REDACTED:
        yield meeting.tell(said, f"Line l-{number} is redacted already.")
    elif use == Use.EVENT:
        yield meeting.tell(said, f"Line l-{number} holds no text that could be redacted.")
    else:
        yield meeting.tell(
            said,
            f"Line l-{number} was a command that the meeting follows from, and cannot be redacted. "
            f"An item can: {meeting.prefix}redact NUMBER. {meeting.prefix}restrictlogs hides the logs.",
        )
