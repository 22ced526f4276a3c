"""Looking blueprints up: one, a list, the history of one."""

from __future__ import annotations

from bot.plugin import Context, Text, UserError, changes_of, command
from plugins.blueprints.arguments import Blueprint
from plugins.blueprints.filters import Filter, NoSuchFilterError, Words
from plugins.blueprints.showing import Standing, history_line, listed_line, whole
from plugins.blueprints.tables import subject
from plugins.blueprints.telling import Telling
from plugins.tracker import Item

_HISTORY = 20


class Looking(Telling):
    """The commands that change nothing."""

    @command("bp")
    async def show_blueprint(self, ctx: Context, name: Text) -> None:
        """Show a blueprint, by its name, the beginning of it, or words of its title. Example: !bp zones"""
        item = self.one(name)
        self.told.note(ctx.room, item.name, self.bot.now())
        ctx.reply(self.line(item))

    def line(self, item: Item) -> str:
        """All that is shown of a blueprint, in one line."""
        proposal = self.proposals.get(item.name)
        waits = self.tracker.items.is_waiting(item.ref)
        waiting = f"(waits to be written to {self.tracker.title})" if waits else ""
        return whole(
            item,
            Standing(
                self.holding(item),
                None if proposal is None else proposal.milestone,
                "" if proposal is None else proposal.person,
                " ".join(part for part in (self._related(item), waiting, self.tracker.as_of()) if part),
            ),
        )

    def _related(self, item: Item) -> str:
        """What other plugins know of a blueprint: its reviews, say."""
        found = self.bot.related(subject(item.name))
        return f"{'; '.join(found)}." if found else ""

    @command("bps")
    async def show_blueprints(self, ctx: Context, words: tuple[str, ...] = ()) -> None:
        """List blueprints: of a team, a person, me or none; for a milestone; in a state, all or open. Words
        in any order; without any, those open that are the room's team's, or all.
        Example: !bps nova-api essex-2
        """
        wanted = self._wanted(ctx, words)
        held = self.holdings()
        items = held.chosen(wanted)
        age = self.tracker.as_of()
        head = " ".join(part for part in (f"{wanted.of(len(items))}{':' if items else '.'}", age) if part)
        shown = items[: self.settings.listed]
        lines = [head, *(listed_line(item, held.of[item.name]) for item in shown)]
        if len(items) > len(shown):
            lines.append(f"... and {len(items) - len(shown)} more; a team, milestone or state narrows it.")
        ctx.list(lines)

    def _wanted(self, ctx: Context, words: tuple[str, ...]) -> Filter:
        if not words:
            return Filter(self.rosters.team_of(ctx.room))
        milestones = [one.name for one in self.tracker.milestones]
        try:
            return Words(self.owning(), milestones, self.roster.person_of(ctx.actor)).filter(words)
        except NoSuchFilterError as error:
            raise UserError(str(error)) from None

    @command("history")
    async def show_history(self, ctx: Context, blueprint: Blueprint) -> None:
        """Show who changed what of a blueprint here, the newest first. Example: !history zones"""
        name = blueprint.item.name
        changes = await self.store.read(changes_of, subject(name), _HISTORY)
        if not changes:
            ctx.reply(f"Nobody changed {name} here.")
            return
        ctx.list([history_line(change, self.zone) for change in changes])
