"""What Muster is to a plugin: all that a plugin can ask of it, and what its subcommands work with."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from bot.alarms import Alarms
from bot.briefs import Brief, Held, Nag, Occasion, RoomTeam, TeamMember
from bot.clock import Timer
from bot.model import Actor, Entry, Json, Room, RoomState
from bot.parts import Part, Subject
from bot.questions import Answered
from bot.sections import Config
from bot.store import Store

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.config import RoomSettings
    from bot.plugin import Plugin
    from bot.web import Reader

T = TypeVar("T")
P = TypeVar("P", bound="Plugin")


class Bot(Protocol):
    """What Muster is to a plugin. Nothing here waits, but what is a coroutine."""

    prefix: str
    zone: str
    version: str
    data_dir: Path
    base_url: str
    store: Store
    alarms: Alarms
    placed: int
    """Another number once :meth:`room_named`, :meth:`configured_rooms` or :meth:`room_settings` may answer
    otherwise: for what is kept of their answers (:mod:`bot.derived`).
    """

    def now(self) -> datetime:
        """The time, in UTC, by the one clock there is."""

    def at(self, when: datetime, callback: Callable[[], None]) -> Timer:
        """Call back at a time, in this process; what must survive a restart is for the decorators ``alarm``
        and ``daily``.
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
        :func:`~bot.lines.read_lines`. It works where pages alone are served too, and for rooms that another
        process hears. Close it (:func:`contextlib.aclosing`) where it is left before its end.
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
        """A section of ``bot.ini`` that a plugin declares (:attr:`~bot.plugin.Plugin.sections`): its
        settings; where each has a name, those of each by its name.
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
"""The decorator that :meth:`~bot.plugin.Plugin.subcommands` is given."""
