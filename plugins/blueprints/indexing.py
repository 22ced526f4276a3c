"""The index of similar blueprints, kept in step with the tracker beside the chat.

Rules:

1. What changes waits in order and is taken in by one task, a few blueprints at a time: between them whatever
   else is to be done has its turn, also while 5,000 come at once.
2. Whoever needs an answer from all waits for :meth:`Indexing.settled`; :attr:`Indexing.index` answers from
   what is in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice

from plugins.blueprints.similar import Index
from plugins.blueprints.words import words_of_item
from plugins.tracker import Item

_AT_ONCE = 8
"""Blueprints that are read in two or three milliseconds."""


class Indexing:
    """Follows the blueprints; ``spawn`` runs something beside the chat."""

    def __init__(self, spawn: Callable[[Awaitable[None], str], None]) -> None:
        self.index = Index()
        self._spawn = spawn
        self._waiting: dict[str, Item | None] = {}
        self._settled = asyncio.Event()
        self._settled.set()

    def put(self, items: Iterable[Item]) -> None:
        """Take these in, as they are now."""
        self._wait((item.name, item) for item in items)

    def drop(self, names: Iterable[str]) -> None:
        """Forget these."""
        self._wait((name, None) for name in names)

    async def settled(self) -> None:
        """Wait until all that came is in the index."""
        await self._settled.wait()

    def _wait(self, changes: Iterable[tuple[str, Item | None]]) -> None:
        self._waiting.update(changes)
        if self._waiting and self._settled.is_set():
            self._settled.clear()
            self._spawn(self._take_in(), "index of blueprints")

    async def _take_in(self) -> None:
        try:
            while self._waiting:
                for name in [*islice(self._waiting, _AT_ONCE)]:
                    item = self._waiting.pop(name)
                    if item is None:
                        self.index.drop(name)
                    else:
                        self.index.put(name, words_of_item(item))
                await asyncio.sleep(0)  # others have their turn
        finally:
            self._settled.set()
