"""Muster's own ``.json``: every line with all that was known of it (:mod:`plugins.meetings.forms.record`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from bot.model import Actor, Kind, Line, Room
from plugins.meetings.forms.record import SCHEMA
from plugins.meetings.logs.reading import Log, LogError, Problem


def read(text: str, *, room: Room, zone: tzinfo, start: date | None = None) -> Log:
    """A whole log; see :func:`plugins.meetings.logs.read`. It says its room and its zone itself."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LogError(f"it is no JSON ({error}): name another format with --format") from error
    if not isinstance(record, dict) or not isinstance(record.get("lines"), list):
        raise LogError("it is not one of Muster's: name another format with --format")
    if record.get("muster") != SCHEMA:
        raise LogError(
            f"it has schema {record.get('muster')!r}, and this Muster reads {SCHEMA}: use a newer Muster"
        )
    head = record.get("minutes")
    head = head if isinstance(head, dict) else {}
    where = Room(_text(head, "network") or room.network, _text(head, "room") or room.name)
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, row in enumerate(record["lines"], 1):
        line = _line(row, where, zone) if isinstance(row, dict) else None
        if line is None:
            problems.append(Problem(number, "this line has no time, or a kind that is not known"))
        else:
            lines.append(line)
    return Log(tuple(lines), tuple(problems), _numbers(head.get("actions")))


def _numbers(actions: object) -> dict[str, int]:
    return {
        _text(action, "key"): action["number"]
        for action in (actions if isinstance(actions, list) else [])
        if isinstance(action, dict) and type(action.get("number")) is int
    }


def _line(row: Mapping[str, Any], where: Room, zone: tzinfo) -> Line | None:
    try:
        time = datetime.fromisoformat(_text(row, "time"))
        time = time.replace(tzinfo=time.tzinfo or zone).astimezone(UTC)
        kind = Kind(_text(row, "kind"))
    except (ValueError, OverflowError):
        return None
    room = row.get("room")
    if isinstance(room, dict):
        where = Room(_text(room, "network"), _text(room, "name"), room.get("private") is True)
    data = row.get("data")
    place = row.get("place")
    return Line(
        where,
        time,
        kind,
        Actor(
            _text(row, "network") or where.network,
            _text(row, "nick"),
            _known(row, "account"),
            _known(row, "address"),
            row.get("bot") is True,
        ),
        _text(row, "text"),
        id=_known(row, "id"),
        own=row.get("own") is True,
        history=row.get("history") is True,
        data=data if isinstance(data, dict) else {},
        place=Room(_text(place, "network"), _text(place, "name")) if isinstance(place, dict) else None,
    )


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""


def _known(row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    return value if isinstance(value, str) else None
