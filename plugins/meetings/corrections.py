"""What a corrected message (XEP-0308) changes in a meeting.

Rules:

1. Only who said a line corrects it: the same person, by account or by the connection that said it. Whatever
   else names a line of this meeting by its id changes nothing.
2. A line that noted an item goes on noting it: its text is the new one, and its kind too (``#info`` becomes
   ``#action``) where it is no topic's. Who noted it may do so whoever chairs now; another kind asks for the
   right to note that. A line that no longer begins with the word of an item takes the item out, and one that
   begins with it again puts it back. What was undone stays undone.
3. A ballot that is corrected while the vote is open is that person's ballot, unless they have voted again
   since. One that becomes anything else is taken back; a line said since the vote opened may become one.
4. A line that noted nothing and now begins with the word of an item notes it, at the place where it was said:
   so for ten minutes, and not once another topic has begun; a topic, only if nothing was noted since.
5. What somebody on the queue wants to say, and a point of the agenda that waits, are what the corrected line
   says.
6. Nothing else is done by a correction: a command that was obeyed is not undone and not run again, and one
   that was mistyped has to be said again. Who tries is told so once.
7. A redacted line stays redacted: what corrects it later is redacted too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.model import Json, Line
from bot.text import plain
from plugins.meetings.commands import agenda, speaking
from plugins.meetings.commands.changing import follow
from plugins.meetings.commands.noting import ITEM_KINDS, changes_action, date_hint
from plugins.meetings.commands.voting import cast
from plugins.meetings.course import action_key
from plugins.meetings.effects import ActionSet, Effect, Redact
from plugins.meetings.items import Noted
from plugins.meetings.minutes import ActionState, ItemKind
from plugins.meetings.outside import read_action
from plugins.meetings.people import Connection, Person
from plugins.meetings.redaction import Use
from plugins.meetings.votes import bare_ballot
from plugins.meetings.words import WORDS, Found, Said, Style, Word, split_link

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting

RECENT = timedelta(minutes=10)
"""So long a line of chat may become an item."""

_TOPICS = frozenset({ItemKind.TOPIC, ItemKind.SUBTOPIC})
_MOST_SENT = 5_000


@dataclass(eq=False, slots=True)
class Sent:
    """A line that its author may correct: its number, who said it and when."""

    number: int
    person: Person
    time: datetime


class SentLines:
    """The last lines that people said, by the ids that their network gave them. The first that comes under an
    id keeps it: nobody takes over another's line by sending its id again.
    """

    def __init__(self) -> None:
        self._lines: OrderedDict[str, Sent] = OrderedDict()
        self.versions: dict[int, list[int]] = {}
        """For each line that was corrected, the lines that did it, by number."""
        self.original: dict[int, int] = {}
        """For each of those, the line that it corrects."""
        self.stubs: dict[int, str] = {}
        """What is left of lines that were redacted."""

    def __contains__(self, id_: object) -> bool:
        return id_ in self._lines

    def add(self, line: Line, number: int, person: Person) -> None:
        """Somebody said a line that has an id."""
        if line.id and line.id not in self._lines:  # an empty one says that the message is unknown
            self._lines[line.id] = Sent(number, person, line.time)
            if len(self._lines) > _MOST_SENT:
                self._lines.popitem(last=False)

    def get(self, id_: Json) -> Sent | None:
        """The line of that id."""
        return self._lines.get(id_) if isinstance(id_, str) else None

    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Each line that was corrected with each that did it, in the order in which that was done."""
        return tuple((of, by) for by, of in self.original.items())

    def correct(self, sent: Sent, number: int) -> None:
        """The line of that number corrects one."""
        self.versions.setdefault(sent.number, []).append(number)
        self.original[number] = sent.number


def corrected(meeting: Meeting, line: Line, connection: Connection, sent: Sent) -> Iterator[Effect]:
    """Somebody corrects a line of theirs."""
    number = meeting.line_count
    meeting.sent.correct(sent, number)
    left = meeting.sent.stubs.get(sent.number)
    if left is not None:
        meeting.uses[-1] = Use.REDACTED
        meeting.sent.stubs[number] = left
        yield Redact(((number, left),))
        return
    found = _found(meeting, plain(line.text), sent)
    name = found.name if found is not None else ""
    rest = found.rest if found is not None else ""
    said = Said(line, number, connection, name, rest, meeting.is_chair(connection, line.actor))
    item = meeting.items.by_line.get(sent.number)
    is_text = meeting.uses[sent.number - 1] == Use.TEXT
    if item is not None and item.carriers and item.carriers[0][0] == sent.number:
        yield from _changed(meeting, said, item)
    elif _is_ballot(meeting, sent, said, is_text=is_text):
        yield from _voted(meeting, said, sent)
    elif is_text and _kind(meeting, said) is not None:
        yield from _becomes(meeting, said, sent)
    elif not is_text and found is not None and name in _HELD and _HELD[name](meeting, said, sent.number):
        meeting.note_use(WORDS[name], found, said)
    elif (not is_text or name in WORDS) and meeting.first_time(connection.person, "corrected command"):
        yield meeting.tell(said, "A command does nothing more when it is corrected: say it again.")


