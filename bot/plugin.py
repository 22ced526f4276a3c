"""All that a plugin author imports.

A plugin is one class. Its handlers' signatures are the grammar, their docstrings the help; what a command
needs stands in its decorator; its settings are a dataclass read from ``[plugin NAME]``:

    class Greeter(Plugin):
        \"\"\"Says hello.\"\"\"

        @dataclass(frozen=True)
        class Settings:
            word: str = setting("hello", help="What to say.")

        @command("greet")
        async def greet(self, ctx: Context, name: str) -> None:
            \"\"\"Greet somebody. Example: !greet bob\"\"\"
            ctx.say(f"{self.settings.word}, {name}")

It is found through the entry-point group ``muster.plugins``; its name is the entry point's.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, TypeVar

from bot.access import OWNER
from bot.alarms import Alarm, Alarms, clear_alarms
from bot.briefs import Brief, Held, Nag, Occasion, RoomTeam, TeamMember
from bot.changes import (
    By,
    Change,
    changes_after,
    changes_of,
    changes_since,
    changes_with,
    latest_changes,
    record,
)
from bot.clock import Timer
from bot.grammar import Channel, Flag, Syntax, Text, UserError
from bot.lines import LineRow, RoomRow, add_old_lines, read_lines, redact, redacted
from bot.model import Actor, Entry, Json, Line, Room, RoomState
from bot.parts import About, Door, Part, Subject
from bot.questions import Answered
from bot.sections import Config, Problem
from bot.settings import Capability, Prefix, Rooms, Secret, setting
from bot.store import Store

if TYPE_CHECKING:
    import click
    from sqlalchemy.orm import Session

    from bot.config import RoomSettings
    from bot.web import BaseRoute, Reader

__all__ = [
    "OWNER",
    "PASSING",
    "About",
    "Alarm",
    "Bot",
    "Brief",
    "By",
    "Capability",
    "Change",
    "Channel",
    "Command",
    "Config",
    "Configured",
    "Context",
    "Daily",
    "Door",
    "Flag",
    "Held",
    "LineRow",
    "Nag",
    "Occasion",
    "Part",
    "Plugin",
    "Prefix",
    "Problem",
    "Retain",
    "RoomRow",
    "RoomTeam",
    "Rooms",
    "Secret",
    "Setup",
    "Subject",
    "TeamMember",
    "Text",
    "Timer",
    "UserError",
    "add_old_lines",
    "alarm",
    "changes_after",
    "changes_of",
    "changes_since",
    "changes_with",
    "command",
    "daily",
    "known_as",
    "latest_changes",
    "read_lines",
    "record",
    "redact",
    "redacted",
    "setting",
]

T = TypeVar("T")
P = TypeVar("P", bound="Plugin")
F = TypeVar("F", bound=Callable[..., Any])


class Bot(Protocol):
    """What Muster is to a plugin. Nothing here waits, but what is a coroutine."""

    prefix: str
    zone: str
    version: str
    data_dir: Path
    base_url: str
    store: Store
    alarms: Alarms

    def now(self) -> datetime:
        """The time, in UTC, by the one clock there is."""

    def at(self, when: datetime, callback: Callable[[], None]) -> Timer:
        """Call back at a time, in this process; what must survive a restart is for :func:`alarm` and
        :func:`daily`.
        """

    def nick(self, network: str) -> str:
        """Muster's own nick on a network."""

    def network_type(self, network: str) -> str:
        """What a network is: ``irc``, ``xmpp`` or ``console``; nothing where there is no such network."""

    def network_host(self, network: str) -> str:
        """The host that ``bot.ini`` connects to for a network; nothing where it names none."""

    def rooms(self) -> Sequence[Room]:
        """The rooms Muster is in, on all networks; one that is in several places once."""

    def places(self) -> Sequence[Room]:
        """All places that Muster is in: those of one room each by itself."""

    def configured_rooms(self) -> Sequence[Room]:
        """The rooms that ``bot.ini`` names in sections ``[room NAME]``, whether Muster is in them or not."""

    def room_named(self, name: str, near: Room | None = None) -> Room | None:
        """The room called ``#nova`` (on the network of ``near``) or ``network/#nova``; ``None`` if Muster
        knows no such network. Where that is one of several places, the room goes by the first of them.
        """

    def state(self, room: Room) -> RoomState | None:
        """Who is in a room, in any of its places, and its topic; ``None`` where Muster is not."""

    def room_settings(self, room: Room) -> RoomSettings:
        """The room's section of ``bot.ini``, or the defaults."""

    def say(self, room: Room, text: str, *, notice: bool = False, place: Room | None = None) -> None:
        """Say one line in a room, once all that was journaled before is committed. Where it is in several
        places (:mod:`bot.linking`), it is said in all of them, or in ``place`` alone.
        """

    def tell(self, actor: Actor, text: str) -> None:
        """Say one line to one person alone, as a notice, likewise."""

    async def sent(self, room: Room) -> bool:
        """Wait until all that was to be said in a room so far has gone out, through reconnects, for up to ten
        minutes; ``False`` where some of it was dropped, since that was too long, Muster has left the room or
        ends, or a nick went. Say first, and store that it was said once this is ``True``.
        """

    def set_topic(self, room: Room, topic: str) -> None:
        """Set a room's topic, where Muster may, likewise."""

    def note(
        self, room: Room, text: str, data: Mapping[str, Json] | None = None, actor: Actor | None = None
    ) -> Entry:
        """Journal what is not chat as a line of the room (kind ``NOTE``). Every plugin hears it at once, or
        where a line is just being heard, after that line.
        """

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back once all that was journaled so far is durable."""

    def also(self, transaction: Callable[[Session], T], then: Callable[[T], None] | None = None) -> None:
        """Store something in the very transaction that commits what was journaled so far, and once that is
        durable call ``then`` with what the transaction returned.
        """

    async def lines(self, room: Room, first: int, last: int | None = None) -> list[Entry]:
        """A room's kept lines, by place."""

    def watch(self, room: Room) -> AsyncGenerator[int]:
        """The place of a room's last committed line (0 where there is none): at once, and then whenever there
        is another, the last alone of those that came while one was busy. It ends when Muster does.

        For pages that are live: ``async for place in bot.watch(room)``, and read what is new with
        :func:`read_lines`. It works where pages alone are served too, and for rooms that another process
        hears. Close it (:func:`contextlib.aclosing`) where it is left before its end.
        """

    def keep(self, room: Room, first: int) -> None:
        """Let a room's lines from place ``first`` on, kept for now, be kept for ever."""

    async def forget(self, room: Room) -> None:
        """Delete what was kept of a room for now, unless the room is logged."""

    def allows(self, actor: Actor, needs: str) -> bool:
        """Whether an actor has a capability."""

    def spawn(self, work: Awaitable[None], name: str) -> None:
        """Run something beside the chat; what it raises is logged, and it is awaited when Muster stops."""

    async def briefs(self, room: Room, occasion: Occasion = Occasion.MEETING) -> list[Brief]:
        """What all plugins think this room's team should look at now, in the order of their places."""

    async def nags(self, room: Room, day: date) -> list[Nag]:
        """What all plugins think this room's team should be reminded of on a day, the team's own."""

    def related(self, subject: str) -> list[str]:
        """What all plugins know of something that the tracker holds (``blueprint:zones``, ``bug:7``), each in
        a few words: the reviews of a blueprint, say.
        """

    async def held(self, room: Room, since: datetime) -> list[Held]:
        """The meetings held in a room that began after a time and are over, the oldest first; restricted
        ones are not among them.
        """

    def in_meeting(self, room: Room) -> bool:
        """Whether a meeting is being held in a room now."""

    def team(self, room: Room) -> RoomTeam | None:
        """The team whose room this is; ``None`` where it is no team's, or no plugin knows teams."""

    def team_named(self, name: str) -> RoomTeam | None:
        """The team of that name; ``None`` where there is none, or no plugin knows teams."""

    def person_of(self, actor: Actor) -> TeamMember | None:
        """Who an actor is, by account, with all accounts of theirs that are known; ``None`` for one without
        an account, or whom no plugin knows. It does not wait.
        """

    def private_link(self, path: str) -> str:
        """The whole address of a restricted page (``/meetings/ID/``) with a signature that opens it and what
        is below it, to be told to one person alone; nothing where no pages are served, or no ``base_url`` is
        set.
        """

    async def parts(self, subject: Subject, reader: Reader) -> list[Part]:
        """What all plugins have to say on the page about something, in the order of their places."""

    def plugin(self, kind: type[P]) -> P:
        """The plugin of this class, which one names in ``requires``. Raises :class:`LookupError` where it
        does not run.
        """

    def config_of(self, section: str) -> Any:
        """A section of ``bot.ini`` that a plugin declares (:attr:`Plugin.sections`): its settings; where each
        has a name, those of each by its name.
        """

    def ask(self, room: Room, actor: Actor, then: Answered) -> None:
        """Do something once this person says ``!yes`` in this room (where it is in several places: in this
        one), within two minutes.
        """


