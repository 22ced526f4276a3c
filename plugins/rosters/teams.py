"""What people ask and change about teams: ``!teams``, ``!team``, ``!join``, ``!leave``."""

from __future__ import annotations

from typing import Any, Literal

from bot.plugin import Context, Text, UserError, command
from bot.text import counted, listed, one_line
from plugins.rosters import team_changes, telling
from plugins.rosters.arguments import TeamArg
from plugins.rosters.calendar import Calendar
from plugins.rosters.fields import FOR_COORDINATORS, read_field
from plugins.rosters.membership import Membership
from plugins.rosters.names import team_problem
from plugins.rosters.roster import Team

_MOST_LINES = 12
_NOTHING = frozenset({"none", "nothing", "-"})


class TeamCommands(Calendar, Membership):
    """The commands."""

    @command("teams")
    async def teams(self, ctx: Context, words: Text = "") -> None:
        """List the teams, or those that some words are about. Example: !teams volumes"""
        wanted = words.lower().split()
        found = [team for team in self.roster.active() if all(word in _about(team) for word in wanted)]
        if not found and wanted:
            raise UserError(f"No team is about {words!r}; {self.bot.prefix}teams lists all.")
        if not found:
            ctx.reply(f"There are no teams yet; a coordinator makes one with {self.bot.prefix}team add NAME.")
        elif len(found) > _MOST_LINES:
            ctx.reply(
                f"{len(found)} teams: {', '.join(team.name for team in found)}. "
                f"{self.bot.prefix}teams WORDS finds some."
            )
        else:
            ctx.list([telling.short(self.roster, team) for team in found])

    @command("team")
    async def team_(self, ctx: Context, team: TeamArg | None = None) -> None:
        """Tell about a team; without a name, that of this room. Example: !team nova-api"""
        found = self.asked_team(ctx, team)
        ctx.list(telling.whole(self.roster, found, self.next_text(found)))

    @command("team add")
    async def add(self, ctx: Context, name: str, title: Text = "") -> None:
        """Make a team; a coordinator may. Example: !team add nova-api Nova API"""
        self.must_coordinate(ctx)
        name = name.lower()
        problem = team_problem(name)
        if problem:
            raise UserError(telling.sentence(problem))
        fields: dict[str, Any] = {"title": self._read(ctx, "title", title)} if title else {}
        was = self.roster.teams.get(name)
        await self.change(team_changes.add_team, ctx.by, name, fields)
        prefix = self.bot.prefix
        if was is not None:
            ctx.say(
                f"The team is there again as it was: {telling.short(self.roster, self.roster.teams[name])}."
            )
            return
        ctx.say(
            f"The team {name} is there. {prefix}lead set {name} NICK gives it a lead; {prefix}join {name}."
        )

    @command("team set")
    async def set_(
        self,
        ctx: Context,
        team: TeamArg,
        what: Literal[
            "title",
            "about",
            "channel",
            "launchpad",
            "list",
            "tags",
            "areas",
            "phase",
            "wanted",
            "zone",
            "meets",
        ],
        value: Text,
    ) -> None:
        """Change what is said of a team; its lead may, and coordinators. ``none`` empties it.
        Example: !team set nova-api meets every thursday 21:00 UTC
        """
        if what in FOR_COORDINATORS:
            self.must_coordinate(ctx)
        else:
            self.must_lead(ctx, team)
        text = "" if value.strip().lower() in _NOTHING else one_line(value.strip())
        if what == "meets":
            await self.set_meets(ctx, team, text)
            return
        field = "mailing_list" if what == "list" else what
        fields: dict[str, Any] = {field: self._read(ctx, what, text)}
        changed = await self.change(team_changes.set_team, ctx.by, team.id, fields)
        shown = getattr(self.roster.teams[team.name], field)
        shown = ", ".join(shown) if isinstance(shown, tuple) else str(shown)
        if changed:
            self.tell_of(ctx, team, telling.sentence(f"{team}: {what} is now {shown or 'empty'}"))
            if what == "launchpad":
                self.begin_following()
        else:
            ctx.reply(f"{team}: {what} was {shown or 'empty'} already.")

    def _read(self, ctx: Context, key: str, text: str) -> Any:
        """The value of a field. Raises :class:`~bot.plugin.UserError`."""
        try:
            return read_field(key, text, lambda name: self.bot.room_named(name, near=ctx.room))
        except ValueError as error:
            raise UserError(telling.sentence(error)) from error

    @command("team retire")
    async def retire(self, ctx: Context, team: TeamArg) -> None:
        """Let a team be no more, after a question; a coordinator may. Example: !team retire nova-api"""
        self.must_coordinate(ctx)

        async def do(answer: Context) -> None:
            self.must_coordinate(answer)
            await self.change(team_changes.retire_team, answer.by, team.id)
            self.tell_of(answer, team, f"The team {team} is retired.")

        on = len(self.roster.members(team))
        ctx.ask(f"{team} has {counted(on, 'member')} and will be in no list any more.", do)

    @command("join")
    async def join(self, ctx: Context, team: TeamArg) -> None:
        """Join a team: anybody with an account may, nobody need approve. Example: !join nova-api"""
        person = await self.known(ctx)
        if not await self.change(team_changes.join, ctx.by, team.id, person.id):
            raise UserError(f"You are on {team} already.")
        leads = telling.lead_text(self.roster, team)
        self.tell_of(ctx, team, f"{person} is on {team} now ({leads}).")
        self.send_place(ctx, team, person, on=True)

    @command("leave")
    async def leave(self, ctx: Context, team: TeamArg) -> None:
        """Leave a team, or take back an offer to help. Example: !leave nova-api"""
        person = await self.known(ctx)
        if person.id == team.lead:
            raise UserError(
                f"You lead {team}: {self.bot.prefix}lead vacate {team} first, or name who follows you with "
                f"{self.bot.prefix}lead set {team} NICK."
            )
        if not await self.change(team_changes.leave, ctx.by, team.id, person.id):
            raise UserError(f"You are not on {team}; you are on {_teams(self.roster.teams_of(person))}.")
        self.tell_of(ctx, team, f"{person} has left {team}.")
        self.send_place(ctx, team, person, on=False)


def _about(team: Team) -> str:
    return " ".join((team.name, team.title, team.about, *team.tags, *team.areas)).lower()


def _teams(found: list[Team]) -> str:
    return listed(team.name for team in found) or "no team"
