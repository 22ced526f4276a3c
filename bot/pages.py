"""Pages alone: a Muster without networks that shows what another, ``muster run``, has in the database.

Rules:

1. Nothing is written: the store refuses it, and no plugin is started. Each is made and loads what its pages
   are made from (:meth:`~bot.plugin.Plugin.load`); one that fails at it costs its own pages, and the log says
   so.
2. Whether the database has changed is looked for whenever a page is asked for; once for all who ask
   meanwhile. A page that was kept for others is shown only where it has not: so nobody is shown what was
   restricted or redacted before they asked.
3. What plugins hold in memory is loaded again once the database has changed, if they do not say of which
   tables it is and these have not (:mod:`bot.tallies`): at most once in :data:`EVERY` seconds, and less often
   where loading takes long. A page that is asked for meanwhile is made of what there is, unless that is older
   than :data:`STALE`.
4. A database that is missing, or of another version, is said to be so, at the start and later: then this
   process ends, so that whoever looks after it starts the Muster that fits.
5. Any number of such processes may show the same pages.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from bot import config as configuration
from bot import database
from bot.builtin import disabled_plugins
from bot.clock import Clock, SystemClock
from bot.config import Config, ConfigError
from bot.hub import Hub
from bot.journal import Journal
from bot.loader import declarations, in_order
from bot.plugin import Plugin
from bot.serving import Serving
from bot.store import Store
from bot.tallies import tallies
from bot.text import one_line
from bot.watching import Watching

if TYPE_CHECKING:
    from bot.web.copying import Copied
    from bot.web.site import Site

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two times of loading."""
STALE = 3.0
"""Seconds."""
ALL_AGAIN = 60.0
"""Seconds after which all is loaded with what has changed: nobody counts what is changed by hand."""
_SHARE = 4  # as many times as long as loading took is served from what was loaded, before it is done again


class CopyError(Exception):
    """There is no copy; says why."""


