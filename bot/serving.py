"""Muster's pages: whether they are served, where, and which there are now.

Nothing of a web server is loaded before ``[web]`` asks for one. What a page may do stands in :mod:`bot.web`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
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
    from bot.config import WebSettings
    from bot.web import BaseRoute, Frame
    from bot.web.forwarding import Forwarding
    from bot.web.metrics import Metric
    from bot.web.processes import Processes
    from bot.web.server import WebServer
    from bot.web.shares import Shares
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
        self._server: WebServer | Processes | None = None
        self._is_up = False
        self._changing = asyncio.Lock()
        self._looking: asyncio.Task[bool] | None = None
        self._key: bytes | None = None
        self.before: Callable[[], Awaitable[None]] | None = None
        """What is awaited before a page is made."""
        self.loads = 0
        """How often what pages are made from was loaded, where others store it."""
        self.generation: Callable[[], object] = lambda: self._store.commits + self.loads
        """Another one once anything was stored that a page may show."""
        self.parent: Forwarding | None = None
        """Where this is a process of pages: how to reach the Muster whose pages they are."""
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

    def counted(self) -> Mapping[str, Any]:
        """How requests were answered since this was last asked, as a process of pages tells its Muster."""
        return {} if self._server is None else self._server.traffic.told()

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
            generation=self.generation,
            heard=lambda: self._hub.journal.line_count,
        )
        found.keys.key = self._key
        found.before = self.before
        found.elsewhere = self.parent
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
            if config.web.processes and not self._store.reads_only:
                self._server = self._in_processes(config)
            else:
                self._server = WebServer.open(where, self.site(config))
        except OSError as error:
            log.error("No pages: %s cannot be listened on: %s", where, error.strerror or error)
            return False
        self.show()
        log.info("Pages are served at http://%s/", self._server.endpoint)
        return True

    def _in_processes(self, config: Config) -> Processes:
        from bot.web.processes import Processes

        return Processes.open(config, self.site(config))

    def open_beside(self, config: Config, listening: socket.socket, shares: Shares) -> bool:
        """As :meth:`open`, in a process of pages, at the address that it shares with others."""
        from bot.web.server import WebServer

        self._is_up = True
        self._config = config
        self._server = WebServer.beside(listening, self.site(config), shares)
        self.show()
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
            server = self._server
            if server is not None and config.serves and self._is_as_asked(server, config.web):
                server.configure(config)
                self.show()
                return
            await self._close()
            if self._is_up:
                self.open(config)

    def _is_as_asked(self, server: WebServer | Processes, wanted: WebSettings) -> bool:
        """Whether what serves the pages need not be another for these settings."""
        if self.parent is not None:  # where and by how many is Muster's own to say
            return True
        processes = 0 if self._store.reads_only else wanted.processes
        return (server.asked, server.count) == (wanted.listen, processes)

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
        traffic = site.traffic if self._server is None else self._server.traffic
        own = (home_route(self._hub.parts), metrics_route(traffic, self._measure), *files)
        site.show(answering([*own, *routes]), self._frame(is_static=is_static))

    async def _measure(self) -> Sequence[Metric]:
        if self._server is not None:
            await self._server.gather()
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
        that one that hangs is not asked ever more. In a process of pages it is Muster that is asked about.
        """
        if self.parent is not None and not await self.parent.is_well():
            return False
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
