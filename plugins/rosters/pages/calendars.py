"""The addresses for calendar programs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.web import HTTPException, RedirectResponse, Request, Response, reader_of
from plugins.rosters.addresses import team_path
from plugins.rosters.pages import tables
from plugins.rosters.pages.ics import Due, TeamMeets, calendar
from plugins.rosters.roster import Team

if TYPE_CHECKING:
    from plugins.rosters.plugin import Rosters


class Calendars:
    """The calendars of one running plugin."""

    def __init__(self, rosters: Rosters) -> None:
        self._rosters = rosters
        self._made: tuple[tuple[list[TeamMeets], list[Due], date], bytes] | None = None

    async def of_team(self, request: Request) -> Response:
        """``/teams/NAME/calendar.ics``: when a team meets."""
        name = str(request.path_params["name"])
        team = self._rosters.roster.teams.get(name.lower())
        if team is None or team.is_retired:
            raise HTTPException(404, "There is no such team.")
        if team.name != name:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(
                reader_of(request).href(f"{team_path(team.name)}calendar.ics") + query, 308
            )
        return _answer(
            calendar(f"{team.title or team.name} meetings", await self._meets([team]), [], self._today())
        )

    async def of_all(self, _request: Request) -> Response:
        """``/calendar.ics``: when all teams meet, and when milestones are due."""
        meets = await self._meets([team for team in self._rosters.roster.active() if team.meets])
        asked = (meets, await self._due(), self._today())
        if self._made is None or self._made[0] != asked:
            # Of hundreds of teams it takes a while, in which chat goes on.
            self._made = (asked, await asyncio.to_thread(calendar, "Meetings and milestones", *asked))
        return _answer(self._made[1])

    def _today(self) -> date:
        return self._rosters.today()

    async def _meets(self, teams: Sequence[Team]) -> list[TeamMeets]:
        changed = await self._rosters.store.look(tables.meets_changed, [team.name for team in teams])
        found = []
        for team in teams:
            count, when = changed.get(team.name, (0, None))
            found.append(TeamMeets(team, count, when, team.channel, self._url(team_path(team.name))))
        return found

    async def _due(self) -> list[Due]:
        """The milestones that have a date."""
        tracker = self._rosters.tracker
        dated = [(one.name, one.due) for one in tracker.milestones if one.due is not None]
        known = await self._rosters.store.look(tables.milestones_known, [name for name, _ in dated])
        return [
            Due(name, day, known.get(name), self._url(f"/milestones/{quote(name, safe='')}/"))
            for name, day in dated
        ]

    def _url(self, path: str) -> str:
        base = self._rosters.bot.base_url.rstrip("/")
        return f"{base}{path}" if base else ""


def _answer(text: bytes) -> Response:
    return Response(text, media_type="text/calendar; charset=utf-8")
