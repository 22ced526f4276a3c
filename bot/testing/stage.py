"""The stage: a whole Muster that transcripts are played to."""

from __future__ import annotations

import asyncio
import atexit
import dataclasses
import functools
import re
import sqlite3
import tempfile
import textwrap
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import URL

from bot import config as configuration
from bot import database, loader
from bot.app import App
from bot.model import Kind, Room
from bot.plugin import Plugin
from bot.settings import Endpoint
from bot.store import Store, database_url
from bot.testing.clock import START, SetClock
from bot.testing.network import StageNetwork
from bot.testing.script import CONNECTS, CORRECTS, HAPPENING, HAPPENS, PASS, REACTS, SAID, TOPIC, UNREACTS
from bot.text import fold_nick

_EXAMPLE = """
[bot]
owners = test/owner
data_dir = {data_dir}
plugins = {plugins}
{bot}
[network test]
type = console
{networks}
[room stage]
at = {at}
{settings}
"""
_NETWORKS = {
    "irc": "[network {0}]\ntype = irc\nhost = {0}.example\n",
    "xmpp": "[network {0}]\ntype = xmpp\njid = muster@{0}.example\npassword = secret\n",
}
_WIRE: Mapping[str, Callable[[StageNetwork], None]] = {
    "the wire is slow": StageNetwork.hold,
    "the wire is free": StageNetwork.release,
    "the wire is cut": StageNetwork.cut,
}


def _is_new(url: URL) -> bool:
    """Whether it names a file that does not exist yet."""
    return url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists()


def _make(store: Store) -> None:
    """Bring a new database up to date: copied, since making one takes longer than most stories."""
    with (
        closing(sqlite3.connect(str(_new_database()))) as new,
        closing(sqlite3.connect(str(store.url.database))) as to,
    ):
        new.backup(to)


@functools.cache
def _points() -> Mapping[str, type[Plugin]]:
    """What is installed, looked up once: that takes longer than many stories, and does not change."""
    return loader.installed()


def _installed() -> dict[str, type[Plugin]]:
    """Every installed plugin, with its own name again, which a story may have changed."""
    for name, plugin in _points().items():
        plugin.name = name
    return dict(_points())


@functools.cache
def _new_database() -> Path:
    """A new database, for as long as this process runs."""
    folder = tempfile.TemporaryDirectory(prefix="muster-")
    atexit.register(folder.cleanup)
    with closing(Store(database_url("sqlite:///muster.db", Path(folder.name)))) as store:
        database.upgrade(store)
    return Path(folder.name) / "muster.db"


