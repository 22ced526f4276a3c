"""Which account is whose, and who coordinates: ``!link``, ``!coordinator``."""

from __future__ import annotations

from bot.plugin import OWNER, Context, UserError, command
from bot.text import fold_nick, listed, shorten
from plugins.rosters import changing
from plugins.rosters.arguments import PersonArg, account_here
from plugins.rosters.base import RostersBase
from plugins.rosters.roster import Person


class LinkCommands(RostersBase):
    """The commands."""

    @command("link confirm")
    async def confirm_person(self, ctx: Context, nick: str, person: str) -> None:
        """Say that somebody in this room, by the account that they are logged in as, is a person whom the
        roster knows; a coordinator may. Example: !link confirm jay bcwaldon
        """
        self.must_coordinate(ctx)
        actor = account_here(ctx, nick)
        wanted = self.roster.person(person)
        if wanted is None:
            near = self.roster.near_people(person)
            hint = f"near it: {listed(near, 'or')}" if near else "nobody is called like that"
            raise UserError(f"I know nobody called {shorten(person, 40)!r}; {hint}.")
        behind = self.roster.person_of(actor)
        for one in (wanted, behind):
            self._must_be_allowed(ctx, one)
        who = f"{actor.network}/{actor.account}"
        if behind == wanted:
            raise UserError(f"{who} is {wanted} already.")
        await self.change(changing.confirm_account, ctx.by, actor, wanted.id)
        ctx.say(f"{who} is {self.roster.people[wanted.id]}.")

    def _must_be_allowed(self, ctx: Context, person: Person | None) -> None:
        """Whoever makes an account a coordinator's makes a coordinator: that is for owners."""
        if person is not None and self.is_coordinator(person) and not ctx.allows(OWNER):
            raise UserError(f"{person} is a coordinator: only an owner may say who that is.")

    @command("coordinator")
    async def coordinator(self, ctx: Context) -> None:
        """Say who coordinates the project. Example: !coordinator"""
        names = [str(one) for one in self.roster.people.values() if self.is_coordinator(one)]
        for one in self.settings.coordinators:
            network, _, account = one.partition("/")
            if self.roster.with_account(network, account) is None:
                names.append(one)
        names.sort(key=fold_nick)
        how = f"Nobody coordinates yet; an owner says {self.bot.prefix}coordinator add NICK."
        ctx.reply(f"{listed(names)} coordinate{'s' * (len(names) == 1)}." if names else how)

    @command("coordinator add", needs=OWNER)
    async def add_coordinator(self, ctx: Context, nick: PersonArg) -> None:
        """Let somebody coordinate the whole project. Example: !coordinator add vishy"""
        if not await self.change(changing.set_person, ctx.by, nick.id, {"is_coordinator": True}):
            raise UserError(f"{nick} is a coordinator already.")
        how = f" Whose account that is, {self.bot.prefix}link confirm NICK {nick} says."
        ctx.say(f"{nick} coordinates.{'' if nick.accounts else how}")

    @command("coordinator remove", needs=OWNER)
    async def remove_coordinator(self, ctx: Context, nick: PersonArg) -> None:
        """Let somebody coordinate no more. Example: !coordinator remove vishy"""
        changed = await self.change(changing.set_person, ctx.by, nick.id, {"is_coordinator": False})
        if self.is_coordinator(self.roster.people[nick.id]):
            raise UserError(f"{nick} is a coordinator by bot.ini: take {nick} out of it there.")
        if not changed:
            raise UserError(f"{nick} is no coordinator.")
        ctx.say(f"{nick} coordinates no more.")
