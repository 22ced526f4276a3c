"""One running Muster: composes everything, starts it in order, and stops it in order."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bot import config as configuration
from bot.access import Access
from bot.builtin import Builtin, disabled_plugins
from bot.clock import Clock, SystemClock
from bot.config import Config, ConfigError, ConsoleSettings
from bot.hub import Hub
from bot.journal import Journal
from bot.loader import LoadError, declarations, in_order
from bot.networks.base import Network, PermanentError
from bot.networks.console import OPERATOR, ConsoleNetwork
from bot.networks.irc.client import IrcNetwork
from bot.networks.irc.settings import IrcSettings
from bot.plugin import Plugin
from bot.schedule import Job, Schedule
from bot.serving import Serving
from bot.store import Store

log = logging.getLogger(__name__)

_GOODBYE = 3.2  # seconds that networks get to say good-bye
_PATIENCE = 4.2  # seconds in which all must be over


class App:
    """A Muster made from a configuration. ``networks`` replaces what the configuration names, for tests."""

    def __init__(
        self,
        config: Config,
        available: Mapping[str, type[Plugin]],
        store: Store,
        *,
        clock: Clock | None = None,
        networks: Callable[[App], list[Network]] | None = None,
    ) -> None:
        self.config = config
        self.store = store
        self.clock: Clock = clock or SystemClock()
        self.journal = Journal(store)
        self.hub = Hub(config, store, self.journal, self.clock)
        self.schedule = Schedule(store, self.clock, self.hub.spawn)
        self.web = Serving(self.hub)
        self.disabled: list[str] = []
        self.failed = False
        self._available = available
        self._networks = networks or App.configured_networks
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._starting: list[asyncio.Task[None]] = []  # what runs start(), where run() does
        self._over = asyncio.Event()
        self._builtin = Builtin(self.hub, self)
        # A thread that renders minutes may hold the interpreter no longer than this before chat goes on.
        sys.setswitchinterval(0.0005)

    def configured_networks(self) -> list[Network]:
        """The networks that ``bot.ini`` names."""
        made: list[Network] = []
        for name, settings in self.config.networks.items():
            if isinstance(settings, ConsoleSettings):
                made.append(
                    ConsoleNetwork(
                        name,
                        nick=settings.nick,
                        clock=self.clock.now,
                        settled=self.hub.idle,
                        room=settings.room,
                    )
                )
            elif isinstance(settings, IrcSettings):
                made.append(IrcNetwork(name, settings, clock=self.clock.now))
            else:
                from bot.networks.xmpp.client import XmppNetwork  # slixmpp, which only these need

                made.append(XmppNetwork(name, settings, clock=self.clock.now))
        return made

    async def start(self) -> None:
        """Read the database, start the plugins, then the networks."""
        await self.web.prepare(self.config)
        self.hub.networks = {network.name: network for network in self._networks(self)}
        self.hub.relink()
        await self.journal.open(self.hub.linking.homes())
        self._add(self._builtin)
        wanted = in_order(self._available, self.config.bot.plugins)
        off = await self.store.read(disabled_plugins)
        self.disabled = [plugin.name for plugin in wanted if plugin.name in off]
        for plugin in wanted:
            if plugin.name not in off:
                self._add(self._made(plugin))
        self._grant()
        for count, starting in enumerate(self.hub.plugins):
            try:
                await starting.start()
            except asyncio.CancelledError:
                del self.hub.plugins[count:]  # only what has started is stopped
                raise
        self.hub.ignores = self._builtin.ignores
        self.hub.on_invited = self._builtin.invited
        self._join_configured()
        self.schedule.start()
        self.hub.alarms.start()
        for network in self.hub.networks.values():
            self._tasks[network.name] = asyncio.create_task(self._keep(network), name=network.name)
        if not self.web.open(self.config):
            self.failed = True

    @property
    def tasks(self) -> Sequence[asyncio.Task[None]]:
        """The networks' tasks."""
        return tuple(self._tasks.values())

    def _made(self, plugin: type[Plugin]) -> Plugin:
        return plugin(self.hub, self.config.plugins.get(plugin.name) or plugin.Settings())

    def _add(self, plugin: Plugin) -> None:
        try:
            self.hub.commands.add(plugin)
        except ValueError as error:
            raise LoadError(str(error)) from error
        self.hub.plugins.append(plugin)
        self._schedule(plugin)

    def _schedule(self, plugin: Plugin) -> None:
        zone = ZoneInfo(self.hub.zone)
        for job in plugin.dailies():
            work = getattr(plugin, job.handler)
            self.schedule.daily(Job(f"{plugin.name}.{job.handler}", job.at, zone, work))
        for name, handler in plugin.alarm_handlers().items():
            self.hub.alarms.add(f"{plugin.name}.{name}", getattr(plugin, handler))

    def _grant(self) -> None:
        """The owners as configured; at the console, whoever sits at the keyboard too."""
        consoles = [
            name for name, network in self.hub.networks.items() if isinstance(network, ConsoleNetwork)
        ]
        owners = {*self.config.bot.owners, *(f"{name}/{OPERATOR}" for name in consoles)}
        self.hub.access = Access(frozenset(owners), self.hub.grants)

    def _join_configured(self) -> None:
        for settings in self.config.rooms.values():
            for place in settings.at:
                name, _, channel = place.partition("/")
                network = self.hub.networks.get(name)
                if network is not None:
                    network.join(network.room(channel))

    async def enable(self, name: str) -> None:
        """Start a plugin that was disabled; nothing reaches it before. Raises what its start does."""
        plugin = self._made(self._available[name])
        await plugin.start()
        self._add(plugin)
        self.disabled.remove(name)
        self.web.show()
        for place in self.hub.places():
            room = self.hub.linking.home(place)
            if plugin.wants_history(room):  # what was said while it was off
                self.hub.entered(place, (), complete=self.hub.room_settings(room).log == "always")

    def requires(self, name: str) -> Sequence[str]:
        """The plugins that one cannot do without."""
        return self._available[name].requires

    async def disable(self, name: str) -> None:
        """Stop a plugin, and let nothing reach it."""
        plugin = next(plugin for plugin in self.hub.plugins if plugin.name == name)
        self.hub.plugins.remove(plugin)
        self.hub.commands.remove(plugin)
        self.schedule.forget(f"{name}.")
        self.hub.alarms.forget(f"{name}.")
        self.disabled.append(name)
        self.web.show()
        await plugin.stop()

    async def _keep(self, network: Network) -> None:
        """Run a network until it ends; a permanent failure costs that network alone."""
        try:
            await network.run(self.hub)
        except PermanentError as error:
            log.error("%s: %s", network.name, error)
            self.failed = True
        except Exception:
            log.exception("%s: the network failed", network.name)
            self.failed = True
        finally:
            others = [task for name, task in self._tasks.items() if name != network.name and not task.done()]
            if not others:
                self._over.set()

    async def stop(self) -> None:
        """Leave the networks, finish what was begun, and make all durable; what takes longer than
        :data:`_PATIENCE` is given up, and the log says so.
        """
        end = asyncio.get_running_loop().time() + _PATIENCE
        self.schedule.stop()
        self.hub.alarms.stop()
        self.hub.watching.close()
        for plugin in self.hub.plugins:
            self._leave(plugin)
        tasks = [*self._starting, *self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.wait([*tasks, asyncio.create_task(self.web.close(), name="web")], timeout=_GOODBYE)
        try:
            async with asyncio.timeout_at(end):
                await self.hub.idle()
                for plugin in reversed(self.hub.plugins):
                    await self._end(plugin)
                await self.hub.idle()
        except TimeoutError:
            lost, work = self.journal.waiting, ", ".join(self.hub.busy) or "nothing else"
            log.error("Ended with %d lines that the database had not taken; unfinished: %s", lost, work)
            self.failed = True

    def _leave(self, plugin: Plugin) -> None:
        try:
            plugin.leaving()
        except Exception:
            log.exception("Plugin %s did not end well", plugin.name)
            self.failed = True

    async def _end(self, plugin: Plugin) -> None:
        try:
            await plugin.stop()
        except Exception:
            log.exception("Plugin %s did not end well", plugin.name)
            self.failed = True

    def reload(self) -> None:
        """Read ``bot.ini`` again. With a mistake in it nothing changes, and the log names all of them."""
        try:
            config = configuration.load(self.config.path, plugins=declarations(self._available))
        except ConfigError as error:
            for problem in error.problems:
                log.error("not re-read: %s", problem)
            return
        fixed = {name: getattr(self.config.bot, name) for name in ("database", "data_dir", "plugins")}
        now = dataclasses.replace(
            config, networks=self.config.networks, bot=dataclasses.replace(config.bot, **fixed)
        )
        if now != config:
            log.warning("Changes of networks, plugins, database and data_dir take effect at the next start")
        self.config = now
        logging.getLogger().setLevel(now.bot.log_level.upper())
        self.hub.configure(now)
        self._grant()
        for plugin in self.hub.plugins:
            self._reconfigure(plugin)
        self._join_configured()
        self.hub.spawn(self.web.configure(now), "web")
        log.info("%s was read again", config.path)

    def _reconfigure(self, plugin: Plugin) -> None:
        self.schedule.forget(f"{plugin.name}.")  # the zone may be another
        self._schedule(plugin)
        try:
            plugin.configure(self.config.plugins.get(plugin.name) or plugin.Settings())
        except Exception:
            log.exception("Plugin %s could not take its new settings", plugin.name)

    async def run(self) -> bool:
        """Start, run until told to end (SIGTERM, SIGINT, the console's end of input), and stop.

        Whether all went well: not, if a network could not be used.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._over.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        # A database that hangs must not keep Muster from ending, from its first answer on.
        starting = asyncio.create_task(self.start(), name="start")
        self._starting.append(starting)
        await _first(self._over.wait(), asyncio.wait([starting]))
        if starting.done():
            await starting
            await self._serve()
        else:
            log.warning("Told to end before all had started")
        await self.stop()
        return not self.failed

    async def _serve(self) -> None:
        """Until told to end, or until the console's input has ended and all of it is answered."""
        _collect_seldom()
        consoles = [n for n in self.hub.networks.values() if isinstance(n, ConsoleNetwork)]
        if not self._tasks:
            log.error("bot.ini names no network that could be started")
            self.failed = True
            self._over.set()
        await _first(self._over.wait(), *(console.finished.wait() for console in consoles))
        await _first(self._over.wait(), self.hub.idle())


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait for the first of several things, and call the rest off."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _collect_seldom() -> None:
    """Have garbage looked for in what is new, and not in all that was loaded.

    Nothing runs while the collector looks through every object there is, and by its own rule it does so often
    while a long meeting's lines are read: chat then waited 0.1 s at that meeting's end.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 4, 250)