class Setup(Protocol):
    """What a subcommand of ``muster`` works with."""

    @property
    def config(self) -> Config:
        """The checked configuration."""

    @property
    def data_dir(self) -> Path:
        """Where Muster's files are."""

    def open_store(self) -> Store:
        """The database, made and upgraded if need be; close it."""

    def hold(self) -> AbstractContextManager[object]:
        """Keep a running Muster away meanwhile; refuses where one runs."""


Configured: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]
"""The decorator that :meth:`Plugin.subcommands` is given."""


class Retain:
    """What a plugin says of a line before it is kept."""

    NEVER = -1
    """It must not be kept, whoever wants it."""
    DEFAULT = 0
    """This plugin has no need of it."""
    LASTING = 1
    """Keep it for ever."""
    PASSING = 2
    """Keep it for now: :meth:`Bot.keep` makes it lasting; :meth:`Bot.forget` ends it, or the first night in
    which it is older than :data:`PASSING`.
    """


PASSING = timedelta(hours=1)
"""So long a line is kept at least that is kept for now."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its words, who may, how it is written, and the handler's name and help."""

    name: str
    needs: str
    syntax: Syntax
    handler: str
    help: str
    example: str

    @property
    def usage(self) -> str:
        """Without the prefix: ``room join <room> [key]``."""
        return f"{self.name} {self.syntax.usage}".rstrip()


