"""Reactions (XEP-0444) as ballots.

Rules:

1. Only while a vote is open, and only to the messages that opened it: the line that asked for it, and what
   Muster said when it did. Any other reaction does nothing.
2. On a motion a thumb, a plus or minus sign, and what may be typed count: ``+1``, ``-1``, ``0``, ``yes``. In
   a vote by options an option's own text, its place as a digit or a letter (keycaps, squared letters), and a
   thumb where one option alone is such an answer.
3. A reaction tells all that somebody has there now, in no order. So taking it away takes the ballot back, and
   two that contradict each other are none: which came later nobody can know who folds the lines again.
4. The last ballot counts, typed or not. What is repeated (another reaction beside the same ballot) is no new
   one.
5. Everybody sees reactions, so none is secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bot.model import Json, Line
from plugins.meetings.effects import Effect, Tell
from plugins.meetings.people import Connection
from plugins.meetings.replies import say
from plugins.meetings.votes import ABSTAIN, AGAINST, FOR, Poll, bare_ballot, word_ballot

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting

_MOST = 20  # reactions of one person to one message that are looked at
_LONGEST = 100  # characters of one
_LOOKS = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")  # how it is drawn, and the colour of a hand
_SIGNS = {
    "\N{THUMBS UP SIGN}": FOR,
    "\N{HEAVY PLUS SIGN}": FOR,
    "+": FOR,
    "\N{THUMBS DOWN SIGN}": AGAINST,
    "\N{HEAVY MINUS SIGN}": AGAINST,
    "-": AGAINST,
    "\N{MINUS SIGN}": AGAINST,
    "0\N{COMBINING ENCLOSING KEYCAP}": ABSTAIN,
}
_PLACE = re.compile("([0-9]{1,2})\N{COMBINING ENCLOSING KEYCAP}?")
_TEN = "\N{KEYCAP TEN}"
_LETTERS = (
    (0x1F1E6, 26),  # regional indicators
    (0x1F170, 26),  # negative squared letters
    (0x1F130, 26),  # squared letters
    (0x24B6, 26),  # circled letters
    (ord("a"), 26),
)


def meant(reaction: str, poll: Poll) -> str | None:
    """The option of a vote that a reaction means; ``None`` for none."""
    text = _LOOKS.sub("", reaction[:_LONGEST]).strip()
    if not text:
        return None
    sign = _SIGNS.get(text) or bare_ballot(text) or word_ballot(text)
    if poll.is_motion:
        return sign
    folded = text.casefold()
    for option in poll.choices:
        if _LOOKS.sub("", option).casefold() == folded:
            return option
    place = _place(folded)
    if place is not None and 1 <= place <= len(poll.choices):
        return poll.choices[place - 1]
    fitting = [option for option in poll.choices if sign is not None and word_ballot(option) == sign]
    return fitting[0] if len(fitting) == 1 else None


def _place(text: str) -> int | None:
    match = _PLACE.fullmatch(text)
    if match is not None:
        return int(match[1])
    if text == _TEN:
        return 10
    if len(text) == 1:
        for first, count in _LETTERS:
            if first <= ord(text) < first + count:
                return ord(text) - first + 1
    return None


def told(line: Line) -> list[str]:
    """The reactions that a line tells of; of one that was redacted what is left of them."""
    found: Json = line.data.get("reactions")
    if isinstance(found, list):
        return [each for each in found[:_MOST] if isinstance(each, str)]
    return [line.text] if line.text else []


def _options(reactions: Iterable[str], poll: Poll) -> list[str]:
    return list(dict.fromkeys(option for each in reactions if (option := meant(each, poll)) is not None))


def reacted(meeting: Meeting, line: Line, connection: Connection, poll: Poll, of: str) -> Iterator[Effect]:
    """Somebody reacts to what opened a vote, or takes a reaction away."""
    number, nick, key = meeting.line_count, line.actor.nick, poll.person(connection.person.key)
    options = _options(told(line), poll)
    option = options[0] if len(options) == 1 else None
    poll.reaction_lines[number] = option
    there = poll.reactions.setdefault(of, {})
    before = there.get(key)
    if option is None:
        if before is not None:
            del there[key]
            poll.withdraw(key, before[1])
        if options:
            yield Tell(line.actor, "Your reactions contradict each other, so none counts: leave one of them.")
        return
    if before is not None and before[0] == option:
        return
    cast = poll.cast(key, nick, option, line=number)
    if cast.option is None:
        there.pop(key, None)
        if meeting.first_time(connection.person, f"reaction {poll.line}"):
            yield meeting.say_of(poll, cast.text)
        return
    there[key] = (option, number)
    connection.person.declared = connection.person.declared or not connection.person.absent
    if meeting.profile.ballots_received and poll.is_motion:
        yield say(f"{cast.option} received from {nick}")
