"""What a tracker holds, as values: blueprints, bugs, milestones. Pure.

Rules:

1. The words are Launchpad's (https://launchpad.net/+apidoc/devel.html#specification and ``#bug_task``), for
   every tracker.
2. A value is frozen. A change is a mapping from a :class:`Field` to its new value; of a field nothing is
   ``""``, of a list ``()``.
3. Tags are a set: in which order they stand says nothing (:func:`same`).
4. When a bug came to its status, was no longer new, and was triaged, follows from its changes of status
   (:func:`moved`) as Launchpad has it: its order of statuses is that of :data:`BUG_STATUSES`, and what is
   set beyond a status counts as having passed through it. It leaves New once for ever; whoever puts it back
   before Triaged takes back that it was triaged.
5. Whom something is assigned to is the tracker's own name for a person or a team: ``bcwaldon``,
   ``nova-api``. What Muster's rosters make of it is theirs.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias


class ItemKind(enum.StrEnum):
    """What an item is. The values are stored."""

    BLUEPRINT = "blueprint"
    BUG = "bug"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """What names an item for ever: ``blueprint`` and the name in its project, ``bug`` and its number."""

    kind: ItemKind
    name: str

    def __str__(self) -> str:
        """``blueprint:live-migration``, as changes are recorded."""
        return f"{self.kind}:{self.name}"


class Field(enum.StrEnum):
    """What of an item can be changed. The values are stored."""

    TITLE = "title"
    SUMMARY = "summary"
    URL = "specification_url"
    WHITEBOARD = "whiteboard"
    WORK_ITEMS = "workitems_text"
    PRIORITY = "priority"  # a bug's importance
    DEFINITION = "definition_status"  # a bug's status
    IMPLEMENTATION = "implementation_status"
    DIRECTION = "direction_approved"  # a bool
    ASSIGNEE = "assignee"
    DRAFTER = "drafter"
    APPROVER = "approver"
    MILESTONE = "milestone"
    TAGS = "tags"  # of a bug
    DUPLICATE = "duplicate_of"  # of a bug: another one's number


Value: TypeAlias = "str | bool | tuple[str, ...]"
"""What a field may hold."""

Changes: TypeAlias = Mapping[Field, Value]

OWN_OF_BUGS = frozenset({Field.TITLE, Field.SUMMARY, Field.TAGS, Field.DUPLICATE})
"""What in Launchpad is a bug's own, whichever projects it is in; the rest is its task's in one project."""


def same(field: Field, one: Value, other: Value) -> bool:
    """Whether two values of a field are the same: of tags, whatever their order."""
    if field is Field.TAGS and isinstance(one, tuple) and isinstance(other, tuple):
        return frozenset(one) == frozenset(other)
    return one == other


DEFINITIONS = (
    "New",
    "Discussion",
    "Drafting",
    "Review",
    "Pending Approval",
    "Approved",
    "Superseded",
    "Obsolete",
)
IMPLEMENTATIONS = (
    "Unknown",
    "Not started",
    "Deferred",
    "Needs Infrastructure",
    "Blocked",
    "Started",
    "Slow progress",
    "Good progress",
    "Beta Available",
    "Needs Code Review",
    "Deployment",
    "Implemented",
    "Informational",
)
PRIORITIES = ("Not", "Undefined", "Low", "Medium", "High", "Essential")
"""Of blueprints, the least first."""

BUG_STATUSES = (
    "New",
    "Incomplete",
    "Opinion",
    "Invalid",
    "Won't Fix",
    "Expired",
    "Confirmed",
    "Triaged",
    "In Progress",
    "Deferred",
    "Fix Committed",
    "Fix Released",
    "Does Not Exist",
    "Unknown",
)
IMPORTANCES = ("Unknown", "Undecided", "Wishlist", "Low", "Medium", "High", "Critical")
"""Of bugs, the least first."""
_PRIORITY_RANKS = {word: place for place, word in enumerate(PRIORITIES)}
_IMPORTANCE_RANKS = {word: place for place, word in enumerate(IMPORTANCES)}

_OVER = frozenset({"Superseded", "Obsolete"})
_DONE = frozenset({"Implemented", "Informational", "Deployment"})
_BUG_DONE = frozenset({"Fix Committed", "Fix Released"})
_BUG_OVER = frozenset({"Opinion", "Invalid", "Won't Fix", "Expired", "Does Not Exist"})


@dataclass(frozen=True, slots=True)
class Item:
    """A blueprint or a bug as the tracker had it when it was last seen.

    ``version`` is the tracker's own mark of this state (an ETag): equal exactly while nothing has changed.
    ``own_version`` is likewise the mark of what is a bug's own (:data:`OWN_OF_BUGS`), where the tracker has
    two; nothing as long as Muster has not looked at it alone (:meth:`Tracker.refresh`), and then it does not
    know its description, tags and duplicate either.
    ``updated`` is when it last changed, in UTC, where the tracker tells, else when Muster first saw it so.
    ``assignee`` is whose it is in the tracker; ``depends_on`` are names of blueprints. For a bug
    ``definition`` is its status and ``priority`` its importance; ``target`` is what in the project it is in
    (``nova``, or with a component ``nova (Ubuntu)``); ``duplicate_of`` the number of the bug that it only
    repeats; ``state_since``, ``left_new`` and ``triaged`` are when, in UTC, it came into its status, was not
    new any more, and was triaged, as far as the tracker tells.
    """

    ref: Ref
    title: str
    url: str = ""
    summary: str = ""
    whiteboard: str = ""
    work_items: str = ""
    specification_url: str = ""
    definition: str = "New"
    implementation: str = "Unknown"
    direction_approved: bool = False
    priority: str = "Undefined"
    assignee: str = ""
    drafter: str = ""
    approver: str = ""
    owner: str = ""
    milestone: str = ""
    tags: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    version: str = ""
    own_version: str = ""
    created: datetime | None = None
    updated: datetime | None = None
    target: str = ""
    duplicate_of: str = ""
    state_since: datetime | None = None
    left_new: datetime | None = None
    triaged: datetime | None = None

    @property
    def name(self) -> str:
        """The blueprint's name, the bug's number."""
        return self.ref.name

    @property
    def rank(self) -> int:
        """The priority as a number, the greater the more pressing."""
        ranks = _PRIORITY_RANKS if self.ref.kind is ItemKind.BLUEPRINT else _IMPORTANCE_RANKS
        return ranks.get(self.priority, 0)

    @property
    def is_done(self) -> bool:
        """Whether the work is done."""
        if self.ref.kind is ItemKind.BUG:
            return self.definition in _BUG_DONE
        return self.implementation in _DONE

    @property
    def is_open(self) -> bool:
        """Whether there is something to do about it still."""
        over = _BUG_OVER if self.ref.kind is ItemKind.BUG else _OVER
        return not self.is_done and self.definition not in over

    @property
    def state(self) -> str:
        """Where it stands, in the tracker's words: how far it is built, or else how far it is settled."""
        if self.ref.kind is ItemKind.BUG or self.definition in _OVER:
            return self.definition
        return self.definition if self.implementation in {"Unknown", "Not started"} else self.implementation

    def holds(self, changes: Changes) -> bool:
        """Whether it holds all of these values."""
        return all(same(field, self.value(field), value) for field, value in changes.items())

    def value(self, field: Field) -> Value:
        """What a field holds."""
        return getattr(self, _ATTRIBUTES[field])  # type: ignore[no-any-return]

    def changed(self, changes: Changes) -> Item:
        """The item with these changes made."""
        return replace(self, **{_ATTRIBUTES[field]: value for field, value in changes.items()})  # type: ignore[arg-type]


