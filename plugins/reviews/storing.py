"""Reviews as JSON, as the database keeps them. Pure."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from bot.store import from_stamp, to_stamp
from plugins.reviews.review import Review, State, Voted

_TUPLES = frozenset({"paths", "reviewers", "attention", "bugs", "blueprints"})


def written(review: Review) -> str:
    """A review as JSON."""
    found = {one.name: _value(getattr(review, one.name)) for one in fields(Review)}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Review:
    """The review that was written."""
    found: dict[str, Any] = json.loads(text)
    known = {one.name for one in fields(Review)}
    values: dict[str, Any] = {key: _read(key, value) for key, value in found.items() if key in known}
    return Review(**values)


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return to_stamp(value)
    if isinstance(value, tuple):
        return [
            [one.label, one.who, one.value, _value(one.when)] if isinstance(one, Voted) else one
            for one in value
        ]
    return value


def _read(key: str, value: Any) -> object:
    if key in {"created", "updated", "asked"}:
        return None if value is None else from_stamp(value)
    if key == "state":
        return State(value)
    if key == "votes":
        return tuple(
            Voted(label, who, number, None if when is None else from_stamp(when))
            for label, who, number, when in value
        )
    return tuple(value) if key in _TUPLES else value
