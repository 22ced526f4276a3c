"""The plugin: its commands, each kind in a module of its own, and its briefings."""

from __future__ import annotations

from dataclasses import replace

from bot.model import Room
from bot.plugin import Brief, Occasion
from plugins.triage.briefing import meeting, today
from plugins.triage.commands.finding import Finding
from plugins.triage.commands.looking import Looking
from plugins.triage.commands.reporting import Reporting
from plugins.triage.commands.ruling import Ruling
from plugins.triage.commands.taking import Taking
from plugins.triage.commands.triaging import Triaging

_NEW, _NEXT = 10, 20
"""Places in the daily reminder."""


class Triage(Looking, Taking, Triaging, Ruling, Reporting, Finding):
    """Bugs: which are new to each team, who looks at them, and how long they wait."""

    async def briefing(self, room: Room, occasion: Occasion) -> list[Brief]:
        """What the team of a room should look at; in the coordinator's rooms, what fits no team."""
        team = self.rosters.team_of(room)
        if team is None and room not in self.coordinators_rooms():
            return []
        await self.look()
        if occasion is Occasion.WEEKLY:
            report = replace(await self.week(team), whose="")  # the reminder says whose it is
            return [Brief(line, _NEW) for line in report.lines(self.bot.now())]
        places = self.queue({team.name if team is not None else ""})
        now = self.bot.now()
        if occasion is Occasion.DAILY:
            return [
                Brief(line, place) for line, place in zip(today(places, now), (_NEW, _NEXT), strict=False)
            ]
        stale = self.stale_of(team) if team is not None else []
        return [Brief(line) for line in meeting(places, stale, self.settings.stale, now)]
