"""What is asked of the tracker, and what comes of it, as values. Pure.

Rules:

1. Whoever asks says what was seen: a change is made only where the fields that it changes still hold that.
2. What is there already is done. What another changed meanwhile is never overwritten: it has diverged, and
   who wants it all the same says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from bot.text import listed, one_line, shorten
from plugins.tracker.items import Changes, Field, Item, ItemKind, Ref, Value, same

_SHOWN = 60
"""Columns of a value that is told."""

_TEXTS = frozenset({Field.SUMMARY, Field.WHITEBOARD, Field.WORK_ITEMS})
"""Fields whose values are too long to tell."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Change an item that was seen like this."""

    seen: Item
    changes: Changes


@dataclass(frozen=True, slots=True)
class Done:
    """It is done, or was so already; the item as it is now."""

    item: Item


@dataclass(frozen=True, slots=True)
class Waiting:
    """It is kept, and done when the tracker lets it; the item as it will be then, and why it waits."""

    item: Item
    why: str


@dataclass(frozen=True, slots=True)
class Diverged:
    """It is not done, since another changed these fields meanwhile; the item as it is now."""

    item: Item
    fields: tuple[Field, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not done; says why."""

    why: str


Answer: TypeAlias = Done | Waiting | Diverged | Refused


@dataclass(frozen=True, slots=True)
class Seen:
    """What another changed in the tracker: the item before and after; ``None`` where it was not there before,
    or is not there any more.
    """

    before: Item | None
    after: Item | None


WhyNot: TypeAlias = Callable[[Ask], str]
"""Why somebody may not have something changed; nothing, where they may."""


def anything(_ask: Ask) -> str:
    """They may change anything: a :data:`WhyNot`."""
    return ""


def weighed(item: Item | None, ask: Ask) -> Answer | Changes:
    """What is left to change of an item that is like this now; or the answer, where nothing is to be done."""
    if item is None:
        return Refused(f"there is no {named(ask.seen.ref)} any more")
    needed = {
        field: value for field, value in ask.changes.items() if not same(field, item.value(field), value)
    }
    fields = tuple(field for field in needed if not same(field, item.value(field), ask.seen.value(field)))
    if fields:
        return Diverged(item, fields, how_it_is(item, fields))
    return needed or Done(item)


def named(ref: Ref) -> str:
    """An item as people call it: ``zones``, ``bug 7``."""
    return f"bug {ref.name}" if ref.kind is ItemKind.BUG else ref.name


def how_it_is(item: Item, fields: Iterable[Field]) -> str:
    """What fields hold now, for people: ``its assignee is bob now and it has no milestone now``."""
    return listed(_holds(item, field) for field in fields)


def _holds(item: Item, field: Field) -> str:
    name = field_name(item.ref.kind, field)
    if field in _TEXTS:
        return f"its {name} is another now"
    value = shown(item.value(field))
    if field is Field.DUPLICATE:
        return f"it is a duplicate of bug {value} now" if value else "it is no duplicate now"
    verb = "are" if field is Field.TAGS else "is"
    return f"its {name} {verb} {value} now" if value else f"it has no {name} now"


def shown(value: Value) -> str:
    """A value for people, in one short line; nothing for nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(value) if isinstance(value, tuple) else value
    return shorten(one_line(text), _SHOWN)


def field_name(kind: ItemKind, field: Field) -> str:
    """What people call a field of a blueprint or a bug."""
    if kind is ItemKind.BUG and field in _OF_BUGS:
        return _OF_BUGS[field]
    return _NAMES[field]


_OF_BUGS = {Field.PRIORITY: "importance", Field.DEFINITION: "status", Field.SUMMARY: "description"}
_NAMES = {
    Field.TITLE: "title",
    Field.SUMMARY: "summary",
    Field.URL: "specification",
    Field.WHITEBOARD: "whiteboard",
    Field.WORK_ITEMS: "list of work items",
    Field.PRIORITY: "priority",
    Field.DEFINITION: "definition",
    Field.IMPLEMENTATION: "implementation",
    Field.DIRECTION: "approved direction",
    Field.ASSIGNEE: "assignee",
    Field.DRAFTER: "drafter",
    Field.APPROVER: "approver",
    Field.MILESTONE: "milestone",
    Field.TAGS: "tags",
    Field.DUPLICATE: "bug that it repeats",
}
