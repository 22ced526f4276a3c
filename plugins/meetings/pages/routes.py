"""The addresses of the pages of meetings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import Connection

from bot.plugin import Bot
from bot.web import BaseRoute, Reader, Request, Response, Route, events, reader_of, wants_json
from plugins.meetings.offered import page_path
from plugins.meetings.pages import log, rooms
from plugins.meetings.pages.actions import actions
from plugins.meetings.pages.feed import feed
from plugins.meetings.pages.index import Index
from plugins.meetings.pages.live import Live, Lives, live_page, over
from plugins.meetings.pages.meeting import data_page, log_link, minutes_page
from plugins.meetings.pages.parts import Parts
from plugins.meetings.pages.reading import Found, Read, Reading, find
from plugins.meetings.pages.rendering import facts_of, minutes_body
from plugins.meetings.pages.shared import named, no_such_page
from plugins.meetings.rendered import edition, expand

Page = Callable[[Request], Awaitable[Response]]


class Pages:
    """The pages, over the store of ``bot``."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.reading = Reading(bot.store)
        self.lives = Lives(bot)
        self.parts = Parts(bot, self.lives)
        self._index = Index(bot)

    def routes(self) -> Sequence[BaseRoute]:
        """All addresses."""
        edition()  # read from files the first time: no reader is to wait for that
        return (
            Route("/meetings/", self.meetings),
            Route("/meetings/{key}/", self.meeting),
            Route("/meetings/{key}/log", self.log),
            Route("/meetings/{key}/live", self.live),
            Route("/actions/", self.actions),
            Route("/rooms/{network}/{room:path}/", self.room),
            Route("/rooms/{network}/{room:path}/{day}", self.day),
            Route("/feed.atom", self.feed),
            Route("/teams/{team}/feed.atom", self.feed),
        )

    async def meetings(self, request: Request) -> Response:
        """``/meetings/``."""
        return await self._index.page(request)

    async def actions(self, request: Request) -> Response:
        """``/actions/``."""
        return await actions(self.bot, request)

    async def feed(self, request: Request) -> Response:
        """``/feed.atom``, and that of a team."""
        team = named(request, "team") if "team" in request.path_params else ""
        return await feed(self.bot, request, team)

    async def room(self, request: Request) -> Response:
        """``/rooms/NETWORK/NAME/``."""
        return await rooms.room(self.bot, request)

    async def day(self, request: Request) -> Response:
        """``/rooms/NETWORK/NAME/2026-11-30``."""
        return await rooms.day(self.bot, request)

    async def meeting(self, request: Request) -> Response:
        """``/meetings/ID/``."""
        found = await self.bot.store.look(self._answer, request, "minutes")
        if isinstance(found, Response):
            return found
        reader = reader_of(request)
        if found.row.ended is None:
            live = await self._live(request, found)
            return live_page(request, reader, found, live)
        minutes = (await self._read(found)).minutes
        if wants_json(request):
            return data_page(request, reader, found, minutes)
        body = minutes_body(minutes, log_link(reader, page_path(found.row.key))).encode("utf-8", "replace")
        return minutes_page(request, reader, found, facts_of(minutes), body)

    async def log(self, request: Request) -> Response:
        """``/meetings/ID/log``."""
        found = await self.bot.store.look(self._answer, request, "log")
        if isinstance(found, Response):
            return found
        if wants_json(request):
            return log.data_page(self.bot.store, found)
        return log.made_page(request, reader_of(request), self.bot.store, found, await self._read(found))

    def _answer(self, connection: Connection, request: Request, page: str) -> Response | Found:
        """The page, where it was made before; else the meeting that it is of, for this reader. A transaction,
        so that fifty who ask at once keep no line of chat waiting.
        """
        reader, found = _found(connection, request, page)
        shown = found.shown
        if shown is None:
            return found
        if page == "log":
            return log.log_page(request, found, shown)
        return minutes_page(request, reader, found, shown.facts, expand(shown.body))

    async def live(self, request: Request) -> Response:
        """``/meetings/ID/live``: what happens, as server-sent events. ``after`` is the place that the page
        shows; whoever comes again says a later one.
        """
        reader, found = await self.bot.store.look(_found, request, "minutes")
        if found.row.ended is not None:
            return events(request, lambda _last: over(reader, found.row.key))
        live = await self._live(request, found)
        after = _place(request.query_params.get("after", ""))
        return events(request, lambda last: live.events(reader, _place(last) or after))

    async def _live(self, request: Request, found: Found) -> Live:
        try:
            live = await self.lives.of(found.row)
        except LookupError as error:
            raise no_such_page() from error
        if live.is_gone:  # it was restricted just now
            raise no_such_page()
        return live

    async def close(self) -> None:
        """Watch nothing any more."""
        await self.lives.close()

    async def _read(self, found: Found) -> Read:
        try:
            if found.row.ended is None:
                live = await self.lives.of(found.row)
                return Read(live.meeting.minutes(), live.versions)
            return await self.reading.read(found)
        except LookupError as error:  # what was said is gone; its files may still be there
            raise no_such_page() from error


def _found(connection: Connection, request: Request, page: str) -> tuple[Reader, Found]:
    """The meeting that an address names. Raises as for any page that is not there where there is none, or
    where it is not for this reader. A transaction.
    """
    reader = reader_of(request)
    key = named(request, "key")
    found = find(connection, key, page, is_shown=not wants_json(request))
    if found is None or (found.row.restricted and not reader.may_see(page_path(key))):
        raise no_such_page()
    return reader, found


def _place(text: str) -> int:
    """A place in the journal, as a browser says it; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0
