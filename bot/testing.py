"""Transcript tests, for our plugins and everybody's: what people type, and what Muster must answer.

    async with Stage(tmp_path) as stage:
        await stage.play('''
            <alice> !ping
            <muster> pong
        ''')

A transcript's lines:

``<alice> text``
    alice says it in the room; ``<alice> * text``: does it (/me). The first time she joins, logged in as
    account ``alice``; a nick that ends in ``?`` (``<eve?> ...``) has no account.
``<alice -> muster> text``
    she says it to Muster alone.
``<muster> text``
    Muster must say it in the room; ``<muster -> alice> text``: to her alone. ``[...]`` stands for anything.
``[#nova] <alice> text`` / ``[#nova] <muster> text``
    the same in another room than the stage's, which ``bot.ini`` must name.
``[jabber/nova@c] <alice> text`` / ``[jabber/nova@c] <muster> text`` / ``[jabber] <muster -> alice> text``
    the same on another network than the stage's (``networks``); the room is also that from which Muster knows
    whoever speaks to it alone. ``[*] <muster> text``: in each place of the stage's room, in their order.
``-- alice is now alice_`` / ``-- alice leaves`` / ``-- alice quits`` / ``-- alice joins``
    what happens in the room; ``-- [jabber/nova@c] alice leaves``: in another.
``-- jabber is down`` / ``-- jabber is up``
    Muster loses that network, or is back on it: what was said meanwhile comes as history.
``-- alice corrects "#info a" to "#info b"``
    her last line with that text says something else now (XEP-0308); what is corrected may be corrected again.
    ``-- eve corrects alice's "#info a" to "#info b"``: she says so of another's.
``-- alice reacts 👍 🎉 to "Please vote on: it"``
    those are all her reactions to the last line with that text now (XEP-0444), Muster's own included; ``--
    alice takes her reactions back``: from all lines. A text may end in ``[...]``.
``-- 20 minutes pass``
    the clock goes on, and what is due happens.
``-- topic: text``
    Muster must set the room's topic; ``-- [jabber/nova@c] topic: text``: another room's.
``-- alice sets the topic: text``
    somebody else does.
``-- the wire is slow`` / ``-- [jabber] the wire is slow``
    from now on what Muster says waits on its way (:meth:`bot.plugin.Bot.sent`); ``-- the wire is free``: it
    comes, and the rest as it is said; ``-- the wire is cut``: what waited is lost, the rest waits.
``-- muster is killed``
    nothing is said, left or stopped; another Muster starts on its database.

Everything that Muster says must stand in the transcript, in its order.
"""

from __future__ import annotations

import asyncio
import atexit
import dataclasses
import functools
import heapq
import re
import sqlite3
import tempfile
import textwrap
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from bot import config as configuration
from bot import database, loader
from bot.app import App
from bot.model import Actor, Json, Kind, Line, Room, RoomState
from bot.networks.base import Hub, Network, Urgency
from bot.plugin import Plugin
from bot.settings import Endpoint
from bot.store import Store, database_url
from bot.text import fold_nick

START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
"""When every stage's clock begins: a Sunday evening."""


