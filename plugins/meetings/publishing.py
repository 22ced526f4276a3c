"""When a meeting's files are written, and what is said of them: the live log now and then, all forms at the
end, again after a redaction or an edit, and later where the disk was full.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from bot.plugin import Bot
from plugins.meetings import tables
from plugins.meetings.archive import Archive
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

    def publish(self, running: Running, *, silent: bool = False) -> None:
        """Have the files written once the end is committed, and their places said unless ``silent``."""
        self._bot.after_commit(
            lambda: self._bot.spawn(self.finish(running, silent), f"minutes of {running.path}")
        )

    async def finish(self, running: Running, silent: bool) -> None:
        """Write the files of a meeting that is over, note that in its row, and say where they are."""
        try:
            await self.write(running)
        except (OSError, SQLAlchemyError) as error:
            self._write_later(running, silent, error)
            return
        ended = running.meeting.ended
        if ended is None:
            return  # taken up again meanwhile
        running.written = True
        row = running.row()
        self._bot.also(lambda session: tables.save(session, row))  # behind what is on its way already
        if silent:
            return
        self._bot.say(running.room, f"Meeting ended {ended.strftime(running.meeting.profile.started)}.")
        for label, ending in (("Minutes", ".html"), ("Minutes (text)", ".txt"), ("Log", ".log.html")):
            self._bot.say(running.room, f"{label}: {self._archive.address(running.path, ending)}")

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

    async def write(self, running: Running) -> None:
        """Write a meeting's files as its journal stands."""
        async with running.writing:  # an older state must not overwrite a newer one
            count = running.meeting.line_count
            entries = await self._archive.entries(running.room, running.spans)
            numbers = await self._bot.store.read(tables.numbers, running.meeting.id)
            await self._archive.write(running.path, entries, numbers, lambda: running.meeting.restricted)
            running.refreshed = count

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
                self._bot.spawn(self.write(running), f"live log of {running.path}")

        self._bot.at(self._bot.now() + self._live_every(), ring)
