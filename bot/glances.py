"""Memory that pages are made of, where the truth is in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.store import Store

LAST = 2.0
"""Seconds for which pages are made of what was seen."""


class Glances:
    """Has ``see`` read again what is kept in memory, before pages are made of it.

    With SQLite one process writes. There memory is as the database is, if whatever changes it reads it again;
    a process that only makes pages loads all anew when anything was stored. Where others may write
    (PostgreSQL), memory is read again once it is older than :data:`LAST`, and not for each of many pages.
    """

    def __init__(self, store: Store, see: Callable[[], Awaitable[None]]) -> None:
        self._store = store
        self._see = see
        self._seen_at = float("-inf")

    def seen(self) -> None:
        """It is read just now."""
        self._seen_at = asyncio.get_running_loop().time()

    async def glance(self) -> None:
        """Let memory be fresh enough for a page."""
        if not self._store.is_sqlite and asyncio.get_running_loop().time() - self._seen_at > LAST:
            await self._see()
