"""Looks at all that a tracker holds, page by page, and keeps what has changed.

Rules:

1. A page is one transaction; between two pages everything else has its turn.
2. What is new since the last look is asked about alone, so that what is told of it is whole.
3. What is missing is gone only if, after all was seen, the tracker says of it alone that it is not there: a
   list that is changed while one goes through it may leave something out.
4. A look that did not come to its end counts for what it saw, and the next one begins anew.
5. Between two looks at everything, what was changed since the last one is looked at, where the tracker can
   tell that (:meth:`Sync.catch_up`): bugs, one by one, with what a list leaves out. It goes back to the last
   look's beginning each time, and a little further, since the tracker's clock may be another: so what one of
   them missed, for whatever reason, the next one sees. What is gone it does not see.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime, timedelta

from plugins.tracker.backend import Backend, Capability
from plugins.tracker.items import Item, ItemKind, Ref
from plugins.tracker.shelf import Shelf

_SKEW = timedelta(minutes=10)
"""So far the tracker's clock may be off."""
_WHOLE = 200
"""So many items a time are asked about what a list does not tell: each takes a request of its own."""


class Sync:
    """Keeps a shelf in step with a tracker."""

    def __init__(self, backend: Backend, shelf: Shelf, now: Callable[[], datetime]) -> None:
        self._backend = backend
        self._shelf = shelf
        self._now = now
        self._asked: dict[Ref, int] = {}
        self._passes = 0

    async def run(self, progress: Callable[[int], None] = lambda _count: None) -> None:
        """Look at everything once; ``progress`` hears how many items each page has. What others changed is
        told at the end, be it a good one. Raises :class:`~plugins.tracker.backend.BackendError`.
        """
        began = self._now()
        self._passes += 1
        try:
            await self._shelf.keep_milestones(await self._backend.milestones(), await self._backend.focus())
            for kind in ItemKind:
                before = {item.ref for item in self._shelf.items.all_kept(kind)}
                there = await self._pages(self._backend.find(kind), progress)
                if self._shelf.synced is not None and self._backend.untold(kind):
                    await self._ask_about([self._shelf.items.kept(ref) for ref in there - before])
                await self._look_for([one for one in self._expected(kind) if one.ref not in there])
            await self._shelf.complete(began)
        finally:
            self._shelf.tell()

    async def deepen(self) -> None:
        """Ask of some items what a list does not tell: those first that were never asked about, or longest
        ago. Raises likewise.
        """
        untold = [kind for kind in ItemKind if self._backend.untold(kind)]
        items = [item for kind in untold for item in self._shelf.items.all_kept(kind) if item.is_open]
        random.shuffle(items)  # or the last of many would never be asked about where Muster restarts often
        items.sort(key=lambda item: self._asked.get(item.ref, 0))
        try:
            await self._ask_about(items)
        finally:
            self._shelf.tell()

    async def _ask_about(self, items: Iterable[Item | None]) -> None:
        """Ask of the first of these what a list does not tell."""
        for item in [one for one in items if one is not None][:_WHOLE]:
            asked = self._shelf.tick
            found = await self._backend.get(item.ref)
            self._asked[item.ref] = self._passes
            if found is not None:
                await self._shelf.take_whole(found, asked)

    def unasked(self, kind: ItemKind) -> int:
        """Of how many open items of a kind it was not asked yet, since this began, what a list leaves out."""
        if not self._backend.untold(kind):
            return 0
        return sum(one.is_open and one.ref not in self._asked for one in self._shelf.items.all_kept(kind))

    @property
    def can_catch_up(self) -> bool:
        """Whether there is a way to look at what was changed lately alone, and it is worth while."""
        return Capability.CHANGES in self._backend.capabilities() and self._shelf.synced is not None

    async def catch_up(self) -> None:
        """Look at the bugs that were changed since the last look at everything began. Raises likewise."""
        since = self._shelf.synced or self._now()
        try:
            there = await self._pages(self._backend.find(ItemKind.BUG, since - _SKEW), lambda _count: None)
            await self._ask_about([self._shelf.items.kept(ref) for ref in there])
        finally:
            self._shelf.tell()

    async def _pages(self, pages: AsyncIterator[Sequence[Item]], progress: Callable[[int], None]) -> set[Ref]:
        there: set[Ref] = set()
        while True:
            asked = self._shelf.tick
            page = await anext(pages, None)
            if page is None:
                return there
            await self._shelf.take(page, asked)
            there.update(item.ref for item in page)
            progress(len(page))

    def _expected(self, kind: ItemKind) -> list[Item]:
        """What a list must have: of bugs it need not have those that are closed."""
        kept = self._shelf.items.all_kept(kind)
        return [item for item in kept if kind is ItemKind.BLUEPRINT or item.is_open]

    async def _look_for(self, missing: list[Item]) -> None:
        gone: list[Item] = []
        for item in missing:
            asked = self._shelf.tick
            found = await self._backend.get(item.ref)
            if found is None:
                gone.append(item)
            else:
                await self._shelf.take_whole(found, asked)
        if gone:
            await self._shelf.drop(gone)
