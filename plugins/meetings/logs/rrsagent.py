"""RRSAgent's logs (https://www.w3.org/2002/03/RRSAgent): ``20:15:00 <alice> text``, or pasted from its page,
``20:15:00 [alice]`` with the text on the rows after it.

It writes joins, leaves and topics as said by whom they are about. Its own ``logging to
https://www.w3.org/2026/11/22-nova-irc`` says the date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time, tzinfo

from bot.model import Kind, Line, Room
from bot.text import shorten
from plugins.meetings.logs.reading import Calendar, Heard, Log, Problem, clock_of, line_of, rows_of

_ROW = re.compile(
    r"(?P<clock>\d\d:\d\d:\d\d) (?:<(?P<said>[^ >]+)>|\[(?P<pasted>[^ \]]+)\])(?: (?P<text>.*))?\Z", re.DOTALL
)
_ADDRESS = re.compile(r"https?://[^ ]+/(\d{4})/(\d\d)/(\d\d)-[^ ]*-irc\b")


def read(text: str, *, room: Room, zone: tzinfo, start: date | None = None) -> Log:
    """A whole log; see :func:`plugins.meetings.logs.read`."""
    calendar = Calendar(zone, start or _date_in(text))
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, found in _heard(text):
        if isinstance(found, str):
            problems.append(Problem(number, f"not understood: {shorten(found, 60)}"))
            continue
        when = calendar.when(found.clock)
        if when is None:
            problems.append(Problem(number, f"no such time: {shorten(found.text, 60)}"))
        else:
            lines.append(line_of(found, when, room, zone))
    return Log(tuple(lines), tuple(problems))


def _date_in(text: str) -> date | None:
    for match in _ADDRESS.finditer(text):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            continue
    return None


def _heard(text: str) -> Iterator[tuple[int, Heard | str]]:
    """What each row tells, or the row itself where it tells nothing."""
    pasted: tuple[time, str] | None = None
    for number, row in rows_of(text):
        if not row.strip():
            continue
        match = _ROW.match(row)
        clock = clock_of(match["clock"]) if match else None
        if match is not None and clock is not None:
            nick = match["said"] or match["pasted"]
            pasted = (clock, nick) if match["pasted"] else None
            if match["text"] or match["said"]:
                yield number, _told(clock, nick, match["text"] or "")
        elif pasted is not None and match is None:
            yield number, _told(*pasted, row)
        else:
            yield number, row


def _told(clock: time, nick: str, text: str) -> Heard:
    if text.startswith("/me "):
        return Heard(clock, Kind.ACTED, nick, text.removeprefix("/me "))
    if text.startswith(f"{nick} has joined "):
        return Heard(clock, Kind.JOINED, nick)
    if text.startswith((f"{nick} has left ", f"{nick} has quit")):
        how = "quit" if text.startswith(f"{nick} has quit") else "part"
        return Heard(clock, Kind.LEFT, nick, data={"how": how})
    topic = f"{nick} has changed the topic to: "
    if text.startswith(topic):
        return Heard(clock, Kind.TOPIC, nick, text.removeprefix(topic))
    return Heard(clock, Kind.SAID, nick, text)
