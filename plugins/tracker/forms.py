"""Items and changes as JSON, and back. Pure."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from bot.model import Json
from plugins.tracker.items import Changes, Field, Item, Ref, Value

_TIMES = frozenset({"created", "updated", "state_since", "left_new", "triaged"})
_LISTS = frozenset({"tags", "depends_on"})
_PLAIN = tuple(one.name for one in fields(Item) if one.name != "ref")
_DEFAULTS = {one.name: one.default for one in fields(Item)}


def item_text(item: Item) -> str:
    """An item but for its ref, as JSON; what is as it is by default is left out."""
    held: dict[str, Any] = {}
    for name in _PLAIN:
        value = getattr(item, name)
        if value != _DEFAULTS[name]:
            held[name] = value.isoformat() if name in _TIMES else value
    return json.dumps(held, ensure_ascii=False)


def item_of(ref: Ref, text: str) -> Item:
    """The item that :func:`item_text` wrote."""
    held: dict[str, Any] = json.loads(text)
    for name in _TIMES & held.keys():
        held[name] = datetime.fromisoformat(held[name])
    for name in _LISTS & held.keys():
        held[name] = tuple(held[name])
    return Item(ref, **held)


def changes_text(changes: Changes) -> str:
    """Changes as JSON."""
    return json.dumps({field.value: as_json(value) for field, value in changes.items()}, ensure_ascii=False)


def changes_of(text: str) -> Changes:
    """The changes that :func:`changes_text` wrote."""
    held: dict[str, Any] = json.loads(text)
    return {Field(name): tuple(value) if isinstance(value, list) else value for name, value in held.items()}


def as_json(value: Value) -> Json:
    """A value as the record of changes has it."""
    return list(value) if isinstance(value, tuple) else value