@dataclass(frozen=True, slots=True)
class Daily:
    """Work done once a day at a local hour, by exactly one process."""

    at: time
    handler: str


def alarm(name: str) -> Callable[[F], F]:
    """Let a coroutine method ``(self, alarms: Sequence[Alarm]) -> None`` do what is due of the alarms that
    :meth:`Plugin.set_alarms` set under this name; see :mod:`bot.alarms` for what is promised.
    """

    def mark(handler: F) -> F:
        handler.__dict__["muster_alarm"] = (name, handler.__name__)
        return handler

    return mark


def command(name: str, *, needs: str = "") -> Callable[[F], F]:
    """Make a coroutine method the handler of ``!name``; ``needs`` is the capability it takes.

    The docstring's first sentence is the help; a line ``Example: !...`` in it is the example, shown with the
    prefix that there is instead of ``!``.
    """

    def mark(handler: F) -> F:
        text = inspect.getdoc(handler) or ""
        about, _, example = text.partition("Example:")
        lines = " ".join(about.split())
        shown = " ".join(example.split())
        found = Command(name, needs, Syntax.of(handler), handler.__name__, lines, shown)
        handler.__dict__.setdefault("muster_commands", []).append(found)
        return handler

    return mark


def daily(at: str) -> Callable[[F], F]:
    """Run a coroutine method ``(self, day: date)`` once for each local date, at ``HH:MM`` in Muster's zone.

    It is claimed in the database, so it runs once however many processes there are; if the process that
    claimed it dies, another runs it again.
    """

    def mark(handler: F) -> F:
        handler.__dict__["muster_daily"] = Daily(time.fromisoformat(at), handler.__name__)
        return handler

    return mark


class Context:
    """One command being run: who said it, where, and how to answer."""

    __slots__ = ("actor", "bot", "line", "place", "room")

    def __init__(self, bot: Bot, line: Line) -> None:
        self.bot = bot
        self.line = line
        self.room = line.room
        self.place = line.where
        """Where it was asked: the room, or one of the places that are it."""
        self.actor = line.actor

    @property
    def by(self) -> By:
        """Who does this, where and when, for the record of changes."""
        return By(self.actor, self.room, self.bot.now())

    def allows(self, needs: str) -> bool:
        """Whether whoever said this has a capability."""
        return self.bot.allows(self.actor, needs)

    def ask(self, question: str, then: Answered) -> None:
        """Ask for a ``!yes``, and do something when it comes from the same person, here, within two
        minutes.
        """
        self.reply(f"{question} {self.bot.prefix}yes does it.")
        self.bot.ask(self.place, self.actor, then)

    def say(self, text: str) -> None:
        """Tell the whole room, in one line, in all its places."""
        self.bot.say(self.room, text)

    def reply(self, text: str) -> None:
        """Answer what this person asked, where it was asked, as a notice."""
        self.bot.say(self.room, text, notice=True, place=self.place)

    def tell(self, text: str) -> None:
        """Answer this person alone."""
        if self.room.private:
            self.bot.say(self.room, text, notice=True)
        else:
            self.bot.tell(self.actor, text)

    def list(self, lines: Sequence[str]) -> None:
        """Answer with several lines: past four, privately."""
        answer = self.reply if len(lines) <= 4 else self.tell
        for line in lines:
            answer(line)


