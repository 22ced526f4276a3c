"""Items change, lines never: undo, redo, edit, s/old/new/ and redact."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.text import shorten
from plugins.meetings.commands.noting import date_hint
from plugins.meetings.course import action_effect
from plugins.meetings.effects import Effect
from plugins.meetings.items import Noted
from plugins.meetings.minutes import ItemKind
from plugins.meetings.outside import change_text, read_action
from plugins.meetings.redaction import redact_item, redact_line
from plugins.meetings.replies import say
from plugins.meetings.words import Said, Style, Who, substitution, word

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting

_NUMBER = re.compile(r"(?:item\s+)?#?(\d{1,9})", re.IGNORECASE)
_EDIT = re.compile(r"(?:item\s+)?#?(\d{1,9})[:,]?\s+(.+)", re.IGNORECASE | re.DOTALL)
_REDACT = re.compile(r"(?:(l)-?|item\s+)?#?(\d{1,9})", re.IGNORECASE)
_LAST = 3  # how many items are shown to who does not say which
_GLIMPSE = 60  # columns of each
_TOPICS = frozenset({ItemKind.TOPIC, ItemKind.SUBTOPIC})


def _shown(item: Noted) -> str:
    label = item.kind.label or item.kind.value.upper()
    return f"{label}: {item.whole} (item {item.number})"


def _may_change(said: Said, item: Noted) -> bool:
    return said.is_chair or item.person.now() is said.person


def _say_which(meeting: Meeting, said: Said, how: str) -> Effect:
    """For whom the items' numbers are not plain: the last few with theirs."""
    shown = [
        f"{item.number} {f'{item.kind.label}: ' if item.kind.label else ''}{shorten(item.whole, _GLIMPSE)}"
        for item in meeting.items.last(_LAST)
    ]
    return meeting.tell(said, f"{how}. Last items: {'; '.join(shown)}." if shown else f"{how}.")


def _not_yours(meeting: Meeting, said: Said, number: int) -> Effect:
    return meeting.tell(said, f"Item {number} is not yours: its author or a chair can change it.")


def follow(meeting: Meeting, item: Noted) -> Iterator[Effect]:
    """What hangs on an item that has changed."""
    if item.kind is ItemKind.ACTION:
        yield action_effect(meeting, item)
    elif item.kind in _TOPICS:
        yield from meeting.topic_effects()


@word(
    "undo",
    syntax="[item N]",
    example="undo item 7",
    meaning="Take an item (the last one) out of the minutes.",
)
def undo(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """A chair undoes any item, everybody else their own."""
    item: Noted | None
    if said.rest:
        match = _NUMBER.fullmatch(said.rest)
        if match is None:
            yield _say_which(meeting, said, f"Say which item: {meeting.prefix}undo 5")
            return
        item = meeting.items.get(int(match[1]))
        if item is None or item.removed:
            yield meeting.tell(said, f"There is no item {match[1]} in the minutes.")
            return
        if not _may_change(said, item):
            yield _not_yours(meeting, said, item.number)
            return
    else:
        item = meeting.items.latest(None if said.is_chair else said.person)
        if item is None:
            yield meeting.tell(said, "There is no item of yours to undo.")
            return
    if item.redacted:
        yield meeting.tell(
            said, f"Item {item.number} was redacted and stays: it says who took its text away, and when."
        )
        return
    meeting.items.remove(item, said.nick, said.line.time)
    yield from follow(meeting, item)
    yield meeting.say_of(item, f"Removing item from minutes: {_shown(item)}")


@word("redo", syntax="[item N]", example="redo item 7", meaning="Put an item back that was taken out last.")
def redo(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The reverse of undo."""
    match = _NUMBER.fullmatch(said.rest) if said.rest else None
    if said.rest and match is None:
        yield meeting.tell(said, f"Say which item: {meeting.prefix}redo 5.")
        return
    item = meeting.items.latest_removed() if match is None else meeting.items.get(int(match[1]))
    if item is None or not item.removed:
        yield meeting.tell(said, "No such item was taken out.")
    elif not _may_change(said, item):
        yield _not_yours(meeting, said, item.number)
    else:
        meeting.items.restore(item, said.nick, said.line.time)
        yield from follow(meeting, item)
        yield meeting.say_of(item, f"Item is back in the minutes: {_shown(item)}")


@word("edit", syntax="N TEXT", example="edit 7 fourteen reviews wait", meaning="Give item N another text.")
def edit(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The history keeps what it was."""
    match = _EDIT.fullmatch(said.rest)
    item = meeting.items.get(int(match[1])) if match is not None else None
    if match is None:
        yield _say_which(meeting, said, f"Say which item and its new text: {meeting.prefix}edit 5 TEXT")
    elif item is None or item.removed:
        yield meeting.tell(said, f"There is no item {match[1]} in the minutes.")
    elif not _may_change(said, item):
        yield _not_yours(meeting, said, item.number)
    elif item.redacted:
        yield meeting.tell(said, f"Item {item.number} was redacted: note it anew.")
    elif item.derived:
        yield meeting.tell(
            said, f"Item {item.number} was made of other lines (a vote, the agenda): it can only be undone."
        )
    else:
        change_text(meeting, item, match[2].strip(), said.nick, said.line, said.number)
        yield from follow(meeting, item)
        yield meeting.say_of(item, f"Item {item.number} is now: {item.whole}")
        if item.kind is ItemKind.ACTION:
            yield from date_hint(meeting, said, item)


@word(
    "s",
    style=Style.SUBSTITUTION,
    syntax="s/old/new/",
    example="s/forty/fourteen/",
    meaning="Correct the last item that has OLD (/g: each).",
)
def substitute(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """As RRSAgent does; only one's own items, or a chair any."""
    parts = substitution(said.rest)
    if parts is None:
        return
    old, new, everywhere = parts
    changed = meeting.items.substitute(
        old,
        new,
        said.nick,
        said.line.time,
        said.number,
        lambda item: _may_change(said, item),
        everywhere=everywhere,
    )
    for item in changed:
        if item.kind is ItemKind.ACTION:
            read_action(meeting, item, said.line)
            yield action_effect(meeting, item)
    if any(item.kind in _TOPICS for item in changed):
        yield from meeting.topic_effects()
    if not changed:
        yield meeting.tell(said, "No item that you may change has that text.")
    elif len(changed) == 1:
        yield meeting.say_of(changed[0], f"Item {changed[0].number} is now: {changed[0].whole}")
    else:
        numbers = ", ".join(str(item.number) for item in changed)
        yield say(f"Items changed: {numbers}")


@word(
    "redact",
    who=Who.CHAIR,
    syntax="N or l-N",
    example="redact l-21",
    meaning="Take the text of an item or a line away for ever.",
)
def redact(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """A stub stays that says who did it and when."""
    match = _REDACT.fullmatch(said.rest)
    if match is None:
        yield _say_which(
            meeting,
            said,
            f"Say what: {meeting.prefix}redact 5 for item 5, {meeting.prefix}redact l-12 for line 12",
        )
        return
    number = int(match[2])
    if match[1] is not None:
        yield from redact_line(meeting, said, number)
        return
    item = meeting.items.get(number)
    if item is None:
        yield meeting.tell(said, f"There is no item {number}. A line is {meeting.prefix}redact l-{number}.")
    else:
        yield from redact_item(meeting, said, item)
