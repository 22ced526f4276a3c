"""What waits: the next bug, a team's queue, what is stale, how old bugs are."""

from __future__ import annotations

from collections.abc import Sequence

from bot.plugin import Context, UserError, command
from bot.text import counted, listed
from plugins.rosters import Person, Team, TeamArg, genitive
from plugins.tracker import Item
from plugins.triage.ages import age_text, by_state, left, spoken, stale, state_age
from plugins.triage.queue import Place, next_for, oldest
from plugins.triage.rights import Asker
from plugins.triage.showing import brief, importance, listed_line, title
from plugins.triage.telling import Telling


class Looking(Telling):
    """The commands that show what waits."""

    @command("triage")
    async def show_next(self, ctx: Context) -> None:
        """Show the next bug for you, and why it is yours to look at. Example: !triage"""
        asker = await self.asker(ctx)
        await self.look()
        teams = self._teams_of(asker)
        lines = self._has(asker.person)
        place = next_for(self.queue(teams), asker.person.ids, self._duties(asker.person))
        if place is not None:
            lines.append(f"Next for you: {self._why(ctx, place)}")
        elif not lines:
            whose = listed(genitive(team) if team else "no team's" for team in sorted(teams))
            lines.append(f"Nothing waits for you: {whose} bugs are triaged, taken, or skipped by you.")
        ctx.list(lines)

    def _teams_of(self, asker: Asker) -> set[str]:
        """The teams whose bugs are somebody's to look at; for a coordinator also what is no team's. Raises
        :class:`UserError`.
        """
        teams = {team.name for team in self.roster.teams_of(asker.person)}
        if asker.coordinates:
            teams.add("")
        if not teams:
            raise UserError(
                f"You are on no team; {asker.prefix}teams lists them, {asker.prefix}join TEAM is open to "
                f"all, and {asker.prefix}triage next TEAM shows what waits for one."
            )
        return teams

    def _duties(self, person: Person) -> set[str]:
        teams = self.roster.teams_of(person)
        return {team.name for team in teams if self.on_duty(team) == person.name}

    def _has(self, person: Person) -> list[str]:
        """What somebody has already, in a line."""
        now, mine = self.bot.now(), self.takes_of(person)
        if not mine:
            return []
        has = [f"bug {take.bug} ({left(take.until - now)} left)" for take in mine]
        return [f"You have {listed(has)}."]

    def _why(self, ctx: Context, place: Place) -> str:
        """A bug that is next, with why."""
        item, now, prefix = place.item, self.bot.now(), self.bot.prefix
        self.told.note(ctx.room, item.name, now)
        whose = place.route.team or "no team"
        how = f"{prefix}take {item.name} takes it"
        if not place.route.team:
            how += f", {prefix}route {item.name} TEAM says whose it is"
        why = f"{importance(item)}, {age_text(item, now)} old; {whose}: {place.route.why}"
        parts = (f"bug {item.name}, {title(item)} ({why}). {how}.", item.url, self.tracker.as_of())
        return " ".join(part for part in parts if part)

    @command("triage next")
    async def show_next_of(self, ctx: Context, team: TeamArg | None = None) -> None:
        """Show the next bug that waits for a team, or for the room's. Example: !triage next nova-api"""
        asker = await self.asker(ctx)
        await self.look()
        found = self.rosters.asked_team(ctx, team)
        places = self.queue({found.name})
        place = next_for(places, asker.person.ids)
        if place is not None:
            ctx.reply(f"Next for {found}: {self._why(ctx, place)}")
        elif places:
            ctx.reply(f"All that wait for {found} are taken, or skipped by you: {self._some(places)}.")
        else:
            ctx.reply(f"Nothing waits for {found}.")

    def _some(self, places: Sequence[Place]) -> str:
        most = self.settings.listed
        shown = [f"#{place.item.name}" for place in places[:most]]
        more = len(places) - len(shown)
        return listed([*shown, f"{more} more"] if more else shown)

    @command("triage queue")
    async def show_queue(self, ctx: Context, team: TeamArg | None = None) -> None:
        """List what waits for a team, for the room's, or for all. Example: !triage queue nova-api"""
        await self.look()
        found = team or self.rosters.team_of(ctx.room)
        places = self.queue(None if found is None else {found.name})
        whose = f" for {found}" if found is not None else ""
        if not places:
            ctx.reply(f"Nothing waits{whose or ' for triage'}.")
            return
        now, first = self.bot.now(), oldest([place.item for place in places])
        wait = "waits" if len(places) == 1 else "wait"
        head = f"{counted(len(places), 'bug')} {wait}{whose}" + (
            f", the oldest {brief(first, now)}:" if first is not None else ":"
        )
        self._list(ctx, head, [self._queued(place, with_team=found is None) for place in places])

    def _queued(self, place: Place, *, with_team: bool) -> str:
        whose = f"{place.route.team or 'no team'} " if with_team else ""
        return f"{whose}{listed_line(place, self.bot.now())}"

    def _list(self, ctx: Context, head: str, lines: Sequence[str]) -> None:
        """A list with its head, not longer than lists may be."""
        most = self.settings.listed
        shown = [head, *lines[:most]]
        if len(lines) > most:
            shown.append(f"... and {len(lines) - most} more.")
        if age := self.tracker.as_of():
            shown[0] = f"{shown[0]} {age}"
        ctx.list(shown)

    @command("triage stale")
    async def show_stale(self, ctx: Context, team: TeamArg | None = None) -> None:
        """List what waits too long: for triage, or for an answer. Example: !triage stale nova-api"""
        await self.look()
        found = team or self.rosters.team_of(ctx.room)
        now, after = self.bot.now(), self.settings.stale
        items = self.stale_of(found)
        whose = f" of {found}" if found is not None else ""
        if not items:
            ctx.reply(f"No bug{whose} waits longer than {spoken(after)}.")
            return
        wait = "waits" if len(items) == 1 else "wait"
        lines = [
            f"#{item.name} ({item.state} for {spoken(state_age(item, now) or after)}): {title(item, 60)}"
            for item in items
        ]
        self._list(ctx, f"{counted(len(items), 'bug')}{whose} {wait} longer than {spoken(after)}:", lines)

    def stale_of(self, team: Team | None) -> list[Item]:
        """What waits too long for a team, or for anybody."""
        waiting = [place.item for place in self.queue(None if team is None else {team.name})]
        return stale(waiting, self.open_of(team), self.settings.stale, self.bot.now())

    @command("triage ages")
    async def show_ages(self, ctx: Context, team: TeamArg | None = None) -> None:
        """Tell how long open bugs are in their states, of a team, the room's, or all.
        Example: !triage ages nova-api
        """
        await self.look()
        found = team or self.rosters.team_of(ctx.room)
        ages = by_state(self.open_of(found), self.bot.now())
        whose = f"{found} has" if found is not None else "There are"
        if not ages:
            ctx.reply(f"{whose} no open bugs.")
            return
        ctx.list([f"{whose} {counted(sum(one.count for one in ages), 'open bug')}.", *map(str, ages)])