@dataclass(order=True)
class _SetTimer:
    when: datetime
    order: int
    callback: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Call it off."""
        self.cancelled = True


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._timers: list[_SetTimer] = []
        self._count = 0

    def now(self) -> datetime:
        """The time it is set to."""
        return self._now

    def at(self, when: datetime, callback: Callable[[], None]) -> _SetTimer:
        """Call back once the clock has been moved that far."""
        self._count += 1
        timer = _SetTimer(when, self._count, callback)
        heapq.heappush(self._timers, timer)
        return timer

    def forget(self) -> None:
        """Drop all that is set, as when a process ends."""
        self._timers.clear()

    async def advance(self, by: timedelta, settled: Callable[[], object]) -> None:
        """Move on, ringing what is due on the way, each at its time."""
        until = self._now + by
        while self._timers and self._timers[0].when <= until:
            timer = heapq.heappop(self._timers)
            self._now = max(self._now, timer.when)
            if not timer.cancelled:
                timer.callback()
                waiting = settled()
                if asyncio.iscoroutine(waiting):
                    await waiting
        self._now = until


class StageNetwork(Network):
    """A network without a wire, that does what IRC does. ``stage`` names the room that a transcript means
    where it names none; on a network that has no such room, each is named. ``beside`` is the network of which
    the transcript tells as well.
    """

    def __init__(
        self,
        name: str,
        clock: SetClock,
        stage: str | None = "#stage",
        nick: str = "muster",
        beside: StageNetwork | None = None,
    ) -> None:
        self.name = name
        self._said: list[str] = []
        self._beside = beside
        self.may_set_topic = True
        self.stage = self.room(stage) if stage is not None else None
        self._clock = clock
        self._nick = nick
        self._members: dict[Room, dict[str, Actor]] = {}
        self._topics: dict[Room, str] = {}
        self._hub: Hub | None = None
        self._is_down = False
        self._missed: list[Line] = []  # what happened while Muster was away
        self.up = asyncio.Event()
        self._held: list[tuple[Room, str]] | None = None  # what waits on its way, where the wire is slow
        self._askers: list[tuple[Room, asyncio.Future[bool]]] = []
        self.messages: list[Message] = []
        """What was said so far, also before Muster was killed."""
        self._reacted: dict[tuple[Room, str], dict[str, None]] = {}
        self.asked = asyncio.Event()

    @property
    def said(self) -> list[str]:
        """What Muster said, as a transcript."""
        return self._said if self._beside is None else self._beside.said

    @said.setter
    def said(self, said: list[str]) -> None:
        if self._beside is None:
            self._said = said
        else:
            self._beside.said = said

    @property
    def nick(self) -> str:
        """Muster's nick."""
        return self._nick

    @property
    def is_connected(self) -> bool:
        """Whether the stage is set, and the network is up."""
        return self._hub is not None and not self._is_down

    @property
    def hub(self) -> Hub:
        """Whom lines are reported to."""
        if self._hub is None:
            raise RuntimeError("the network does not run yet")
        return self._hub

    def room(self, name: str) -> Room:
        """The room of that name."""
        return Room(self.name, fold_nick(name))

    def is_room(self, name: str) -> bool:
        """Whether it is a channel's name, as on IRC, or a room's, as on XMPP."""
        return (name.startswith("#") or "@" in name) and not set(name) & {" ", ","}

    def private(self, nick: str, near: Room | None = None) -> Room:
        """Somebody alone."""
        return Room(self.name, fold_nick(nick), private=True)

    def state(self, room: Room) -> RoomState | None:
        """Who is there."""
        members = self._members.get(room)
        if members is None or self._is_down:
            return None
        return RoomState(
            room, tuple(members.values()), self._topics.get(room, ""), may_set_topic=self.may_set_topic
        )

    def rooms(self) -> Sequence[Room]:
        """The rooms Muster is in."""
        return () if self._is_down else tuple(self._members)

    def _named(self, room: Room) -> str:
        """What stands before a line of a room other than the stage's."""
        if self.stage is not None:
            return "" if room.private or room == self.stage else f"[{room.name}] "
        return f"[{self.name}] " if room.private else f"[{room}] "

    def backlog(self, room: Room) -> int:
        """How many lines for a room wait on their way."""
        return sum(held == room for held, _ in self._held or ())

    def say(
        self, room: Room, text: str, *, notice: bool = False, urgency: Urgency = Urgency.REPLY
    ) -> str | None:
        """Note what is said."""
        to = f" -> {room.name}" if room.private else ""
        line = f"{self._named(room)}<{self._nick}{to}> {text}"
        if self._held is None:
            self.said.append(line)
        else:
            self._held.append((room, line))
        return self.message(room, self._nick, text)

    def message(self, room: Room, nick: str, text: str) -> str:
        """Somebody says something: the id that it has from now on."""
        id_ = f"{self.name}-{len(self.messages) + 1}"
        self.messages.append(Message(room, nick, [text], id_))
        return id_

    def correct(self, room: Room, nick: str, old: str, new: str, *, by: Actor) -> None:
        """A line that was said under a nick says something else now, as ``by`` tells."""
        message = self._message(room, old, nick)
        if by.nick == nick:
            message.texts.append(new)
        id_ = self.message(room, "", new)
        self.hear(self.line(room, Kind.CORRECTED, by, new, id=id_, data={"of": message.id}))

    def react(self, room: Room, nick: str, reactions: Sequence[str], to: str) -> None:
        """All of somebody's reactions to a line."""
        self._react(room, nick, reactions, self._message(room, to).id)

    def unreact(self, room: Room, nick: str) -> None:
        """Somebody takes all reactions back."""
        for of in self._reacted.pop((room, nick), {}):
            self._react(room, nick, (), of)

    def _react(self, room: Room, nick: str, reactions: Sequence[str], of: str) -> None:
        if reactions:
            self._reacted.setdefault((room, nick), {})[of] = None
        actor = self.member(room, nick)
        data: dict[str, Json] = {"of": of, "reactions": [*reactions]}
        self.hear(self.line(room, Kind.REACTED, actor, data=data))

    def _message(self, room: Room, text: str, nick: str | None = None) -> Message:
        """The last line with that text."""
        form = re.compile(re.escape(text).replace(re.escape("[...]"), ".*"), re.DOTALL)
        for message in reversed(self.messages):
            is_theirs = message.nick == nick if nick is not None else bool(message.nick)
            if message.room == room and is_theirs and form.fullmatch(message.texts[-1]):
                return message
        raise AssertionError(f"nobody said {text!r}")

    async def sent(self, room: Room) -> bool:
        """Wait until what was said there has come, where the wire is slow."""
        if not room.private and room not in self._members:
            return False
        if not any(held == room for held, _ in self._held or ()):
            return True
        gone: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._askers.append((room, gone))
        self.asked.set()
        return await gone

    @property
    def waiting(self) -> int:
        """How many wait for what they said to come."""
        return len(self._askers)

    def hold(self) -> None:
        """From now on what is said waits."""
        self._held = self._held or []

    def release(self) -> None:
        """What waits comes, and from now on all does at once."""
        self.said += [line for _, line in self._held or ()]
        self._held = None
        self._answer(self._askers, has_gone=True)

    def cut(self) -> None:
        """What waits is lost."""
        self._held = []
        self._answer(self._askers, has_gone=False)

    def _answer(self, askers: Sequence[tuple[Room, asyncio.Future[bool]]], *, has_gone: bool) -> None:
        self._askers = [asker for asker in self._askers if asker not in askers]
        for _, gone in askers:
            if not gone.done():
                gone.set_result(has_gone)

    def set_topic(self, room: Room, topic: str) -> None:
        """Note the topic."""
        self._topics[room] = topic
        self.said.append(f"-- {self._named(room)}topic: {topic}")

    def join(self, room: Room, key: str = "") -> None:
        """Enter a room."""
        self._members.setdefault(room, {})
        if self._hub is not None:
            self._hub.entered(room, (), True)

    def leave(self, room: Room, why: str = "") -> None:
        """Leave a room."""
        self._members.pop(room, None)
        self._answer([asker for asker in self._askers if asker[0] == room], has_gone=False)

    async def run(self, hub: Hub) -> None:
        """Be there."""
        self._hub = hub
        hub.connected(self)
        for room in self._members:
            hub.entered(room, (), True)
        self.up.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._answer(self._askers, has_gone=False)

    def take_over(self, before: StageNetwork) -> None:
        """Have the rooms and people of the network of a Muster that was killed, and what it missed."""
        self._members.update(before._members)
        self._said = before._said
        self.messages, self._reacted = before.messages, before._reacted
        self._is_down, self._missed = before._is_down, before._missed
        if before._is_down:
            self.hold()

    # What people do

    def actor(self, room: Room, nick: str, *, account: str | None) -> Actor:
        """Somebody in a room, who joins if need be."""
        members = self._members.setdefault(room, {})
        key = fold_nick(nick)
        if key not in members:
            members[key] = Actor(self.name, nick, account, f"~{key}@{key}.example")
            self.hear(self.line(room, Kind.JOINED, members[key]))
        return members[key]

    def hear(self, line: Line) -> None:
        """Something happens; while Muster is away, it is history once Muster is back."""
        if self._is_down:
            self._missed.append(line.replace(history=True))
        else:
            self.hub.hear(line)

    def lose(self) -> None:
        """Muster loses the network."""
        self._is_down = True
        self.hold()
        self.hub.disconnected(self, "the network is down")

    def regain(self) -> None:
        """Muster is back: it enters its rooms, then what it had to say comes."""
        self._is_down = False
        self.hub.connected(self)
        missed, self._missed = self._missed, []
        for room in self._members:
            known = self.hub.known(room)
            since = known.time if known is not None else None
            history = [line for line in missed if line.room == room and since is not None]
            self.hub.entered(room, history, complete=True)
        self.release()

    def topic(self, room: Room, nick: str, text: str) -> None:
        """Somebody sets the topic."""
        actor = self.actor(room, nick, account=fold_nick(nick))
        self._topics[room] = text
        self.hear(self.line(room, Kind.TOPIC, actor, text))

    def member(self, room: Room, nick: str) -> Actor:
        """Somebody who is in a room."""
        return self._members[room][fold_nick(nick)]

    def line(self, room: Room, kind: Kind, actor: Actor, text: str = "", **more: object) -> Line:
        """A line, now."""
        return Line(room, self._clock.now(), kind, actor, text).replace(**more)

    def rename(self, room: Room, old: str, new: str) -> None:
        """Somebody takes another nick."""
        members = self._members[room]
        actor = members.pop(fold_nick(old))
        members[fold_nick(new)] = Actor(self.name, new, actor.account, actor.address)
        self.hear(self.line(room, Kind.RENAMED, actor, new))

    def part(self, room: Room, nick: str, how: str) -> None:
        """Somebody leaves."""
        actor = self._members[room].pop(fold_nick(nick))
        self.hear(self.line(room, Kind.LEFT, actor, "", data={"how": how}))


