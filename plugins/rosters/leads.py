"""Who leads, and who wants to help: ``!lead``, ``!volunteer``, ``!vacancies``."""

from __future__ import annotations

from bot.plugin import Context, Flag, UserError, command
from bot.text import listed
from plugins.rosters import team_changes, telling
from plugins.rosters.arguments import PersonArg, TeamArg
from plugins.rosters.base import RostersBase
from plugins.rosters.roster import LeadState, Team


class LeadCommands(RostersBase):
    """The commands."""

    @command("lead")
    async def lead(self, ctx: Context, team: TeamArg | None = None) -> None:
        """Say who leads a team; without a name, that of this room. Example: !lead nova-api"""
        found = self.asked_team(ctx, team)
        person = self.roster.people.get(found.lead) if found.lead is not None else None
        if person is None:
            waiting = self._waiting(found)
            ctx.reply(
                f"{found} has no lead. "
                + (f"{waiting}." if waiting else f"{self.bot.prefix}volunteer {found} offers help.")
            )
            return
        state = ", unconfirmed" if found.lead_state is LeadState.UNCONFIRMED else ""
        away = f", {telling.away_text(person)}" if self.is_away(person) else ""
        ctx.reply(f"{person} leads {found}{state}{away}.")

    def _waiting(self, team: Team) -> str:
        """Who has offered help, in words; nothing where nobody has."""
        people = [self.roster.people[one] for one in team.volunteers]
        verb = "volunteers" if len(people) == 1 else "volunteer"
        return f"{listed(map(str, people))} {verb} for {team}" if people else ""

    @command("lead set")
    async def set_lead(
        self, ctx: Context, team: TeamArg, person: PersonArg, *, unconfirmed: Flag = False
    ) -> None:
        """Name a team's lead. A coordinator may; whoever leads it may name who follows, for a coordinator to
        confirm. Example: !lead set nova-api bcwaldon unconfirmed
        """
        self.must_lead(ctx, team)
        sure = ctx.allows("coordinator") and not unconfirmed
        state = LeadState.CONFIRMED if sure else LeadState.UNCONFIRMED
        if person.id == team.lead and not unconfirmed and not sure:
            raise UserError(f"{person} leads {team} already.")
        if not await self.change(team_changes.set_lead, ctx.by, team.id, person.id, state):
            raise UserError(f"{person} leads {team} already, {state}.")
        rest = "" if sure else f" (unconfirmed: {self.bot.prefix}lead confirm {team} is a coordinator's)"
        self.tell_of(ctx, team, f"{person} leads {team}{rest}.", to_all=True)

    @command("lead confirm")
    async def confirm(self, ctx: Context, team: TeamArg) -> None:
        """Confirm a team's lead; a coordinator may. Example: !lead confirm nova-api"""
        self.must_coordinate(ctx)
        if team.lead is None:
            raise UserError(f"{team} has no lead; {self.bot.prefix}lead set {team} NICK names one.")
        person = self.roster.people[team.lead]
        if not await self.change(team_changes.confirm_lead, ctx.by, team.id, person.id):
            raise UserError(f"{person} leads {team} already, confirmed.")
        self.tell_of(ctx, team, f"{person} leads {team}, confirmed.", to_all=True)

    @command("lead vacate")
    async def vacate(self, ctx: Context, team: TeamArg) -> None:
        """Say that a team has no lead any more; whoever leads it may, and coordinators.
        Example: !lead vacate nova-api
        """
        asker = self.roster.person_of(ctx.actor)
        if asker is None or asker.id != team.lead:  # also one who is not confirmed may step down
            self.must_lead(ctx, team)
        if not await self.change(team_changes.set_lead, ctx.by, team.id, None, LeadState.VACANT):
            raise UserError(f"{team} has no lead.")
        how = f"{self.bot.prefix}volunteer {team} offers help."
        self.tell_of(ctx, team, f"{team} has no lead now. {how}", to_all=True)

    @command("volunteer")
    async def volunteer(self, ctx: Context, team: TeamArg) -> None:
        """Offer a team your help, or to lead it. Example: !volunteer nova-testing"""
        person = await self.known(ctx)
        if person.id == team.lead:
            raise UserError(f"You lead {team}.")
        if not await self.change(team_changes.volunteer, ctx.by, team.id, person.id):
            raise UserError(
                f"You have volunteered for {team} already; {self.bot.prefix}leave {team} ends that."
            )
        lead = self.roster.people.get(team.lead) if team.lead is not None else None
        whom = f"{lead}, its lead, or a coordinator" if lead else "a coordinator"
        self.tell_of(ctx, team, f"{person} volunteers for {team}; {whom} can say what to begin with.")

    @command("vacancies")
    async def vacancies(self, ctx: Context) -> None:
        """List the teams that need a lead or volunteers. Example: !vacancies"""
        lines = [line for team in self.roster.active() if (line := self.vacancy(team))]
        ctx.list(lines or ["Every team has a confirmed lead, and none asks for volunteers."])

    def vacancy(self, team: Team) -> str:
        """What a team lacks, in a line; nothing where that is nothing."""
        lacks = []
        if team.lead is None:
            lacks.append("no lead")
        elif team.lead_state is LeadState.UNCONFIRMED:
            lacks.append(f"{telling.lead_text(self.roster, team)}")
        if team.wanted:
            lacks.append(f"wants volunteers: {team.wanted}")
        elif lacks and team.volunteers:
            lacks.append(self._waiting(team))
        return telling.sentence(f"{team}: {'; '.join(lacks)}") if lacks else ""
