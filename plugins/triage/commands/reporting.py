"""What came in and what was triaged: today, yesterday, in a week."""

from __future__ import annotations

from datetime import date, timedelta

from bot.plugin import Context, changes_since, command
from plugins.rosters import Team, TeamArg
from plugins.tracker import ItemKind
from plugins.triage.queue import came, oldest
from plugins.triage.report import Period, Report, triaged, week_name
from plugins.triage.telling import Telling

_WEEK = 7


class Reporting(Telling):
    """The commands that report."""

    @command("triage today")
    async def show_today(self, ctx: Context, team: TeamArg | None = None) -> None:
        """List what came in and was triaged today. Example: !triage today"""
        await self._show_day(ctx, team, 0, "today")

    @command("triage yesterday")
    async def show_yesterday(self, ctx: Context, team: TeamArg | None = None) -> None:
        """List what came in and was triaged yesterday. Example: !triage yesterday"""
        await self._show_day(ctx, team, 1, "yesterday")

    async def _show_day(self, ctx: Context, team: Team | None, ago: int, name: str) -> None:
        await self.look()
        found = team or self.rosters.team_of(ctx.room)
        day = self.today(found) - timedelta(days=ago)
        report = await self.report(found, day, day, name)
        ctx.list(report.today())

    @command("triage week")
    async def show_week(self, ctx: Context, team: TeamArg | None = None) -> None:
        """Report the last seven days: what came in, was triaged, how soon, by whom, what is the oldest.
        Example: !triage week nova-api
        """
        await self.look()
        found = team or self.rosters.team_of(ctx.room)
        ctx.list((await self.week(found)).lines(self.bot.now()))

    async def week(self, team: Team | None) -> Report:
        """The report of the last seven days, today among them."""
        last = self.today(team)
        first = last - timedelta(days=_WEEK - 1)
        return await self.report(team, first, last, week_name(first, last))

    async def report(self, team: Team | None, first: date, last: date, name: str) -> Report:
        """What a team, or the project, did with its bugs from a day to another."""
        period = Period(self.day(first, team), self.day(last + timedelta(days=1), team), name)
        changes = await self.store.read(changes_since, ItemKind.BUG.value, period.start)
        done = triaged(self.bugs, changes, self.called, self.tracker.title, period.start)

        def is_theirs(number: str) -> bool:
            return team is None or self.route_of(self.bugs[number]).team == team.name

        new = [item for item in self.bugs.values() if period.holds(came(item)) and is_theirs(item.name)]
        waiting = [place.item for place in self.queue(None if team is None else {team.name})]
        return Report(
            team.name if team is not None else "",
            period,
            tuple(sorted(new, key=lambda item: int(item.name))),
            tuple(one for one in done if period.holds(one.when) and is_theirs(one.item.name)),
            tuple(waiting),
            oldest(waiting),
        )
