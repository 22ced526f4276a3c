"""``.log.txt`` of MeetBot, of its forks, and of Muster itself.

``HH:MM:SS <nick> text``, ``HH:MM:SS * nick action``; an ISO date may stand before the time. Muster adds
notices (``-nick- text``), events (``-!- ...``) and ``--- Day changed``. The first date is the file name's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, tzinfo

from bot.model import Kind, Room
from plugins.meetings.logs.events import event
from plugins.meetings.logs.reading import NOTHING, Heard, Log, Row, clock_of, read_rows, wordy_date

_ROW = re.compile(
    r"(?:(?P<date>\d{4}-\d\d-\d\d)[T ])?(?P<clock>\d\d:\d\d(?::\d\d)?) ?"
    r"(?: ?<(?P<said>[^>]*)> ?(?P<text>.*)"
    r"|-!- (?P<event>.*)"
    r"| ?\*  ?(?P<acted>[^ ]+) ?(?P<action>.*)"
    r"| ?-(?P<noticed>[^ ]+)- ?(?P<notice>.*))\Z",
    re.DOTALL,
)
_DAY = "--- Day changed "


def _name(nick: str) -> str:
    return nick.replace("\u00a0", " ")


def parse(row: str) -> Row:
    """One row."""
    match = _ROW.match(row)
    if match is None:
        if row.startswith(_DAY):
            return wordy_date(row.removeprefix(_DAY))
        return NOTHING if row.startswith("--- ") else None
    clock = clock_of(match["clock"])
    if clock is None:
        return None
    if match["event"] is not None:
        return event(clock, match["event"], _name)
    if match["said"] is not None:
        kind, nick, text = Kind.SAID, match["said"], match["text"]
    elif match["acted"] is not None:
        kind, nick, text = Kind.ACTED, match["acted"], match["action"]
    else:
        kind, nick, text = Kind.NOTICE, match["noticed"], match["notice"]
    if not nick:
        return None
    if match["date"] is not None:
        try:
            return Heard(datetime.combine(date.fromisoformat(match["date"]), clock), kind, _name(nick), text)
        except ValueError:
            return None
    return Heard(clock, kind, _name(nick), text)


def read(text: str, *, room: Room, zone: tzinfo, start: date | None = None) -> Log:
    """A whole log; see :func:`plugins.meetings.logs.read`. Corrections and reactions name lines by their
    places in it, which are the lines' ids then.
    """
    log = read_rows(text, parse, room=room, zone=zone, start=start)
    named = {line.data["of"] for line in log.lines if "of" in line.data}
    if not named:
        return log
    lines = (
        line.replace(id=f"l-{number}") if f"l-{number}" in named else line
        for number, line in enumerate(log.lines, 1)
    )
    return replace(log, lines=tuple(lines))
