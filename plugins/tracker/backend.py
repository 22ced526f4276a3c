"""What every tracker offers Muster, and how it says no.

A backend does one thing at a time and keeps nothing of its own but its connection: what was seen is kept by
the plugin, so that look-ups never wait for it. It never tries again by itself.

    BackendError
    ├── AwayError                  it cannot be reached or does not work now: later the same may succeed
    │   └── UnknownOutcomeError    it went away while it was asked to change something, which may be done
    ├── UnauthorizedError          it does not accept who Muster says it is (401): somebody must log in again
    └── UnsupportedError           this tracker cannot do such a thing at all
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from plugins.tracker.items import (
    Changes,
    Item,
    ItemKind,
    MergeProposal,
    Milestone,
    New,
    Ref,
    TrackerMember,
)


class BackendError(Exception):
    """A tracker did not do what it was asked; says why, for people, in one line."""


class AwayError(BackendError):
    """It cannot be reached, or does not work now; ``retry_after`` is in seconds, where it said so."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class UnknownOutcomeError(AwayError):
    """It went away while it was asked to change something: whether that happened is to be looked up."""


class UnauthorizedError(BackendError):
    """It does not accept Muster's credentials."""


class UnsupportedError(BackendError):
    """It cannot do such a thing."""


@dataclass(frozen=True, slots=True)
class Updated:
    """It was done; the item as it is now."""

    item: Item


@dataclass(frozen=True, slots=True)
class Conflict:
    """It was not done, since the item has changed (HTTP 412); the item as it is now."""

    item: Item


@dataclass(frozen=True, slots=True)
class Denied:
    """It was not done: Muster may not; says why. Where a part of it was done, ``item`` is the item as it is
    now.
    """

    why: str
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class Invalid:
    """It was not done: there is no such item, person or milestone, or it cannot hold that; says why.
    ``item`` is as in :class:`Denied`.
    """

    why: str
    item: Item | None = None


Outcome: TypeAlias = Updated | Conflict | Denied | Invalid


class Capability:
    """What a tracker can do (DESIGN: what it cannot do it says)."""

    CREATE_BLUEPRINT = "create blueprint"
    CREATE_BUG = "create bug"
    UPDATE = "update"
    COMMENT = "comment"
    MEMBERS = "members"
    REVIEWS = "reviews"
    EDIT_MEMBERS = "edit members"
    CHANGES = "changes"


class Backend(Protocol):
    """A tracker. All may raise :class:`BackendError`."""

    @property
    def name(self) -> str:
        """What it is, for people: ``Launchpad (production)``, ``Muster's own``."""

    @property
    def key(self) -> str:
        """What tells what is kept of it from what is kept of another: type, address and project."""

    def capabilities(self) -> Collection[str]:
        """Of :class:`Capability`, those that it has."""

    async def get(self, ref: Ref) -> Item | None:
        """The item as it is now; ``None`` where there is none."""

    def untold(self, kind: ItemKind) -> Collection[str]:
        """The attributes of an item that :meth:`get` alone tells. In what :meth:`find` and
        :meth:`update` give they may be empty: what is known of them stays as it is.
        """

    def find(self, kind: ItemKind, since: datetime | None = None) -> AsyncIterator[Sequence[Item]]:
        """All of the project's items of a kind, in pages. Between two pages others may have their turn. With
        ``since`` of bugs those alone that were changed since then, where it has
        :attr:`Capability.CHANGES`.
        """

    async def update(self, ref: Ref, version: str, changes: Changes, own_version: str = "") -> Outcome:
        """Change an item that still has this version (none given: whatever version it has), and where what is
        a bug's own is to be changed, this ``own_version``. It may be changed in two steps: then the outcome
        is that of the first that is not done, and what is done already stays. Raises
        :class:`UnknownOutcomeError` where it went away meanwhile.
        """

    async def create(self, new: New) -> Outcome:
        """Make an item; :class:`Invalid` where there is one of that name."""

    async def comment(self, ref: Ref, text: str) -> Outcome:
        """Add a comment: to a blueprint, a line at the end of its whiteboard."""

    async def reviews(self) -> Sequence[MergeProposal]:
        """The project's changes that wait for a review or were approved and wait to be merged."""

    async def milestones(self) -> Sequence[Milestone]:
        """The project's milestones, those of all series."""

    async def focus(self) -> str:
        """The project's series that is under development; nothing where it has none."""

    async def members(self, team: str) -> Sequence[TrackerMember] | None:
        """Who is on a team; ``None`` where there is no such team."""

    async def person(self, id_: str) -> TrackerMember | None:
        """A person by the tracker's id; ``None`` where there is none."""

    async def set_member(self, team: str, person: str, *, on: bool) -> Outcome | None:
        """Add somebody to a team or take them off; ``None`` where it is done."""

    async def close(self) -> None:
        """Let go of it."""
