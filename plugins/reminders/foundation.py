"""What all parts of the plugin stand on: who waits to be told something, and who is where.

Rules:

1. The database is the truth. In memory is only whose coming something waits for (:attr:`Foundation.people`,
   :attr:`Foundation.places`), so that a line costs no look there; it is read again after each transaction
   that may have changed it, once that is committed.
2. Where other processes write too, whoever joins is looked up all the same.
3. What is told to somebody is told first, and stored once it has gone out (:mod:`plugins.reminders.telling`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.model import Actor, Room
from bot.plugin import Bot, By, Context
from plugins.reminders import tables
from plugins.reminders.presence import Here, Presence
from plugins.reminders.settings import ReminderSettings
from plugins.rosters import Person, Team, UsesRosters
from plugins.tracker import UsesTracker

P = ParamSpec("P")
T = TypeVar("T")


class Foundation(UsesTracker, UsesRosters):
    """What the commands and alarms of this plugin share."""

    requires = ("rosters", "tracker")
    Settings = ReminderSettings
    settings: ReminderSettings

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.people: set[int] = set()
        self.places: set[str] = set()

    async def start(self) -> None:
        """Read whose coming something waits for."""
        self._loop = asyncio.get_running_loop()
        self.people, self.places = await self.store.read(self.read_awaited)

    async def write(
        self, transaction: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a transaction that may change whose coming something waits for."""

        def run(session: Session) -> T:
            found = transaction(session, *args, **kwargs)
            session.flush()
            people, places = self.read_awaited(session)

            def committed(_session: Session) -> None:
                # One thread commits, one after the other; the loop takes these calls in the same order.
                self._loop.call_soon_threadsafe(self._await, people, places)

            event.listen(session, "after_commit", committed, once=True)
            return found

        return await self.store.write(run)

    def read_awaited(self, session: Session) -> tuple[set[int], set[str]]:
        """Whose coming something waits for: ids of people; rooms and teams. A transaction."""
        return tables.awaited(session)

    def _await(self, people: set[int], places: set[str]) -> None:
        self.people, self.places = people, places

    # Who is who

    @property
    def prefix(self) -> str:
        """What commands begin with."""
        return self.bot.prefix

    def myself(self) -> By:
        """Muster, as who does something by itself."""
        return By(Actor("", self.bot.nick("")), None, self.bot.now())

    def person(self, id_: int | None) -> Person | None:
        """A person by an id under which they are, or were, known."""
        return self.roster.with_id(id_) if id_ is not None else None

    def name_of(self, id_: int | None) -> str:
        """What somebody is called."""
        found = self.person(id_)
        return found.name if found else "somebody"

    def zone_of(self, person: Person | None, room: Room, team: Team | None = None) -> ZoneInfo:
        """The zone in which somebody means what they type: theirs, the team's, the room's, Muster's."""
        return self.rosters.zone_of(person, team or self.rosters.team_of(room))

    def today(self, team: Team) -> date:
        """The day it is for a team."""
        return self.rosters.today(team=team)

    def local(self, when: datetime, zone: str) -> datetime:
        """A time in a zone."""
        return when.astimezone(ZoneInfo(zone))

    # Who is where

    def presence(self, also: Iterable[Here] = ()) -> Presence:
        """Who is in the rooms that Muster is in now."""
        states = (self.bot.state(room) for room in self.bot.rooms())
        return Presence((state for state in states if state is not None), also)

    def is_in(self, room: Room) -> bool:
        """Whether Muster is in a room."""
        return self.bot.state(room) is not None

    def is_here(self, ctx: Context, room: Room) -> bool:
        """Whether whoever asks is in a room, by account."""
        state = self.bot.state(room)
        who = (ctx.actor.network, ctx.actor.account)
        return state is not None and any(
            one.account is not None and (one.network, one.account) == who for one in state.members
        )
