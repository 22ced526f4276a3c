"""How a line travels: what networks report comes in here, what plugins say goes out here.

    network -> hear -> the room's own queue -> kept? -> journal -> plugins -> command -> replies -> network

Where a room is in several places (:mod:`bot.linking`), what is heard in any of them is handled as said in the
room, and is repeated in the others. What goes out stands in :mod:`bot.saying`, where Muster is in
:mod:`bot.places`.

Rules:

1. A room's lines are handled strictly in order, by one task for each room that lives only while there are
   lines; a slow room holds up neither another room nor the connection.
2. Whether a line is kept is decided before anything else sees it. If any plugin says never, it never is.
3. Plugins hear a line at once, before it is committed. What Muster says goes out only after all that was
   journaled before is committed.
4. What history brings is journaled, less what the record already holds, before live lines, and is never
   answered, nor repeated elsewhere. What nobody kept is marked as a gap.
5. A plugin's exception is logged and costs one line's reaction, never the room. Where the line was a command
   of that plugin's own, whoever said it gets an apology.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from bot import __version__
from bot.access import Access
from bot.alarms import Alarms
from bot.asking import Asking
from bot.clock import Clock, Timer
from bot.config import Config
from bot.dispatch import Commands, Dispatch
from bot.journal import Journal
from bot.lines import make_lasting
from bot.linking import Repeats
from bot.model import Actor, Entry, Json, Kind, Line, Room
from bot.networks.base import Known, Network
from bot.plugin import Plugin, Retain
from bot.questions import Answered, Questions
from bot.saying import Saying
from bot.store import Store
from bot.text import one_line
from bot.watching import Watching

T = TypeVar("T")
P = TypeVar("P", bound=Plugin)

log = logging.getLogger(__name__)

_DRAIN = 200  # lines of one room, live or of history, handled before others get their turn


@dataclass(frozen=True, slots=True)
class _Identified:
    """Who is in a room is known: stands in its queue where it happened."""

    room: Room


@dataclass(frozen=True, slots=True)
class _Entered:
    """Muster came into a room: stands in its queue where it happened."""

    room: Room
    history: Sequence[Line]
    complete: bool


class Hub(Saying, Asking):
    """Networks on one side, plugins on the other; see :class:`bot.networks.base.Hub` and
    :class:`bot.plugin.Bot` for what each may ask.
    """

    version = __version__

    def __init__(self, config: Config, store: Store, journal: Journal, clock: Clock) -> None:
        Saying.__init__(self, config, journal, clock)
        Asking.__init__(self)
        self.store = store
        self.commands = Commands()
        self.dispatch = Dispatch(self, self.commands, self.plugins)
        # On PostgreSQL other processes may journal what is said in other rooms.
        self.watching = Watching(store, polls=not store.is_sqlite)
        journal.on_commit = self.watching.committed
        self.alarms = Alarms(store, clock, self.spawn, shared=not store.is_sqlite)
        self.access = Access()
        self.questions = Questions()
        self.ignores: Callable[[Actor], bool] = lambda _actor: False
        self.links: Callable[[str], str] = lambda _path: ""
        self.on_invited: Callable[[Room, Actor], None] = lambda _room, _by: None
        self._queues: dict[Room, deque[Line | _Entered | _Identified]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._unheard: deque[tuple[Line, Entry | None]] = deque()
        self._is_telling = False
        self._repeats = Repeats()
        self._seen: list[Plugin] = []  # the plugins that the next two are of
        self._keepers: list[Plugin] = []
        self._hearers: list[Plugin] = []
        self.configure(config)

    # What the configuration says

    def configure(self, config: Config) -> None:
        """Take a configuration, at the start and on SIGHUP."""
        self.config = config
        self.prefix: str = config.bot.prefix
        self.zone: str = config.bot.timezone
        self.data_dir: Path = config.bot.data_dir
        self.base_url = config.web.base_url
        self.relink()

    def _is_in_use(self, place: Room) -> bool:
        return any(self._wants_history(plugin, place) for plugin in self.plugins)

    # From the networks

    def connected(self, network: Network) -> None:
        """Noted in the log. From now on the network knows how its names are folded."""
        self.relink()
        log.info("%s: connected as %s", network.name, network.nick)

    def disconnected(self, network: Network, why: str) -> None:
        """Noted in the log."""
        log.warning("%s: disconnected: %s", network.name, one_line(why))

    def known(self, room: Room) -> Known | None:
        """The end of the record of a place, where some plugin or setting wants what was missed."""
        home = self.linking.home(room)
        return self.journal.known(room) if self._keeps_all(home) or self._is_in_use(home) else None

    @staticmethod
    def _wants_history(plugin: Plugin, room: Room) -> bool:
        try:
            return plugin.wants_history(room)
        except Exception:
            log.exception("Plugin %s could not say whether it wants the history of %s", plugin.name, room)
            return True

    def entered(self, room: Room, history: Sequence[Line], complete: bool) -> None:
        """Handled in the room's order, before the live lines that follow."""
        self._put(self.linking.home(room), _Entered(room, history, complete))

    def identified(self, room: Room) -> None:
        """Handled in the room's order, after it was entered."""
        self._put(self.linking.home(room), _Identified(room))

    def hear(self, line: Line) -> None:
        """Queue a line in the room that its place is of."""
        if self._apart:
            self.look_again()
        line = self.linking.homed(line)
        if self._counts(line):
            self._put(line.room, line)

    def _counts(self, line: Line) -> bool:
        """Whether a line counts, or the room has it from another of its places."""
        where = line.where
        beside = [place for place in self.linking.others(where) if place.network == where.network]
        if beside and not self._repeats.counts(line, [found[2] for found in self._in_use(beside)]):
            return False
        return not (line.own and line.place is not None and line.kind is Kind.TOPIC)

    def invited(self, room: Room, by: Actor) -> None:
        """Somebody asks Muster to come."""
        if by.bot or self.ignores(by) or not self._replies.take(by, self.clock.now().timestamp()):
            return
        try:
            self.on_invited(room, by)
        except Exception:
            log.exception("An invitation to %s could not be handled", room)

    def _put(self, room: Room, item: Line | _Entered | _Identified) -> None:
        queue = self._queues.get(room)
        if queue is not None:
            queue.append(item)
            return
        self._queues[room] = deque((item,))
        task = asyncio.create_task(self._drain(room), name=f"room {room}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, room: Room) -> None:
        queue = self._queues[room]
        handled = 0
        try:
            while queue:
                item = queue.popleft()
                try:
                    if isinstance(item, Line):
                        call = self._take(item)
                        if call is not None:
                            await call
                    elif isinstance(item, _Entered):
                        await self._enter(item)
                    else:
                        self._identify(item.room)
                except Exception:
                    log.exception("A line of %s could not be handled", room)
                handled += 1
                if handled % _DRAIN == 0:
                    await asyncio.sleep(0)
        finally:
            del self._queues[room]

    def _take(self, line: Line) -> Awaitable[None] | None:
        """Take in a line; the command in it, if any, is what is returned."""
        if line.history:  # fetched, but it came after live lines
            if self.known(line.where) is not None:
                for missing in self.journal.unknown(line.where, (line,), late=True):
                    self._hear(missing)
            return None
        line = self._hear(line)
        call = self.dispatch.recognise(line)
        if call is None or self.ignores(line.actor) or not self.room_settings(line.room).commands:
            return None
        return self.dispatch.run(call, line)

    def _hear(self, line: Line) -> Line:
        """Keep a line and let plugins hear it; the line as it was kept."""
        if not line.own and self.ignores(line.actor):
            return line
        self._cause = line
        try:
            entry = self._record(line)
        finally:
            self._cause = None
        return entry.line if entry else line

    def _record(self, line: Line) -> Entry | None:
        entry = None
        unsure: list[Plugin] = []
        if self._seen != self.plugins:
            self._look_who_listens()
        wanted = [self._retains(plugin, line, unsure) for plugin in self._keepers]
        if Retain.NEVER not in wanted:
            lasting = Retain.LASTING in wanted
            if lasting or Retain.PASSING in wanted or self._keeps_all(line.room):
                entry = self.journal.append(line, lasting=lasting)
                line = entry.line
        self.relay(line)  # once it is durable, and before what plugins say to it
        self._unheard.append((line, entry))
        if not self._is_telling:  # else what a plugin does about a line would overtake that line
            self._is_telling = True
            try:
                while self._unheard:
                    self._tell(*self._unheard.popleft())
            finally:
                self._is_telling = False
        for plugin in unsure:  # only now: what is said of a line stands behind it in the record
            self._apologise(plugin, line)
        return entry

    def _look_who_listens(self) -> None:
        """Most plugins neither keep lines nor hear them, and asking them all costs a tenth of each line."""
        self._seen = list(self.plugins)
        self._keepers = [one for one in self._seen if type(one).retains is not Plugin.retains]
        self._hearers = [one for one in self._seen if type(one).hear is not Plugin.hear]

    def _tell(self, line: Line, entry: Entry | None) -> None:
        for plugin in self._hearers:
            try:
                plugin.hear(line, entry)
            except Exception:
                log.exception("Plugin %s failed on a line of %s", plugin.name, line.room)
                self._apologise(plugin, line)

    def _apologise(self, plugin: Plugin, line: Line) -> None:
        if not self.room_settings(line.room).commands:
            return
        try:
            self.dispatch.failed(plugin, line)
        except Exception:
            log.exception("Plugin %s could not say whether it obeys a line of %s", plugin.name, line.room)

    @staticmethod
    def _retains(plugin: Plugin, line: Line, unsure: list[Plugin]) -> int:
        try:
            return plugin.retains(line)
        except Exception:
            log.exception("Plugin %s could not say whether a line of %s is kept", plugin.name, line.room)
            unsure.append(plugin)
            return Retain.DEFAULT

    def _keeps_all(self, room: Room) -> bool:
        return not room.private and self.room_settings(room).log == "always"

    async def _enter(self, item: _Entered) -> None:
        known = self.known(item.room)
        if known is not None:
            history = [self.linking.homed(line) for line in item.history]
            missing = [line for line in self.journal.unknown(item.room, history) if self._counts(line)]
            if not item.complete:
                until = missing[0].time if missing else self.clock.now()
                self._record(self._gap(item.room, known.time, until))
            for count, line in enumerate(missing, 1):
                if line.kind is Kind.GAP:
                    self._record(line)  # nobody's doing: no ignored person's, and no cause of replies
                else:
                    self._hear(line)
                if count % _DRAIN == 0:
                    await asyncio.sleep(0)
        state = self.state(item.room)
        if state is None:
            return
        for plugin in self.plugins:
            try:
                plugin.entered(state)
            except Exception:
                log.exception("Plugin %s failed on entering %s", plugin.name, item.room)
        if not self.networks[item.room.network].identifies_later:
            self._identify(item.room)

    def _identify(self, room: Room) -> None:
        state = self.state(room)
        if state is None:
            return
        for plugin in self.plugins:
            try:
                plugin.identified(state)
            except Exception:
                log.exception("Plugin %s failed on hearing who is in %s", plugin.name, room)

    def _gap(self, room: Room, since: datetime, until: datetime) -> Line:
        data: dict[str, Json] = {"since": since.isoformat(), "until": until.isoformat()}
        line = Line(room, until, Kind.GAP, Actor(room.network, self.nick(room.network)), data=data)
        return self.linking.homed(line)

    # From the plugins

    def now(self) -> datetime:
        """The time, in UTC."""
        return self.clock.now()

    def at(self, when: datetime, callback: Callable[[], None]) -> Timer:
        """Call back at a time; what that raises is logged."""

        def ring() -> None:
            try:
                callback()
            except Exception:
                log.exception("A timer failed")

        return self.clock.at(when, ring)

    def note(
        self, room: Room, text: str, data: Mapping[str, Json] | None = None, actor: Actor | None = None
    ) -> Entry:
        """Journal what is not chat. Every plugin hears it at once or, if it is made while a line is being
        heard, once all have heard that. Some plugin must retain it.
        """
        by = actor or Actor(room.network, self.nick(room.network))
        line = Line(room, self.clock.now(), Kind.NOTE, by, text, own=actor is None, data=dict(data or {}))
        entry = self._record(line)
        if entry is None:
            raise ValueError(f"no plugin retains the note {text!r}")
        return entry

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back once all that was journaled so far is durable."""
        self.journal.after_commit(callback)

    def also(self, transaction: Callable[[Session], T], then: Callable[[T], None] | None = None) -> None:
        """Store something in the very transaction that commits what was journaled so far."""
        self.journal.also(transaction, then)

    async def lines(self, room: Room, first: int, last: int | None = None) -> list[Entry]:
        """A room's kept lines, those still on their way to the database included."""
        await self.journal.settled()
        return await self.journal.lines(room, first, last)

    def watch(self, room: Room) -> AsyncGenerator[int]:
        """Where a room's record ends, now and whenever it has grown."""
        return self.watching.watch(room)

    def keep(self, room: Room, first: int) -> None:
        """Let a room's lines from a place on, kept for now, be kept for ever."""
        self.journal.also(lambda session: make_lasting(session, room, first))

    async def forget(self, room: Room) -> None:
        """Delete what was kept of a room for now, unless the room is logged."""
        if not self._keeps_all(room):
            await self.journal.settled()  # else what is on its way would stay
            await self.journal.purge(room, self.clock.now())

    def allows(self, actor: Actor, needs: str) -> bool:
        """Whether an actor has a capability."""
        return self.access.allows(actor, needs)

    def spawn(self, work: Awaitable[None], name: str) -> None:
        """Run something beside the chat; what it raises is logged."""

        async def run() -> None:
            try:
                await work
            except Exception:
                log.exception("%s failed", name)

        task = asyncio.create_task(run(), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def plugin(self, kind: type[P]) -> P:
        """The running plugin of a class. Raises :class:`LookupError` where there is none."""
        for plugin in self.plugins:
            if isinstance(plugin, kind):
                return plugin
        raise LookupError(f"the plugin {kind.__name__} does not run")

    def config_of(self, section: str) -> Any:
        """A section of ``bot.ini`` that a plugin answers for."""
        return self.config.sections[section]

    def private_link(self, path: str) -> str:
        """The whole address of a restricted page, signed."""
        return self.links(path)

    def ask(self, room: Room, actor: Actor, then: Answered) -> None:
        """Do something on this person's ``!yes``."""
        self.questions.ask(room, actor, self.clock.now(), then)

    # Life

    @property
    def tasks(self) -> Sequence[asyncio.Task[None]]:
        """What runs now: rooms whose lines are handled, and work beside the chat."""
        return tuple(self._tasks)

    @property
    def busy(self) -> list[str]:
        """The names of what runs now."""
        return sorted(task.get_name() for task in self._tasks)

    async def idle(self) -> None:
        """Wait until every queue is empty, all work beside the chat is done and all lines are durable."""
        while self._tasks or not self.journal.is_settled:
            if self._tasks:
                await asyncio.wait(self._tasks)
            await self.journal.settled()  # what waited for it may have begun something new
