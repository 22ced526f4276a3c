"""What all parts of the plugin stand on: the roster as it is now, how it is changed, who may change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.derived import Derived
from bot.model import Actor, Room
from bot.plugin import Bot, By, Context, Plugin, UserError, known_as
from bot.text import fold_nick
from plugins.rosters import people_changes, tables
from plugins.rosters.roster import Person, Roster, Team
from plugins.rosters.settings import RosterSettings
from plugins.tracker import Tracker

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Places:
    """The teams that are not retired, by name and by the room of their channel, which of two that have the
    same is the first's; and the rooms of each, its channel first.
    """

    named: Mapping[str, Team]
    channels: Mapping[Room, Team]
    rooms: dict[str, list[Room]] = field(default_factory=dict)


class RostersBase(Plugin):
    """The roster, and what may be done to it. ``roster`` is a snapshot: another one stands there after each
    change, and the same one where nothing is another.
    """

    requires = ("tracker",)
    settings: RosterSettings

    def __init__(self, bot: Bot, settings: RosterSettings) -> None:
        super().__init__(bot, settings)
        self.roster = Roster()
        self._hears: list[Callable[[], None]] = []
        self._places: Derived[_Places] = Derived()

    def listen(self, hear: Callable[[], None]) -> None:
        """Call ``hear`` after each change of the roster that this process makes; it must not wait."""
        self._hears.append(hear)

    def unlisten(self, hear: Callable[[], None]) -> None:
        """Call it no more."""
        self._hears.remove(hear)

    async def read(self) -> None:
        """Take the roster from the database."""
        self._follow_roster(await self.store.read(tables.roster))

    def _follow_roster(self, roster: Roster) -> None:
        if roster.says_the_same(self.roster):  # what was made of the one that there is holds on
            return
        self.roster = roster
        for hear in tuple(self._hears):
            hear()

    async def change(
        self, transaction: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a transaction that changes the roster; what it returned, once it is committed and
        the roster is as it then was.
        """

        def run(session: Session) -> tuple[T, Roster]:
            found = transaction(session, *args, **kwargs)
            session.flush()
            return found, tables.roster(session)

        found, roster = await self.store.write(run)
        self._follow_roster(roster)
        return found

    # Who somebody is

    async def known(self, ctx: Context) -> Person:
        """The person who asks; one is made for an account that nobody has yet. Raises
        :class:`~bot.plugin.UserError`, which says how to log in, for somebody without an account.
        """
        if ctx.actor.account is None:
            raise UserError(
                f"I know people by their accounts, and you are not logged in on {ctx.actor.network}: log in "
                "to its services first (on IRC, /msg NickServ help says how)."
            )
        return await self.known_as(ctx.actor, ctx.by)

    async def known_as(self, actor: Actor, by: By) -> Person:
        """The person behind an actor's account, who is made where there is none yet."""
        found = self.roster.person_of(actor)
        if found is not None:
            return found
        made = await self.change(people_changes.know, by, actor)
        return self.roster.people[made]

    def is_coordinator(self, person: Person) -> bool:
        """Whether somebody coordinates, by chat or by ``bot.ini``."""
        return person.is_coordinator or any(self.is_configured(*account) for account in person.accounts)

    def is_configured(self, network: str, account: str) -> bool:
        """Whether ``bot.ini`` makes an account's owner a coordinator."""
        wanted = f"{network}/{fold_nick(account)}"
        return any(wanted == _folded(one) for one in self.settings.coordinators)

    # What they may

    def must_lead(self, ctx: Context, team: Team) -> None:
        """Raise :class:`~bot.plugin.UserError` unless whoever asks leads a team, or is a coordinator."""
        if ctx.allows(f"lead:{team.name}"):
            return
        person = self.roster.person_of(ctx.actor)
        if person is not None and person.id == team.lead:
            raise UserError(
                f"You lead {team} once a coordinator has said {self.bot.prefix}lead confirm {team}."
            )
        raise UserError(
            f"That is for the lead of {team} and for coordinators; you are {known_as(ctx.actor)}."
        )

    def must_coordinate(self, ctx: Context) -> None:
        """Raise :class:`~bot.plugin.UserError` unless whoever asks is a coordinator."""
        if not ctx.allows("coordinator"):
            raise UserError(f"That is for coordinators; you are {known_as(ctx.actor)}.")

    @property
    def tracker(self) -> Tracker:
        """Where people and teams are known too."""
        return self.bot.plugin(Tracker)

    # Rooms and days

    def team_of(self, room: Room) -> Team | None:
        """The team whose room this is: that which its section in ``bot.ini`` names, else the one that has it
        as its channel.
        """
        return None if room.private else self._whose(room, self._in_places())

    def teams_of(self, rooms: Iterable[Room]) -> dict[Room, Team]:
        """The teams of those among these rooms that are a team's, as :meth:`team_of` has them."""
        return {room: team for room in rooms if (team := self.team_of(room)) is not None}

    def rooms_of(self, team: Team) -> list[Room]:
        """A team's rooms, whether Muster is in them or not: its own first, then those that ``bot.ini`` gives
        it.
        """
        return list(self._in_places().rooms.get(team.name, ()))

    def _in_places(self) -> _Places:
        """Where the teams are, found out once while neither teams nor places change."""
        return self._places.of((self.roster, self.bot.placed), self._placed)

    def _placed(self) -> _Places:
        active = self.roster.active()
        channels = ((self.room_of(team), team) for team in reversed(active))
        found = _Places(
            {team.name: team for team in active},
            {room: team for room, team in channels if room is not None},
        )
        own = [room for room, team in found.channels.items() if self._whose(room, found) is team]
        for room in dict.fromkeys((*own, *self.bot.configured_rooms())):
            its = self._whose(room, found)
            if its is not None:
                found.rooms.setdefault(its.name, []).append(room)
        return found

    def _whose(self, room: Room, places: _Places) -> Team | None:
        name = self.bot.room_settings(room).team
        return places.named.get(name) if name else places.channels.get(room)

    def room_of(self, team: Team) -> Room | None:
        """A team's room, whether Muster is in it or not; ``None`` where it has none."""
        return self.bot.room_named(team.channel) if team.channel else None

    def asked_team(self, ctx: Context, team: Team | None) -> Team:
        """The team that is named, else that of the room. Raises :class:`~bot.plugin.UserError`."""
        found = team or self.team_of(ctx.room)
        if found is None:
            raise UserError(f"Which team? {self.bot.prefix}teams lists them.")
        return found

    def zone_of(self, person: Person | None = None, team: Team | None = None) -> ZoneInfo:
        """In which zone days count for somebody, or for a team: theirs, else Muster's."""
        name = (person.zone if person else "") or (team.zone if team else "") or self.bot.zone
        return ZoneInfo(name)

    def today(self, person: Person | None = None, team: Team | None = None) -> date:
        """What day it is for somebody, or for a team."""
        return self.bot.now().astimezone(self.zone_of(person, team)).date()

    def is_away(self, person: Person) -> bool:
        """Whether somebody said that they are away today."""
        return person.is_away and person.away_on(self.today(person))  # what day it is takes longer to tell

    def tell_of(self, ctx: Context, team: Team, text: str, *, to_all: bool = False) -> None:
        """Say what has changed about a team: where it was said, and once in the team's room; ``to_all``, in
        the rooms that ``announce`` names too. Rooms that are quiet hear only what was asked there.
        """
        ctx.say(text)
        rooms = [self.room_of(team)]
        if to_all:
            rooms += [self.bot.room_named(name) for name in self.settings.announce]
        for room in dict.fromkeys(rooms):
            if room is None or room == ctx.room or self.bot.state(room) is None:
                continue
            if not self.bot.room_settings(room).quiet:
                self.bot.say(room, text)


def _folded(name: str) -> str:
    network, _, account = name.partition("/")
    return f"{network}/{fold_nick(account)}"
