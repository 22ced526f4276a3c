"""A tracker for tests that does what it is told, in this process, and is honest about versions.

world.edit("zones", Field.PRIORITY, "High")   # somebody else changes it there
world.away = AwayError("...")                 # until it is None again
world.fail(UnknownOutcomeError("..."), made=True)   # the next write is made, and nobody hears of it
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.testing import START
from plugins.tracker.backend import (
    BackendError,
    Capability,
    Conflict,
    Denied,
    Invalid,
    Outcome,
    Updated,
)
from plugins.tracker.items import (
    Changes,
    Field,
    Item,
    ItemKind,
    MergeProposal,
    Milestone,
    New,
    Ref,
    TrackerMember,
    Value,
)
from plugins.tracker.queue import with_line


@dataclass
class Scripted:
    """A tracker. ``written`` are the writes that took effect, in their order, as ``zones assignee=bob``."""

    items: dict[Ref, Item] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    away: BackendError | None = None
    page: int = 2
    known_milestones: list[Milestone] = field(default_factory=list)
    known_reviews: list[MergeProposal] = field(default_factory=list)
    series: str = ""
    denied: set[str] = field(default_factory=set)
    read_only: bool = False
    untold_: tuple[str, ...] = ()
    hold: asyncio.Event | None = None
    """Writes wait for it."""
    between: asyncio.Event | None = None
    """Lists wait for it behind each page."""
    held: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once anything waits so."""
    tells_changes: bool = False
    listed: list[str] = field(default_factory=list)
    """The lists that were asked for."""
    looked: int = 0
    closed: int = 0
    _failures: list[tuple[BackendError, bool]] = field(default_factory=list)

    name = "Launchpad (scripted)"
    key = "scripted nova"

    def add(self, *names: str, **more: object) -> None:
        """Blueprints that are there."""
        for name in names:
            ref = Ref(ItemKind.BLUEPRINT, name)
            self.items[ref] = Item(ref, f"About {name}", version="v1", **more)  # type: ignore[arg-type]

    def blueprint(self, name: str) -> Item:
        return self.items[Ref(ItemKind.BLUEPRINT, name)]

    def edit(self, name: str, one: Field, value: Value) -> None:
        """Somebody else changes a blueprint."""
        self._put(self.blueprint(name).changed({one: value}))

    def remove(self, name: str) -> None:
        """Somebody else takes a blueprint away."""
        del self.items[Ref(ItemKind.BLUEPRINT, name)]

    def fail(self, error: BackendError, *, made: bool) -> None:
        """The next write ends so, and is ``made`` or not."""
        self._failures.append((error, made))

    def _put(self, item: Item) -> Item:
        version = f"v{int(item.version[1:] or 0) + 1}" if item.version else "v1"
        self.items[item.ref] = replace(item, version=version)
        return self.items[item.ref]

    # The interface

    def capabilities(self) -> Collection[str]:
        if self.read_only:
            return ()
        return (
            *((Capability.CHANGES,) if self.tells_changes else ()),
            Capability.CREATE_BLUEPRINT,
            Capability.CREATE_BUG,
            Capability.UPDATE,
            Capability.COMMENT,
            Capability.MEMBERS,
            Capability.EDIT_MEMBERS,
        )

    def untold(self, kind: ItemKind) -> Collection[str]:
        return self.untold_

    async def get(self, ref: Ref) -> Item | None:
        self._answer()
        self.looked += 1
        return self.items.get(ref)

    async def find(self, kind: ItemKind, since: datetime | None = None) -> AsyncIterator[Sequence[Item]]:
        self._answer()
        self.listed.append(f"{kind} since" if since else f"{kind}")
        items = [item for item in self.items.values() if item.ref.kind is kind]
        if since is not None and self.tells_changes:
            items = [item for item in items if item.updated is None or item.updated > since]
        for start in range(0, len(items), self.page):
            page = items[start : start + self.page]
            yield [replace(item, **dict.fromkeys(self.untold_, ())) for item in page]  # type: ignore[arg-type]
            if self.between is not None:
                self.held.set()
                await self.between.wait()
            self._answer()

    async def update(self, ref: Ref, version: str, changes: Changes, own_version: str = "") -> Outcome:
        item = self.items.get(ref)

        def make() -> Outcome:
            if item is None:
                return Invalid(f"there is no {ref.name}")
            if ref.name in self.denied:
                return Denied("Launchpad does not let Muster")
            if item.version != version:
                return Conflict(item)
            told = " ".join(f"{one.value}={value}" for one, value in changes.items())
            self.written.append(f"{ref.name} {told}")
            return Updated(self._put(item.changed(changes)))

        return await self._write(make)

    async def create(self, new: New) -> Outcome:
        def make() -> Outcome:
            number = str(100 + len(self.items))
            ref = Ref(new.kind, new.name if new.kind is ItemKind.BLUEPRINT else number)
            if ref in self.items:
                return Invalid(f"there is a {ref.name} already")
            self.written.append(f"{ref} {new.title}")
            item = Item(ref, new.title, summary=new.summary, created=START)
            return Updated(self._put(item))

        return await self._write(make)

    async def comment(self, ref: Ref, text: str) -> Outcome:
        def make() -> Outcome:
            self.written.append(f"{ref.name} # {text}")
            return Updated(self._put(with_line(self.items[ref], text)))

        return await self._write(make)

    async def reviews(self) -> Sequence[MergeProposal]:
        self._answer()
        return self.known_reviews

    async def milestones(self) -> Sequence[Milestone]:
        self._answer()
        return self.known_milestones

    async def focus(self) -> str:
        self._answer()
        return self.series

    async def members(self, team: str) -> Sequence[TrackerMember] | None:
        self._answer()
        return [TrackerMember("bob")] if team == "nova-api" else None

    async def person(self, id_: str) -> TrackerMember | None:
        self._answer()
        return TrackerMember(id_)

    async def set_member(self, team: str, person: str, *, on: bool) -> Outcome | None:
        self._answer()
        return None if team == "nova-api" else Denied("Launchpad does not let Muster")

    async def close(self) -> None:
        self.closed += 1

    def _answer(self) -> None:
        if self.away is not None:
            raise self.away

    async def _write(self, make: object) -> Outcome:
        self._answer()
        if self.hold is not None:
            self.held.set()
            await self.hold.wait()
        if self._failures:
            error, made = self._failures.pop(0)
            if made:
                make()  # type: ignore[operator]
            raise error
        return make()  # type: ignore[operator, no-any-return]
