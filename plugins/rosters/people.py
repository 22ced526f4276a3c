"""What people ask and say about themselves and each other: ``!who``, ``!away``, ``!zone``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal, TypeAlias

from bot.dates import whole_date
from bot.plugin import OWNER, Bot, Context, Text, UserError, command
from bot.text import listed, one_line
from bot.zones import read_zone
from plugins.rosters import people_changes, telling
from plugins.rosters.arguments import person_meant, present
from plugins.rosters.base import RostersBase
from plugins.rosters.roster import Person
from plugins.rosters.settings import RosterSettings

Work: TypeAlias = "Callable[[Person], Sequence[str]]"
"""What somebody works on, in a word or a few for each thing. It is asked often and must not wait."""

_LONGEST_WHY = 200
_DATE_WORDS = 5


class PeopleCommands(RostersBase):
    """The commands about people."""

    def __init__(self, bot: Bot, settings: RosterSettings) -> None:
        super().__init__(bot, settings)
        self._work: list[Work] = []

    def add_work(self, work: Work) -> None:
        """Let ``!who`` tell what somebody works on, as another plugin knows it."""
        self._work.append(work)

    def remove_work(self, work: Work) -> None:
        """Ask that plugin no more."""
        self._work.remove(work)

    def _told(self, person: Person) -> list[str]:
        return telling.person_text(
            self.roster,
            person,
            self.bot.now(),
            is_coordinator=self.is_coordinator(person),
            work=[line for work in self._work for line in work(person)],
        )

    @command("who")
    async def who(self, ctx: Context, nick: str) -> None:
        """Tell on which teams somebody is, what they lead and work on, and what time it is there.
        Example: !who bcwaldon
        """
        found = person_meant(self.roster, nick, present(ctx), ctx)
        if isinstance(found, Person):
            ctx.list(self._told(found))
        else:
            ctx.reply(f"{found.nick} is logged in as {found.network}/{found.account} and on no team.")

    @command("whoami")
    async def whoami(self, ctx: Context) -> None:
        """Tell who you are to me: your account, teams and rights. Example: !whoami"""
        if ctx.actor.account is None:
            raise UserError(
                "I do not know who you are, since you are not logged in here; a nick proves nothing."
            )
        account = f"{ctx.actor.network}/{ctx.actor.account}"
        person = self.roster.person_of(ctx.actor)
        rights = [name for name in (OWNER, "coordinator") if ctx.allows(name)]
        may = f" You are {listed(rights)}." if rights else ""
        if person is None:
            ctx.reply(f"You are {account}, and on no team.{may} {self.bot.prefix}teams lists what there is.")
            return
        lines = self._told(person)
        lines[0] = f"You are {account}.{may} {lines[0]}"
        if not person.launchpad:
            lines[0] += f" {self.bot.prefix}link launchpad ID says who you are on Launchpad."
        ctx.list(lines)

    # Away

    @command("away")
    async def away(self, ctx: Context, until: Literal["until"] | None = None, why: Text = "") -> None:
        """Say that you are away, so that nobody pages you or waits for you.
        Example: !away until friday holidays
        """
        person = await self.known(ctx)
        day = None
        if until:
            day, why = self._day(person, why)
        why = one_line(why).strip()
        if len(why) > _LONGEST_WHY:
            raise UserError(f"Say why in {_LONGEST_WHY} characters.")
        await self.change(people_changes.set_away, ctx.by, person.id, day, why)
        now = self.roster.people[person.id]
        ctx.reply(f"{person} is {telling.away_text(now)}. {self.bot.prefix}back ends that.")

    def _day(self, person: Person, text: str) -> tuple[date, str]:
        """The day that a text begins with, and the rest. Raises :class:`~bot.plugin.UserError`."""
        words = text.split()
        today = self.today(person)
        for count in range(min(len(words), _DATE_WORDS), 0, -1):
            found = whole_date(" ".join(words[:count]), today)
            if found is not None and found < today:
                raise UserError(f"{telling.day_text(found)} is past.")
            if found is not None:
                return found, " ".join(words[count:])
        raise UserError(f"Until when? Write it like {self.bot.prefix}away until friday, or {today}.")

    @command("back")
    async def back(self, ctx: Context) -> None:
        """Say that you are not away any more. Example: !back"""
        person = await self.known(ctx)
        if not await self.change(people_changes.set_back, ctx.by, person.id):
            raise UserError("You were not away.")
        ctx.reply(f"Welcome back, {person}.")

    @command("zone")
    async def zone(self, ctx: Context, zone: Text) -> None:
        """Say in which time zone you are. Example: !zone Europe/Berlin"""
        person = await self.known(ctx)
        try:
            name = read_zone(zone)
        except ValueError as error:
            raise UserError(telling.sentence(error)) from error
        await self.change(people_changes.set_person, ctx.by, person.id, {"zone": name})
        ctx.reply(
            f"{person}: it is {self.bot.now().astimezone(self.zone_of(self.roster.people[person.id])):%H:%M} "
            f"in {name}."
        )
