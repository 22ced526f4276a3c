"""Taking a text away for ever: what each line was, and which lines Muster itself added of an item.

Rules:

1. An item is redacted with every line that carried its text: its own, its edits, what Muster repeated.
2. A line that only said something is redacted by itself. One that gave the meeting a text to hold (a point
   of the agenda, what somebody wants to say, a name, the meeting's topic) keeps its word, and the meeting is
   folded again. A ballot that was refused keeps its word, and Muster's answer goes with it.
3. A vote loses its question and its options; the ballots count for what these are called then. It is redacted
   as the line that opened it or as the item that it came to.
4. One that said who or when (who chairs, who may vote) is not redacted: the meeting would come to something
   else.
5. A line is redacted with every line that corrected it, whichever of them is named; and by its author too,
   who corrects it into one that is off the record.
6. Redacting, and folding the redacted lines, come to the same meeting.
"""

from __future__ import annotations

import enum
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.model import Kind, Line
from bot.text import plain
from plugins.meetings.course import action_effect, action_key
from plugins.meetings.effects import Effect, Redact
from plugins.meetings.items import Noted, is_stub, stub
from plugins.meetings.minutes import Change, ItemKind, Vote
from plugins.meetings.names import meeting_name
from plugins.meetings.replies import say
from plugins.meetings.votes import Poll, bare_ballot, results_text, word_ballot

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting
    from plugins.meetings.words import Found, Said, Word

_MOST_NAMED = 5  # items in one answer
_LEAST_TOPIC = 40  # characters of a topic that the server cut: fewer could be another's


class Use(enum.IntEnum):
    """What a counted line was."""

    TEXT = 0  # it only said something
    EVENT = 1  # it has no text of anybody's, but perhaps a word of the meeting
    COMMAND = 2  # it did something; an item's lines are found through the item
    REDACTED = 3


@dataclass(eq=False, slots=True)
class Refused:
    """A vote or a ballot that did nothing, and why was said aloud. ``head``, the word before its text, stays:
    so the line is refused when it is folded again too.
    """

    head: str
    text: str
    left: str = ""
    echoes: list[int] = field(default_factory=list)  # where Muster repeated the text

    def redact(self, number: int, left: str) -> dict[int, str]:
        """Take the text away; what its line, of that number, and each that repeated it become."""
        lines = {number: self.head + left, **dict.fromkeys(self.echoes, left)}
        self.text = self.left = left
        self.echoes = []
        return lines


Source: TypeAlias = Noted | Poll | Refused
"""What Muster may repeat the text of."""


class Asked(NamedTuple):
    """What Muster was asked to say or to set: its text, what that repeats, and the vote that it announces."""

    text: str
    sources: tuple[Source, ...]
    opens: Poll | None = None


Awaited: TypeAlias = deque[Asked]
"""What Muster was asked to say or to set, in order."""


def own_line(meeting: Meeting, line: Line) -> tuple[Effect, ...]:
    """A line of Muster's own: if it repeats an item or a vote, remember so, or have it redacted likewise."""
    if not _is_musters(meeting, line):
        return ()
    # Notices answer commands that are no words of a meeting: the meeting has never asked for one.
    at = _place(meeting.own_words, line.text, may_be_stub=line.kind is Kind.SAID)
    if at is None:
        return ()
    asked = _taken(meeting.own_words, at)
    if asked.opens is not None and line.id is not None:
        asked.opens.ids.add(line.id)
    return _repeated(meeting, asked.sources)


def _is_musters(meeting: Meeting, line: Line) -> bool:
    return line.own or line.actor.nick == meeting.opening.own_nick


def _place(awaited: Awaited, text: str, *, may_be_stub: bool) -> int | None:
    """Which of the texts that are awaited a line of Muster's has; ``None`` where it is another line.

    In a meeting that is folded again a line may have been redacted since it was said. Then it is of what was
    redacted like it, else the first that is awaited.
    """
    for at, asked in enumerate(awaited):
        if asked.text == text:
            return at
    if not awaited or not may_be_stub or not is_stub(text):
        return None
    for at, asked in enumerate(awaited):
        if text in asked.text or any(text in _text(source) for source in asked.sources):
            return at
    return 0


def _text(source: Source) -> str:
    return source.question if isinstance(source, Poll) else source.text