_HELD = {
    "q+": speaking.corrected,
    "qq+": speaking.corrected,
    **dict.fromkeys(("agenda", "agenda+", "agenda="), agenda.corrected),
}
"""Words whose text the meeting holds, and what a correction of it changes."""


def _found(meeting: Meeting, text: str, sent: Sent) -> Found | None:
    poll = meeting.poll
    if poll is not None and poll.is_motion and poll.line < sent.number:
        ballot = bare_ballot(text)
        if ballot is not None:
            return Found("bare ballot", ballot, Style.BARE)
    found = meeting.recognise.find(text)
    if found is None or (entry := WORDS.get(found.name)) is None:
        return None
    return None if entry.style is Style.BARE and found.style is not Style.BARE else found


def _kind(meeting: Meeting, said: Said) -> ItemKind | None:
    """As what a line notes its text; ``None`` for what notes nothing."""
    kind = ITEM_KINDS.get(said.name) if said.rest else None
    if kind is ItemKind.ACTION and changes_action(said.rest):
        return None
    rules = kind is ItemKind.ACCEPTED and meeting.poll is not None and meeting.poll.is_motion
    return None if rules and said.is_chair else kind


def _changed(meeting: Meeting, said: Said, item: Noted) -> Iterator[Effect]:
    """The line of an item says something else."""
    kind, line = _kind(meeting, said), said.line
    was_action, was_current = item.kind is ItemKind.ACTION, item in meeting.items.current_topics()
    if kind is not None and kind is not item.kind:
        if not _TOPICS.isdisjoint({kind, item.kind}):
            kind = None
        elif not meeting.may(WORDS[said.name], said):
            item.carriers.append((said.number, kind))
            yield from meeting.refused_word(WORDS[said.name], said)
            return
    if kind is None:
        if meeting.items.withdraw(item, said.nick, line.time, said.number):
            yield from _follow(meeting, item, was_current=was_current)
        return
    url, text = split_link(said.rest) if kind is ItemKind.LINK else ("", said.rest)
    meeting.items.correct(item, kind, text, url, said.nick, line.time, said.number)
    if kind is ItemKind.ACTION:
        read_action(meeting, item, line.replace(time=item.time))
    elif was_action:
        gone = ActionSet(action_key(meeting, item), item.text, item.owners, item.due, ActionState.DROPPED)
        item.owners, item.due = (), None
        yield gone
    if not item.removed:
        yield from _follow(meeting, item, was_current=was_current)
    if kind is ItemKind.ACTION:
        yield from date_hint(meeting, said, item)


def _follow(meeting: Meeting, item: Noted, *, was_current: bool) -> Iterator[Effect]:
    """What hangs on an item that has changed; of topics only the current one is the room's."""
    if item.kind not in _TOPICS or was_current or item in meeting.items.current_topics():
        yield from follow(meeting, item)


def _is_ballot(meeting: Meeting, sent: Sent, said: Said, *, is_text: bool) -> bool:
    poll = meeting.poll
    if poll is None or sent.number <= poll.line:
        return False
    return sent.number in poll.lines or (is_text and said.name in _BALLOTS)


_BALLOTS = frozenset({"vote", "bare ballot"})


def _voted(meeting: Meeting, said: Said, sent: Sent) -> Iterator[Effect]:
    poll = meeting.poll
    if poll is None:
        return
    key = said.person.key
    if said.name not in _BALLOTS:
        poll.withdraw(key, sent.number)
    elif poll.line_of(key) <= sent.number:
        yield from cast(meeting, poll, said, line=sent.number)
        meeting.note_use(WORDS[said.name], Found(said.name, said.rest, Style.HASH), said)


def _becomes(meeting: Meeting, said: Said, sent: Sent) -> Iterator[Effect]:
    """A line that noted nothing notes an item now."""
    entry: Word = WORDS[said.name]
    is_topic = ITEM_KINDS[said.name] in _TOPICS
    last = meeting.items.last_line if is_topic else meeting.items.last_topic_line
    if said.line.time - sent.time > RECENT or last > sent.number:
        if meeting.first_time(said.person, "late correction"):
            yield meeting.tell(said, "That is too long ago to be noted by a correction: say it again.")
        return
    if not meeting.may(entry, said):
        yield from meeting.refused_word(entry, said)
        return
    then = Said(
        said.line.replace(time=sent.time), sent.number, said.connection, said.name, said.rest, said.is_chair
    )
    yield from entry.run(meeting, then)
    item = meeting.items.by_line.get(sent.number)
    if item is not None:
        item.carriers[:] = [(sent.number, None), (said.number, item.kind)]
        meeting.uses[sent.number - 1] = Use.COMMAND
