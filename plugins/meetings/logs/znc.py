"""ZNC's log module: ``[20:15:00] <alice> text``, ``[..] * alice waves``, ``[..] *** Joins: bob (~bob@host)``.

The date is the file's name (https://wiki.znc.in/Log).
"""

from __future__ import annotations

import re
from datetime import date, tzinfo

from bot.model import Json, Kind, Room
from plugins.meetings.logs.reading import NOTHING, Heard, Log, Row, clock_of, read_rows

_ROW = re.compile(
    r"\[(?P<clock>\d\d:\d\d:\d\d)\] "
    r"(?:<[@+%&~!]?(?P<said>[^ >]+)> ?(?P<text>.*)"
    r"|\*\*\* (?P<event>.*)"
    r"|\* (?P<acted>[^ ]+) ?(?P<action>.*)"
    r"|-(?P<noticed>[^ ]+)- ?(?P<notice>.*))\Z",
    re.DOTALL,
)
_WHO = r"(?P<nick>[^ ]+)(?: \((?P<address>[^() ]*)\))?"
_EVENTS: tuple[tuple[re.Pattern[str], Kind, dict[str, Json]], ...] = (
    (re.compile(rf"Joins: {_WHO}\Z"), Kind.JOINED, {}),
    (re.compile(rf"Parts: {_WHO}(?: \((?P<text>.*)\))?\Z"), Kind.LEFT, {"how": "part"}),
    (re.compile(rf"Quits: {_WHO}(?: \((?P<text>.*)\))?\Z"), Kind.LEFT, {"how": "quit"}),
    (
        re.compile(r"(?P<nick>[^ ]+) was kicked by (?P<by>[^ ]+)(?: \((?P<text>.*)\))?\Z"),
        Kind.LEFT,
        {"how": "kick"},
    ),
    (re.compile(r"(?P<nick>[^ ]+) is now known as (?P<text>[^ ]+)\Z"), Kind.RENAMED, {}),
    (re.compile(r"(?P<nick>[^ ]+) changes topic to '(?P<text>.*)'\Z"), Kind.TOPIC, {}),
)


def parse(row: str) -> Row:
    """One row."""
    match = _ROW.match(row)
    clock = clock_of(match["clock"]) if match else None
    if match is None or clock is None:
        return None
    if match["said"] is not None:
        return Heard(clock, Kind.SAID, match["said"], match["text"])
    if match["acted"] is not None:
        return Heard(clock, Kind.ACTED, match["acted"], match["action"])
    if match["noticed"] is not None:
        return Heard(clock, Kind.NOTICE, match["noticed"], match["notice"])
    for pattern, kind, data in _EVENTS:
        told = pattern.match(match["event"])
        if told is not None:
            found = told.groupdict()
            if found.get("by"):
                data = {**data, "by": found["by"]}
            address, text = found.get("address") or None, found.get("text") or ""
            return Heard(clock, kind, found["nick"], text, address=address, data=data)
    return NOTHING


def read(text: str, *, room: Room, zone: tzinfo, start: date | None = None) -> Log:
    """A whole log; see :func:`plugins.meetings.logs.read`."""
    return read_rows(text, parse, room=room, zone=zone, start=start)