def _taken(awaited: Awaited, at: int) -> Asked:
    """The text at that place. Muster's lines come in the order in which they were asked for, so
    those before it were never said (a crash, somebody who made it flood) and are awaited no longer: else a
    later line that says the same of another item would be taken for theirs.
    """
    for _ in range(at):
        awaited.popleft()
    return awaited.popleft()


def own_topic(meeting: Meeting, line: Line) -> tuple[Effect, ...]:
    """The room has a new topic: likewise for the items that stand in it, if it is one that Muster set."""
    topics = meeting.room_topics
    mine = _is_musters(meeting, line)
    at = _place(topics, line.text, may_be_stub=mine)
    if at is None and mine and len(line.text) >= _LEAST_TOPIC:
        at = next((at for at, asked in enumerate(topics) if asked.text.startswith(line.text)), None)
    return () if at is None else _repeated(meeting, _taken(topics, at).sources)


def _repeated(meeting: Meeting, sources: Sequence[Source]) -> tuple[Effect, ...]:
    """The line that was counted last repeats these. What Muster says waits for the database, so that it may
    come after the redaction.
    """
    for source in sources:
        source.echoes.append(meeting.line_count)
    left = next((source.left for source in sources if source.left), "")
    if not left:
        return ()
    meeting.uses[-1] = Use.REDACTED
    return (Redact(((meeting.line_count, left),)),)


def use_of(entry: Word, found: Found, text: str) -> Use:
    """What a line that did something was: one that is a word alone has no text."""
    if entry.name == "bare ballot":
        return Use.COMMAND if _comment(text) else Use.EVENT
    return Use.COMMAND if found.rest else Use.EVENT


def held_texts(entry: Word, found: Found, text: str) -> tuple[str, ...]:
    """The text with which a command's line ends that can be taken back, empty for none; then what else
    Muster may have made of it.
    """
    name, rest = entry.name, found.rest
    if name in {"bare ballot", "vote"}:
        return (_comment(text if name == "bare ballot" else rest),)
    if name == "nick":
        return (rest, *rest.replace(",", " ").split())
    if name in {"present", "present+", "regrets", "regrets+"}:
        return (rest, *(" ".join(part.split()) for part in rest.split(",")))
    if name in {"meetingname", "meeting"}:
        return (rest, meeting_name(rest))
    if name == "agenda=":
        return (rest.partition(" ")[2].lstrip("= "),)
    if name in {"q+", "qq+"}:
        return ((_PURPOSE.search(rest) or ["", rest])[1],)
    if rest.lower() in _NO_TEXT.get(name, ()):
        return ("",)
    return (rest if name in _HOLDS or not entry.takes_text else "",)


def refused(said: Said) -> Refused:
    """That vote or ballot, refused."""
    text = plain(said.line.text).rstrip()
    rest = _comment(text) if said.name == "bare ballot" else said.rest
    return Refused(f"{text.removesuffix(rest).rstrip()} ", rest)


_HOLDS = frozenset({"accepted", "agenda", "agenda+", "here", "meetingtopic"})
_NO_TEXT = {"agenda": frozenset({"import"}), "meetingtopic": frozenset({"none", "unset"})}
_PURPOSE = re.compile(r"(?:^|\s)to\s+(?:say\s+)?(.+)", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"\s*[^\w\s]?[01][.,;:!]*\s+(.*\S)\s*", re.DOTALL)


def _comment(ballot: str) -> str:
    """What stands behind a ``+1``."""
    match = _COMMENT.fullmatch(ballot)
    return "" if match is None or bare_ballot(ballot) is None else match[1]


def redact_item(meeting: Meeting, said: Said, item: Noted) -> Iterator[Effect]:
    """Redact an item with all lines that carry its text."""
    if item.redacted:
        yield meeting.tell(said, f"Item {item.number} is redacted already.")
        return
    if item.derived:
        yield from _redact_derived(meeting, said, item)
        return
    in_topic = item in meeting.items.current_topics()
    texts = tuple(dict.fromkeys([item.text, item.whole, *(change.before for change in item.changes)]))
    lines = meeting.items.redact(item, said.nick, said.line.time, meeting.prefix)
    yield Redact(
        lines=_marked(meeting, lines, item.left),
        items=(item.number,) if item.notes else (),
        action=action_key(meeting, item) if item.kind is ItemKind.ACTION else "",
        texts=tuple(text for text in texts if text),
    )
    if item.kind is ItemKind.ACTION:
        yield action_effect(meeting, item)
    if in_topic:
        yield from meeting.topic_effects()
    yield say(f"Item {item.number} is redacted.")


