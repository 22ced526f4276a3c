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

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from bot.access import OWNER
from bot.alarms import Alarm, clear_alarms
from bot.briefs import Brief, Held, Nag, Occasion, RoomTeam, TeamMember
from bot.changes import (
    By,
    Change,
    RecordEnd,
    changes_after,
    changes_of,
    changes_since,
    changes_with,
    latest_changes,
    record,
    record_end,
)
from bot.clock import Timer
from bot.context import Context, known_as
from bot.decorators import Command, Daily, alarm, command, daily, marks_of
from bot.grammar import Channel, Flag, Text, UserError
from bot.host import Bot, Configured, Setup
from bot.lines import (
    CHANGING,
    LineRow,
    RoomRow,
    Spoken,
    add_old_lines,
    changing,
    read_lines,
    read_shown,
    redact,
    redacted,
)
from bot.model import Actor, Entry, Line, Room, RoomState
from bot.parts import About, Door, Part, Subject
from bot.retention import PASSING, Retain
from bot.sections import Config, Problem
from bot.settings import Capability, Prefix, Rooms, Secret, setting

if TYPE_CHECKING:
    import click
    from sqlalchemy.orm import Session

    from bot.web import BaseRoute, Reader

__all__ = [
    "CHANGING",
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
    "RecordEnd",
    "Retain",
    "RoomRow",
    "RoomTeam",
    "Rooms",
    "Secret",
    "Setup",
    "Spoken",
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
    "changing",
    "command",
    "daily",
    "known_as",
    "latest_changes",
    "read_lines",
    "read_shown",
    "record",
    "record_end",
    "redact",
    "redacted",
    "setting",
]


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

    loads_from: ClassVar[tuple[str, ...]] = ()
    """The tables that :meth:`load` reads, whose changes are counted (:mod:`bot.tallies`): it is called again
    once one of them was changed. Without any, once anything was stored.
    """

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
        return [found for marks in marks_of(cls) for found in marks.get("muster_commands", ())]

    @classmethod
    def dailies(cls) -> list[Daily]:
        """The daily work."""
        return [marks["muster_daily"] for marks in marks_of(cls) if "muster_daily" in marks]

    @classmethod
    def alarm_handlers(cls) -> dict[str, str]:
        """The names under which alarms are set, with the methods that do what is due. Raises
        :class:`ValueError` for a name that two methods have.
        """
        found: dict[str, str] = {}
        for name, handler in (marks["muster_alarm"] for marks in marks_of(cls) if "muster_alarm" in marks):
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
        whenever the tables of :attr:`loads_from` may have changed, or without these anything in the database;
        nothing can be written there, and there are no networks. Where Muster runs, it is never called by the
        core: what :meth:`start` does goes further.
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