@dataclass(slots=True)
class Message:
    """A line that was said on a stage: what it said first, and after each correction."""

    room: Room
    nick: str
    texts: list[str]
    id: str


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

_ELSEWHERE = r"(?:\[(#[^\s\]]+|[\w-]+(?:/[^\s\]]+)?)\] )?"
_SAID = re.compile(_ELSEWHERE + r"<(\S+?)(\?)?(?: -> (\S+))?> *(\* )?(.*)")
_PASS = re.compile(r"(\d+) (seconds?|minutes?|hours?|days?) pass(?:es)?")
_WIRE: Mapping[str, Callable[[StageNetwork], None]] = {
    "the wire is slow": StageNetwork.hold,
    "the wire is free": StageNetwork.release,
    "the wire is cut": StageNetwork.cut,
}
_CORRECTS = re.compile(r"(\S+) corrects (?:(\S+)'s )?\"(.*)\" to \"(.*)\"")
_REACTS = re.compile(r'(\S+) reacts (.+) to "(.*)"')
_UNREACTS = re.compile(r"(\S+) takes (?:her|his|their) reactions back")
_HAPPENS = re.compile(r"(\S+) (is now|leaves|quits|joins)(?: (\S+))?")
_CONNECTS = re.compile(r"(\S+) is (down|up)")
_HAPPENING = re.compile(_ELSEWHERE + "(.*)")
_TOPIC = re.compile(r"(\S+) sets the topic: (.*)")