class Stage:
    """A running Muster on a network without a wire, in one room, for transcripts.

    ``bot`` are further lines of ``[bot]``, ``settings`` of the room's section and of ``bot.ini`` after it.
    ``networks`` are further networks (``{"jabber": "xmpp"}``), and ``linked`` places, on them or on the
    stage's own network, that are the same room (``["jabber/nova@c"]``).
    With ``web=True`` its pages are served on this machine, at a port that is free (:meth:`url`).
    Errors that Muster logs fail the test through pytest's ``caplog`` only if the test asks; transcripts see
    what is said.
    """

    def __init__(
        self,
        folder: Path,
        *,
        bot: str = "",
        settings: str = "",
        room: str = "#stage",
        plugins: Mapping[str, type[Plugin]] | None = None,
        start: datetime = START,
        web: bool = False,
        networks: Mapping[str, str] | None = None,
        linked: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.clock = SetClock(start)
        self._room_name = room
        self._available = _installed() if plugins is None else dict(plugins)
        self._network_names = tuple(networks or ())
        self._linked = linked
        text = _EXAMPLE.format(
            data_dir=folder,
            networks="".join(_NETWORKS[kind].format(name) for name, kind in (networks or {}).items()),
            at=", ".join([f"test/{room}", *linked]),
            plugins=", ".join(self._available),
            bot=textwrap.dedent(bot),
            settings=textwrap.dedent(settings),
        )
        config = configuration.parse(text, folder / "bot.ini", plugins=loader.declarations(self._available))
        listen = dataclasses.replace(config.web, listen=Endpoint("127.0.0.1", 0))
        self.config = dataclasses.replace(config, web=listen, serves=web)
        self.app: App
        self.network: StageNetwork
        self.networks: dict[str, StageNetwork]
        self._others: set[asyncio.Task[Any]]

    def url(self, path: str) -> str:
        """The address of a page, on this machine; with ``web=True`` alone."""
        if self.app.web.endpoint is None:
            raise LookupError("there are no pages on this stage")
        return f"http://{self.app.web.endpoint}{path}"

    @property
    def room(self) -> Room:
        """The room on the stage."""
        return self.network.room(self._room_name)

    async def __aenter__(self) -> Stage:
        self._others = asyncio.all_tasks()  # the test's own
        await self._raise_curtain()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.app.stop()
        self.app.store.close()

    async def _raise_curtain(self, before: Mapping[str, StageNetwork] | None = None) -> None:
        url = database_url(self.config.bot.database.reveal(), self.folder)
        is_new = _is_new(url)
        store = Store(url)
        if is_new or not database.is_current(store):
            _make(store)
        self.network = StageNetwork("test", self.clock, self._room_name)
        others = [StageNetwork(name, self.clock, None, beside=self.network) for name in self._network_names]
        self.networks = {network.name: network for network in (self.network, *others)}
        self.app = App(
            self.config,
            self._available,
            store,
            clock=self.clock,
            networks=lambda _app: list(self.networks.values()),
        )
        for name, network in (before or {}).items():
            self.networks[name].take_over(network)
        await self.app.start()
        for network in self.networks.values():
            await network.up.wait()
        await self.app.hub.idle()

    async def settled(self) -> None:
        """Wait until Muster has nothing to do but to wait for what is on a slow wire."""
        hub, networks = self.app.hub, self.networks.values()
        while hub.tasks or not self.app.journal.is_settled:
            await self.app.journal.settled()
            if len(hub.tasks) <= sum(network.waiting for network in networks):
                return
            for network in networks:
                network.asked.clear()
            asked = [asyncio.create_task(network.asked.wait()) for network in networks]
            await asyncio.wait([*hub.tasks, *asked], return_when=asyncio.FIRST_COMPLETED)
            for waiting in asked:
                waiting.cancel()

    async def kill(self) -> None:
        """End this Muster as a power cut would, and start another on its database."""
        await self.app.journal.settled()
        self.clock.forget()
        # What plugins run beside the chat ends with the rest.
        tasks = asyncio.all_tasks() - self._others - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.app.store.close()
        await self._raise_curtain(self.networks)

    async def play(self, transcript: str) -> None:
        """Act out a transcript. Raises :class:`AssertionError` where Muster says anything else."""
        expected: list[str] = []
        for text in textwrap.dedent(transcript).strip().splitlines():
            line = text.strip()
            if not line:
                continue
            if self._is_expected(line):
                expected += self._everywhere(line)
                continue
            await self._check(expected)
            expected = []
            await self.act(line)
        await self._check(expected)

    def _is_expected(self, line: str) -> bool:
        """Whether a line is what Muster must say or do."""
        said = SAID.fullmatch(line.removeprefix("[*] "))
        happening = HAPPENING.fullmatch(line.removeprefix("-- ")) if line.startswith("-- ") else None
        is_topic = happening is not None and happening[2].startswith("topic:")
        return is_topic or (said is not None and said[2] == self.network.nick)

    def _everywhere(self, line: str) -> list[str]:
        """A line that Muster must say; one for all places of the stage's room, as one for each."""
        if not line.startswith("[*] "):
            return [line]
        rest = line.removeprefix("[*] ")
        elsewhere = (place.partition("/") for place in self._linked)
        names = (room if network == "test" else f"{network}/{room}" for network, _, room in elsewhere)
        return [rest, *(f"[{name}] {rest}" for name in names)]

    def _there(self, where: str | None) -> tuple[StageNetwork, Room]:
        """The network and the room that stand in brackets before a line; without them, the stage's."""
        if where is None or where.startswith("#"):
            return self.network, self.network.room(where) if where else self.room
        name, _, room = where.partition("/")
        network = self.networks[name]
        return network, network.room(room)

    async def act(self, line: str) -> None:
        """What somebody says or what happens, in one line of a transcript; what Muster says to it is then in
        ``network.said``.
        """
        if line.startswith("-- "):
            await self._happen(line.removeprefix("-- "))
            return
        found = SAID.fullmatch(line)
        if found is None:
            raise AssertionError(f"not a line of a transcript: {line!r}")
        elsewhere, nick, unknown, to, acted, text = found.groups()
        network, public = self._there(elsewhere)
        actor = network.actor(public, nick, account=None if unknown else fold_nick(nick))
        room = network.private(nick) if to else public
        kind = Kind.ACTED if acted else Kind.SAID
        network.hear(network.line(room, kind, actor, text, id=network.message(room, nick, text)))
        await self.settled()

    async def _happen(self, line: str) -> None:
        found = HAPPENING.fullmatch(line)
        where, what = found.groups() if found is not None else (None, line)
        network, room = self._there(where)
        connects = CONNECTS.fullmatch(what)
        topic = TOPIC.fullmatch(what)
        passing = PASS.fullmatch(what)
        happening = HAPPENS.fullmatch(what)
        if passing is not None:
            unit = passing[2].rstrip("s") + "s"
            await self.clock.advance(timedelta(**{unit: int(passing[1])}), self.settled)
        elif what == f"{self.network.nick} is killed":
            await self.kill()
        elif what in _WIRE:
            _WIRE[what](network)
        elif connects is not None and connects[1] in self.networks:
            (StageNetwork.lose if connects[2] == "down" else StageNetwork.regain)(self.networks[connects[1]])
        elif topic is not None:
            network.topic(room, topic[1], topic[2])
        elif (said := CORRECTS.fullmatch(what)) is not None:
            actor = network.member(room, said[1])
            network.correct(room, said[2] or said[1], said[3], said[4], by=actor)
        elif (said := REACTS.fullmatch(what)) is not None:
            network.react(room, said[1], said[2].split(), said[3])
        elif (said := UNREACTS.fullmatch(what)) is not None:
            network.unreact(room, said[1])
        elif happening is None:
            raise AssertionError(f"nothing that can happen: {what!r}")
        elif happening[2] == "is now":
            network.rename(room, happening[1], happening[3])
        elif happening[2] == "joins":
            network.actor(room, happening[1], account=fold_nick(happening[1]))
        else:
            network.part(room, happening[1], {"leaves": "part", "quits": "quit"}[happening[2]])
        await self.settled()

    async def _check(self, expected: list[str]) -> None:
        await self.settled()
        said, self.network.said = self.network.said, []
        matches = len(said) == len(expected) and all(
            re.fullmatch(re.escape(want).replace(re.escape("[...]"), ".*"), have)
            or want == have.rstrip()  # a topic that is taken away leaves a blank
            for want, have in zip(expected, said, strict=True)
        )
        if not matches:
            wanted, had = "\n  ".join(expected) or "(nothing)", "\n  ".join(said) or "(nothing)"
            raise AssertionError(f"Muster was to say\n  {wanted}\nbut said\n  {had}")