class Freshness:
    """Has something loaded again once the database has changed (rules 2 and 3)."""

    def __init__(self, version: Callable[[], Awaitable[str]], load: Callable[[], Awaitable[None]]) -> None:
        self.version: object = None
        """Another one once anything was committed before somebody asked."""
        self._version = version
        self._load = load
        self._seen: object = None  # the version that was loaded
        self._known = float("-inf")  # when what was loaded was last known to be as the database is
        self._pause = 0.0
        self._is_failing = False
        self._looking: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._loading: asyncio.Task[None] | None = None

    async def ensure(self) -> None:
        """What was loaded is not older than :data:`STALE` after this, as far as the database answers, and
        :attr:`version` is not older than this call.
        """
        if self._next is None:  # a look that goes on may have looked before what this one is to see
            self._next = asyncio.create_task(self._look(self._looking), name="looking")
        await asyncio.shield(self._next)
        age = asyncio.get_running_loop().time() - self._known
        is_old = self.version != self._seen and not self._is_failing
        if is_old and self._loading is None and age >= max(EVERY, self._pause):
            self._loading = asyncio.create_task(self._load_again(), name="loading")
        if self._loading is not None and age > max(STALE, 2 * self._pause):
            await asyncio.shield(self._loading)

    async def _look(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        self._looking, self._next = self._next, None
        began = asyncio.get_running_loop().time()
        try:
            self.version = await self._version()
            if self.version == self._seen:
                self._known = began
            self._is_failing = False
        except SQLAlchemyError as error:
            self.version = object()  # nobody knows: like no other
            self._failed(error)
        finally:
            self._looking = None

    async def _load_again(self) -> None:
        began = asyncio.get_running_loop().time()
        version = self.version  # what changes while it is loaded is loaded next time
        try:
            await self._load()
            self._seen = version
        except SQLAlchemyError as error:
            self._failed(error)
        finally:
            self._pause = _SHARE * (asyncio.get_running_loop().time() - began)
            self._known = began
            self._loading = None

    def _failed(self, error: SQLAlchemyError) -> None:
        if not self._is_failing:
            log.error("What changed cannot be read: %s", one_line(str(error)))
        self._is_failing = True


class Pages:
    """The pages of a configuration, made from a store that only reads."""

    def __init__(
        self,
        config: Config,
        available: Mapping[str, type[Plugin]],
        store: Store,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.config = config
        self.hub = Hub(config, store, Journal(store), clock or SystemClock())
        self.hub.watching = Watching(store, polls=True)
        self.web = Serving(self.hub)
        self.failed = False
        self._store = store
        self._available = available
        self._made: dict[str, Plugin] = {}
        self._loaded: dict[str, Mapping[str, int]] = {}
        """How often the tables were changed of which plugins loaded what they have, by the plugins' names."""
        self._all_loaded = float("-inf")
        self._over = asyncio.Event()
        self.freshness = Freshness(store.version, self.load)
        self.web.before = self.freshness.ensure
        self.web.generation = lambda: (self.web.loads, self.freshness.version)

    async def load(self) -> None:
        """Read all that pages are made from, of the plugins that are on."""
        if not await asyncio.to_thread(self._is_current):
            self.failed = True
            self._over.set()
            return
        await self.web.prepare(self.config)
        off = await self._store.read(disabled_plugins)
        now = asyncio.get_running_loop().time()
        if now - self._all_loaded >= ALL_AGAIN:
            self._loaded.clear()
            self._all_loaded = now
        changes = await self._store.look(tallies)  # first: what changes meanwhile is loaded next time
        wanted = [one for one in in_order(self._available, self.config.bot.plugins) if one.name not in off]
        for kind in wanted:
            if kind.name not in self._made:
                settings = self.config.plugins.get(kind.name) or kind.Settings()
                self._made[kind.name] = kind(self.hub, settings)
        were = list(self.hub.plugins)
        # In their order: a plugin finds those that it requires.
        self.hub.plugins[:] = [self._made[kind.name] for kind in wanted]
        for plugin in self.hub.plugins:
            stands_on = {name: changes.get(name, 0) for name in plugin.loads_from}
            if stands_on and self._loaded.get(plugin.name) == stands_on:
                continue
            try:
                await plugin.load()
                self._loaded[plugin.name] = stands_on
            except SQLAlchemyError:
                raise
            except Exception:
                log.exception("Plugin %s could not load what its pages are made from", plugin.name)
        self.web.loads += 1
        if were != self.hub.plugins:
            self.web.show()

    def _is_current(self) -> bool:
        try:
            if database.is_current(self._store):
                return True
            why = "it was made by an older one: run `muster db upgrade`, or start `muster run`"
        except database.TooNewError as error:
            why = str(error)
        log.error("The database does not fit this Muster: %s", why)
        return False

    async def run(self) -> bool:
        """Serve the pages until told to end (SIGTERM, SIGINT); whether all went well."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        return await self.serve(self.open)

    async def open(self) -> bool:
        """Begin to serve; whether that is possible."""
        return self.web.open(self.config)

    async def serve(self, begin: Callable[[], Awaitable[bool]]) -> bool:
        """Load what pages are made from, ``begin`` to serve, and go on until told to end; whether all went
        well.
        """
        starting = asyncio.create_task(self.freshness.ensure(), name="start")
        over = asyncio.create_task(self._over.wait(), name="over")
        await asyncio.wait([starting, over], return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and not self._over.is_set():
            starting.result()
            if await begin():
                await over
            else:
                self.failed = True
        for task in (starting, over):
            task.cancel()
        await self.stop()
        return not self.failed

    def end(self) -> None:
        """Let :meth:`serve` end."""
        self._over.set()

    async def copy(self, folder: Path) -> Copied:
        """Write a static copy of all public pages. Raises :class:`CopyError`, ``OSError``, and what reading
        the database raises.
        """
        from bot.web.copying import Copy

        await self.load()
        if self.failed:
            raise CopyError("the database does not fit this Muster")
        site = self.inner_site(is_static=True)
        try:
            return await Copy(site, folder, urlsplit(self.hub.base_url.rstrip("/")).path).make()
        finally:
            await self.stop()  # what is on is watched, and the store will be closed

    def inner_site(self, *, is_static: bool = False) -> Site:
        """A site that nobody is served by, made of what was loaded."""
        site = self.web.site(self.config)
        site.before = None
        self.web.show_on(site, is_static=is_static)
        return site

    async def stop(self) -> None:
        """Let answers go out that are being given."""
        self.hub.watching.close()
        await self.web.close()
        for task in self.hub.tasks:
            task.cancel()

    def reload(self) -> None:
        """Read ``bot.ini`` again: ``[web]``, and what plugins are set to."""
        try:
            found = serving(configuration.load(self.config.path, plugins=declarations(self._available)))
        except ConfigError as error:
            for problem in error.problems:
                log.error("not re-read: %s", problem)
            return
        self.configure(found)
        log.info("%s was read again", found.path)

    def configure(self, found: Config) -> None:
        """These settings hold from now on: of ``[web]``, and of plugins."""
        self.config = found
        self._loaded.clear()
        self.hub.configure(found)
        for plugin in self.hub.plugins:
            try:
                plugin.configure(found.plugins.get(plugin.name) or plugin.Settings())
            except Exception:
                log.exception("Plugin %s could not take its new settings", plugin.name)
        self.hub.spawn(self.web.configure(found), "web")


def serving(config: Config) -> Config:
    """A configuration that serves pages, also where it has no ``[web]``: with the defaults then."""
    return dataclasses.replace(config, serves=True)
