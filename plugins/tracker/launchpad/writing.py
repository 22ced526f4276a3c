"""From changes to what Launchpad is sent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from plugins.tracker.backend import UnsupportedError
from plugins.tracker.items import Changes, Field, Value
from plugins.tracker.launchpad.addresses import Addresses

Fields: TypeAlias = Mapping[str, object]

_BLUEPRINT = {
    field: field.value
    for field in (
        Field.TITLE,
        Field.SUMMARY,
        Field.URL,
        Field.WHITEBOARD,
        Field.WORK_ITEMS,
        Field.PRIORITY,
        Field.DEFINITION,
        Field.IMPLEMENTATION,
        Field.DIRECTION,
    )
} | {
    field: f"{field.value}_link" for field in (Field.ASSIGNEE, Field.DRAFTER, Field.APPROVER, Field.MILESTONE)
}
_TASK = {
    Field.PRIORITY: "importance",
    Field.DEFINITION: "status",
    Field.ASSIGNEE: "assignee_link",
    Field.MILESTONE: "milestone_link",
}
_BUG = {
    Field.TITLE: "title",
    Field.SUMMARY: "description",
    Field.TAGS: "tags",
    Field.DUPLICATE: "duplicate_of_link",
}


def blueprint_fields(changes: Changes, addresses: Addresses) -> Fields:
    """What to PATCH a blueprint with. Raises :class:`UnsupportedError` for what it does not have."""
    for field in changes:
        if field not in _BLUEPRINT:
            raise UnsupportedError(f"Launchpad's blueprints have no {field.value}.")
    return {_BLUEPRINT[field]: _sent(field, value, addresses) for field, value in changes.items()}


def bug_fields(changes: Changes, addresses: Addresses) -> tuple[Fields, Fields]:
    """What to PATCH a bug's task with, and what the bug itself: each has a version of its own. Raises
    :class:`UnsupportedError` for what neither has.
    """
    for field in changes:
        if field not in _TASK and field not in _BUG:
            raise UnsupportedError(f"Launchpad's bugs have no {field.value}.")
    sent = {field: _sent(field, value, addresses) for field, value in changes.items()}
    task = {_TASK[field]: value for field, value in sent.items() if field in _TASK}
    return task, {_BUG[field]: value for field, value in sent.items() if field in _BUG}


def commented(whiteboard: str, text: str) -> str:
    """A whiteboard with a line more at its end."""
    return f"{whiteboard.rstrip()}\n{text}" if whiteboard.strip() else text


def _sent(field: Field, value: Value, addresses: Addresses) -> object:
    match field:
        case Field.ASSIGNEE | Field.DRAFTER | Field.APPROVER:
            return addresses.person(str(value)) if value else None
        case Field.MILESTONE:
            return addresses.milestone(str(value)) if value else None
        case Field.DUPLICATE:
            return addresses.bug(str(value)) if value else None
        case Field.TAGS:
            return list(value) if isinstance(value, tuple) else [value]
        case Field.URL:
            return value or None
        case _:
            return value
