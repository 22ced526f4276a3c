"""The page of all queues, and what triage has to say on other pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.derived import Derived
from bot.model import Json
from bot.plugin import About, Change, Part, Subject
from bot.text import one_line
from bot.web import (
    BaseRoute,
    HTTPException,
    Reader,
    RedirectResponse,
    Request,
    Response,
    Route,
    Templates,
    charts,
    reader_of,
    wants_json,
)
from plugins.rosters import Person, Team, person_path, shown_name, team_path
from plugins.tracker import Item
from plugins.triage.ages import age_text
from plugins.triage.days import ALL, OPEN, WAITING, days_of
from plugins.triage.inflow import Week, ages, begin_of, first_monday, weeks
from plugins.triage.pages.record import Record
from plugins.triage.queue import Place, Take, came, oldest
from plugins.triage.report import Triaged, triaged
from plugins.triage.showing import brief, importance

if TYPE_CHECKING:
    from plugins.triage.commands.looking import Looking

_templates = Templates(__file__, team_path=team_path, person_path=person_path, shown_name=shown_name)
_OF_TEAM = 10
"""Bugs of each queue that are listed with all queues."""
_MANY, _OF_MANY = 20, 3
"""Of more queues than that, so many bugs of each."""
_IN_PART = 8
_FEWEST = 2
"""Days that make a chart."""


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug in a queue, as it is shown: how old it is, who has it; ``url`` only where it leads to the web."""

    item: Item
    title: str
    url: str
    importance: str
    age: str
    taken: Person | None
    taken_by: str

    @property
    def data(self) -> dict[str, Json]:
        """As JSON."""
        since = came(self.item)
        return {
            "number": int(self.item.name),
            "title": self.title,
            "url": self.url,
            "importance": self.importance,
            "came": since.isoformat() if since else None,
            "taken_by": self.taken_by or None,
        }


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for a team (``None``: for the coordinator), the oldest first, not all of the ``count``
    where they are many; and who is on duty.
    """

    team: Team | None
    bugs: tuple[Bug, ...]
    count: int
    on_duty: Person | None

    @property
    def data(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "team": self.team.name if self.team is not None else None,
            "on_duty": shown_name(self.on_duty) if self.on_duty is not None else None,
            "count": self.count,
            "waiting": [bug.data for bug in self.bugs],
        }


@dataclass(frozen=True, slots=True)
class _Went:
    """All bugs, those that wait, and what was triaged in the last weeks: by teams, and all."""

    bugs: Mapping[str, Sequence[Item]]
    waiting: Mapping[str, Sequence[Item]]
    done: Mapping[str, Sequence[Triaged]]


class Views:
    """The pages of one running plugin."""

    def __init__(self, triage: Looking) -> None:
        self._of = triage
        self._record = Record(triage.store)
        self._went: Derived[_Went] = Derived()

    def routes(self) -> Sequence[BaseRoute]:
        """The one."""
        return (Route("/triage/", self.triage),)

    async def triage(self, request: Request) -> Response:
        """``/triage/``: what waits, for whom, and how that went; ``?team=NAME``: for one team, all of it."""
        asked = request.query_params.get("team")
        team: Team | None = None
        if asked:
            team = self._of.roster.teams.get(asked.lower())
            if team is None or team.is_retired:
                raise HTTPException(404, "There is no such team.")
            if team.name != asked:
                return RedirectResponse(reader_of(request).href(f"/triage/?team={team.name}"), 308)
        await self._of.glance()
        places = self._of.queue(None if team is None else {team.name})
        queues = self._queues(places, None if team is not None or wants_json(request) else _OF_TEAM)
        past, kept, first = await self._weeks(team)
        now = self._of.bot.now()
        waiting = [place.item for place in places]
        old, of_ages = oldest(waiting), ages(waiting, now)

        def data() -> dict[str, Json]:
            return {
                "waiting": len(places),
                "queues": [one.data for one in queues],
                "ages": dict[str, Json](of_ages),
                "weeks": [_week_data(one) for one in past],
                "days": [
                    {"day": day.isoformat(), "waiting": counts.get(WAITING, 0), "open": counts.get(OPEN, 0)}
                    for day, counts in sorted(kept.items())
                ],
            }

        return _templates.page(
            request,
            "triage.html",
            title=f"Triage for {team.title or team.name}" if team is not None else "Triage",
            data=data,
            team=team,
            count=len(places),
            oldest=brief(old, now) if old is not None else "",
            queues=queues,
            ages=charts.bars(
                "ages",
                "How old are the bugs that wait",
                f"{'1 bug waits' if len(waiting) == 1 else f'{len(waiting)} bugs wait'} for triage, by age.",
                of_ages,
                unit="Bugs",
            ),
            inflow=_inflow(past),
            open=_open(kept),
            counted=first,
            as_of=self._of.tracker.as_of(),
        )

    def _queues(self, places: Sequence[Place], most: int | None = None) -> list[Queue]:
        """Queues by team, the coordinator's last; of each at ``most`` so many bugs, and fewer where queues
        are many.
        """
        found: dict[str, list[Place]] = {}
        for place in sorted(places, key=lambda place: _by_age(place.item)):
            found.setdefault(place.route.team, []).append(place)
        if most is not None and len(found) > _MANY:
            most = _OF_MANY
        queues = []
        for name in sorted(found, key=lambda one: (one == "", one)):
            team = self._of.roster.teams.get(name)
            person = self._of.duty_of(team) if team is not None else None
            bugs = tuple(self._bug(place.item, place.take) for place in found[name][:most])
            queues.append(Queue(team, bugs, len(found[name]), person))
        return queues

    def _bug(self, item: Item, take: Take | None) -> Bug:
        person = self._of.roster.with_id(take.person) if take is not None else None
        by = "" if take is None else shown_name(person) if person is not None else take.name.partition("@")[0]
        is_web = item.url.startswith(("https://", "http://"))
        return Bug(
            item,
            one_line(item.title),
            item.url if is_web else "",
            importance(item),
            age_text(item, self._of.bot.now()),
            person,
            by,
        )

    async def _weeks(self, team: Team | None) -> tuple[list[Week], dict[date, dict[str, int]], date | None]:
        """The last weeks of a team, or of all; what was counted on their days; and the first day of any that
        was.
        """
        of, zone = self._of, self._of.zone_of()
        today = of.today()
        since = begin_of(first_monday(today), zone)
        changes = await self._record.since(since)
        went = self._went.of((*of.stands_on, changes, since), lambda: self._by_teams(changes, since))
        whose = team.name if team is not None else ALL
        kept, first = await of.store.look(days_of, whose, first_monday(today))
        counted = {day: counts.get(WAITING, 0) for day, counts in kept.items()}
        bugs, waiting = went.bugs.get(whose, ()), went.waiting.get(whose, ())
        return weeks(bugs, went.done.get(whose, ()), waiting, counted, today, zone), kept, first

    def _by_teams(self, changes: Sequence[Change], since: datetime) -> _Went:
        of = self._of
        done: dict[str, list[Triaged]] = {ALL: []}
        for one in triaged(of.bugs, changes, of.called, of.tracker.title, since):
            done[ALL].append(one)
            done.setdefault(of.route_of(one.item).team, []).append(one)
        return _Went(of.by_team(of.bugs.values()), of.by_team(of.waiting()), done)

    # Others' pages

    async def parts(self, about: Subject, reader: Reader) -> list[Part]:
        """A team's queue; how much waits; what somebody has."""
        if about.about is About.HOME:
            await self._of.glance()
            return self._home(reader)
        if about.about is About.TEAM:
            team = self._of.roster.teams.get(about.name)
            if team is None or team.is_retired:
                return []
            await self._of.glance()
            return self._of_team(team, reader)
        person = self._of.roster.named(about.name) if about.about is About.PERSON else None
        if person is None:
            return []
        await self._of.glance()
        return self._of_person(person, reader)

    def _home(self, reader: Reader) -> list[Part]:
        waiting = self._of.waiting()
        if not waiting:
            return []
        now, old = self._of.bot.now(), oldest(waiting)
        data: dict[str, Json] = {
            "waiting": len(waiting),
            "oldest": int(old.name) if old is not None else None,
        }
        html = _templates.part(
            reader, "part_home.html", count=len(waiting), oldest=brief(old, now) if old is not None else ""
        )
        return [Part("triage", "Bugs", html, data, 40)]

    def _of_team(self, team: Team, reader: Reader) -> list[Part]:
        queues = self._queues(self._of.queue({team.name}), _IN_PART)
        if not queues:
            return []
        html = _templates.part(reader, "part_team.html", queue=queues[0])
        return [Part("triage", "Bugs that wait for triage", html, queues[0].data, 40)]

    def _of_person(self, person: Person, reader: Reader) -> list[Part]:
        mine = sorted(
            ((self._of.bugs[take.bug], take) for take in self._of.takes_of(person)),
            key=lambda pair: _by_age(pair[0]),
        )
        if not mine:
            return []
        bugs = [self._bug(item, take) for item, take in mine]
        html = _templates.part(reader, "part_person.html", bugs=bugs)
        return [Part("triage", "Bugs for triage", html, [bug.data for bug in bugs], 35)]


