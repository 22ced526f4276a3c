"""Teams, who leads them, who is on them, when they meet: the plugin, put together.

Rules:

1. The database is the truth; :attr:`Rosters.roster` is what it held after the last change, and look-ups never
   wait for it.
2. Rights go by accounts (:meth:`Rosters.grants`): of coordinators, of confirmed leads for their team, of
   members for theirs. Who a person is, is proven by an account or said by a coordinator.
3. A change is told once it is committed, and recorded with who made it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from bot.derived import Derived
from bot.model import Actor, Room
from bot.plugin import (
    About,
    Bot,
    Brief,
    Config,
    Configured,
    Door,
    Nag,
    Occasion,
    Part,
    Problem,
    RoomTeam,
    Subject,
    TeamMember,
)
from bot.text import fold_nick
from plugins.rosters import nagging
from plugins.rosters.briefing import team_briefing
from plugins.rosters.leads import LeadCommands
from plugins.rosters.linking import LinkCommands
from plugins.rosters.paging import PageCommands
from plugins.rosters.people import PeopleCommands
from plugins.rosters.roster import Person, Team
from plugins.rosters.seeds import TeamSettings, mistakes
from plugins.rosters.settings import RosterSettings
from plugins.rosters.sowing import Sowing
from plugins.rosters.tables import FOLLOWED
from plugins.rosters.teams import TeamCommands

if TYPE_CHECKING:
    from bot.web import BaseRoute, Reader
    from plugins.rosters.pages.views import Views


class Rosters(TeamCommands, LeadCommands, PeopleCommands, LinkCommands, PageCommands, Sowing):
    """Teams: who leads them, who is on them, when they meet."""

    Settings = RosterSettings
    sections = MappingProxyType({"team NAME": TeamSettings})
    capabilities = ("coordinator", "lead:TEAM", "member:TEAM")
    loads_from = FOLLOWED

    doors = (Door("Teams", "/teams/", 20, also=("/people/",)),)

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self._pages: Views | None = None
        self._room_teams: Derived[dict[str, RoomTeam]] = Derived()

    @classmethod
    def mistakes(cls, config: Config, networks: Collection[str]) -> Iterable[Problem]:
        """What contradicts in ``[team NAME]``."""
        return mistakes(config, networks)

    @classmethod
    def subcommands(cls, configured: Configured) -> Sequence[click.Command]:
        """``muster teams import`` and ``muster teams export``."""
        from plugins.rosters import subcommands  # with it comes YAML, of which a running Muster has no need

        return subcommands.made(configured)

    async def load(self) -> None:
        """Take the roster from the database, for pages."""
        await self.read()

    async def start(self) -> None:
        """Take the roster from the database, and what ``bot.ini`` adds to it."""
        await self.read()
        await self.sow()
        self.begin_following()

    def routes(self) -> Sequence[BaseRoute]:
        """The pages of teams and people, and the calendars."""
        return self._views().routes()

    async def parts(self, subject: Subject, reader: Reader) -> list[Part]:
        """When teams meet next, on the home page."""
        return self._views().home(reader) if subject.about is About.HOME else []

    def _views(self) -> Views:
        if self._pages is None:
            from plugins.rosters.pages.views import Views  # with it come templates and calendars

            self._pages = Views(self)
        return self._pages

    def grants(self, actor: Actor, needs: str) -> bool:
        """Whether somebody is a coordinator, leads a team or is on it, by account."""
        if actor.account is None or needs.partition(":")[0] not in {"coordinator", "lead", "member"}:
            return False
        if self.is_configured(actor.network, actor.account):
            return True
        person = self.roster.person_of(actor)
        return person is not None and self.roster.grants(person, needs)

    def person_of(self, actor: Actor) -> TeamMember | None:
        """Who an actor is, by account."""
        found = self.roster.person_of(actor)
        return None if found is None else self._member(found)

    async def briefing(self, room: Room, occasion: Occasion) -> list[Brief]:
        """What the room's team should look at about itself, when it meets."""
        found = self.team_of(room) if occasion.is_whole else None
        if found is None:
            return []
        return [Brief(line) for line in team_briefing(self.roster, found, self.bot.now(), self.bot.prefix)]

    async def nags(self, room: Room, day: date) -> list[Nag]:
        """What the room's team lacks; and with one of all rooms what coordinators should see to."""
        teams = self.teams_of(self.bot.rooms())
        found: list[Nag] = []
        if room in teams and not self.bot.room_settings(room).quiet:
            found += nagging.in_room(self.roster, teams[room], day)
        if room == min(teams or self.bot.rooms(), key=str, default=None):
            speaks_in = {one.name for at, one in teams.items() if not self.bot.room_settings(at).quiet}
            found += nagging.to_coordinators(self.roster, day, self._coordinators(), speaks_in)
        return found

    def _coordinators(self) -> list[TeamMember]:
        """Who coordinates, by chat or by ``bot.ini``."""
        found = [self._member(one) for one in self.roster.people.values() if self.is_coordinator(one)]
        known = {(network, fold_nick(name)) for one in found for network, name in one.accounts}
        for configured in self.settings.coordinators:
            network, _, account = configured.partition("/")
            if (network, fold_nick(account)) not in known:
                found.append(TeamMember(account, ((network, account),)))
        return found

    def _member(self, person: Person) -> TeamMember:
        return TeamMember(person.name, person.accounts, self.is_away(person))

    def team(self, room: Room) -> RoomTeam | None:
        """The team whose room this is, as meetings know teams."""
        found = self.team_of(room)
        return None if found is None else self._for_rooms(found)

    def team_named(self, name: str) -> RoomTeam | None:
        """The team of that name, as meetings know teams."""
        found = self.roster.teams.get(name.lower())
        return None if found is None or found.is_retired else self._for_rooms(found)

    def _for_rooms(self, team: Team) -> RoomTeam:
        known = self._room_teams.of((self.roster, self.bot.placed), dict[str, RoomTeam])
        found = known.get(team.name)
        if found is None:
            people = self.roster.members(team)
            members = tuple(map(self._member, people))
            rooms = tuple(self.rooms_of(team))
            found = RoomTeam(team.name, team.title or team.name, members, team.zone, rooms)
            if not any(one.is_away for one in people):  # until when somebody is away, the clock tells
                known[team.name] = found
        return found
