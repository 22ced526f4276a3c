"""The plugin: its commands, each kind in a module of its own, and its briefings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.model import Room
from bot.plugin import Bot, Brief, Door, Occasion, Part, Subject, daily
from plugins.triage.briefing import meeting, today
from plugins.triage.commands.finding import Finding
from plugins.triage.commands.looking import Looking
from plugins.triage.commands.reporting import Reporting
from plugins.triage.commands.ruling import Ruling
from plugins.triage.commands.taking import Taking
from plugins.triage.commands.triaging import Triaging
from plugins.triage.days import counted, keep_day
from plugins.triage.tables import FOLLOWED

if TYPE_CHECKING:
    from bot.web import BaseRoute, Reader
    from plugins.triage.pages.views import Views

_NEW, _NEXT = 10, 20
"""Places in the daily reminder."""


class Triage(Looking, Taking, Triaging, Ruling, Reporting, Finding):
    """Bugs: which are new to each team, who looks at them, and how long they wait."""

    doors = (Door("Triage", "/triage/", 40),)
    loads_from = FOLLOWED

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self._pages: Views | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """The page of all queues."""
        return self._views().routes()

    async def parts(self, subject: Subject, reader: Reader) -> list[Part]:
        """A team's queue on its page, what somebody has on theirs, and how much waits on the home page."""
        return await self._views().parts(subject, reader)

    def _views(self) -> Views:
        if self._pages is None:
            from plugins.triage.pages.views import Views  # with it come templates

            self._pages = Views(self)
        return self._pages

    @daily("23:50")
    async def count_day(self, day: date) -> None:
        """Keep how many bugs waited and were open at a day's end: whose they were, nothing tells later."""
        await self.look()
        counts = counted(self.bugs.values(), self.waits, lambda item: self.route_of(item).team)
        await self.store.write(keep_day, day, counts)

    async def briefing(self, room: Room, occasion: Occasion) -> list[Brief]:
        """What the team of a room should look at; in the coordinator's rooms, what fits no team."""
        team = self.rosters.team_of(room)
        if team is None and room not in self.coordinators_rooms():
            return []
        if occasion.is_whole:
            await self.glance()  # a page may ask, and pages change nothing
        else:
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
