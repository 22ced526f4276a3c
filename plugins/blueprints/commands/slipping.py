"""A blueprint goes to a later milestone: what depends on it, and whose work grows, before it is written."""

from __future__ import annotations

from bot.plugin import Context, UserError, command
from plugins.blueprints.arguments import Blueprint
from plugins.blueprints.commands.targeting import Targeting
from plugins.blueprints.foundation import checked
from plugins.blueprints.progress import Slip, next_after, slip
from plugins.blueprints.rights import why_not_propose
from plugins.blueprints.showing import counted, names
from plugins.tracker import Item, ItemKind, Milestone


class Slipping(Targeting):
    """The command that lets a blueprint slip."""

    @command("slip")
    async def let_slip(self, ctx: Context, blueprint: Blueprint, milestone: str = "") -> None:
        """Let a blueprint go to the next milestone, or another, once you saw what that means. Leads propose
        it, coordinators do it. Example: !slip zones essex-3
        """
        item = blueprint.item
        checked(why_not_propose(self.asker(ctx), item.name, self.holding(item), self.roster))
        to = self._slips_to(item, milestone)
        found = slip(item, to, self.blueprints, self.tracker.milestones, self.owning())

        async def do(answer: Context) -> None:
            if self.blueprints.get(item.name) != item:
                raise UserError(f"{item.name} changed meanwhile; give the command again to see how.")
            await self.aim(answer, [item], to.name)

        ctx.ask(told(found, self.tracker.unasked(ItemKind.BLUEPRINT)), do)

    def _slips_to(self, item: Item, word: str) -> Milestone:
        known = {one.name: one for one in self.tracker.milestones}
        if word:
            to = known.get(self.milestone_to_take(word))
            if to is None:
                raise UserError(
                    f"It slips to a milestone; {self.bot.prefix}target {item.name} none takes it out."
                )
            if to.name == item.milestone:
                raise UserError(f"{item.name} is for {to.name} already.")
            return to
        if not item.milestone:
            raise UserError(f"{item.name} is for no milestone; {self.bot.prefix}target sets one.")
        following = next_after(known[item.milestone], known.values()) if item.milestone in known else None
        if following is None:
            raise UserError(
                f"No milestone comes after {item.milestone}; {self.bot.prefix}milestones lists those to name."
            )
        return following


def told(found: Slip, unasked: int = 0) -> str:
    """What a slip means, in one line. ``unasked``: of how many blueprints it is not known yet on what they
    depend.
    """
    parts = [f"{found.item.name} goes from {found.item.milestone or 'no milestone'} to {found.to.name}."]
    if found.before:
        which = [f"{one.name} ({one.milestone})" for one in found.before]
        parts.append(f"{names(which)} {'needs' if len(which) == 1 else 'need'} it before that.")
    if found.later:
        which = [one.name for one in found.later]
        parts.append(f"Later {names(which)} {'needs' if len(which) == 1 else 'need'} it.")
    if not found.before and not found.later:
        parts.append("Nothing that I know of depends on it." if unasked else "Nothing depends on it.")
    if unasked:
        parts.append(f"On what {counted(unasked)} depend{'s' * (unasked == 1)} is not read yet.")
    loads = [f"{team} {count}" for team, count in found.loads]
    parts.append(f"Open for {found.to.name} already: {names(loads)}.")
    return " ".join(parts)
