"""Who has what: assign, unassign, claim."""

from __future__ import annotations

from collections.abc import Sequence

from bot.plugin import Context, UserError, command
from plugins.blueprints.arguments import Blueprint, several, whom
from plugins.blueprints.changing import Changing
from plugins.blueprints.foundation import checked
from plugins.blueprints.likening import Likening
from plugins.blueprints.rights import why_not_assign, why_not_claim, why_not_unassign
from plugins.blueprints.showing import counted, names
from plugins.blueprints.tables import TEAM
from plugins.blueprints.wishes import Wish
from plugins.blueprints.words import words_of_item
from plugins.rosters import Person, Team, genitive
from plugins.tracker import Field, Item


class Assigning(Changing, Likening):
    """The commands that say who has what."""

    @command("assign")
    async def assign(self, ctx: Context, blueprints: tuple[str, ...]) -> None:
        """Give blueprints to a team or a person, who is named last; vol-* means all open ones that begin so.
        Leads assign what their team owns, and take for it what is nobody's. Several are shown first.
        Example: !assign vol-* openstack-volume
        """
        *which, who = blueprints
        if not which:
            raise UserError(f"Name the blueprints and then whom: {self.bot.prefix}assign BLUEPRINT... WHO.")
        to = await whom(who, ctx)
        items = several(which, self.blueprints)

        def allowed(asking: Context) -> None:
            for item in items:
                held = self.holding(item)
                checked(why_not_assign(self.asker(asking), item.name, held, to, self.roster))

        allowed(ctx)
        wishes = [wish for item in items if (wish := self._given(item, to)) is not None]
        if not wishes:
            raise UserError(f"{to} has {names([item.name for item in items])} already.")
        await self.change(
            ctx,
            wishes,
            f"{counted(len(wishes))} to {to}: {self._losses(wishes)}.",
            lambda taken: self._went(wishes, taken, to),
            allowed,
        )

    @command("unassign")
    async def unassign(self, ctx: Context, blueprints: tuple[str, ...]) -> None:
        """Take blueprints from whom they are assigned to: from a person back to the team that owns them, from
        a team to nobody. Several are shown first. Example: !unassign zones
        """
        items = several(blueprints, self.blueprints)

        def allowed(asking: Context) -> None:
            for item in items:
                held = self.holding(item)
                checked(why_not_unassign(self.asker(asking), item.name, held, self.roster))

        idle = [item.name for item in items if self.holding(item).is_nobodys]
        if idle:
            raise UserError(f"Nobody has {names(idle)}.")
        allowed(ctx)
        wishes = [self._handed_back(item) for item in items]
        await self.change(
            ctx,
            wishes,
            f"{counted(len(wishes))} back: {self._losses(wishes)}.",
            lambda taken: self._came_back(wishes, taken),
            allowed,
        )

    @command("claim")
    async def claim(self, ctx: Context, blueprint: Blueprint) -> None:
        """Take a blueprint that nobody has: your team's, or no team's. You hear what is nearly the same work.
        Example: !claim zones
        """
        person = await self.person(ctx)
        item = blueprint.item
        held = self.holding(item)
        checked(why_not_claim(self.asker(ctx), item.name, held, self.roster))
        if not item.is_open:
            raise UserError(f"{item.name} is {item.state}; there is nothing to do about it.")
        wish = self._given(item, person)
        if wish is None:
            raise UserError(f"{item.name} is yours already.")
        made = await self.make(ctx, person, [wish])
        self.tell(ctx, made, self._went([wish], made.taken, person))
        same = await self.same_work(words_of_item(item), item.name)
        if same:
            ctx.reply(f"{ctx.actor.nick}: nearly the same as {item.name}: {same}")

    def _given(self, item: Item, to: Team | Person) -> Wish | None:
        """What is wanted where a blueprint goes to somebody; ``None`` where they have it already."""
        held = self.holding(item)
        if isinstance(to, Team):
            if held.team == to and held.person is None and not held.unknown:
                return None
            return Wish(item, {Field.ASSIGNEE: self.known_as(to)}, {TEAM: to.name})
        if held.person is not None and held.person.id == to.id:
            return None
        keeps = held.team.name if held.team is not None else None
        return Wish(item, {Field.ASSIGNEE: self.known_as(to)}, {TEAM: keeps})

    def _handed_back(self, item: Item) -> Wish:
        held = self.holding(item)
        if held.team is not None and (held.person is not None or held.unknown):
            return Wish(item, {Field.ASSIGNEE: self.known_as(held.team)}, {TEAM: held.team.name})
        return Wish(item, {Field.ASSIGNEE: ""}, {TEAM: None})

    def _losses(self, wishes: Sequence[Wish]) -> str:
        """Who loses what: ``vol-a and vol-b from nobody, vol-c from nova-api (anna)``."""
        losing: dict[str, list[str]] = {}
        for wish in wishes:
            losing.setdefault(str(self.holding(wish.item)), []).append(wish.name)
        return ", ".join(f"{names(which)} from {holder}" for holder, which in losing.items())

    def _went(self, wishes: Sequence[Wish], taken: Sequence[str], to: Team | Person) -> str:
        """What is said of blueprints that went to somebody."""
        verb, them = ("is", "it") if len(taken) == 1 else ("are", "them")
        owners = dict.fromkeys(wish.kept[TEAM] for wish in wishes if wish.name in taken)
        keeping = [team for team in owners if team is not None]
        keeps = ""
        if isinstance(to, Person) and keeping:
            keeps = f"; {names(keeping)} {'keeps' if len(keeping) == 1 else 'keep'} owning {them}"
        what = names(list(taken)) if len(taken) < 4 else f"{counted(len(taken))} ({names(list(taken))})"
        return f"{what} {verb} {genitive(to)} now{keeps}."

    def _came_back(self, wishes: Sequence[Wish], taken: Sequence[str]) -> str:
        """What is said of blueprints that were handed back."""
        back: dict[str, list[str]] = {}
        for wish in wishes:
            if wish.name in taken:
                team = wish.kept[TEAM]
                back.setdefault(f"{genitive(team)} again" if team is not None else "nobody's now", []).append(
                    wish.name
                )
        parts = [
            f"{names(which)} {'is' if len(which) == 1 else 'are'} {whose}" for whose, which in back.items()
        ]
        return f"{'; '.join(parts)}."
