"""The page of a team's turns, for calendar programs, and what its own page says of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, takewhile

from bot.model import Json
from bot.plugin import Part
from bot.web import HTTPException, Reader, Request, Response, Templates
from plugins.duty.calendar import calendar
from plugins.duty.foundation import Foundation
from plugins.duty.rotation import Turn
from plugins.duty.tables import Rotation
from plugins.rosters import Team, person_path, shown_name, team_path

_templates = Templates(__file__, person_path=person_path, shown_name=shown_name)
_NEXT = 4
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


def duty_part(duty: Foundation, team: Team, reader: Reader) -> list[Part]:
    """Who is on duty now, and whose the next turns are."""
    rotation = duty.rotation(team)
    if rotation is None:
        return []
    now = duty.bot.now()
    acting, running = duty.on_duty(team), duty.turn_at(team, rotation, now)
    coming = list(islice((one for one in duty.to_come(team, rotation) if one.begins > now), _NEXT))
    rows = [(one, duty.roster.people.get(one.person) if one.person is not None else None) for one in coming]
    data: dict[str, Json] = {
        "on_duty": shown_name(acting) if acting is not None else None,
        "until": running.ends.isoformat() if running is not None else None,
        "next": [
            {"begins": one.begins.isoformat(), "person": shown_name(person) if person is not None else None}
            for one, person in rows
        ],
    }
    html = _templates.part(
        reader,
        "duty_part.html",
        team=team,
        acting=acting,
        running=running,
        stands_in=running is not None and acting is not None and acting.id != running.person,
        rows=rows,
        zone=rotation.rhythm.zone,
        path=f"{team_path(team.name)}duty.ics",
    )
    return [Part("duty", "On duty", html, data, 25)]


def _turns(duty: Foundation, team: Team, rotation: Rotation) -> Iterator[tuple[Turn, datetime]]:
    now = duty.bot.now()
    for one in rotation.had:
        if one.turn.ends > now - PAST and one.turn.begins < one.turn.ends and one.turn.person is not None:
            yield one.turn, one.decided_at
    for turn in takewhile(lambda one: one.begins < now + AHEAD, duty.to_come(team, rotation)):
        if turn.person is not None:
            yield turn, rotation.changed_at
