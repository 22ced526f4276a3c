"""Milestones for blueprints: a lead proposes, a coordinator confirms or sets."""

from __future__ import annotations

from collections.abc import Sequence

from bot.plugin import Context, UserError, command
from bot.text import shorten
from plugins.blueprints.arguments import Blueprint, several
from plugins.blueprints.changing import Changing
from plugins.blueprints.finding import is_pattern
from plugins.blueprints.foundation import checked
from plugins.blueprints.rights import why_not_coordinate, why_not_propose
from plugins.blueprints.showing import counted, names
from plugins.blueprints.tables import PROPOSED
from plugins.blueprints.targets import NONE, NoSuchMilestoneError, milestone_to_take
from plugins.blueprints.wishes import Wish
from plugins.tracker import Field, Item

_CONFIRMS = "confirms what is proposed"
_ALL = "all"


class Targeting(Changing):
    """The commands that say for which milestone a blueprint is."""

    @command("target")
    async def target(self, ctx: Context, blueprints: tuple[str, ...]) -> None:
        """Say for which milestone blueprints are, which is named last, or none. Leads propose it for what
        their team owns; coordinators set it. Several are shown first. Example: !target vol-* essex-2
        """
        *which, word = blueprints
        if not which:
            raise UserError(
                f"Name blueprints, then a milestone or none: {self.bot.prefix}target BLUEPRINT... MILESTONE."
            )
        milestone = self.milestone_to_take(word)
        items = several(which, self.blueprints)
        await self.aim(ctx, items, milestone)

    def milestone_to_take(self, word: str) -> str:
        """The name of the milestone that a word means, nothing for none. Raises :class:`UserError`."""
        if word.lower() == NONE:
            return ""
        try:
            return milestone_to_take(word, self.tracker.milestones, self.tracker.series).name
        except NoSuchMilestoneError as error:
            raise UserError(str(error)) from None

    async def aim(self, ctx: Context, items: Sequence[Item], milestone: str) -> None:
        """Set a milestone, or propose it, as whoever asks may."""

        def allowed(asking: Context) -> None:
            for item in items:
                checked(why_not_propose(self.asker(asking), item.name, self.holding(item), self.roster))

        allowed(ctx)
        sets = self.asker(ctx).coordinates
        wishes = [
            wish
            for item in items
            if (wish := self._aimed(item, milestone) if sets else self._proposed(item, milestone)) is not None
        ]
        target = milestone or "no milestone"
        if not wishes:
            raise UserError(f"{names([item.name for item in items])}: that is so already.")
        if not sets:
            how = f"{self.bot.prefix}target confirm sets it, by a coordinator."
            await self.change(
                ctx,
                wishes,
                f"{counted(len(wishes))} proposed for {target}: {self._from(wishes)}.",
                lambda taken: f"Proposed: {names(list(taken))} for {target}; {how}",
                allowed,
            )
            return
        await self.change(
            ctx,
            wishes,
            f"{counted(len(wishes))} for {target}: {self._from(wishes)}.",
            lambda taken: f"{names(list(taken))} {'is' if len(taken) == 1 else 'are'} for {target} now.",
            allowed,
        )

    def _aimed(self, item: Item, milestone: str) -> Wish | None:
        wish = Wish(item, {Field.MILESTONE: milestone}, {PROPOSED: None})
        return wish if item.milestone != milestone or item.name in self.proposals else None

    def _proposed(self, item: Item, milestone: str) -> Wish | None:
        """What is wanted where a milestone is proposed; that it is to stay takes a proposal back."""
        proposal = self.proposals.get(item.name)
        if item.milestone == milestone:
            return Wish(item, {}, {PROPOSED: None}) if proposal is not None else None
        if proposal is not None and proposal.milestone == milestone:
            return None
        return Wish(item, {}, {PROPOSED: milestone})

    def _from(self, wishes: Sequence[Wish]) -> str:
        """Where blueprints come from: ``zones from essex-1, vol-a from no milestone``."""
        was: dict[str, list[str]] = {}
        for wish in wishes:
            was.setdefault(wish.item.milestone or "no milestone", []).append(wish.name)
        return ", ".join(f"{names(which)} from {milestone}" for milestone, which in was.items())

    @command("target confirm")
    async def confirm_target(self, ctx: Context, blueprints: tuple[str, ...] = ()) -> None:
        """Set the milestones that are proposed, for these blueprints or all; without a name, list them.
        Coordinators may. Example: !target confirm all
        """
        if not blueprints:
            self._list_proposals(ctx)
            return
        checked(why_not_coordinate(self.asker(ctx), _CONFIRMS))
        items = self._with_proposals(blueprints)
        wishes = [self._confirmed(item) for item in items]

        def allowed(asking: Context) -> None:
            checked(why_not_coordinate(self.asker(asking), _CONFIRMS))
            if any(self._confirmed_still(wish) is False for wish in wishes):
                raise UserError("What is proposed changed meanwhile; give the command again to see how.")

        said = ", ".join(f"{wish.name} for {self._aim(wish)}" for wish in wishes[:6])
        more = f" and {len(wishes) - 6} more" if len(wishes) > 6 else ""
        await self.change(
            ctx,
            wishes,
            f"{counted(len(wishes))}: {said}{more}.",
            lambda taken: self._confirmed_said([wish for wish in wishes if wish.name in taken]),
            allowed,
        )

    def _confirmed(self, item: Item) -> Wish:
        return Wish(item, {Field.MILESTONE: self.proposals[item.name].milestone}, {PROPOSED: None})

    def _confirmed_still(self, wish: Wish) -> bool:
        proposal = self.proposals.get(wish.name)
        return proposal is not None and proposal.milestone == wish.changes[Field.MILESTONE]

    @staticmethod
    def _aim(wish: Wish) -> str:
        return str(wish.changes[Field.MILESTONE]) or "no milestone"

    def _confirmed_said(self, wishes: Sequence[Wish]) -> str:
        by_aim: dict[str, list[str]] = {}
        for wish in wishes:
            by_aim.setdefault(self._aim(wish), []).append(wish.name)
        return "Confirmed: " + "; ".join(f"{names(which)} for {aim}" for aim, which in by_aim.items()) + "."

    def _list_proposals(self, ctx: Context) -> None:
        found = sorted(self.proposals.values(), key=lambda one: (one.time, one.name))
        if not found:
            ctx.reply("No milestone is proposed.")
            return
        lines = [f"{one.name} for {one.milestone or 'no milestone'}, by {one.person}" for one in found]
        shown = lines[: self.settings.listed]
        if len(lines) > len(shown):
            shown.append(f"... and {len(lines) - len(shown)} more")
        how = f"{counted(len(found), 'milestone')} proposed; {self.bot.prefix}target confirm all sets them."
        ctx.list([how, *shown])

    def _with_proposals(self, words: Sequence[str]) -> list[Item]:
        """The blueprints meant for which a milestone is proposed. Raises :class:`UserError`."""
        proposed = {name: self.blueprints[name] for name in self.proposals if name in self.blueprints}
        if not proposed:
            raise UserError("No milestone is proposed.")
        if [word.lower() for word in words] == [_ALL]:
            return list(proposed.values())
        items = []
        for word in words:
            if is_pattern(word):
                items += several([word], proposed)
                continue
            item = self.one(word)
            if item.name not in proposed:
                raise UserError(f"No milestone is proposed for {shorten(item.name, 60)}.")
            items.append(item)
        return list({item.name: item for item in items}.values())

    @command("target refuse")
    async def refuse_target(self, ctx: Context, blueprint: Blueprint) -> None:
        """Refuse the milestone that is proposed for a blueprint: coordinators may, and its team's lead may
        take it back so. Example: !target refuse zones
        """
        item = blueprint.item
        checked(why_not_propose(self.asker(ctx), item.name, self.holding(item), self.roster))
        proposal = self.proposals.get(item.name)
        if proposal is None:
            raise UserError(f"No milestone is proposed for {item.name}.")
        person = await self.person(ctx)
        made = await self.make(ctx, person, [Wish(item, {}, {PROPOSED: None})])
        aim = proposal.milestone or "no milestone"
        stays = f"for {item.milestone}" if item.milestone else "without a milestone"
        said = f"Refused: {item.name} for {aim}, as {proposal.person} proposed; it stays {stays}."
        self.tell(ctx, made, said)
