"""The page of a team's turns, for calendar programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile

from bot.web import HTTPException, Request, Response
from plugins.duty.calendar import calendar
from plugins.duty.foundation import Foundation
from plugins.duty.rotation import Turn
from plugins.duty.tables import Rotation
from plugins.rosters import Team

PAST, AHEAD = timedelta(days=31), timedelta(days=183)


async def duty_calendar(duty: Foundation, request: Request) -> Response:
    """``/teams/NAME/duty.ics``: a team's turns of the last month and the next half year."""
    await duty.refresh()
    team = duty.roster.teams.get(request.path_params["name"])
    rotation = duty.rotation(team) if team is not None and not team.is_retired else None
    if team is None or rotation is None:
        raise HTTPException(404, "There is no such team, or it has no duty rotation.")
    text = calendar(team.name, team.title, _turns(duty, team, rotation), duty.called)
    return Response(text, media_type="text/calendar; charset=utf-8")


def _turns(duty: Foundation, team: Team, rotation: Rotation) -> Iterator[tuple[Turn, datetime]]:
    now = duty.bot.now()
    for one in rotation.had:
        if one.turn.ends > now - PAST and one.turn.begins < one.turn.ends and one.turn.person is not None:
            yield one.turn, one.decided_at
    for turn in takewhile(lambda one: one.begins < now + AHEAD, duty.to_come(team, rotation)):
        if turn.person is not None:
            yield turn, rotation.changed_at
