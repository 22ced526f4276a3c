"""WeeChat's logs: date and time, prefix and message, with tabs between (https://weechat.org/doc/).

``2026-11-22 20:15:00<TAB>@alice<TAB>text``; the prefix `` *`` is an action, ``-->`` a join, ``<--`` a leave,
``--`` whatever else happens.
"""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo

from bot.model import Json, Kind, Room
from plugins.meetings.logs.reading import NOTHING, Heard, Log, Row, read_rows

_WHO = r"(?P<nick>[^ ]+)(?: \[[^\]]*\])?(?: \([^()@]*\))?(?: \((?P<address>[^()@]*@[^()]*)\))?"
_EVENTS: tuple[tuple[re.Pattern[str], Kind, dict[str, Json]], ...] = (
    (re.compile(rf"{_WHO} has joined [^ ]+\Z"), Kind.JOINED, {}),
    (re.compile(rf"{_WHO} has left [^ ]+(?: \((?P<text>.*)\))?\Z"), Kind.LEFT, {"how": "part"}),
    (re.compile(rf"{_WHO} has quit(?: \((?P<text>.*)\))?\Z"), Kind.LEFT, {"how": "quit"}),
    (
        re.compile(r"(?P<by>[^ ]+) has kicked (?P<nick>[^ ]+)(?: \((?P<text>.*)\))?\Z"),
        Kind.LEFT,
        {"how": "kick"},
    ),
    (re.compile(r"(?P<nick>[^ ]+) is now known as (?P<text>[^ ]+)\Z"), Kind.RENAMED, {}),
    (
        re.compile(
            r'(?=.*"\Z)(?P<nick>[^ ]+) has changed topic for [^ ]+(?: from ".*?")? to "(?P<text>.*)"\Z'
        ),
        Kind.TOPIC,
        {},
    ),
    (re.compile(r"Notice\((?P<nick>[^ ()]+)\)(?: -> [^ ]+)?: (?P<text>.*)\Z"), Kind.NOTICE, {}),
)


def parse(row: str) -> Row:
    """One row."""
    when, tab, rest = row.partition("\t")
    prefix, second_tab, text = rest.partition("\t")
    if not tab or not second_tab:
        return None
    try:
        clock = datetime.strptime(when, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the log's zone comes later
    except ValueError:
        return None
    prefix = prefix.strip()
    if prefix == "*":
        nick, _, action = text.partition(" ")
        return Heard(clock, Kind.ACTED, nick, action) if nick else None
    if prefix in {"-->", "<--", "--"}:
        return _event(clock, text)
    nick = prefix.lstrip("@+%&~! ")
    if not nick or prefix == "=!=":
        return NOTHING
    return Heard(clock, Kind.SAID, nick, text)


def _event(clock: datetime, text: str) -> Row:
    for pattern, kind, data in _EVENTS:
        match = pattern.match(text)
        if match is not None:
            found = match.groupdict()
            if found.get("by"):
                data = {**data, "by": found["by"]}
            return Heard(
                clock, kind, found["nick"], found.get("text") or "", address=found.get("address"), data=data
            )
    return NOTHING


def read(text: str, *, room: Room, zone: tzinfo, start: date | None = None) -> Log:
    """A whole log; see :func:`plugins.meetings.logs.read`."""
    return read_rows(text, parse, room=room, zone=zone, start=start)
