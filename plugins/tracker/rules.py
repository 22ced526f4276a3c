"""What Muster's own tracker lets a blueprint, a bug and a milestone hold. Pure.

Rules, of bugs, as Launchpad has them:

1. A bug repeats one that repeats none itself, and never itself. What repeats a bug that is made a duplicate
   repeats from then on what that one does.
2. Statuses that a tracker gives by itself (:data:`NOT_BY_HAND`) nobody sets; a file may bring them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

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
    Item,
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
_OF_BUGS = frozenset({Field.TAGS, Field.DUPLICATE})
_NOT_OF_BUGS = frozenset(
    {Field.URL, Field.WORK_ITEMS, Field.IMPLEMENTATION, Field.DIRECTION, Field.DRAFTER, Field.APPROVER}
)
_PEOPLE = frozenset({Field.ASSIGNEE, Field.DRAFTER, Field.APPROVER})


NOT_BY_HAND = frozenset({"Unknown", "Expired", "Does Not Exist"})
"""Of bugs in other trackers, of bugs that nobody answered, and of bugs that are gone."""


def why_not_by_hand(ref: Ref, changes: Changes) -> str:
    """Why nobody can ask for this of a bug, in whichever tracker it is; nothing, where they can."""
    if ref.kind is not ItemKind.BUG:
        return ""
    status = changes.get(Field.DEFINITION)
    if status in NOT_BY_HAND:
        return f"{named(ref)}: nobody sets the status {status}: a tracker does so by itself"
    if changes.get(Field.PRIORITY) == "Unknown":
        return f"{named(ref)}: nobody sets the importance Unknown: it is that of bugs in other trackers"
    return ""


def why_not_duplicate(ref: Ref, of: str, get: Callable[[Ref], Item | None], *, is_all: bool = True) -> str:
    """Why a bug cannot be a duplicate of that number; nothing, where it can. ``get`` finds bugs, ``is_all``
    whether it knows all that there are.
    """
    if not of:
        return ""
    if not (of.isascii() and of.isdecimal()):
        return f"{named(ref)}: {_quoted(of)} is no bug's number"
    if of == ref.name:
        return f"{named(ref)} cannot be a duplicate of itself"
    other = get(Ref(ItemKind.BUG, of))
    if other is None:
        return f"{named(ref)}: there is no bug {of}" if is_all else ""
    if other.duplicate_of == ref.name:
        return f"bug {of} is a duplicate of {named(ref)} already; end that first"
    if other.duplicate_of:
        return f"bug {of} is itself a duplicate of bug {other.duplicate_of}: say that one"
    return ""


def followers(ref: Ref, of: str, bugs: Iterable[Item]) -> Iterator[Item]:
    """The bugs that repeat one which now repeats another, and so repeat that too."""
    if of:
        yield from (bug for bug in bugs if bug.duplicate_of == ref.name)


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
    if field in _NOT_OF_BUGS if ref.kind is ItemKind.BUG else field in _OF_BUGS:
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
    if field is Field.DUPLICATE and value and not (value.isascii() and value.isdecimal()):
        return f"{_quoted(value)} is no bug's number"
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
