"""Muster's pages: whether they are served, where, and which there are now.

Nothing of a web server is loaded before ``[web]`` asks for one. What a page may do stands in :mod:`bot.web`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.config import Config
from bot.hub import Hub
from bot.plugin import Plugin
from bot.settings import Endpoint
from bot.text import one_line

if TYPE_CHECKING:
    from bot.web import BaseRoute, Frame
    from bot.web.server import WebServer

log = logging.getLogger(__name__)

_DATABASE_ANSWERS = 2.0  # seconds in which it must, to be well


class Serving:
    """The pages of the hub's plugins, whose list changes: after that, :meth:`show` is called."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._store = hub.store
        self._plugins = hub.plugins
        self._server: WebServer | None = None
        self._is_up = False
        self._changing = asyncio.Lock()
        self._looking: asyncio.Task[bool] | None = None

    @property
    def endpoint(self) -> Endpoint | None:
        """Where the pages are: of port 0, the port that was free. ``None`` while they are nowhere."""
        return self._server.endpoint if self._server is not None else None

    def open(self, config: Config) -> bool:
        """All plugins run now: serve their pages, if ``[web]`` is there. Whether all is as it says: an
        address that cannot be had is logged, and costs the pages alone.
        """
        self._is_up = True
        if not config.serves:
            return True
        from bot.web.server import WebServer
        from bot.web.site import Site

        where = config.web.listen
        try:
            self._server = WebServer.open(where, Site(config.web, self.is_well, self._hub.now))
        except OSError as error:
            log.error("No pages: %s cannot be listened on: %s", where, error.strerror or error)
            return False
        self.show()
        log.info("Pages are served at http://%s/", self._server.endpoint)
        return True

    async def close(self) -> None:
        """Muster ends: take no more requests, and let answers go out that are being given."""
        self._is_up = False
        await self._close()

    async def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await server.close()

    async def configure(self, config: Config) -> None:
        """Serve as ``bot.ini`` says now: elsewhere, not at all, or here with other settings."""
        async with self._changing:
            wanted = config.web.listen if config.serves else None
            if self._server is not None and self._server.asked == wanted:
                self._server.site.configure(config.web)
                self.show()
                return
            await self._close()
            if self._is_up:
                self.open(config)

    def show(self) -> None:
        """Show the pages of those plugins that run now."""
        if self._server is None:
            return
        from bot.web.home import own_routes

        routes = [route for plugin in self._plugins for route in self._routes(plugin)]
        self._server.site.show([*own_routes(self._hub.parts), *routes], self._frame())

    def _frame(self) -> Frame:
        from bot.web.reader import Frame

        doors = sorted((door for plugin in self._plugins for door in plugin.doors), key=lambda one: one.place)
        address = self._hub.base_url.rstrip("/")
        return Frame(
            title="Muster",
            doors=tuple(doors),
            base_url=address,
            prefix=urlsplit(address).path,
            zone=self._hub.zone,
            version=self._hub.version,
        )

    @staticmethod
    def _routes(plugin: Plugin) -> Sequence[BaseRoute]:
        try:
            return plugin.routes()
        except Exception:
            log.exception("Plugin %s could not say which pages it has", plugin.name)
            return ()

    async def is_well(self) -> bool:
        """Whether all runs, and the database answers. It is asked once for all who want to know meanwhile, so
        that one that hangs is not asked ever more.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._database_answers(), name="health")
        done, _ = await asyncio.wait([self._looking], timeout=_DATABASE_ANSWERS)
        return self._is_up and any(looked.result() for looked in done)

    async def _database_answers(self) -> bool:
        try:
            await self._store.read(_nothing)
        except (SQLAlchemyError, OSError, RuntimeError) as error:  # it is away, or closed
            log.error("The database does not answer: %s", one_line(str(error)))
            return False
        return True


def _nothing(session: Session) -> None:
    """A transaction that asks for nothing, to see whether the database answers."""
    session.execute(text("SELECT 1"))