def _by_age(item: Item) -> tuple[bool, float, int]:
    """The oldest first; those whose age is not known last."""
    since = came(item)
    return since is None, since.timestamp() if since is not None else 0.0, int(item.name)


def _week_data(week: Week) -> dict[str, Json]:
    return {
        "monday": week.monday.isoformat(),
        "came": week.came,
        "triaged": week.triaged,
        "left": week.left,
    }


def _open(kept: Mapping[date, Mapping[str, int]]) -> Any:
    """What was open at the ends of the days that were counted; nothing for less than two of them."""
    days = sorted(kept)
    if len(days) < _FEWEST:
        return ""
    waiting = [kept[day].get(WAITING, 0) for day in days]
    rest = [max(kept[day].get(OPEN, 0) - count, 0) for day, count in zip(days, waiting, strict=True)]
    return charts.areas(
        "open-bugs",
        "Open bugs, day by day",
        f"Counted each night from {days[0]} to {days[-1]}.",
        days,
        [
            charts.Series("Wait for triage", waiting, "stuck"),
            charts.Series("Triaged, and open", rest, "work"),
        ],
    )


def _inflow(past: Sequence[Week]) -> Any:
    last = past[-1].monday + timedelta(days=6)
    came_in, done = sum(one.came for one in past), sum(one.triaged for one in past)
    return charts.lines(
        "inflow",
        "What came in, was triaged, and was left, week by week",
        f"From {past[0].monday} to {last}: {came_in} {'bug' if came_in == 1 else 'bugs'} came in, "
        f"{done} {'was' if done == 1 else 'were'} triaged.",
        [f"{one.monday.day} {one.monday:%b}" for one in past],
        [
            charts.Series("Came in", [one.came for one in past], "work"),
            charts.Series("Triaged", [one.triaged for one in past], "done"),
            charts.Series("Left waiting at the week's end", [one.left for one in past], "stuck"),
        ],
    )