def _make(store: Store) -> None:
    """Bring a new database up to date: copied, since making one takes longer than most stories."""
    with (
        closing(sqlite3.connect(str(_new_database()))) as new,
        closing(sqlite3.connect(str(store.url.database))) as to,
    ):
        new.backup(to)


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
        self._available = dict(loader.installed() if plugins is None else plugins)
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
        store = Store(database_url(self.config.bot.database.reveal(), self.folder))
        if not database.is_current(store):
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
        said = _SAID.fullmatch(line.removeprefix("[*] "))
        happening = _HAPPENING.fullmatch(line.removeprefix("-- ")) if line.startswith("-- ") else None
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
        found = _SAID.fullmatch(line)
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
        found = _HAPPENING.fullmatch(line)
        where, what = found.groups() if found is not None else (None, line)
        network, room = self._there(where)
        connects = _CONNECTS.fullmatch(what)
        topic = _TOPIC.fullmatch(what)
        passing = _PASS.fullmatch(what)
        happening = _HAPPENS.fullmatch(what)
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
        elif (said := _CORRECTS.fullmatch(what)) is not None:
            actor = network.member(room, said[1])
            network.correct(room, said[2] or said[1], said[3], said[4], by=actor)
        elif (said := _REACTS.fullmatch(what)) is not None:
            network.react(room, said[1], said[2].split(), said[3])
        elif (said := _UNREACTS.fullmatch(what)) is not None:
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
