"""Who is on duty, when, and where to subscribe to it."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice, takewhile
from urllib.parse import quote

from bot.plugin import Context, UserError, command
from plugins.duty import words
from plugins.duty.foundation import Foundation
from plugins.duty.rotation import Turn
from plugins.duty.tables import Rotation
from plugins.rosters import Team, TeamArg

_PREVIEWED = 4
_MOST_PREVIEWED = 12
_MINE = 3
"""So many of somebody's turns to come are told, of each team."""
_AHEAD = timedelta(days=183)


class Asking(Foundation):
    """The commands that change nothing."""

    def now_text(self, team: Team, rotation: Rotation) -> str:
        """Who is on duty for a team, until when, and who is next."""
        now = self.bot.now()
        turn = self.turn_at(team, rotation, now)
        then = next(one for one in self.to_come(team, rotation) if one.begins > now)
        if turn is None:
            return words.idle_text(then, rotation.rhythm, self.called)
        acting = self.acting(team, rotation, turn, now)
        instead = str(acting) if acting is not None and acting.id != turn.person else ""
        nobody = acting is None and turn.person is not None
        return words.now_text(turn, then, rotation.rhythm, self.called, instead, nobody=nobody)

    def must_rotate(self, team: Team) -> Rotation:
        """A team's rotation. Raises :class:`~bot.plugin.UserError`, which says how to make one."""
        found = self.rotation(team)
        if found is None:
            how = f"{self.bot.prefix}duty set {team} weekly NICK NICK"
            raise UserError(f"{team} has no duty rotation; its lead makes one with {how}.")
        return found

    @command("duty")
    async def duty(self, ctx: Context, team: TeamArg | None = None) -> None:
        """Say who is on duty for a team, until when, and who is next; without a name, for the team of this
        room. Example: !duty nova-api
        """
        found = self.rosters.asked_team(ctx, team)
        await self.refresh()
        ctx.reply(f"{found}: {self.now_text(found, self.must_rotate(found))}")

    @command("duty preview")
    async def preview(self, ctx: Context, team_and_number: tuple[str, ...] = ()) -> None:
        """Say who has a team's next turns, as things stand: four of them, or as many as you say.
        Example: !duty preview nova-api 8
        """
        count, named = _PREVIEWED, []
        for word in team_and_number:
            if word.isdecimal():
                count = int(word) if len(word) < 4 else 0
            else:
                named.append(word)
        if not 1 <= count <= _MOST_PREVIEWED:
            raise UserError(f"I tell from 1 to {_MOST_PREVIEWED} turns; the calendar has half a year.")
        if len(named) > 1:
            raise UserError(f"Name one team: {self.bot.prefix}duty preview TEAM {count}.")
        team = self.rosters.asked_team(ctx, await TeamArg.from_word(named[0], ctx) if named else None)
        await self.refresh()
        rotation, now = self.must_rotate(team), self.bot.now()
        to_come = islice((one for one in self.to_come(team, rotation) if one.begins > now), count)
        ctx.reply(words.preview_text(str(team), list(to_come), rotation.rhythm, self.called))

    @command("duty me")
    async def me(self, ctx: Context) -> None:
        """Say when you are on duty, for all teams. Example: !duty me"""
        person = await self.rosters.known(ctx)
        await self.refresh()
        now = self.bot.now()
        lines = []
        for team in self.roster.active():
            rotation = self.rotation(team)
            if rotation is None:
                continue
            running = self.turn_at(team, rotation, now)
            if running is not None and running.person != person.id:
                running = None
            mine = list(islice(self._mine(team, rotation, person.id), _MINE))
            if running or mine or (person.id in rotation.members and team.has(person)):
                lines.append(words.mine_text(str(team), running, mine, rotation.rhythm))
        if not lines:
            raise UserError("You are in no duty rotation.")
        ctx.list(lines)

    def _mine(self, team: Team, rotation: Rotation, person: int) -> list[Turn]:
        now = self.bot.now()
        near = takewhile(lambda one: one.begins < now + _AHEAD, self.to_come(team, rotation))
        return [one for one in near if one.person == person and one.begins > now]

    @command("duty calendar")
    async def calendar(self, ctx: Context, team: TeamArg | None = None) -> None:
        """Say the address under which a calendar program finds a team's turns. Example: !duty calendar
        nova-api
        """
        found = self.rosters.asked_team(ctx, team)
        await self.refresh()
        self.must_rotate(found)
        if not self.bot.base_url:
            raise UserError(
                "I have no pages that I know an address of: base_url in [web] of bot.ini says it."
            )
        ctx.reply(f"{self.bot.base_url.rstrip('/')}/teams/{quote(found.name, safe='')}/duty.ics")
