"""irssi's logs: ``20:15 <@alice> text``, ``20:15  * alice waves``, ``20:15 -!- bob [~bob@host] has quit``.

Dates stand in ``--- Log opened Sun Nov 22 20:00:00 2026`` and ``--- Day changed Mon Nov 23 2026``.
"""

from __future__ import annotations

import re
from datetime import date, tzinfo

from bot.model import Kind, Room
from plugins.meetings.logs.events import event
from plugins.meetings.logs.reading import NOTHING, Heard, Log, Row, clock_of, read_rows, wordy_date

_ROW = re.compile(
    r"(?P<clock>\d\d:\d\d(?::\d\d)?) "
    r"(?:<[ @+%&~!]?(?P<said>[^ >]+)> ?(?P<text>.*)"
    r"|-!- (?P<event>.*)"
    r"|[ ]\* (?P<acted>[^ ]+) ?(?P<action>.*)"
    r"|-(?P<noticed>[^ :]+)(?::[^ ]*)?- ?(?P<notice>.*))\Z",
    re.DOTALL,
)
_DATES = ("--- Day changed ", "--- Log opened ")


def parse(row: str) -> Row:
    """One row."""
    for start in _DATES:
        if row.startswith(start):
            return wordy_date(row.removeprefix(start))
    if row.startswith("--- Log closed"):
        return NOTHING
    match = _ROW.match(row)
    clock = clock_of(match["clock"]) if match else None
    if match is None or clock is None:
        return None
    if match["event"] is not None:
        return event(clock, match["event"])
    if match["said"] is not None:
        return Heard(clock, Kind.SAID, match["said"], match["text"])
    if match["acted"] is not None:
        return Heard(clock, Kind.ACTED, match["acted"], match["action"])
    return Heard(clock, Kind.NOTICE, match["noticed"], match["notice"])


def read(text: str, *, room: Room, zone: tzinfo, start: date | None = None) -> Log:
    """A whole log; see :func:`plugins.meetings.logs.read`."""
    return read_rows(text, parse, room=room, zone=zone, start=start)
