"""How things stand: each team's briefing, and the review of the arrangement at a milestone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model import Room
from bot.plugin import Brief, Change, Context, Held, Nag, Occasion, UserError, changes_since, command
from bot.store import from_stamp
from bot.text import listed, shorten
from plugins.blueprints.briefing import coordinator_briefing, team_briefing
from plugins.blueprints.filters import NONE, Filter
from plugins.blueprints.foundation import Foundation
from plugins.blueprints.nagging import nags, weekly
from plugins.blueprints.progress import upcoming
from plugins.blueprints.scorecard import Record, Score, score, summary, team_line
from plugins.blueprints.targets import NoSuchMilestoneError, meant, milestone_named
from plugins.rosters import Team
from plugins.tracker import Item, Milestone

_EVER = from_stamp(0)


class Reviewing(Foundation):
    """``!scorecard``, and the briefings."""

    async def briefing(self, room: Room, occasion: Occasion) -> list[Brief]:
        """What the team of a room should look at when it meets, and what became of its blueprints in a week;
        in a room of no team, what the coordinator should look at.
        """
        if occasion is Occasion.WEEKLY:
            return await self._weekly(room)
        if not occasion.is_whole:
            return []
        proposals = list(self.proposals.values())
        team = self.rosters.team_of(room)
        if team is None:
            unowned = self.holdings().chosen(Filter(NONE))
            return [Brief(said) for said in coordinator_briefing(unowned, proposals)]
        owning = self.owning()
        said = team_briefing(
            team,
            self._of(team),
            lambda assignee: bool(assignee) and not isinstance(owning.whose(assignee), Team),
            proposals,
            self.tracker.milestones,
            self.bot.now().astimezone(ZoneInfo(team.zone or self.bot.zone)).date(),
        )
        return [Brief(one) for one in said]

    async def _weekly(self, room: Room) -> list[Brief]:
        team = self.rosters.team_of(room)
        if team is None:
            return []
        since = self.bot.now() - timedelta(days=7)
        return weekly(self._of(team), await self.store.read(changes_since, "blueprint", since))

    def _of(self, team: Team) -> Sequence[Item]:
        """A team's blueprints."""
        return self.holdings().team_s(team.name)

    async def nags(self, room: Room, day: date) -> list[Nag]:
        """The milestones near that the room's team has something open for."""
        team = self.rosters.team_of(room)
        return [] if team is None else nags(team, self._of(team), self.tracker.milestones, day)

    @command("scorecard")
    async def scorecard(self, ctx: Context, team: str = "", milestone: str = "") -> None:
        """Review how the teams do, or one, up to a milestone: how soon blueprints had a team, what is done
        and slipped, who leads, who came to meetings. Example: !scorecard nova-api essex-2
        """
        only, at = self._asked_for(team, milestone)
        record = await self._record(at)
        held = await self._held(record)
        if only is not None:
            found = (await self._scored(record, [only], only.name)).with_meetings(held.get(only.name, ()))
            ctx.list([_heading(at) + team_line(found, only), *map(str, found.milestones)])
            return
        teams = self.roster.active()
        everything = [one for meetings in held.values() for one in meetings]
        lines = summary((await self._scored(record, teams)).with_meetings(everything), teams)
        ctx.list([_heading(at) + lines[0], *lines[1:]])
        shown = self.settings.listed
        for one in teams[:shown]:
            found = await self._scored(record, [one], one.name)
            ctx.tell(team_line(found.with_meetings(held.get(one.name, ())), one))
        if len(teams) > shown:
            ctx.tell(f"And {len(teams) - shown} more teams: {self.bot.prefix}scorecard TEAM.")

    async def _scored(self, record: Record, teams: Sequence[Team], only: str = "") -> Score:
        """How teams do; counted in a thread, since a record may be long."""
        return await asyncio.to_thread(score, record, teams, only)

    def _asked_for(self, first: str, second: str) -> tuple[Team | None, Milestone | None]:
        """The team, if one is named, and the milestone of the review: else the next one, or the last.
        Raises :class:`UserError`.
        """
        team: Team | None = None
        at: Milestone | None = None
        milestones = self.tracker.milestones
        for word in filter(None, (first, second)):
            named = self.roster.team(word)
            if named is not None and team is None:
                team = named
            elif at is None and (team is not None or meant(word, milestones)):
                at = self._milestone(word)
            else:
                near = listed(self.roster.near_teams(word), "or")
                hint = f"; did you mean {near}?" if near else "."
                raise UserError(f"{shorten(word, 40)!r} is no team or milestone{hint}")
        if at is None:
            series = self.tracker.series
            ours = [one for one in milestones if series in {"", one.series}]
            dated = sorted((one for one in ours if one.due is not None), key=lambda one: str(one.due))
            at = upcoming(dated, self.today()) or (dated[-1] if dated else None)
        return team, at

    def _milestone(self, word: str) -> Milestone:
        try:
            return milestone_named(word, self.tracker.milestones)
        except NoSuchMilestoneError as error:
            raise UserError(str(error)) from None

    async def _record(self, at: Milestone | None) -> Record:
        """What is counted, from the beginning of the arrangement to the end of a milestone's day."""
        changes: Sequence[Change] = await self.store.read(changes_since, "blueprint", _EVER)
        teams: Sequence[Change] = await self.store.read(changes_since, "team", _EVER)
        now = self.bot.now()
        began = min((change.by.time for change in (*changes[:1], *teams[:1])), default=now)
        until = now
        if at is not None and at.due is not None:
            until = datetime.combine(at.due + timedelta(days=1), time(), UTC)
        owning = self.owning()
        return Record(
            list(self.blueprints.values()),
            self.teams(),
            lambda assignee: isinstance(owning.whose(assignee), Team),
            changes,
            tuple(self.tracker.milestones),
            began,
            until,
        )

    async def _held(self, record: Record) -> dict[str, list[Held]]:
        """The meetings that teams held in their rooms, by the teams' names."""
        held: dict[str, list[Held]] = {}
        for room, team in self.rosters.teams_of(self.bot.rooms()).items():
            found = await self.bot.held(room, record.began)
            held.setdefault(team.name, []).extend(one for one in found if one.when <= record.until)
        return held


def _heading(at: Milestone | None) -> str:
    if at is None:
        return ""
    return f"At {at.name} ({at.due}): " if at.due is not None else f"At {at.name}: "
