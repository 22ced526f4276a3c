"""What a room is told of, and which reviews are for which team.

Rules:

1. What a room watches is for the lead of the room's team to say, and for coordinators.
2. Which reviews are for a team is for its lead to say, and for coordinators.
"""

from __future__ import annotations

from bot.model import Room
from bot.plugin import Context, Text, UserError, command, known_as
from plugins.reviews import tables
from plugins.reviews.polling import Polling
from plugins.reviews.teams import RuleError, read_rule
from plugins.reviews.watching import USUAL, WatchError, read_watch
from plugins.rosters import TeamArg


class Watching(Polling):
    """The commands on what is told where."""

    @command("review watch")
    async def watch_reviews(self, ctx: Context, what: Text = "") -> None:
        """Tell this room what happens to reviews: project:X, branch:X, team:X, event:X, or /expression/ for
        the title, in any order; without event: what is new, approved, merged or given up.
        Example: !review watch project:openstack/nova* event:merged
        """
        room = self._room(ctx)
        try:
            watch = read_watch(what, [team.name for team in self.roster.active()])
        except WatchError as error:
            raise UserError(str(error)) from error
        number = await self.store.write(tables.add_watch, ctx.by, room, watch)
        if number is None:
            raise UserError(
                f"This room watches {tables.WATCHES} things already; "
                f"{self.bot.prefix}review watches lists them."
            )
        await self.follow()
        events = "" if watch.events else f" (events: {', '.join(sorted(USUAL))})"
        ctx.say(f"Watching {watch.text}{events}. {self.bot.prefix}review unwatch {number} ends it.")

    @command("review unwatch")
    async def unwatch_reviews(self, ctx: Context, number: int) -> None:
        """Tell this room no more of what one of its watches says. Example: !review unwatch 3"""
        room = self._room(ctx)
        found = await self.store.write(tables.remove_watch, ctx.by, room, number)
        if found is None:
            raise UserError(
                f"This room watches nothing with the number {number}; "
                f"{self.bot.prefix}review watches lists what it does."
            )
        await self.follow()
        ctx.say(f"Not watching {found.text} any more.")

    @command("review watches")
    async def show_watches(self, ctx: Context) -> None:
        """List what this room is told of. Example: !review watches"""
        await self.follow()
        found = self.watches.get(ctx.room, ())
        if not found:
            ctx.reply(f"This room watches no reviews; {self.bot.prefix}review watch project:X does.")
            return
        ctx.list([f"{watch.id}. {watch.text}" for watch in found])

    def _room(self, ctx: Context) -> Room:
        """The room, where whoever asks may say what it watches. Raises :class:`UserError`."""
        if ctx.room.private:
            raise UserError("Say that in the room that is to be told.")
        team = self.rosters.team_of(ctx.room)
        if team is not None:
            self.rosters.must_lead(ctx, team)
        elif not ctx.allows("coordinator"):
            raise UserError(
                f"This is no team's room, so that is for coordinators; you are {known_as(ctx.actor)}."
            )
        if self.bot.room_settings(ctx.room).quiet:
            raise UserError("bot.ini keeps this room quiet: nothing would be told here.")
        return ctx.room

    @command("review route")
    async def route_reviews(self, ctx: Context, team: TeamArg, what: tuple[str, ...]) -> None:
        """Say which reviews are for a team: project:, path:, branch: or topic:, all of which must match; *
        stands for anything. Example: !review route nova-api project:openstack/nova path:nova/api
        """
        self.rosters.must_lead(ctx, team)
        try:
            rule = read_rule(team.name, what)
        except RuleError as error:
            raise UserError(f"{error}.") from error
        number = await self.store.write(tables.add_rule, ctx.by, rule)
        await self.follow()
        ctx.say(f"Reviews with {rule.text} are for {team}. {self.bot.prefix}review unroute {number} ends it.")

    @command("review unroute")
    async def unroute_reviews(self, ctx: Context, number: int) -> None:
        """Take back which reviews are for a team. Example: !review unroute 3"""
        await self.follow()
        rule = next((rule for rule in self.said_rules if rule.id == number), None)
        if rule is None:
            raise UserError(f"There is no rule {number}; {self.bot.prefix}review routes lists them.")
        team = self.roster.teams.get(rule.team)
        if team is not None and not team.is_retired:
            self.rosters.must_lead(ctx, team)
        else:
            self.rosters.must_coordinate(ctx)
        await self.store.write(tables.remove_rule, ctx.by, number)
        await self.follow()
        ctx.say(f"Reviews with {rule.text} are not for {rule.team} any more.")

    @command("review routes")
    async def show_routes(self, ctx: Context) -> None:
        """List which reviews are for which team. Example: !review routes"""
        await self.follow()
        lines = [f"{rule.id}. {rule.team}: {rule.text}" for rule in self.said_rules]
        lines += [f"bot.ini: {rule.team}: {rule.text}" for rule in self.settings.rules]
        if not lines:
            ctx.reply(
                f"Nothing says which reviews are for which team; {self.bot.prefix}review route TEAM "
                "project:X does. What is for a team's blueprint or bug is for that team."
            )
            return
        ctx.list(lines)