_ATTRIBUTES: dict[Field, str] = {
    Field.TITLE: "title",
    Field.SUMMARY: "summary",
    Field.URL: "specification_url",
    Field.WHITEBOARD: "whiteboard",
    Field.WORK_ITEMS: "work_items",
    Field.PRIORITY: "priority",
    Field.DEFINITION: "definition",
    Field.IMPLEMENTATION: "implementation",
    Field.DIRECTION: "direction_approved",
    Field.ASSIGNEE: "assignee",
    Field.DRAFTER: "drafter",
    Field.APPROVER: "approver",
    Field.MILESTONE: "milestone",
    Field.TAGS: "tags",
    Field.DUPLICATE: "duplicate_of",
}


def moved(before: Item | None, after: Item, when: datetime) -> Item:
    """An item after somebody changed it, with the dates that follow from a bug's change of status; of one
    that is new ``before`` is ``None``.
    """
    old = before.definition if before is not None else None
    if after.ref.kind is not ItemKind.BUG or old == after.definition:
        return after
    now = _reached(after.definition)
    left_new = after.left_new
    if left_new is None and now > _reached("New") and (old is None or old == "New"):
        left_new = when
    triaged = after.triaged
    if now < _reached("Triaged"):
        triaged = None
    elif triaged is None:
        triaged = when
    return replace(after, state_since=when, left_new=left_new, triaged=triaged)


def _reached(status: str) -> int:
    """How far a status is: New is the least."""
    return BUG_STATUSES.index(status) if status in BUG_STATUSES and status != "Unknown" else -1


@dataclass(frozen=True, slots=True)
class Milestone:
    """A milestone of the project. ``series`` is its series' name; ``due`` the day it is expected; one that is
    not ``is_active`` takes nothing more.
    """

    name: str
    series: str = ""
    due: date | None = None
    is_active: bool = True
    url: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody said of a proposed change: ``value`` is 1 for, -1 against, 0 neither; they were asked and
    have said nothing yet where it is ``None``. ``who`` is the tracker's name of a person or a team.
    """

    who: str
    value: int | None = None
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class MergeProposal:
    """A change that its author proposes to merge (https://launchpad.net/+apidoc/devel.html#branch_merge_proposal).

    ``name`` is its number, ``status`` Launchpad's word (``Needs review``, ``Approved`` ...); ``bugs`` are
    numbers and ``blueprints`` names of what it is about; times are in UTC. One that is not ``is_whole`` is
    known by its place in the list alone: for the votes and for what it is about it was too many at once.
    """

    name: str
    title: str
    url: str = ""
    status: str = "Needs review"
    author: str = ""
    project: str = ""
    source: str = ""
    target: str = ""
    votes: tuple[Vote, ...] = ()
    bugs: tuple[str, ...] = ()
    blueprints: tuple[str, ...] = ()
    created: datetime | None = None
    asked: datetime | None = None
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class TrackerMember:
    """Somebody on a team of the tracker's: the id, the name shown, whether an administrator, and by which
    nicks and JIDs they say they are known: ``(network or service, nick or JID)``.
    """

    id: str
    title: str = ""
    is_admin: bool = False
    irc: tuple[tuple[str, str], ...] = ()
    jabber: tuple[str, ...] = ()
    zone: str = ""


@dataclass(frozen=True, slots=True)
class New:
    """What a new item begins with. ``name`` is a blueprint's; a bug gets its number from the tracker."""

    kind: ItemKind
    name: str
    title: str
    summary: str = ""
    tags: tuple[str, ...] = ()


_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*")


def is_name(text: str) -> bool:
    """Whether a text may name a blueprint, a milestone or a team: Launchpad's rule."""
    return _NAME.fullmatch(text) is not None
