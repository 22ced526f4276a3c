"""The plugin, put together. How turns go round stands in :mod:`plugins.duty.rotation`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.plugin import About, Part, Subject
from plugins.duty.commands.setting import Setting
from plugins.duty.commands.swapping import Swapping
from plugins.duty.turning import Turning

if TYPE_CHECKING:
    from bot.web import BaseRoute, Reader, Request, Response


class Duty(Setting, Swapping, Turning):
    """Whose turn it is to look after a team's bugs."""

    def routes(self) -> Sequence[BaseRoute]:
        """The calendars of all teams."""
        from bot.web import Route
        from plugins.duty.pages import duty_calendar

        async def of_team(request: Request) -> Response:
            return await duty_calendar(self, request)

        return (Route("/teams/{name}/duty.ics", of_team),)

    async def parts(self, subject: Subject, reader: Reader) -> list[Part]:
        """Who is on duty, on a team's page."""
        team = self.roster.teams.get(subject.name) if subject.about is About.TEAM else None
        if team is None or team.is_retired or self.rotation(team) is None:
            return []
        from plugins.duty.pages import duty_part

        await self.refresh()
        return duty_part(self, team, reader)
