"""What is made of what was counted each night, kept until something is counted again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Generic, TypeVar

from bot.store import Store
from plugins.blueprints.days import Days, days_of, last_count

T = TypeVar("T")


class Nightly(Generic[T]):
    """What is made of the counts of each milestone, or each team, that is asked for: a year of them has a
    thousand rows, to which few are added once a day. It is kept where :class:`~bot.derived.Derived` would not
    do: what is made waits for the database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[tuple[str, str], tuple[object, T]] = {}

    async def of(self, milestone: str, team: str, since: date, make: Callable[[Days], T]) -> T:
        """What ``make`` makes of the counts since a day."""
        key = milestone, team
        stands_on = since, await self._store.look(last_count, *key)
        known = self._kept.get(key)
        if known is None or known[0] != stands_on:
            # Where a night is counted just now, this is newer than what it is kept for, and made once more.
            days = await self._store.look(days_of, *key, since)
            known = self._kept[key] = (stands_on, make(days))
        return known[1]
