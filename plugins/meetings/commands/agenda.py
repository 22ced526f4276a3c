"""The agenda, the next point, and the time for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from plugins.meetings.agenda import DROPPED, WAITING, must_ask
from plugins.meetings.clock import Timebox
from plugins.meetings.commands.noting import link
from plugins.meetings.commands.topics import open_topic
from plugins.meetings.effects import Effect, ImportAgenda
from plugins.meetings.minutes import AgendaPoint
from plugins.meetings.replies import say
from plugins.meetings.words import Said, Style, Who, split_link, word

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting

_MINUTES = re.compile(r"(\d{1,4})\s*(s|sec|seconds?|m|min|minutes?|h|hours?)?", re.IGNORECASE)
_LONGEST_BOX = timedelta(hours=24)
_WITH_NUMBER = re.compile(r"(\d{1,6})\s*(.*)", re.DOTALL)


@word(
    "agenda",
    syntax="[TEXT or import]",
    example="agenda the summit",
    meaning="Show the agenda, add a point, or import the team's briefings.",
)
def agenda(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """An address is noted as a link, as in ``Agenda: URL``."""
    if not said.rest:
        yield from show(meeting, said)
    elif said.rest.lower() == "import":
        if said.is_chair:
            yield ImportAgenda()
        else:
            yield meeting.tell(said, "Only a chair can import the agenda.")
    elif split_link(said.rest)[0]:
        yield from link(meeting, said)
    else:
        yield from add(meeting, said)


@word(
    "agenda+",
    style=Style.BARE,
    syntax="TEXT",
    example="agenda+ the summit",
    meaning="Put a point on the agenda.",
)
def add(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Whoever proposes it may change it."""
    number = meeting.agenda.add(said.rest, said.nick)
    if number is None:
        yield meeting.tell(
            said, "Say what to put on the agenda: agenda+ TEXT" if not said.rest else "The agenda is full."
        )
        return
    meeting.proposers[number] = said.person
    meeting.point_lines[number] = [said.number]
    yield say(f"agendum {number} added")


@word("agenda?", style=Style.BARE, meaning="Show the agenda.")
def show(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """In one line."""
    rows = meeting.agenda.show()
    yield say(f"Agenda: {'; '.join(rows)}" if rows else "The agenda is empty.")


def _refusal(meeting: Meeting, said: Said, number: int, what: str) -> str:
    """Why this person cannot change that point; empty where they can."""
    point = meeting.agenda.get(number)
    if point is None or point.state == DROPPED:
        return f"There is no point {number} on the agenda."
    proposer = meeting.proposers.get(number)
    if said.is_chair or (proposer is not None and proposer.now() is said.person):
        return ""
    return f"Whoever proposed it, or a chair, can {what} a point."


@word(
    "agenda-",
    style=Style.BARE,
    syntax="N",
    example="agenda- 2",
    meaning="Strike a point: its proposer or a chair.",
)
def drop(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Its number is not given again."""
    number = int(said.rest)
    if refusal := _refusal(meeting, said, number, "strike"):
        yield meeting.tell(said, refusal)
    else:
        meeting.agenda.drop(number)
        yield say(f"agendum {number} dropped")


@word(
    "agenda=",
    style=Style.BARE,
    syntax="agenda N = TEXT",
    example="agenda 2 = the summit in May",
    meaning="Change a point: its proposer or a chair.",
)
def change(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The number stays."""
    match = _WITH_NUMBER.fullmatch(said.rest)
    if match is None or not match[2]:
        yield meeting.tell(said, "Say the number and the text: agenda 2 = TEXT")
        return
    number = int(match[1])
    if refusal := _refusal(meeting, said, number, "change"):
        yield meeting.tell(said, refusal)
    else:
        meeting.agenda.edit(number, match[2])
        meeting.point_lines.setdefault(number, []).append(said.number)
        yield say(f"agendum {number}: {match[2]}")


def corrected(meeting: Meeting, said: Said, line: int) -> bool:
    """The line of that number, which gave a point its text, says something else now; whether that changes the
    point. One that was taken up, or that somebody has changed since, stays as it is.
    """
    number = next((number for number, lines in meeting.point_lines.items() if line in lines), 0)
    point = meeting.agenda.get(number)
    if point is None or point.state != WAITING:
        return False
    versions = meeting.sent.versions.get(line, ())
    if meeting.point_lines[number][-1] not in (line, *versions):
        return False
    text = said.rest
    if said.name == "agenda=":
        match = _WITH_NUMBER.fullmatch(said.rest)
        if match is None or int(match[1]) != number:
            return False
        text = match[2]
    elif text.lower() == "import" or split_link(text)[0]:
        return False
    if meeting.agenda.edit(number, text) is None:
        return False
    meeting.point_lines[number].append(said.number)
    return True


@word("next agendum", style=Style.BARE, who=Who.CHAIR, meaning="Open the next point of the agenda.")
@word("next", who=Who.CHAIR, meaning="Open the next point of the agenda.")
def next_point(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Said twice within a minute it asks first."""
    now = said.line.time
    if must_ask(now, meeting.point_taken, meeting.next_asked):
        meeting.next_asked = now
        current = meeting.agenda.current
        about = f" {current.text}" if current is not None else " The last point"
        yield say(f"{said.nick}:{about} was opened just now. Say it again if you mean the one after.")
        return
    point = meeting.agenda.next()
    if point is None:
        yield say("Nothing more waits on the agenda.")
    else:
        yield from _taken(meeting, said, point)


@word(
    "take up",
    style=Style.BARE,
    who=Who.CHAIR,
    syntax="item N",
    example="take up item 2",
    meaning="Open point N of the agenda.",
)
def take_up(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Whatever was open is done."""
    current = meeting.agenda.current
    if current is not None and current.number == int(said.rest):
        yield meeting.tell(said, f"Point {current.number} is open already: {current.text}")
        return
    point = meeting.agenda.take(int(said.rest))
    if point is None:
        yield meeting.tell(said, f"There is no point {said.rest} on the agenda.")
    else:
        yield from _taken(meeting, said, point)


def _taken(meeting: Meeting, said: Said, point: AgendaPoint) -> Iterator[Effect]:
    meeting.point_taken, meeting.next_asked = said.line.time, None
    sources = tuple(meeting.point_lines.get(point.number, ()))
    _, effects = open_topic(meeting, said, point.text, derived=True, sources=sources)
    yield from effects
    yield say(f"agendum {point.number} -- {point.text} -- taken up [from {point.by}]")


@word(
    "timebox",
    who=Who.CHAIR,
    syntax="10m",
    example="timebox 10m",
    meaning="Give the topic some time: a nudge at 80 %, and at the end.",
)
def timebox(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """``off`` takes it away."""
    if said.rest.lower() in {"off", "none", "0"}:
        meeting.clock.timebox = None
        yield say("No time is set for this topic.")
        return
    match = _MINUTES.fullmatch(said.rest)
    unit = (match[2] or "m")[0].lower() if match is not None else ""
    seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600}[unit] if match is not None else 0
    if not 0 < seconds <= _LONGEST_BOX.total_seconds():
        yield meeting.tell(said, f"Say how long, up to a day: {meeting.prefix}timebox 10m (or off)")
        return
    box = Timebox(said.line.time, timedelta(seconds=seconds))
    meeting.clock.timebox = box
    until = meeting.local(box.end)
    yield say(f"Time for this topic: until {until:%H:%M:%S} {meeting.zone.key}.")
