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


def blueprint_fields(changes: Changes, addresses: Addresses) -> Fields:
    """What to PATCH a blueprint with. Raises :class:`UnsupportedError` for what it does not have."""
    for field in changes:
        if field not in _BLUEPRINT:
            raise UnsupportedError(f"Launchpad's blueprints have no {field.value}.")
    return {_BLUEPRINT[field]: _sent(field, value, addresses) for field, value in changes.items()}


def task_fields(changes: Changes, addresses: Addresses) -> Fields:
    """What to PATCH a bug's task with. Raises :class:`UnsupportedError` for what it does not have: the title,
    the description and the tags are the bug's own, whose version a task's does not cover.
    """
    for field in changes:
        if field not in _TASK:
            raise UnsupportedError(f"Muster does not change the {field.value} of Launchpad's bugs.")
    return {_TASK[field]: _sent(field, value, addresses) for field, value in changes.items()}


def commented(whiteboard: str, text: str) -> str:
    """A whiteboard with a line more at its end."""
    return f"{whiteboard.rstrip()}\n{text}" if whiteboard.strip() else text


def _sent(field: Field, value: Value, addresses: Addresses) -> object:
    match field:
        case Field.ASSIGNEE | Field.DRAFTER | Field.APPROVER:
            return addresses.person(str(value)) if value else None
        case Field.MILESTONE:
            return addresses.milestone(str(value)) if value else None
        case Field.URL:
            return value or None
        case _:
            return value
