"""RRSAgent's logs (https://www.w3.org/2002/03/RRSAgent): ``20:15:00 <alice> text``; its page, with
``<dt id="T20-15-00">20:15:00 [alice]</dt><dd>text</dd>``; or what is pasted from that, ``20:15:00 [alice]``
and the text behind a tab or on the rows after it.

Rules:

1. RRSAgent writes joins, leaves and topics as said by whom they are about.
2. The address of a log (``logging to https://www.w3.org/2026/11/22-nova-irc``) says the date.
3. W3C's bots are bots: what they say (RRSAgent's list of the actions it has seen) is no command.
4. A row in another shape is read as one of Muster's own text log, so that the log of a replay reads back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, tzinfo

from bot.model import Kind, Line, Room
from bot.text import shorten
from plugins.meetings.logs import meetbot
from plugins.meetings.logs.pages import pieces
from plugins.meetings.logs.reading import (
    NOTHING,
    Calendar,
    Heard,
    Log,
    Problem,
    Row,
    clock_of,
    line_of,
    rows_of,
)

ADDRESS = re.compile(r"/(?P<year>\d{4})/(?P<month>\d\d)/(?P<day>\d\d)-(?P<room>[^\s/<>\"']{1,100}?)-irc\b")
"""What a log's address ends in."""

_OF_THE_DAY = re.compile(
    r"https?://\S{1,200}?/(\d{4})/(\d\d)/(\d\d)-[^\s/]{1,100}?-(?:irc|minutes|actions)\b"
)
_ROW = re.compile(
    r"(?P<clock>\d\d:\d\d:\d\d) (?:<(?P<said>[^ >]+)>|\[(?P<pasted>[^ \]]+)\])(?:[ \t](?P<text>.*))?\Z",
    re.DOTALL,
)
_PAGE = re.compile(r"<dt\b[^<>]{0,200}>\s*\d\d:\d\d:\d\d \[", re.IGNORECASE)
_BOTS = frozenset(
    {"rrsagent", "zakim", "trackbot", "tracker", "agendabot", "ghurlbot", "gb", "github-bot", "bridge-bot"}
)


def is_page(text: str) -> bool:
    """Whether a log is RRSAgent's page, and not its text."""
    return _PAGE.search(text) is not None


def read(text: str, *, room: Room, zone: tzinfo, start: date | None = None) -> Log:
    """A whole log; see :func:`plugins.meetings.logs.read`."""
    calendar = Calendar(zone, start or _date_in(text))
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, row, found in _heard(_rows_of_page(text) if is_page(text) else rows_of(text)):
        if isinstance(found, Heard):
            when = calendar.when(found.clock)
            if when is None:
                problems.append(Problem(number, f"no such time: {shorten(row, 60)}"))
            else:
                lines.append(line_of(found, when, room, zone))
        elif isinstance(found, date):
            calendar.day(found)
        elif found is not NOTHING:
            problems.append(Problem(number, f"not understood: {shorten(row, 60)}"))
    return Log(tuple(lines), tuple(problems))


def _date_in(text: str) -> date | None:
    for match in _OF_THE_DAY.finditer(text):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            continue
    return None


def _heard(rows: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str, Row]]:
    """Each row with its number, and what it tells."""
    pasted: tuple[time, str] | None = None
    for number, row in rows:
        if not row.strip():
            continue
        match = _ROW.match(row)
        clock = clock_of(match["clock"]) if match else None
        if match is not None and clock is not None:
            nick = match["said"] or match["pasted"]
            pasted = (clock, nick) if match["pasted"] else None
            if match["text"] or match["said"]:
                text = match["text"] or ""
                yield number, row, _told(clock, nick, text.strip() if pasted else text)
        elif pasted is not None and match is None:
            yield number, row, _told(*pasted, row.strip())
        else:
            pasted = None
            found = meetbot.parse(row)
            if isinstance(found, Heard):
                found = replace(found, bot=_is_bot(found.nick))
            yield number, row, found


def _told(clock: time, nick: str, text: str) -> Heard:
    kind, data = Kind.SAID, {}
    topic = f"{nick} has changed the topic to: "
    if text.startswith("/me "):
        kind, text = Kind.ACTED, text.removeprefix("/me ")
    elif text.startswith(f"{nick} has joined "):
        kind, text = Kind.JOINED, ""
    elif text.startswith((f"{nick} has left ", f"{nick} has quit")):
        data = {"how": "quit" if text.startswith(f"{nick} has quit") else "part"}
        kind, text = Kind.LEFT, ""
    elif text.startswith(topic):
        kind, text = Kind.TOPIC, text.removeprefix(topic)
    return Heard(clock, kind, nick, text, data=data, bot=_is_bot(nick))


def _is_bot(nick: str) -> bool:
    return nick.lower().rstrip("_") in _BOTS


def _rows_of_page(text: str) -> Iterator[tuple[int, str]]:
    """The rows of RRSAgent's page, each as it would stand in its text, with its number in the file."""
    inside, number = False, 0
    parts: list[str] = []
    for piece in pieces(text):
        if piece.name in {"dt", "dd", "dl"}:
            if inside:
                yield number, " ".join("".join(parts).split())
            inside, number = piece.name != "dl" and not piece.closes, piece.row
            parts = []
        if inside:
            parts.append(piece.text)
    if inside:
        yield number, " ".join("".join(parts).split())
