"""The pages of teams and people, made of the roster in memory and of what other plugins have to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.derived import Derived
from bot.model import Json, Room
from bot.plugin import About, Brief, Occasion, Part, Subject
from bot.web import (
    BaseRoute,
    HTTPException,
    Reader,
    RedirectResponse,
    Request,
    Response,
    Route,
    Templates,
    reader_of,
)
from plugins.rosters.addresses import person_at, person_path, person_word, shown_name, team_path
from plugins.rosters.pages import tables
from plugins.rosters.pages.calendars import Calendars
from plugins.rosters.pages.coming import Coming
from plugins.rosters.pages.data import meeting_data, person_data, series_data, team_data
from plugins.rosters.roster import LeadState, Person, Phase, Team
from plugins.rosters.telling import day_text

if TYPE_CHECKING:
    from plugins.rosters.plugin import Rosters

_templates = Templates(
    __file__, team_path=team_path, person_path=person_path, shown_name=shown_name, day_text=day_text
)
_AT_HOME = 6
_PHASES = {Phase.RESEARCH: "in research", Phase.PLANNING: "planning", Phase.BUILDING: "building"}


@dataclass(frozen=True, slots=True)
class _Listed:
    """Somebody in the list of all, with the paths and names of their teams, and whether they lead these."""

    person: Person
    path: str
    name: str
    coordinates: bool
    teams: tuple[tuple[str, str, bool], ...]


class Views:
    """The pages of one running plugin."""

    def __init__(self, rosters: Rosters) -> None:
        self._rosters = rosters
        self._coming = Coming()
        self._calendars = Calendars(rosters)
        self._listed: Derived[list[_Listed]] = Derived()

    def routes(self) -> Sequence[BaseRoute]:
        """All of them."""
        return (
            Route("/teams/", self.teams),
            Route("/teams/{name}/", self.team),
            Route("/teams/{name}/calendar.ics", self._calendars.of_team),
            Route("/calendar.ics", self._calendars.of_all),
            Route("/people/", self.people),
            Route("/people/{name}/", self.person),
        )

    # Teams

    async def teams(self, request: Request) -> Response:
        """``/teams/``: all of them."""
        roster, now = self._rosters.roster, self._rosters.bot.now()
        active = roster.active()
        retired = [team for team in roster.teams.values() if team.is_retired]
        rows = [
            (team, self._lead(team), len(roster.members(team)), self._coming.of(team, now)[:1])
            for team in active
        ]
        return _templates.page(
            request,
            "teams.html",
            title="Teams",
            data=lambda: {
                "teams": [team_data(roster, team, coming) for team, _, _, coming in rows],
                "retired": [team.name for team in retired],
            },
            rows=rows,
            retired=retired,
            vacancies=sum(team.lead_state is LeadState.VACANT or bool(team.wanted) for team in active),
        )

    async def team(self, request: Request) -> Response:
        """``/teams/NAME/``: one team, and what all plugins have to say of it."""
        rosters, name = self._rosters, str(request.path_params["name"])
        team = rosters.roster.teams.get(name.lower())
        if team is None:
            raise HTTPException(404, "There is no such team.")
        if team.name != name:
            return _led_to(request, team_path(team.name))
        reader = reader_of(request)
        if team.is_retired:
            return await self._retired(request, team)
        rooms = rosters.rooms_of(team)
        briefs = await rosters.bot.briefs(rooms[0], Occasion.PAGE) if rooms else []
        parts = await rosters.bot.parts(Subject(About.TEAM, team.name), reader)
        now = rosters.bot.now()
        coming = self._coming.of(team, now)
        return _templates.page(
            request,
            "team.html",
            title=team.title or team.name,
            data=lambda: {"team": self._whole(team, rooms, now), **_said(briefs), **_data_of(parts)},
            team=team,
            lead=self._lead(team),
            members=[self._member(team, one) for one in rosters.roster.members(team)],
            volunteers=[rosters.roster.people[one] for one in team.volunteers],
            rooms=[str(room) for room in rooms],
            phase=_PHASES[team.phase],
            coming=coming,
            exceptions=_exceptions(team),
            briefs=briefs,
            parts=parts,
        )

    def _whole(self, team: Team, rooms: Sequence[Room], now: datetime) -> dict[str, Json]:
        rosters = self._rosters
        return {
            **team_data(rosters.roster, team, self._coming.of(team, now)),
            "about": team.about,
            "members": [
                {**person_data(one, is_away=rosters.is_away(one)), "role": role}
                for one, role in (self._member(team, one) for one in rosters.roster.members(team))
            ],
            "volunteers": [
                person_data(rosters.roster.people[one], is_away=rosters.is_away(rosters.roster.people[one]))
                for one in team.volunteers
            ],
            "rooms": [str(room) for room in rooms],
            "list": team.mailing_list,
            "launchpad": team.launchpad,
            "tags": list(team.tags),
            "areas": list(team.areas),
            "phase": team.phase.value,
            "zone": team.zone or rosters.bot.zone,
            "meets": [series_data(one) for one in team.meets],
            "coming": [meeting_data(one) for one in self._coming.of(team, now)],
            "retired": team.is_retired,
        }

    async def _retired(self, request: Request, team: Team) -> Response:
        """A team that is no more: since when, and where its people are now."""
        rosters = self._rosters
        retired = await rosters.store.look(tables.retired_at, team.name)
        people = rosters.roster.members(team)
        now_on = Counter(other.name for one in people for other in rosters.roster.teams_of(one))
        went = sorted(now_on.items(), key=lambda pair: (-pair[1], pair[0]))
        parts = await rosters.bot.parts(Subject(About.TEAM, team.name), reader_of(request))
        data: dict[str, Json] = {
            "name": team.name,
            "title": team.title,
            "retired": True,
            "since": retired.isoformat() if retired else None,
            "went": [{"team": name, "people": count} for name, count in went],
        }
        return _templates.page(
            request,
            "retired.html",
            title=team.title or team.name,
            data={"team": data, **_data_of(parts)},
            team=team,
            retired=retired,
            people=people,
            went=[(rosters.roster.teams[name], count) for name, count in went],
            parts=parts,
        )

    def _lead(self, team: Team) -> Person | None:
        return self._rosters.roster.people.get(team.lead) if team.lead is not None else None

    def _member(self, team: Team, person: Person) -> tuple[Person, str]:
        return person, next((one.role for one in team.members if one.person == person.id), "")

    # People

    async def people(self, request: Request) -> Response:
        """``/people/``: all who are on a team, and who coordinates."""
        rosters, href = self._rosters, reader_of(request).href
        listed = self._listed.of((rosters.roster, rosters.settings), lambda: _listed(rosters))
        away = {one.id for one in rosters.roster.people.values() if rosters.is_away(one)}
        return _templates.page(
            request,
            "people.html",
            title="People",
            data=lambda: {
                "people": [
                    {
                        **person_data(one.person, is_away=one.person.id in away),
                        "coordinator": one.coordinates,
                        "teams": [name for _, name, _ in one.teams],
                    }
                    for one in listed
                ]
            },
            # There are thousands: what is asked for in a template takes ten times as long.
            rows=[
                (
                    href(one.path),
                    one.name,
                    one.coordinates,
                    one.person.id in away,
                    [(href(path), name, leads) for path, name, leads in one.teams],
                )
                for one in listed
            ],
        )

    async def person(self, request: Request) -> Response:
        """``/people/NAME/``: one person, and what all plugins have to say of them."""
        rosters, name = self._rosters, str(request.path_params["name"])
        person = person_at(rosters.roster, name)
        if person is None:
            raise HTTPException(404, "There is nobody of that name.")
        if name != person_word(person):
            return _led_to(request, person_path(person))
        reader = reader_of(request)
        teams = [(team, self._role(team, person)) for team in rosters.roster.teams_of(person)]
        teams.sort(key=lambda on: not on[1].startswith("lead"))
        parts = await rosters.bot.parts(Subject(About.PERSON, person.name), reader)
        until = person.away_until
        is_away = rosters.is_away(person)
        coordinates = rosters.is_coordinator(person)

        def data() -> dict[str, Json]:
            whole: dict[str, Json] = {
                **person_data(person, is_away=is_away),
                "away_until": until.isoformat() if is_away and until else None,
                "coordinator": coordinates,
                "launchpad": person.launchpad,
                "zone": person.zone,
                "teams": [
                    {"name": team.name, "role": role, "path": team_path(team.name)} for team, role in teams
                ],
            }
            return {"person": whole, **_data_of(parts)}

        return _templates.page(
            request,
            "person.html",
            title=shown_name(person),
            data=data,
            person=person,
            teams=teams,
            is_away=is_away,
            until=day_text(until) if until else "",
            coordinates=coordinates,
            parts=parts,
        )

    def _role(self, team: Team, person: Person) -> str:
        if team.lead == person.id:
            return "lead" if team.lead_state is LeadState.CONFIRMED else "lead, unconfirmed"
        return next((one.role for one in team.members if one.person == person.id and one.role), "member")

    # The home page

    def home(self, reader: Reader) -> list[Part]:
        """When teams meet next."""
        found = self._coming.first_of(self._rosters.roster.active(), self._rosters.bot.now())[:_AT_HOME]
        if not found:
            return []
        html = _templates.part(reader, "coming.html", coming=found)
        data: list[Json] = [{"team": team.name, **meeting_data(one)} for one, team in found]
        return [Part("next_meetings", "Next meetings", html, data, 20)]


def _listed(rosters: Rosters) -> list[_Listed]:
    """All who are on a team, and who coordinates, by name."""
    roster = rosters.roster
    found = []
    for one in roster.people.values():
        teams = roster.teams_of(one)
        coordinates = rosters.is_coordinator(one)
        if teams or coordinates:
            on = tuple((team_path(team.name), team.name, team.lead == one.id) for team in teams)
            found.append(_Listed(one, person_path(one), shown_name(one), coordinates, on))
    return sorted(found, key=lambda one: one.name.lower())


def _led_to(request: Request, path: str) -> Response:
    """To the page's own address, here: no other host is named."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(reader_of(request).href(path) + query, 308)


def _said(briefs: Sequence[Brief]) -> dict[str, Json]:
    return {"briefing": [brief.text for brief in briefs]}


def _data_of(parts: Sequence[Part]) -> dict[str, Json]:
    return {part.key: part.told for part in parts}


def _exceptions(team: Team) -> list[str]:
    """The days of a team's series that are not as the others, as they were typed."""
    return sorted({day for one in team.meets for day in (*one.cancelled, *one.moved)})