def _redact_derived(meeting: Meeting, said: Said, item: Noted) -> Iterator[Effect]:
    """A vote's item goes with the vote, a topic with the lines that put it on the agenda."""
    poll = next((meeting.polls[line] for line in item.sources if line in meeting.polls), None)
    if poll is not None:
        yield _redact_vote(meeting, said, poll)
    elif not item.sources:
        yield meeting.tell(
            said,
            f"Item {item.number} came with an imported agenda, whose texts are noted elsewhere too. "
            f"{meeting.prefix}undo {item.number} takes it out of the minutes; "
            f"{meeting.prefix}restrictlogs hides minutes and logs.",
        )
        return
    else:
        yield _redact_held(meeting, said, [line for line in item.sources if line in meeting.held])
    yield say(f"Item {item.number} is redacted.")


def _marked(meeting: Meeting, lines: dict[int, str], left: str) -> tuple[tuple[int, str], ...]:
    """Those lines with what they become, and all that corrected them: redacted from now on."""
    for number in tuple(lines):
        for version in meeting.sent.versions.get(number, ()):
            if version not in lines and meeting.uses[version - 1] != Use.REDACTED:
                lines |= _version(meeting, version, left)
    for number, text in lines.items():
        meeting.uses[number - 1] = Use.REDACTED
        if text.endswith(left):
            meeting.sent.stubs[number] = left
    return tuple(sorted(lines.items()))


def _version(meeting: Meeting, number: int, left: str) -> dict[int, str]:
    """What a line becomes that corrected one: a ballot keeps what it voted."""
    held = meeting.held.pop(number, None)
    if held is not None:
        return {number: held[0] + left}
    if (refused := meeting.refused.get(number)) is not None:
        return refused.redact(number, left)
    return {number: left} if meeting.uses[number - 1] == Use.TEXT else {}


def _redact_held(meeting: Meeting, said: Said, numbers: Sequence[int]) -> Redact:
    """Take back the texts that the meeting holds from these lines, and whatever was made of them."""
    left = stub(said.nick, said.line.time)
    lines: dict[int, str] = {}
    texts: list[str] = []
    versions = (each for number in numbers for each in meeting.sent.versions.get(number, ()))
    numbers = list(dict.fromkeys((*numbers, *(each for each in versions if each in meeting.held))))
    for number in numbers:
        head, held = meeting.held.pop(number)
        lines[number] = head + left
        texts += held
    for item in meeting.items:
        if not item.redacted and item.sources and item.sources[-1] in numbers:
            item.left = left
            item.changes.append(Change("redacted", said.nick, said.line.time))
            lines |= dict.fromkeys(item.echoes, left)
    return Redact(
        _marked(meeting, lines, left),
        texts=tuple(dict.fromkeys(text for text in texts if text)),
        refold=True,
    )


def _redact_vote(meeting: Meeting, said: Said, poll: Poll) -> Redact:
    """Take away what a vote asked. What it came to stays."""
    left = stub(said.nick, said.line.time)
    question = poll.question
    named = poll.redact(left)
    lines = {poll.line: f"{meeting.prefix}{poll.word} {left}"}
    if not poll.is_motion:
        lines[poll.line] = f"{meeting.prefix}{poll.word} {poll.question} {', '.join(poll.choices)}"
    ballots = {}
    for number, option in poll.lines.items():
        if option is None or option in named:
            # What was no option may have been nearly one.
            if option is None:
                lines |= meeting.refused[number].redact(number, left)
            else:
                lines[number] = f"{meeting.prefix}vote {named[option]}"
    for number, option in poll.secret_lines.items():
        if option is None or option in named:
            ballots[number] = "" if option is None else named[option]
    for number, option in poll.reaction_lines.items():
        # What meant no option may be nearly one.
        if option is None or option in named:
            lines[number] = left if option is None else named[option]
    poll.reaction_lines = {n: named.get(option or "", option) for n, option in poll.reaction_lines.items()}
    poll.lines = {number: named.get(option or "", option) for number, option in poll.lines.items()}
    poll.secret_lines = {n: named.get(option or "", option) for n, option in poll.secret_lines.items()}
    lines |= dict.fromkeys(poll.echoes, left)
    poll.echoes = []
    meeting.votes[:] = [
        _renamed(vote, poll, named) if vote.line == poll.line else vote for vote in meeting.votes
    ]
    texts = [question]
    noted = []
    for item, vote in poll.items:
        texts += [item.text, *(change.before for change in item.changes)]
        noted += [item.number] if item.notes else []
        lines |= dict.fromkeys(item.echoes, left)
        item.echoes, item.left = [], left
        item.text = results_text(_renamed(vote, poll, named))
        item.changes = [replace(change, before=change.before and item.text) for change in item.changes]
        item.changes.append(Change("redacted", said.nick, said.line.time))
    poll.items = [(item, _renamed(vote, poll, named)) for item, vote in poll.items]
    return Redact(
        _marked(meeting, lines, left),
        items=tuple(noted),
        ballots=tuple(sorted(ballots.items())),
        texts=tuple(dict.fromkeys(text for text in texts if text)),
    )


