"""The index of similar blueprints, kept in step with the tracker beside the chat.

Rules:

1. What changed waits in order and is taken in by one task, a few blueprints at a time: between them whatever
   else is to be done has its turn, also while 5,000 come at once.
2. What was read of a blueprint is remembered, so that to look for what changed takes a millisecond or two.
3. Whoever needs an answer from all waits for :meth:`Indexing.settled`; :attr:`Indexing.index` answers from
   what is in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import islice

from plugins.blueprints.similar import Index
from plugins.blueprints.words import words_of_item
from plugins.tracker import Item

_AT_ONCE = 4
"""Blueprints that are read in a millisecond or two."""


class Indexing:
    """Follows the blueprints; ``spawn`` runs something beside the chat."""

    def __init__(self, spawn: Callable[[Awaitable[None], str], None]) -> None:
        self.index = Index()
        self._spawn = spawn
        self._read: dict[str, tuple[str, str]] = {}  # name -> title and summary
        self._waiting: dict[str, Item | None] = {}
        self._settled = asyncio.Event()
        self._settled.set()

    def follow(self, blueprints: Mapping[str, Item]) -> None:
        """These are all blueprints, by name: take in what changed since they were last given."""
        read = self._read
        for name, item in blueprints.items():
            known = read.get(name)
            if known is None or known[0] != item.title or known[1] != item.summary:
                read[name] = (item.title, item.summary)
                self._waiting[name] = item
        if len(read) > len(blueprints):
            for name in [name for name in read if name not in blueprints]:
                del read[name]
                self._waiting[name] = None
        if self._waiting and self._settled.is_set():
            self._settled.clear()
            self._spawn(self._take_in(), "index of blueprints")

    async def settled(self) -> None:
        """Wait until all that came is in the index."""
        await self._settled.wait()

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
