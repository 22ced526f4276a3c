"""Muster's pages: whether they are served, where, and which there are now.

Nothing of a web server is loaded before ``[web]`` asks for one. What a page may do stands in :mod:`bot.web`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.config import Config
from bot.hub import Hub
from bot.measuring import measured
from bot.plugin import Plugin
from bot.settings import Endpoint
from bot.signing import LAST, PARAMETER, own_key, read_key, sign
from bot.store import is_unavailable
from bot.text import one_line

if TYPE_CHECKING:
    from bot.web import BaseRoute, Frame
    from bot.web.metrics import Metric
    from bot.web.server import WebServer
    from bot.web.site import Site

log = logging.getLogger(__name__)

_DATABASE_ANSWERS = 2.0  # seconds in which it must, to be well


class Serving:
    """The pages of the hub's plugins, whose list changes: after that, :meth:`show` is called."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._store = hub.store
        self._plugins = hub.plugins
        self._config = hub.config
        self._server: WebServer | None = None
        self._is_up = False
        self._changing = asyncio.Lock()
        self._looking: asyncio.Task[bool] | None = None
        self._key: bytes | None = None
        self.before: Callable[[], Awaitable[None]] | None = None
        """What is awaited before a page is made."""
        self.loads = 0
        """How often what pages are made from was loaded, where others store it."""
        hub.links = self.private_link

    @property
    def endpoint(self) -> Endpoint | None:
        """Where the pages are: of port 0, the port that was free. ``None`` while they are nowhere."""
        return self._server.endpoint if self._server is not None else None

    async def prepare(self, config: Config) -> None:
        """Before anything is served or linked to: read what signs links, or where Muster runs make it."""
        self._config = config
        if config.serves:
            reads = self._store.reads_only
            self._key = await (self._store.read(read_key) if reads else own_key(self._store, self._hub.now()))
            if self._server is not None:
                self._server.site.keys.key = self._key

    def private_link(self, path: str) -> str:
        """The whole address of a restricted page, with a signature that ends; nothing where there are no
        pages, or it is not known where.
        """
        address = self._hub.base_url.rstrip("/")
        if not (self._config.serves and address and self._key):
            return ""
        signature = sign(self._key, path, self._hub.now() + LAST)
        return f"{address}{quote(path)}?{PARAMETER}={signature}"

    def site(self, config: Config) -> Site:
        """All pages, as they are now, for whoever serves them."""
        from bot.web.site import Site

        found = Site(
            config.web,
            self.is_well,
            self._hub.now,
            generation=lambda: self._store.commits + self.loads,
            heard=lambda: self._hub.journal.line_count,
        )
        found.keys.key = self._key
        found.before = self.before
        return found

    def open(self, config: Config) -> bool:
        """All plugins run now: serve their pages, if ``[web]`` is there. Whether all is as it says: an
        address that cannot be had is logged, and costs the pages alone.
        """
        self._is_up = True
        self._config = config
        if not config.serves:
            return True
        from bot.web.server import WebServer

        where = config.web.listen
        try:
            self._server = WebServer.open(where, self.site(config))
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
            await self.prepare(config)
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
        if self._server is not None:
            self.show_on(self._server.site)

    def show_on(self, site: Site, *, is_static: bool = False) -> None:
        """Show them on a site; ``is_static``: it is only copied."""
        from bot.web.archive import archive_routes
        from bot.web.home import home_route
        from bot.web.metrics import metrics_route
        from bot.web.outages import answering

        routes = [route for plugin in self._plugins for route in self._routes(plugin)]
        files = archive_routes(self._hub.data_dir / "archive")
        own = (home_route(self._hub.parts), metrics_route(site.traffic, self._measure), *files)
        site.show(answering([*own, *routes]), self._frame(is_static=is_static))

    async def _measure(self) -> Sequence[Metric]:
        return await measured(self._hub)

    def _frame(self, *, is_static: bool) -> Frame:
        from bot.web.reader import Frame

        doors = sorted((door for plugin in self._plugins for door in plugin.doors), key=lambda one: one.place)
        address = self._hub.base_url.rstrip("/")
        return Frame(
            title="Muster",
            doors=tuple(door for door in doors if not (is_static and door.needs_server)),
            base_url=address,
            prefix=urlsplit(address).path,
            zone=self._hub.zone,
            version=self._hub.version,
            is_static=is_static,
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
            if not is_unavailable(error):  # of that the store has told
                log.error("The database does not answer: %s", one_line(str(error)))
            return False
        return True


def _nothing(session: Session) -> None:
    """A transaction that asks for nothing, to see whether the database answers."""
    session.execute(text("SELECT 1"))
