"""Telling others what meetings came to: those who listen to minutes, and those who want their forms."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy.orm import Session

from bot.plugin import Bot
from plugins.meetings import tables
from plugins.meetings.acts import Acts
from plugins.meetings.archive import forms_of, results_in
from plugins.meetings.daily_pages import DailyPages
from plugins.meetings.minutes import Minutes
from plugins.meetings.offered import How, MinutesListener
from plugins.meetings.rendered import edition, put_anew, unrendered
from plugins.meetings.results import Results, put, untold
from plugins.meetings.settings import MeetingSettings

log = logging.getLogger(__name__)

_AT_ONCE = 20  # meetings of long ago that are looked for in one transaction
_REST = 2  # times as long as making the pages of a meeting took is waited before the next


@dataclass(frozen=True, slots=True)
class Forms:
    """A meeting's minutes as its journal stands: the values, and each form as one text by its ending
    (``.txt``, ``.html``, ``.json``; all in :data:`plugins.meetings.forms.ENDINGS`).
    """

    minutes: Minutes
    texts: Mapping[str, str]


class Telling(Acts, ABC):
    """What other plugins get from meetings."""

    def __init__(self, bot: Bot, settings: MeetingSettings) -> None:
        super().__init__(bot, settings)
        self._is_over = asyncio.Event()
        self.daily_pages = DailyPages(bot, self._is_over)

    def leaving(self) -> None:
        """Begin nothing more that is found and done after the next start: old meetings, live logs."""
        super().leaving()
        self._is_over.set()
        self.daily_pages.stop()
        self.publisher.leave()

    def listen_to_minutes(self, listener: MinutesListener) -> None:
        """Have ``listener`` told of every :class:`~plugins.meetings.offered.News` from now on."""
        self.publisher.listeners.append(listener)

    def unlisten(self, listener: MinutesListener) -> None:
        """Tell a listener nothing more: its plugin stops."""
        if listener in self.publisher.listeners:
            self.publisher.listeners.remove(listener)

    async def forms(self, key: str) -> Forms:
        """The minutes of the meeting of that id, restricted or not, running or over, in all forms.

        Made of its lines in a thread, not read from files. Raises :class:`LookupError` where there is no such
        meeting, or nothing is left of its lines.
        """
        row = await self.store.read(tables.find, key)
        entries = await self.archive.entries(row.room, row.spans) if row is not None else []
        if row is None or not entries:
            raise LookupError(f"there is no meeting {key}")
        numbers = await self.store.read(tables.numbers, key)
        path = PurePosixPath(row.path)
        return Forms(*await asyncio.to_thread(forms_of, path, entries, numbers))

    async def catch_up(self) -> None:
        """Store what meetings of long ago came to, the newest first: those of an older Muster, and imported
        ones. Then make the pages of those whose pages another edition of Muster made, and those of days
        that are over.
        """
        await self._catch_up()
        await self._render()
        await self.daily_pages.make()

    async def _catch_up(self) -> None:
        failed: set[int] = set()
        while ids := await self.store.read(untold, _AT_ONCE + len(failed)):
            new = [number for number in ids if number not in failed]
            if not new:
                return
            for number in new:
                if self._is_over.is_set():
                    return
                if not await self._catch_up_with(number):
                    failed.add(number)

    async def _render(self) -> None:
        """Make pages anew. Between two of them nothing is done for some times as long as one took: it is
        for the chat, and for whoever visits pages meanwhile.
        """
        mine = await asyncio.to_thread(edition)
        failed: set[int] = set()
        while found := await self.store.read(unrendered, mine, _AT_ONCE + len(failed)):
            new = [(number, told) for number, told in found if number not in failed]
            if not new:
                return
            for number, told in new:
                if self._is_over.is_set():
                    return
                began = time.monotonic()
                row = await self.store.read(tables.by_number, number)
                results = await self._results(row) if row is not None else None
                if results is None or results.rendered is None:
                    failed.add(number)
                else:
                    await self.store.write(put_anew, number, told, results.rendered)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._is_over.wait(), _REST * (time.monotonic() - began))

    async def _catch_up_with(self, number: int) -> bool:
        row = await self.store.read(tables.by_number, number)
        if row is None or row.ended is None:
            return False
        results = await self._results(row)
        if results is None:
            log.warning("Meeting %s has no lines in the journal: pages show nothing of it", row.key)
            return False
        await self.store.write(self._known, row, results)
        return True

    async def _results(self, row: tables.Meeting) -> Results | None:
        entries = await self.archive.entries(row.room, row.spans)
        return await asyncio.to_thread(results_in, row.key, entries) if entries else None

    def _known(self, session: Session, row: tables.Meeting, results: Results) -> None:
        if row.ended is not None:
            put(session, row.key, results, row.ended)
            self.publisher.announce(session, row.key, How.KNOWN, restricted=row.restricted)
