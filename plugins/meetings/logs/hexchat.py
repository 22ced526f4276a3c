"""HexChat's logs: ``Nov 22 20:15:00 <alice><TAB>text``, ``*<TAB>`` before what happens and what is done.

The year stands in ``**** BEGIN LOGGING AT Sun Nov 22 20:00:00 2026``. An action and an event look alike
(``*<TAB>bob waves``, ``*<TAB>bob has quit (bye)``): what has an event's very words is one.
"""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo

from bot.model import Json, Kind, Room
from plugins.meetings.logs.reading import NOTHING, Heard, Log, Row, clock_of, month_of, read_rows, wordy_date

_ROW = re.compile(
    r"(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) (?P<clock>\d\d:\d\d:\d\d) "
    r"(?:<[@+%&~!]?(?P<said>[^>\t ]+)>[\t ](?P<text>.*)"
    r"|\*[\t ](?P<star>.*)"
    r"|-(?P<noticed>[^ \t/]+)(?:/[^ \t]*)?-[\t ](?P<notice>.*))\Z",
    re.DOTALL,
)
_STAMP = re.compile(r"\*\*\*\* (?:BEGIN|ENDING) LOGGING AT (.*)\Z")
_WHO = r"(?P<nick>[^ ]+)"
_ADDRESS = r"(?: \((?P<address>[^() @]*@[^() ]*)\))?"
_EVENTS: tuple[tuple[re.Pattern[str], Kind, dict[str, Json]], ...] = (
    (re.compile(rf"{_WHO}{_ADDRESS} has joined(?: [#&!+][^ ]*)?\Z"), Kind.JOINED, {}),
    (re.compile(rf"{_WHO} \((?P<address>[^() ]*)\) has joined(?: [#&!+][^ ]*)?\Z"), Kind.JOINED, {}),
    (
        re.compile(rf"{_WHO}{_ADDRESS} has left(?: [#&!+][^ ]*)?(?: \((?P<text>.*)\))?\Z"),
        Kind.LEFT,
        {"how": "part"},
    ),
    (re.compile(rf"{_WHO} has quit(?: \((?P<text>.*)\))?\Z"), Kind.LEFT, {"how": "quit"}),
    (
        re.compile(r"(?P<by>[^ ]+) has kicked (?P<nick>[^ ]+) from [^ ]+(?: \((?P<text>.*)\))?\Z"),
        Kind.LEFT,
        {"how": "kick"},
    ),
    (re.compile(rf"{_WHO} is now known as (?P<text>[^ ]+)\Z"), Kind.RENAMED, {}),
    (re.compile(rf"{_WHO} has changed the topic to: (?P<text>.*)\Z"), Kind.TOPIC, {}),
)
_CLIENT = re.compile(
    r"(?:Now talking on |Topic for |Disconnected|Connecting|"
    r"[^ ]+ (?:sets mode|gives |removes |sets ban)|[^ ]+ set the topic)"
)


class _Reader:
    """Rows of one log: the year, which only some rows say, is remembered."""

    def __init__(self, start: date | None) -> None:
        self.day = start

    def parse(self, row: str) -> Row:
        """One row."""
        stamp = _STAMP.match(row)
        if stamp is not None:
            self.day = wordy_date(stamp[1]) or self.day
            return self.day or NOTHING
        match = _ROW.match(row)
        clock = clock_of(match["clock"]) if match else None
        month = month_of(match["month"]) if match else None
        if match is None or clock is None or month is None:
            return None
        if self.day is None:
            return Heard(clock, Kind.SAID, "?")  # without a year: the calendar complains
        year = self.day.year + (month < self.day.month and self.day.month - month > 6)
        try:
            self.day = date(year, month, int(match["day"]))
        except ValueError:
            return None
        when = datetime.combine(self.day, clock)
        if match["said"] is not None:
            return Heard(when, Kind.SAID, match["said"], match["text"])
        if match["noticed"] is not None:
            return Heard(when, Kind.NOTICE, match["noticed"], match["notice"])
        return _starred(when, match["star"])


def _starred(when: datetime, text: str) -> Row:
    for pattern, kind, data in _EVENTS:
        match = pattern.match(text)
        if match is not None:
            found = match.groupdict()
            if found.get("by"):
                data = {**data, "by": found["by"]}
            return Heard(
                when, kind, found["nick"], found.get("text") or "", address=found.get("address"), data=data
            )
    nick, _, action = text.partition(" ")
    return NOTHING if not nick or _CLIENT.match(text) else Heard(when, Kind.ACTED, nick, action)


def read(text: str, *, room: Room, zone: tzinfo, start: date | None = None) -> Log:
    """A whole log; see :func:`plugins.meetings.logs.read`."""
    return read_rows(text, _Reader(start).parse, room=room, zone=zone, start=start)
