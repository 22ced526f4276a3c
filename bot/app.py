"""One running Muster: composes everything, starts it in order, and stops it in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from bot import config as configuration
from bot.access import Access
from bot.builtin import Builtin, disabled_plugins
from bot.clock import Clock, SystemClock
from bot.config import Config, ConfigError, ConsoleSettings
from bot.hub import Hub
from bot.journal import Journal
from bot.loader import in_order
from bot.networks.base import Network, PermanentError
from bot.networks.console import OPERATOR, ConsoleNetwork
from bot.networks.irc.client import IrcNetwork
from bot.networks.irc.settings import IrcSettings
from bot.plugin import Plugin
from bot.schedule import Job, Schedule
from bot.store import Store

log = logging.getLogger(__name__)

_PATIENCE = 3.5  # seconds that networks get to say good-bye


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
        self.schedule = Schedule(store, self.clock)
        self.disabled: list[str] = []
        self.failed = False
        self._available = available
        self._networks = networks or App.configured_networks
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._over = asyncio.Event()
        self._builtin = Builtin(self.hub, self)
        # A thread that renders minutes may hold the interpreter no longer than this before chat goes on.
        sys.setswitchinterval(0.001)

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
                log.error("[network %s]: this Muster speaks irc and console, not yet xmpp", name)
                self.failed = True
        return made

    async def start(self) -> None:
        """Read the database, start the plugins, then the networks."""
        await self.journal.open()
        self.hub.networks = {network.name: network for network in self._networks(self)}
        self.disabled = await self.store.read(disabled_plugins)
        self.hub.plugins = [self._builtin]
        self.hub.commands.add(self._builtin)
        for plugin in in_order(self._available, self.config.bot.plugins):
            if plugin.name not in self.disabled:
                self._add(plugin)
        self._grant()
        for started in self.hub.plugins:
            await started.start()
        self.hub.ignores = self._builtin.ignores
        self.hub.on_invited = self._builtin.invited
        self._join_configured()
        self.schedule.start()
        for network in self.hub.networks.values():
            self._tasks[network.name] = asyncio.create_task(self._keep(network), name=network.name)

    @property
    def tasks(self) -> Sequence[asyncio.Task[None]]:
        """The networks' tasks."""
        return tuple(self._tasks.values())

    def _add(self, plugin: type[Plugin]) -> Plugin:
        made = plugin(self.hub, self.config.plugins.get(plugin.name) or plugin.Settings())
        self.hub.plugins.append(made)
        self.hub.commands.add(made)
        for job in made.dailies():
            zone = ZoneInfo(self.hub.zone)
            work = getattr(made, job.handler)
            self.schedule.daily(Job(f"{made.name}.{job.handler}", job.at, zone, work))
        return made

    def _grant(self) -> None:
        """The owners as configured; at the console, whoever sits at the keyboard too."""
        consoles = [
            name for name, network in self.hub.networks.items() if isinstance(network, ConsoleNetwork)
        ]
        owners = {*self.config.bot.owners, *(f"{name}/{OPERATOR}" for name in consoles)}
        self.hub.access = Access(frozenset(owners))

    def _join_configured(self) -> None:
        for settings in self.config.rooms.values():
            for place in settings.at:
                name, _, channel = place.partition("/")
                network = self.hub.networks.get(name)
                if network is not None:
                    network.join(network.room(channel))

    async def enable(self, name: str) -> None:
        """Start a plugin that was disabled."""
        self.disabled.remove(name)
        await self._add(self._available[name]).start()

    async def disable(self, name: str) -> None:
        """Stop a plugin, and let nothing reach it."""
        plugin = next(plugin for plugin in self.hub.plugins if plugin.name == name)
        self.hub.plugins.remove(plugin)
        self.hub.commands.remove(plugin)
        self.schedule.forget(f"{name}.")
        self.disabled.append(name)
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
        """Leave the networks, finish what was begun, and make all durable."""
        self.schedule.stop()
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=_PATIENCE)
        await self.hub.idle()
        for plugin in reversed(self.hub.plugins):
            await plugin.stop()
        await self.hub.idle()

    def reload(self) -> None:
        """Read ``bot.ini`` again. With a mistake in it nothing changes, and the log names all of them."""
        try:
            config = configuration.load(self.config.path, plugin_settings=plugin_settings(self._available))
        except ConfigError as error:
            for problem in error.problems:
                log.error("not re-read: %s", problem)
            return
        self.config = config
        self.hub.configure(config)
        self._grant()
        for plugin in self.hub.plugins[1:]:
            plugin.configure(config.plugins.get(plugin.name) or plugin.Settings())
        self._join_configured()
        log.info("%s was read again; changed networks take effect at the next start", config.path)

    async def run(self) -> bool:
        """Start, run until told to end (SIGTERM, SIGINT, the console's end of input), and stop.

        Whether all went well: not, if a network could not be used.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._over.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        await self.start()
        consoles = [n for n in self.hub.networks.values() if isinstance(n, ConsoleNetwork)]
        if not self._tasks:
            log.error("bot.ini names no network that could be started")
            self._over.set()
        ends = [asyncio.create_task(self._over.wait())]
        ends += [asyncio.create_task(console.finished.wait()) for console in consoles]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in ends:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if any(console.finished.is_set() for console in consoles):
            await self.hub.idle()
        await self.stop()
        return not self.failed


def plugin_settings(available: Mapping[str, type[Plugin]]) -> dict[str, type]:
    """The settings' dataclass of each plugin, for reading ``bot.ini``."""
    return {name: plugin.Settings for name, plugin in available.items()}
