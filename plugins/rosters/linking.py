"""Which account is whose, and who coordinates: ``!link``, ``!coordinator``."""

from __future__ import annotations

from bot.model import Actor
from bot.plugin import OWNER, Context, UserError, command
from bot.text import fold_nick, listed, shorten
from plugins.rosters import people_changes
from plugins.rosters.arguments import PersonArg, account_here
from plugins.rosters.fields import read_handle
from plugins.rosters.following import zone_of
from plugins.rosters.identity import is_proven
from plugins.rosters.membership import Membership
from plugins.rosters.names import is_handle
from plugins.rosters.roster import Person
from plugins.rosters.telling import sentence
from plugins.tracker import BackendError, TrackerMember


class LinkCommands(Membership):
    """The commands."""

    @command("link launchpad")
    async def link(self, ctx: Context, id_: str) -> None:
        """Say who you are on Launchpad. Your account here must be among the IRC nicks or Jabber ids that you
        list there. Example: !link launchpad bcwaldon
        """
        person = await self.known(ctx)
        try:
            id_ = read_handle(id_)
        except ValueError as error:
            raise UserError(sentence(error)) from error
        if person.launchpad == id_:
            raise UserError(f"You are ~{id_} on Launchpad already.")
        member = await self._on_launchpad(id_)
        if member is None:
            raise UserError(f"Launchpad knows nobody called ~{id_}.")
        network = ctx.actor.network
        kind, host = self.bot.network_type(network), self.bot.network_host(network)
        if not is_proven(ctx.actor, member, kind, host):
            page = "+editjabberids" if kind == "xmpp" else "+editircnicknames"
            how = f"{self.bot.prefix}link confirm {ctx.actor.nick} ~{id_}"
            raise UserError(
                f"~{id_} on Launchpad does not list your account {ctx.actor.account} on {host or network}: "
                f"add it at https://launchpad.net/~{id_}/{page}, or ask a coordinator for {how}"
            )
        linked = await self.change(
            people_changes.link, ctx.by, person.id, id_, zone_of(member), certain=False
        )
        ctx.say(f"{self.roster.people[linked]} is ~{id_} on Launchpad.")
        self.begin_following()

    async def _on_launchpad(self, id_: str) -> TrackerMember | None:
        """Somebody on Launchpad. Raises :class:`~bot.plugin.UserError` where it cannot be asked."""
        if self.tracker.is_local:
            raise UserError(
                f"Muster works without Launchpad here; who somebody is, a coordinator says with "
                f"{self.bot.prefix}link confirm NICK NAME."
            )
        try:
            return await self.tracker.person(id_)
        except BackendError as error:
            raise UserError(sentence(f"Launchpad cannot be asked now: {error}")) from error

    @command("link confirm")
    async def confirm_person(self, ctx: Context, nick: str, person: str) -> None:
        """Say that somebody in this room, by the account that they are logged in as, is a person whom the
        roster or Launchpad knows; a coordinator may. Example: !link confirm jay bcwaldon
        """
        self.must_coordinate(ctx)
        actor = account_here(ctx, nick)
        person = f"~{person.lstrip('~')}" if person.startswith("~") else person
        behind, wanted = self.roster.person_of(actor), self.roster.person(person)
        for one in (wanted, behind):
            self._must_be_allowed(ctx, one)
        who = f"{actor.network}/{actor.account}"
        if wanted is None:
            await self._confirm_on_launchpad(ctx, actor, person)
        elif behind == wanted:
            raise UserError(f"{who} is {wanted} already.")
        else:
            await self.change(people_changes.confirm_account, ctx.by, actor, wanted.id)
        now = self.roster.person_of(actor)
        ctx.say(f"{who} is {now}{f', ~{now.launchpad} on Launchpad' if now and now.launchpad else ''}.")
        self.begin_following()

    async def _confirm_on_launchpad(self, ctx: Context, actor: Actor, word: str) -> None:
        """Link somebody to a person whom Launchpad alone knows. Raises :class:`~bot.plugin.UserError`."""
        id_ = word.lstrip("~").lower()
        known = not self.tracker.is_local and is_handle(id_)
        member = await self._on_launchpad(id_) if known else None
        if member is None:
            near = self.roster.near_people(word)
            hint = f"near it: {listed(near, 'or')}" if near else "nobody is called like that"
            raise UserError(f"I know nobody called {shorten(word, 40)!r}; {hint}.")
        person = await self.known_as(actor, ctx.by)
        await self.change(people_changes.link, ctx.by, person.id, id_, zone_of(member), certain=True)

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
        if not await self.change(people_changes.set_person, ctx.by, nick.id, {"is_coordinator": True}):
            raise UserError(f"{nick} is a coordinator already.")
        how = f" Whose account that is, {self.bot.prefix}link confirm NICK {nick} says."
        ctx.say(f"{nick} coordinates.{'' if nick.accounts else how}")

    @command("coordinator remove", needs=OWNER)
    async def remove_coordinator(self, ctx: Context, nick: PersonArg) -> None:
        """Let somebody coordinate no more. Example: !coordinator remove vishy"""
        changed = await self.change(people_changes.set_person, ctx.by, nick.id, {"is_coordinator": False})
        if self.is_coordinator(self.roster.people[nick.id]):
            raise UserError(f"{nick} is a coordinator by bot.ini: take {nick} out of it there.")
        if not changed:
            raise UserError(f"{nick} is no coordinator.")
        ctx.say(f"{nick} coordinates no more.")
