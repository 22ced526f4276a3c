"""The addresses of the pages of meetings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot.plugin import Bot
from bot.web import BaseRoute, Reader, Request, Response, Route, reader_of
from plugins.meetings.minutes import Minutes
from plugins.meetings.pages import index
from plugins.meetings.pages.log import log_page
from plugins.meetings.pages.meeting import minutes_page
from plugins.meetings.pages.reading import Found, Reading
from plugins.meetings.pages.shared import no_such_page

Page = Callable[[Request], Awaitable[Response]]


class Pages:
    """The pages, over the store of ``bot``."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.reading = Reading(bot.store)

    def routes(self) -> Sequence[BaseRoute]:
        """All addresses."""
        return (
            Route("/meetings/", self.meetings),
            Route("/meetings/{key}/", self.meeting),
            Route("/meetings/{key}/log", self.log),
        )

    async def meetings(self, request: Request) -> Response:
        """``/meetings/``."""
        return await index.meetings(self.bot, request)

    async def meeting(self, request: Request) -> Response:
        """``/meetings/ID/``."""
        reader, found = await self._found(request)
        return minutes_page(request, reader, found, await self._minutes(found))

    async def log(self, request: Request) -> Response:
        """``/meetings/ID/log``."""
        reader, found = await self._found(request)
        return log_page(request, reader, self.bot.store, found, await self._minutes(found))

    async def _found(self, request: Request) -> tuple[Reader, Found]:
        """The meeting that an address names. Raises as for any page that is not there where there is none, or
        where it is not for this reader.
        """
        reader = reader_of(request)
        key: str = request.path_params["key"]
        found = await self.reading.find(key)
        if found is None or (found.row.restricted and not reader.may_see(f"/meetings/{key}/")):
            raise no_such_page()
        return reader, found

    async def _minutes(self, found: Found) -> Minutes:
        try:
            return await self.reading.minutes(found)
        except LookupError as error:  # what was said is gone; its files may still be there
            raise no_such_page() from error
