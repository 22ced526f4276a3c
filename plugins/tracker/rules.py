"""What Muster's own tracker lets a blueprint, a bug and a milestone hold. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bot.text import listed, nearest, shorten
from plugins.tracker.answers import field_name, named
from plugins.tracker.items import (
    BUG_STATUSES,
    DEFINITIONS,
    IMPLEMENTATIONS,
    IMPORTANCES,
    PRIORITIES,
    Changes,
    Field,
    ItemKind,
    Milestone,
    New,
    Ref,
    Value,
    is_name,
)

LONGEST_TITLE = 300
LONGEST_NAME = 100

_WORDS = {
    (ItemKind.BLUEPRINT, Field.PRIORITY): PRIORITIES,
    (ItemKind.BLUEPRINT, Field.DEFINITION): DEFINITIONS,
    (ItemKind.BLUEPRINT, Field.IMPLEMENTATION): IMPLEMENTATIONS,
    (ItemKind.BUG, Field.PRIORITY): IMPORTANCES,
    (ItemKind.BUG, Field.DEFINITION): BUG_STATUSES,
}
_NOT_OF_BUGS = frozenset(
    {Field.URL, Field.WORK_ITEMS, Field.IMPLEMENTATION, Field.DIRECTION, Field.DRAFTER, Field.APPROVER}
)
_PEOPLE = frozenset({Field.ASSIGNEE, Field.DRAFTER, Field.APPROVER})


def why_not_change(ref: Ref, changes: Changes, milestones: Iterable[Milestone]) -> str:
    """Why an item cannot be changed so; nothing, where it can."""
    known = list(milestones)
    for field, value in changes.items():
        why = _why_not(ref, field, value, known)
        if why:
            return f"{named(ref)}: {why}"
    return ""


def _why_not(ref: Ref, field: Field, value: Value, milestones: Iterable[Milestone]) -> str:
    name = field_name(ref.kind, field)
    if field in _NOT_OF_BUGS if ref.kind is ItemKind.BUG else field is Field.TAGS:
        return f"a {ref.kind} has no {name}"
    if field is Field.DIRECTION:
        return "" if isinstance(value, bool) else f"its {name} is yes or no"
    if field is Field.TAGS:
        return why_no_tags(value if isinstance(value, tuple) else (str(value),))
    if not isinstance(value, str):
        return f"its {name} is a text"
    words = _WORDS.get((ref.kind, field))
    if words is not None:
        return "" if value in words else f"its {name} is one of {', '.join(words)}, not {_quoted(value)}"
    if field is Field.TITLE:
        return why_no_title(value)
    if field is Field.MILESTONE and value:
        return _why_not_milestone(value, milestones)
    if field in _PEOPLE and len(value.split()) > 1:
        return f"its {name} is one word, not {_quoted(value)}"
    return ""


def _why_not_milestone(name: str, milestones: Iterable[Milestone]) -> str:
    known = {one.name: one for one in milestones}
    if name in known:
        return "" if known[name].is_active else f"the milestone {name} is closed"
    near = nearest(name, [one.name for one in known.values() if one.is_active])
    return f"there is no milestone {_quoted(name)}" + (f"; near it: {listed(near)}" if near else "")


def why_not_create(new: New) -> str:
    """Why there cannot be such a new item, whichever there are; nothing, where there can."""
    if new.kind is ItemKind.BLUEPRINT and new.tags:
        return "a blueprint has no tags"
    name = why_no_name(new.name) if new.kind is ItemKind.BLUEPRINT else ""
    return name or why_no_title(new.title) or why_no_tags(new.tags)


def why_no_name(name: str) -> str:
    """Why this cannot name a blueprint, a milestone or a series; nothing, where it can."""
    if is_name(name) and len(name) <= LONGEST_NAME:
        return ""
    return (
        f"{_quoted(name)} is no name: it has small letters, digits and + . - behind the first, "
        f"and at most {LONGEST_NAME} of them"
    )


def why_no_title(title: str) -> str:
    """Why this cannot be a title; nothing, where it can."""
    if not title.strip():
        return "its title is missing"
    if len(title.splitlines()) > 1 or not title.isprintable():
        return "its title is one line, without control characters"
    return "" if len(title) <= LONGEST_TITLE else f"its title has at most {LONGEST_TITLE} characters"


def why_no_tags(tags: Iterable[str]) -> str:
    """Why these cannot be tags; nothing, where they can."""
    wrong = [tag for tag in tags if not is_name(tag)]
    return f"{_quoted(wrong[0])} is no tag: small letters, digits and + . - behind the first" if wrong else ""


def _quoted(text: str) -> str:
    return repr(shorten(text, 60))