def _renamed(vote: Vote, poll: Poll, named: Mapping[str, str]) -> Vote:
    choices = (replace(each, option=named.get(each.option, each.option)) for each in vote.choices)
    return replace(vote, question=poll.question, choices=tuple(choices))


def redact_line(meeting: Meeting, said: Said, number: int) -> Iterator[Effect]:
    """Redact one line, or the item or the vote that it carries. ``said`` is the line that asks for it, or
    where a note does the last line.
    """
    if not 1 <= number <= meeting.line_count - (said.line.kind is not Kind.NOTE):
        yield meeting.tell(said, f"There is no line l-{number} before this one.")
        return
    number = _original(meeting, number)
    use = meeting.uses[number - 1]
    item = meeting.items.by_line.get(number)
    if item is not None:
        yield from redact_item(meeting, said, item)
    elif use == Use.REDACTED:
        yield meeting.tell(said, f"Line l-{number} is redacted already.")
    elif use == Use.EVENT:
        yield meeting.tell(said, f"Line l-{number} holds no text that could be redacted.")
    elif number in meeting.polls:
        yield _redact_vote(meeting, said, meeting.polls[number])
        yield say(f"Line l-{number} is redacted.")
    elif number in meeting.held:
        yield _redact_held(meeting, said, [number])
        yield say(f"Line l-{number} is redacted.")
    elif use == Use.TEXT:
        left = stub(said.nick, said.line.time)
        refused = meeting.refused.get(number)
        lines = {number: left} if refused is None else refused.redact(number, left)
        if (option := _reaction(meeting, number)) is not None:
            lines[number] = option
        yield Redact(_marked(meeting, lines, left))
        yield say(f"Line l-{number} is redacted.")
    else:
        yield meeting.tell(said, _refusal(meeting, number))


def _reaction(meeting: Meeting, number: int) -> str | None:
    """The option that a line's reactions mean: that much of them stays."""
    options = (poll.reaction_lines.get(number) for poll in meeting.polls.values())
    return next((option for option in options if option is not None), None)


def _original(meeting: Meeting, number: int) -> int:
    """The line that another corrects, whose versions go together, unless it is one that stays."""
    of = meeting.sent.original.get(number, number)
    goes = of in meeting.items.by_line or of in meeting.polls or of in meeting.held
    return of if goes or meeting.uses[of - 1] == Use.TEXT else number


def _refusal(meeting: Meeting, number: int) -> str:
    """Why a line that did something keeps its text, and what helps."""
    corrected = meeting.items.substituted(number)
    if corrected:
        names = ", ".join(f"{meeting.prefix}redact {item}" for item in corrected[:_MOST_NAMED])
        return f"Line l-{number} corrected what was noted, and is redacted with that: {names}."
    poll = next((poll for poll in meeting.polls.values() if number in poll.lines), None)
    if poll is not None and (poll.is_motion or word_ballot(poll.lines[number] or "") is not None):
        return f"Line l-{number} is a ballot, and holds no text that could be redacted."
    if poll is not None:
        return (
            f"Line l-{number} is a ballot, and its option is redacted with the vote: "
            f"{meeting.prefix}redact l-{poll.line}."
        )
    return (
        f"Line l-{number} was a command that the meeting follows from, so it stays. "
        f"{meeting.prefix}restrictlogs makes all of the meeting private."
    )
