"""The rules that say which team bugs are for: looking at them, adding, removing."""

from __future__ import annotations

from bot.plugin import Context, UserError, command
from bot.text import counted, listed
from plugins.rosters import TeamArg, genitive
from plugins.triage import tables
from plugins.triage.foundation import checked
from plugins.triage.rights import why_not_rule
from plugins.triage.routing import Source
from plugins.triage.rules import NoRuleError, like, parse, told
from plugins.triage.telling import Telling


class Ruling(Telling):
    """The commands on rules."""

    @command("triage rules")
    async def show_rules(self, ctx: Context, team: TeamArg | None = None) -> None:
        """List the rules that say which team bugs are for, of one team or all.
        Example: !triage rules nova-api
        """
        await self.look()
        rules = [rule for rule in self.kept.rules if team is None or rule.team == team.name]
        whose = f"{genitive(team)} " if team is not None else ""
        if not rules:
            of = "There are" if team is None else f"{team} has"
            ctx.reply(
                f"{of} no rules; {self.bot.prefix}triage rule add TEAM tag:api adds one. Without "
                "them the teams' tags and areas decide, and what I learned."
            )
            return
        ctx.list(
            [
                f"{counted(len(rules), f'{whose}rule')}:" if team else f"{counted(len(rules), 'rule')}:",
                *told(rules),
            ]
        )

    @command("triage rule add")
    async def add_rule(self, ctx: Context, team: TeamArg, conditions: tuple[str, ...]) -> None:
        """Let bugs be a team's that meet conditions: tag:, word:, project:, component:. Of several of one
        kind one is enough, of each kind one must be met.
        Example: !triage rule add nova-api tag:api word:paging
        """
        asker = await self.asker(ctx)
        await self.look()
        checked(why_not_rule(asker, team, self.roster))
        try:
            wanted = parse(conditions)
        except NoRuleError as error:
            raise UserError(str(error)) from None
        same = like(wanted, self.kept.rules)
        if same is not None:
            raise UserError(f"There is rule {same} already.")
        rule = await self.change(tables.add_rule, ctx.by, team.name, wanted)
        ctx.say(f"Rule {rule}.{await self._apply(ctx)}")

    @command("triage rule remove")
    async def remove_rule(self, ctx: Context, number: int) -> None:
        """Remove a rule, by its number. Example: !triage rule remove 3"""
        asker = await self.asker(ctx)
        await self.look()
        rule = next((one for one in self.kept.rules if one.id == number), None)
        if rule is None:
            raise UserError(f"There is no rule {number}; {self.bot.prefix}triage rules lists them.")
        team = self.roster.teams.get(rule.team)
        if team is None or team.is_retired:
            self.rosters.must_coordinate(ctx)
        else:
            checked(why_not_rule(asker, team, self.roster))
        if not await self.change(tables.remove_rule, ctx.by, number):
            raise UserError(f"There is no rule {number} any more.")
        ctx.say(f"Removed rule {rule}.{await self._apply(ctx)}")

    async def _apply(self, ctx: Context) -> str:
        """Let the rules count for what waits already; what that changes, in words."""
        again = [item for item in self.waiting() if self.route_of(item).source is not Source.HAND]
        moved = await self.settle(again, said_in=f"{ctx.room.network}/{ctx.room.name}")
        if not moved:
            return ""
        to = sorted({route.team or "no team" for route in moved})
        are = "is" if len(moved) == 1 else "are"
        return f" {counted(len(moved), 'bug')} that waited {are} for {listed(to)} now."
