"""Storing the days of logged rooms that are over (:mod:`plugins.meetings.rendered_days`).

Rules:

1. They are looked for at the start, and each night some minutes after midnight in Muster's zone: those that
   are not there, those of another edition of Muster or another zone, and those whose places have changed.
2. Room after room, in each the last month first. No more than a month's days are known at once, and the
   pages of no more than :data:`_AT_ONCE` of them.
3. Lines are read and made in threads, a piece at a time. Between two days, and two months, nothing is done
   for some times as long as one took: it is for the chat, and for whoever visits pages meanwhile. It is for
   longer while much is said.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.model import Room
from bot.plugin import Bot, Timer
from plugins.meetings.rendered import edition
from plugins.meetings.rendered_days import Body, Span, keep_places, made, put
from plugins.meetings.tables import known_rooms

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from plugins.meetings.pages.days import Record

_AFTER_MIDNIGHT = clock_time(0, 10)
_AT_ONCE = 5
"""Days that are stored in one transaction."""
_REST, _REST_WHILE_HEARD = 2, 6
"""Times as long as a step took is waited before the next; and where something was stored meanwhile."""


def is_shown(bot: Bot, where: Room) -> bool:
    """Whether a room has pages."""
    settings = bot.room_settings(where)
    return settings.log == "always" and not settings.restricted


class DailyPages:
    """Stores the days of the rooms that this Muster is in. ``is_over`` is set when it is to stop."""

    def __init__(self, bot: Bot, is_over: asyncio.Event) -> None:
        self._bot = bot
        self._store = bot.store
        self._is_over = is_over
        self._timer: Timer | None = None
        self._making = asyncio.Lock()

    def follow(self) -> None:
        """Store days each night from now on, until :meth:`stop`."""
        zone, now = ZoneInfo(self._bot.zone), self._bot.now()
        day = now.astimezone(zone).date()
        while (strike := datetime.combine(day, _AFTER_MIDNIGHT, zone).astimezone(UTC)) <= now:
            day += timedelta(days=1)
        self._timer = self._bot.at(strike, self._strike)

    def _strike(self) -> None:
        self.follow()
        self._bot.spawn(self.make(), "pages of the days of logged rooms")

    def stop(self) -> None:
        """Strike no more."""
        if self._timer is not None:
            self._timer.cancel()

    async def make(self) -> None:
        """Store all days that are over and not there."""
        async with self._making:
            mine = await asyncio.to_thread(edition)
            for where in sorted(await self._store.read(known_rooms), key=str):
                if is_shown(self._bot, where):
                    await self._make(where, mine)

    async def _make(self, where: Room, mine: str) -> None:
        # Not before it is wanted: where no room is logged none of it is loaded.
        from plugins.meetings.pages.days import months_of, record_of

        zone = ZoneInfo(self._bot.zone)
        record = await self._store.look(record_of, where)
        if record is None:
            return
        today = self._bot.now().astimezone(zone).date()
        for month in months_of(record, zone):
            if self._is_over.is_set():
                return
            began = time.monotonic()
            missing = await self._store.look(_missing, record, month, today, self._bot.zone, mine)
            await self._rest(began, _REST)
            for at in range(0, len(missing), _AT_ONCE):
                await self._make_some(record, missing[at : at + _AT_ONCE], mine)

    async def _make_some(self, record: Record, spans: list[Span], mine: str) -> None:
        token, zone = secrets.token_hex(16), self._bot.zone
        await self._store.write(keep_places, record.room_id, spans, token)
        found: list[tuple[Span, Body]] = []
        for span in spans:
            if self._is_over.is_set():
                break
            began, stored = time.monotonic(), self._store.commits
            found.append((span, await self._body(record, span, zone)))
            await self._rest(began, _REST if self._store.commits == stored else _REST_WHILE_HEARD)
        await self._store.write(put, record.room_id, found, zone, mine, token)

    async def _body(self, record: Record, span: Span, zone: str) -> Body:
        from plugins.meetings.pages.day_rows import DayRows, sealed
        from plugins.meetings.pages.days import count_in

        rows = DayRows(self._store, record.room, zone, span.first, span.behind)
        lines = await self._store.look(count_in, record, span)
        return await asyncio.to_thread(sealed, [piece async for piece in rows.pieces()], lines)

    async def _rest(self, began: float, times: int) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_over.wait(), times * (time.monotonic() - began))


def _missing(
    connection: Connection, record: Record, month: date, until: date, zone: str, mine: str
) -> list[Span]:
    """The days of a month before the day ``until`` that are to be stored. A transaction."""
    from plugins.meetings.pages.days import spans_in

    worth = [one for one in spans_in(connection, record, month, until, ZoneInfo(zone)) if one.is_worth_it]
    there = made(connection, record.room_id, worth[0].day, worth[-1].day, zone, mine) if worth else set()
    return [one for one in reversed(worth) if one not in there]
