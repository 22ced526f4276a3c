"""When a meeting's files are written, and what is said of them: the live log now and then, all forms at the
end, again after a redaction or an edit, and later where the disk was full.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.plugin import Bot
from plugins.meetings import tables
from plugins.meetings.archive import Archive
from plugins.meetings.offered import How, MinutesListener, News, page_path
from plugins.meetings.results import Results, put, take_away
from plugins.meetings.running import Running

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(minutes=1)
"""Until files that could not be written are tried again."""


class Publisher:
    """Writes the files of meetings beside the chat. ``is_running`` says whether a meeting is held still, and
    ``live_every`` how often its log is written meanwhile.
    """

    def __init__(
        self,
        bot: Bot,
        archive: Archive,
        is_running: Callable[[Running], bool],
        live_every: Callable[[], timedelta],
    ) -> None:
        self._bot = bot
        self._archive = archive
        self._is_running = is_running
        self._live_every = live_every
        self.listeners: list[MinutesListener] = []
        """Who is told what becomes of minutes."""
        self._one_live = asyncio.Lock()
        self._is_over = False

    def leave(self) -> None:
        """Muster ends: no more live logs are written, which is done after the next start."""
        self._is_over = True

    def publish(self, running: Running, *, silent: bool = False) -> None:
        """Have the files written once the end is committed, and their places said unless ``silent``."""
        self._bot.after_commit(
            lambda: self._bot.spawn(self.finish(running, silent), f"minutes of {running.path}")
        )

    async def finish(self, running: Running, silent: bool) -> None:
        """Write the files of a meeting that is over, note that in its row, and say where they are."""
        withdrawn = running.withdrawn
        try:
            results = await self.write(running)
        except (OSError, SQLAlchemyError) as error:
            self._write_later(running, silent, error)
            return
        ended = running.meeting.ended
        if ended is None:
            return  # taken up again meanwhile
        if running.withdrawn == withdrawn:  # else they are about to be written once more, without it
            running.written = True
            self._tell(running, results)
        if silent:
            return
        self._bot.say(running.room, f"Meeting ended {ended.strftime(running.meeting.profile.started)}.")
        for label, ending in (("Minutes", ".html"), ("Minutes (text)", ".txt"), ("Log", ".log.html")):
            self._bot.say(running.room, f"{label}: {self._archive.address(running.path, ending)}")

    def _tell(self, running: Running, results: Results) -> None:
        """Store that the minutes are written, with what they came to."""
        row, now = running.row(), self._bot.now()

        def store(session: Session) -> None:
            tables.save(session, row)
            is_first = put(session, row.key, results, now)
            self.announce(session, row.key, How.FIRST if is_first else How.AGAIN, restricted=row.restricted)

        self._bot.also(store)  # behind what is on its way already

    def withdraw(self, running: Running) -> None:
        """Take away what is stored of a meeting's minutes, in the transaction that commits the line that was
        just heard: something in them must be seen no more.
        """
        key, restricted = running.meeting.id, running.meeting.restricted
        running.withdrawn += 1

        def store(session: Session) -> None:
            if take_away(session, key):
                self.announce(session, key, How.WITHDRAWN, restricted=restricted)

        self._bot.also(store)

    def announce(self, session: Session, key: str, how: How, *, restricted: bool) -> None:
        """Tell those who listen, within a transaction, what became of a meeting's minutes."""
        news = News(key, page_path(key), restricted, how)
        for listener in self.listeners:
            try:
                with session.begin_nested():  # what one cannot store costs the chat and the others nothing
                    listener(session, news)
            except Exception:
                log.exception("%s: somebody who was told of its minutes failed", key)

    def _write_later(self, running: Running, silent: bool, error: Exception) -> None:
        """The disk is full, say: the minutes are in the journal, and are written once there is room."""
        log.error("%s: its files cannot be written now, and are tried again: %s", running.path, error)
        if not (silent or running.late):
            self._bot.say(
                running.room,
                "The meeting is ended and stored, but its files cannot be written now: the operator finds "
                "why in my log. I keep trying, and tell you when they are there.",
            )
        running.late = True
        self._bot.at(self._bot.now() + TRY_AGAIN, partial(self.publish, running, silent=silent))

    async def write(self, running: Running) -> Results:
        """Write a meeting's files as its journal stands; what it came to."""
        async with running.writing:  # an older state must not overwrite a newer one
            count = running.meeting.line_count
            entries = await self._archive.entries(running.room, running.spans)
            numbers = await self._bot.store.read(tables.numbers, running.meeting.id)
            results = await self._archive.write(
                running.path, entries, numbers, lambda: running.meeting.restricted
            )
            running.refreshed = count
            return results

    async def refresh(self, running: Running) -> None:
        """Write the files of a meeting that runs, one meeting after the other: many may be due at once."""
        async with self._one_live:
            if not self._is_over:
                await self.write(running)

    async def save(self, running: Running) -> None:
        """Write them because somebody asked, and say so."""
        try:
            await self.write(running)
        except OSError as error:
            log.error("%s: its files cannot be written now: %s", running.path, error)
            self._bot.say(
                running.room,
                "Not saved: the operator finds why in my log. What is said is stored all the same.",
            )
            return
        self._bot.say(running.room, f"Saved: {self._archive.address(running.path, '.html')}")

    def keep_live(self, running: Running) -> None:
        """Write the live log now and then while lines come."""
        if running.refreshing:
            return
        running.refreshing = True

        def ring() -> None:
            running.refreshing = False
            if not self._is_running(running):
                return
            self.keep_live(running)
            if running.meeting.line_count > running.refreshed:
                self._bot.spawn(self.refresh(running), f"live log of {running.path}")

        self._bot.at(self._bot.now() + self._live_every(), ring)