def known_as(actor: Actor) -> str:
    """Who an actor is to Muster, in words."""
    if actor.account is None:
        return "not logged in here"
    return f"logged in as {actor.account}"


def _marks(cls: type) -> list[Mapping[str, Any]]:
    """What the decorators left on a class's methods, its bases' first."""
    members = [member for base in reversed(cls.__mro__) for member in vars(base).values()]
    return [member.__dict__ for member in members if inspect.isfunction(member)]


@dataclass(frozen=True)
class NoSettings:
    """The settings of a plugin that has none."""


class Plugin:
    """What Muster does about one subject. Subclass it; the docstring's first line describes it."""

    name: str = ""
    """The entry point's name; set by the loader."""

    requires: ClassVar[tuple[str, ...]] = ()
    """Plugins that must be loaded before this one."""

    Settings: ClassVar[type] = NoSettings
    """A frozen dataclass of the plugin's settings."""

    sections: ClassVar[Mapping[str, type]] = MappingProxyType({})
    """Sections of ``bot.ini`` beyond ``[plugin NAME]``, with the dataclass of each one's settings:
    ``tracker``, or ``team NAME`` where each has a name.
    """

    capabilities: ClassVar[tuple[str, ...]] = ()
    """The capabilities that this plugin knows holders of (:meth:`grants`): ``coordinator``, or with what they
    are about in capitals ``lead:TEAM``.
    """

    doors: ClassVar[tuple[Door, ...]] = ()
    """The pages of this plugin that every page links to."""

    topics: Mapping[str, str] = MappingProxyType({})
    """Subjects of ``!help`` beyond commands: name -> one line."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        self.bot = bot
        self.store = bot.store
        self.settings = settings
        self._alarm_names = frozenset(self.alarm_handlers())

    @classmethod
    def subcommands(cls, configured: Configured) -> Sequence[click.Command]:
        """What this plugin adds to the ``muster`` command. The decorator ``configured`` gives a function the
        option ``-c FILE`` and hands it the :class:`Setup` first.
        """
        return ()

    @classmethod
    def commands(cls) -> list[Command]:
        """The commands, in the order of their definition."""
        return [found for marks in _marks(cls) for found in marks.get("muster_commands", ())]

    @classmethod
    def dailies(cls) -> list[Daily]:
        """The daily work."""
        return [marks["muster_daily"] for marks in _marks(cls) if "muster_daily" in marks]

    @classmethod
    def alarm_handlers(cls) -> dict[str, str]:
        """The names under which alarms are set, with the methods that do what is due. Raises
        :class:`ValueError` for a name that two methods have.
        """
        found: dict[str, str] = {}
        for name, handler in (marks["muster_alarm"] for marks in _marks(cls) if "muster_alarm" in marks):
            if found.setdefault(name, handler) != handler:
                raise ValueError(f"{found[name]} and {handler} both want the alarms {name!r}")
        return found

    def _job(self, name: str) -> str:
        """The job that does what is due under a name. Raises :class:`LookupError` where no method does."""
        if name not in self._alarm_names:
            raise LookupError(f"no method of {self.name} is marked @alarm({name!r})")
        return f"{self.name}.{name}"

    def set_alarms(self, session: Session, name: str, dues: Mapping[str, datetime]) -> None:
        """Within a transaction: let alarms ring at these times (UTC), by their keys, whatever they were set
        to before.
        """
        self.bot.alarms.set(session, self._job(name), dues)

    def clear_alarms(self, session: Session, name: str, keys: Collection[str]) -> None:
        """Within a transaction: let these alarms ring no more."""
        clear_alarms(session, self._job(name), keys)

    def end_alarms(self, session: Session, name: str, alarms: Collection[Alarm]) -> list[Alarm]:
        """Within the transaction that stores what was done about alarms that ring: end them, and say which of
        them were still this process's. What was done about the others must not be stored: they were set again
        meanwhile, or this process was held up for so long that another has them. A job that calls this stores
        its work exactly once; one that only returns may after a crash do it twice.
        """
        return self.bot.alarms.end(session, self._job(name), alarms)

    async def load(self) -> None:
        """Read from the database what :meth:`routes` and :meth:`parts` are made from, as far as it is kept in
        memory.

        Where pages alone are served (``muster web``) this is called instead of :meth:`start`, and again
        whenever the database may have changed; nothing can be written there, and there are no networks. Where
        Muster runs, it is never called by the core: what :meth:`start` does goes further.
        """

    async def start(self) -> None:
        """Begin: the database is there, the networks are not yet."""

    def leaving(self) -> None:
        """Muster was told to end. From now on nobody may be kept waiting for what is slow: the commands that
        run are finished before :meth:`stop`.
        """

    async def stop(self) -> None:
        """End: the networks are gone, the database is still there."""

    def configure(self, settings: Any) -> None:
        """Take new settings, on SIGHUP."""
        self.settings = settings

    def retains(self, line: Line) -> int:
        """Whether a line is to be kept, one of :class:`Retain`. Pure, and called in room order."""
        return Retain.DEFAULT

    def hear(self, line: Line, entry: Entry | None) -> None:
        """Take in a line, in room order, without waiting; ``entry`` where it was kept."""

    def entered(self, state: RoomState) -> None:
        """Muster has (re)entered a room, and history, if any, has been heard."""

    def identified(self, state: RoomState) -> None:
        """The accounts of all who are in a room that Muster has (re)entered are known: on IRC that takes a
        while after :meth:`entered`.
        """

    def wants_history(self, room: Room) -> bool:
        """Whether what was said in a room while Muster was away should be fetched."""
        return False

    def obeys(self, line: Line) -> bool:
        """Whether a line is a command that this plugin takes, without ``!``, from what is said in rooms
        (``#topic``): whoever says it to Muster alone gets a hint, and an apology where hearing it fails.
        """
        return False

    def explain(self, subject: str, room: Room) -> str | None:
        """One line about what ``!help`` is asked for and is no command; ``None`` where it is not known."""
        return None

    async def briefing(self, room: Room, occasion: Occasion) -> Sequence[Brief]:
        """What the team of this room should look at now, as far as it matters for this occasion."""
        return ()

    async def nags(self, room: Room, day: date) -> Sequence[Nag]:
        """What this room's team, or somebody on it, should be reminded of on a day, the team's own. Asked
        once a working day; who muted it, who is away and what was told already is not this plugin's matter.
        """
        return ()

    def related(self, subject: str) -> Sequence[str]:
        """What this plugin knows of something that the tracker holds (``blueprint:zones``, ``bug:7``), in a
        few words each. Must not wait.
        """
        return ()

    def routes(self) -> Sequence[BaseRoute]:
        """The pages and addresses of this plugin on Muster's web server; see :mod:`bot.web`."""
        return ()

    async def parts(self, subject: Subject, reader: Reader) -> Sequence[Part]:
        """What this plugin has to say on the page about something that it may not know: the home page, a
        team, a person, a milestone. Nothing that ``reader`` may not see.
        """
        return ()

    async def held(self, room: Room, since: datetime) -> Sequence[Held]:
        """The meetings held in a room, for :meth:`Bot.held`, if this plugin knows of any."""
        return ()

    def in_meeting(self, room: Room) -> bool:
        """Whether a meeting is being held in a room now, as far as this plugin knows. Must not wait."""
        return False

    def team(self, room: Room) -> RoomTeam | None:
        """The team whose room this is, if this plugin knows."""
        return None

    def team_named(self, name: str) -> RoomTeam | None:
        """The team of that name, if this plugin knows it."""
        return None

    def person_of(self, actor: Actor) -> TeamMember | None:
        """Who an actor is, if this plugin knows the account: never by a nick. Pure and quick."""
        return None

    def grants(self, actor: Actor, needs: str) -> bool:
        """Whether somebody with an account has one of this plugin's :attr:`capabilities`. Pure and quick."""
        return False

    @classmethod
    def mistakes(cls, config: Config, networks: Collection[str]) -> Iterable[Problem]:
        """What contradicts in this plugin's sections, as far as they could be read; ``networks`` are the
        names of all. Pure.
        """
        return ()

    @classmethod
    def problems(cls, setup: Setup) -> Sequence[str]:
        """What ``muster check`` should say beyond what stands in ``bot.ini``: that a server refuses, say."""
        return ()
