"""What happened that nobody said, in irssi's words (and Muster's): joins, parts, renames, topics."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time

from bot.model import Json, Kind
from plugins.meetings.logs.reading import NOTHING, Heard, Row

_NAME = r"(?P<nick>[^ ]+)(?: \[(?P<address>[^\]]*)\])?"
_REASON = r"(?: \[(?P<text>.*)\])?"

_EVENTS: tuple[tuple[re.Pattern[str], Kind, dict[str, Json]], ...] = (
    (re.compile(rf"{_NAME} has joined [^ ]+\Z"), Kind.JOINED, {}),
    (re.compile(rf"{_NAME} has left [^ ]+{_REASON}\Z"), Kind.LEFT, {"how": "part"}),
    (re.compile(rf"{_NAME} has quit{_REASON}\Z"), Kind.LEFT, {"how": "quit"}),
    (
        re.compile(rf"(?P<nick>[^ ]+) was kicked from [^ ]+ by (?P<by>[^ ]+){_REASON}\Z"),
        Kind.LEFT,
        {"how": "kick"},
    ),
    (re.compile(r"(?P<nick>[^ ]+) is now known as (?P<text>[^ ]+)\Z"), Kind.RENAMED, {}),
    (re.compile(r"(?P<nick>[^ ]+) changed the topic of [^ ]+ to: (?P<text>.*)\Z"), Kind.TOPIC, {}),
    (re.compile(r"(?P<nick>[^ ]+) is now logged in as (?P<account>[^ ]+)\Z"), Kind.LOGIN, {}),
    (re.compile(r"(?P<nick>[^ ]+) is now logged out\Z"), Kind.LOGIN, {}),
    (re.compile(r"(?P<nick>[^ ]+) corrected (?P<of>l-\d+|another line): (?P<text>.*)\Z"), Kind.CORRECTED, {}),
    (re.compile(r"(?P<nick>[^ ]+) reacted to (?P<of>l-\d+|another line): (?P<told>.*)\Z"), Kind.REACTED, {}),
    (re.compile(r"(?P<nick>[^ ]+) reacts no more to (?P<of>l-\d+|another line)\Z"), Kind.REACTED, {}),
    (
        re.compile(
            r"Nothing is known of what was said (?:in (?P<place>[^ ]+) )?between "
            r"(?P<since>[-\d]+ [:\d]+) and (?P<until>[-\d]+ [:\d]+)"
        ),
        Kind.GAP,
        {},
    ),
)


def event(clock: time, text: str, name: Callable[[str], str] = str) -> Row:
    """What ``-!- text`` tells; ``NOTHING`` for what is not about people here (modes, the client)."""
    for pattern, kind, data in _EVENTS:
        match = pattern.match(text)
        if match is None:
            continue
        found = match.groupdict()
        if kind is Kind.LEFT and found.get("by"):
            data = {**data, "by": name(found["by"])}
        elif kind is Kind.GAP:
            data = {"since": found["since"], "until": found["until"]}
            if found["place"] is not None:
                data["in"] = name(found["place"])
        elif kind is Kind.CORRECTED:
            data = {"of": found["of"]}
        elif kind is Kind.REACTED:
            data = {"of": found["of"], "reactions": [*(found.get("told") or "").split()]}
        said = found.get("text") or ""
        return Heard(
            clock,
            kind,
            name(found.get("nick") or ""),
            name(said) if kind is Kind.RENAMED else said,
            address=found.get("address") or None,
            account=found.get("account"),
            data=data,
        )
    return NOTHING
