"""The record of what became of bugs' states, followed from page to page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.plugin import Change, RecordEnd, changes_after, record_end
from bot.store import Store
from plugins.tracker import Field, ItemKind

_FIELDS = (Field.DEFINITION.value, Field.DUPLICATE.value)


class Record:
    """What was read of the record so far, so that each page reads on from there."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._end = RecordEnd()
        self._changes: Sequence[Change] = ()
        self._reading = asyncio.Lock()

    async def since(self, since: datetime) -> Sequence[Change]:
        """The changes since a time, the first first: the very same while there are no others."""
        async with self._reading:
            end, found = await self._store.look(_read_on, self._end, since)
            if found or (self._changes and min(one.by.time for one in self._changes) < since):
                known = {one.id: one for one in (*self._changes, *found) if one.by.time >= since}
                self._changes = tuple(known[id_] for id_ in sorted(known))
            self._end = end
            return self._changes


def _read_on(connection: Connection, known: RecordEnd, since: datetime) -> tuple[RecordEnd, list[Change]]:
    """Where the record ends now, and what is in it that may not be known. A transaction."""
    end = record_end(connection, known)
    if end is known:
        return known, []
    return end, changes_after(connection, ItemKind.BUG.value, known.after, _FIELDS, since)
