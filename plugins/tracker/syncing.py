"""Looks at all that a tracker holds, page by page, and keeps what has changed.

Rules:

1. A page is one transaction; between two pages everything else has its turn.
2. What is missing is gone only if, after all was seen, the tracker says of it alone that it is not there: a
   list that is changed while one goes through it may leave something out.
3. A look that did not come to its end counts for what it saw, and the next one begins anew.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from plugins.tracker.backend import Backend
from plugins.tracker.items import Item, ItemKind, Ref
from plugins.tracker.shelf import Shelf

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
                there = await self._pages(kind, progress)
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
            for item in items[:_WHOLE]:
                asked = self._shelf.tick
                found = await self._backend.get(item.ref)
                self._asked[item.ref] = self._passes
                if found is not None:
                    await self._shelf.take_whole(found, asked)
        finally:
            self._shelf.tell()

    def unasked(self, kind: ItemKind) -> int:
        """Of how many open items of a kind it was not asked yet, since this began, what a list leaves out."""
        if not self._backend.untold(kind):
            return 0
        return sum(one.is_open and one.ref not in self._asked for one in self._shelf.items.all_kept(kind))

    async def _pages(self, kind: ItemKind, progress: Callable[[int], None]) -> set[Ref]:
        there: set[Ref] = set()
        pages = self._backend.find(kind)
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
