"""hcoop-meetbot's raw log ``.log.json``: one meeting with its ``messages``.

Each message has ``id``, ``sender``, ``payload``, ``action`` and ``timestamp`` (ISO 8601, in UTC).
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, tzinfo

from bot.model import Actor, Kind, Line, Room
from plugins.meetings.logs.reading import Log, LogError, Problem


def read(text: str, *, room: Room, zone: tzinfo, start: date | None = None) -> Log:
    """A whole log; see :func:`plugins.meetings.logs.read`. It says its room and its zone itself."""
    try:
        meeting = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LogError(f"it is no JSON ({error}): name another format with --format") from error
    messages = meeting.get("messages") if isinstance(meeting, dict) else None
    if not isinstance(messages, list):
        raise LogError("it has no messages: name another format with --format")
    where = Room(_text(meeting.get("network")) or room.network, _text(meeting.get("channel")) or room.name)
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, message in enumerate(messages, 1):
        line = _line(message, where, zone) if isinstance(message, dict) else None
        if line is None:
            problems.append(Problem(number, "this message has no sender or no time"))
        else:
            lines.append(line)
    return Log(tuple(lines), tuple(problems))


def _line(message: dict[str, object], room: Room, zone: tzinfo) -> Line | None:
    sender, payload = _text(message.get("sender")), message.get("payload")
    try:
        time = datetime.fromisoformat(_text(message.get("timestamp")))
        time = time.replace(tzinfo=time.tzinfo or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not sender or not isinstance(payload, str):
        return None
    kind = Kind.ACTED if message.get("action") is True else Kind.SAID
    return Line(room, time, kind, Actor(room.network, sender), payload, id=_text(message.get("id")) or None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
