"""The pages of blueprints and milestones, made of what is in memory and of the record of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from bot.model import Json
from bot.plugin import About, Part, Subject, changes_after, changes_of
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
)
from plugins.blueprints.addresses import blueprint_path, list_path, milestone_path
from plugins.blueprints.days import ALL, Days, days_of
from plugins.blueprints.filters import ALL as ALL_STATES
from plugins.blueprints.filters import NONE, OPEN, Filter, chosen
from plugins.blueprints.pages.curve import Curve, curve
from plugins.blueprints.pages.shown import (
    far_data,
    history,
    milestone_data,
    people_of,
    pressing,
    row_data,
    rows,
    web_address,
    without_address,
)
from plugins.blueprints.past import FIELDS, Past, Slipped
from plugins.blueprints.progress import days_to, dependents, in_order, upcoming
from plugins.blueprints.standing import OPEN as OPEN_STANDINGS
from plugins.blueprints.standing import WORDS, Far, Standing, by_milestone, whole
from plugins.blueprints.states import FIELDS as STATE_FIELDS
from plugins.blueprints.states import STATES
from plugins.blueprints.tables import subject
from plugins.blueprints.workitems import SAID, work_items
from plugins.rosters import Person, Team, person_at, person_path, person_word, shown_name, team_path
from plugins.tracker import ItemKind, Milestone, Ref

if TYPE_CHECKING:
    from plugins.blueprints.foundation import Foundation

_templates = Templates(
    __file__,
    blueprint_path=blueprint_path,
    milestone_path=milestone_path,
    list_path=list_path,
    team_path=team_path,
    person_path=person_path,
    person_word=person_word,
    shown_name=shown_name,
    without_address=without_address,
    web_address=web_address,
    line=one_line,
)
_PAGE = 100
"""Blueprints on one page of a list."""
_SHOWN = 25
_IN_PART = 12
_HISTORY = 50
_PAST = timedelta(days=182)
_FEWEST = 2
"""Days that make a chart."""


class Views:
    """The pages of one running plugin."""

    def __init__(self, blueprints: Foundation) -> None:
        self._of = blueprints
        self._past = Past()
        self._gone: dict[str, tuple[tuple[object, ...], Curve, list[Slipped]]] = {}
        self._reading = asyncio.Lock()

    def routes(self) -> Sequence[BaseRoute]:
        """All of them."""
        return (
            Route("/blueprints/", self.blueprints),
            Route("/blueprints/{name}/", self.blueprint),
            Route("/milestones/", self.milestones),
            Route("/milestones/{name}/", self.milestone),
        )

    async def parts(self, about: Subject, reader: Reader) -> list[Part]:
        """What there is to say on others' pages."""
        if about.about is About.HOME:
            return self._home(reader)
        if about.about is About.TEAM:
            team = self._of.roster.teams.get(about.name)
            return await self._of_team(team, reader) if team is not None else []
        person = self._of.roster.named(about.name) if about.about is About.PERSON else None
        return self._of_person(person, reader) if person is not None else []

    async def past(self) -> Past:
        """What the record says, read on to its end."""
        async with self._reading:
            kind = ItemKind.BLUEPRINT.value
            self._past.take(await self._of.store.read(changes_after, kind, self._past.after, FIELDS))
            return self._past

    def _today(self) -> date:
        return self._of.today()

    # Blueprints

    async def blueprints(self, request: Request) -> Response:
        """``/blueprints/``: those that are asked for, a page at a time."""
        asked = {key: request.query_params.get(key, "") for key in ("team", "milestone", "state", "who")}
        wanted = self._wanted(asked)
        held = self._of.holdings()
        owning = held.owning
        whose = wanted.whose if wanted is not None else None
        among = held.team_s(whose.name) if isinstance(whose, Team) else self._of.blueprints.values()
        items = chosen(wanted, among, owning) if wanted is not None else []
        pages = max(-(-len(items) // _PAGE), 1)
        number = min(max(_number(request.query_params.get("page", "")), 1), pages)
        shown = rows(items[(number - 1) * _PAGE : number * _PAGE], owning)
        return _templates.page(
            request,
            "blueprints.html",
            title="Blueprints",
            data={
                "count": len(items),
                "page": number,
                "pages": pages,
                "blueprints": [row.data for row in shown],
            },
            asked=asked,
            asked_person=whose if isinstance(whose, Person) else None,
            count=len(items),
            rows=shown,
            number=number,
            pages=pages,
            teams=[team.name for team in self._of.roster.active()],
            milestones=[one.name for one in in_order(self._of.tracker.milestones)],
            states=STATES,
        )

    def _wanted(self, asked: dict[str, str]) -> Filter | None:
        """What a list is asked for; ``None`` where that can be none of ours."""
        whose: Team | Person | str | None = None
        if asked["team"] == NONE:
            whose = NONE
        elif asked["team"]:
            whose = self._of.roster.teams.get(asked["team"].lower())
        elif asked["who"]:
            whose = person_at(self._of.roster, asked["who"])
        state = asked["state"] or OPEN
        if (asked["team"] or asked["who"]) and whose is None:
            return None
        if state not in {OPEN, ALL_STATES, *STATE_FIELDS}:
            return None
        milestone = {"": None, NONE: ""}.get(asked["milestone"], asked["milestone"])
        return Filter(whose, milestone, state)

    async def blueprint(self, request: Request) -> Response:
        """``/blueprints/NAME/``: all that is known of one."""
        name = str(request.path_params["name"])
        item = self._of.blueprints.get(name.lower())
        if item is None:
            raise HTTPException(404, "There is no such blueprint, or it is not public.")
        if item.name != name:
            return _led_to(request, blueprint_path(item.name))
        owning, known = self._of.holdings().owning, self._of.blueprints
        held = owning.holding(item)
        proposal = self._of.proposals.get(item.name)
        told = history(await self._of.store.read(changes_of, subject(item.name), _HISTORY))
        needs = [known[other] for other in item.depends_on if other in known]
        unknown = len(item.depends_on) - len(needs)  # which those are is not told: they may be private
        needed = dependents(item.name, known)
        work = work_items(item.work_items)
        related = self._of.bot.related(subject(item.name))
        milestone = next((one for one in self._of.tracker.milestones if one.name == item.milestone), None)
        data: dict[str, Json] = {
            **row_data(item, held),
            "definition": item.definition,
            "implementation": item.implementation,
            "direction_approved": item.direction_approved,
            "summary": item.summary,
            "whiteboard": item.whiteboard,
            "url": item.url,
            "specification_url": item.specification_url,
            "proposed": None
            if proposal is None
            else {"milestone": proposal.milestone, "by": proposal.person},
            "work_items": [
                {"title": one.title, "state": one.state.value, "who": without_address(one.who)}
                for one in work
            ],
            "depends_on": [one.name for one in needs],
            "depends_on_others": unknown,
            "needed_by": [one.name for one in needed],
            "related": list(related),
            "history": [one.data for one in told],
        }
        return _templates.page(
            request,
            "blueprint.html",
            title=one_line(item.title) or item.name,
            data=data,
            item=item,
            held=held,
            milestone=milestone,
            due=days_to(milestone.due, self._today()) if milestone is not None and milestone.due else "",
            proposal=proposal,
            people=people_of(item, owning),
            work=[(one, SAID[one.state]) for one in work],
            needs=rows(needs, owning),
            unknown=unknown,
            needed=rows(needed, owning),
            related=related,
            told=told,
            waits=self._of.tracker.items.is_waiting(Ref(ItemKind.BLUEPRINT, item.name)),
            tracker=self._of.tracker.title,
        )

    # Milestones

    async def milestones(self, request: Request) -> Response:
        """``/milestones/``: all of them, those that take blueprints first."""
        far = self._of.holdings().milestones()
        today = self._today()
        all_ = in_order(self._of.tracker.milestones)
        active = [one for one in all_ if one.is_active]
        over = [one for one in all_ if not one.is_active][::-1]
        none = far.get("", Far())
        return _templates.page(
            request,
            "milestones.html",
            title="Milestones",
            data={
                "milestones": [
                    {
                        **milestone_data(one.name, far.get(one.name, Far())),
                        "series": one.series,
                        "due": one.due.isoformat() if one.due else None,
                        "active": one.is_active,
                    }
                    for one in (*active, *over)
                ],
                "without": far_data(none),
            },
            groups=[
                (title, [(one, far.get(one.name, Far()), _due(one, today)) for one in group])
                for title, group in (("", active), ("Over", over))
                if group
            ],
            untargeted=none,
        )

    async def milestone(self, request: Request) -> Response:
        """``/milestones/NAME/``: how far one is, how it went, and what slipped from it."""
        name = str(request.path_params["name"])
        by_name = {one.name.lower(): one for one in self._of.tracker.milestones}
        found = self._of.tracker.milestone(name) or by_name.get(name.lower())
        if found is None:
            raise HTTPException(404, "There is no such milestone.")
        if found.name != name:
            return _led_to(request, milestone_path(found.name))
        holdings, known = self._of.holdings(), self._of.blueprints
        owning, teams = holdings.owning, holdings.teams(found.name)
        all_ = whole(teams.values())
        past = await self.past()
        kept = await self._of.store.read(days_of, found.name, ALL)
        gone, slipped = self._went(found, past, kept, all_)
        is_open = pressing(item for item in known.values() if item.milestone == found.name and item.is_open)
        proposed = sorted(
            name for name, one in self._of.proposals.items() if one.milestone == found.name and name in known
        )
        reader = reader_of(request)
        parts = await self._of.bot.parts(Subject(About.MILESTONE, found.name), reader)
        data: dict[str, Json] = {
            **milestone_data(found.name, all_),
            "series": found.series,
            "due": found.due.isoformat() if found.due else None,
            "active": found.is_active,
            "teams": {team or NONE: far_data(far) for team, far in teams.items()},
            "slipped": [
                {"name": one.item.name, "to": one.item.milestone or None, "when": one.when.isoformat()}
                for one in slipped
            ],
            "proposed": list[Json](proposed),
            "history": _curve_data(gone),
        }
        return _templates.page(
            request,
            "milestone.html",
            title=found.name,
            data={"milestone": data, **{part.key: part.data for part in parts}},
            milestone=found,
            due=_due(found, self._today()),
            far=all_,
            teams=[(team, far, charts.share(far.shares())) for team, far in teams.items()],
            chart=_chart(found, gone),
            known=gone.known,
            slipped=slipped[:_SHOWN],
            slipped_more=len(slipped) - _SHOWN,
            open_rows=rows(is_open[:_SHOWN], owning),
            more=len(is_open) - _SHOWN,
            proposed=proposed,
            parts=parts,
            words=WORDS,
            standings=tuple(Standing),
        )

    def _went(self, found: Milestone, past: Past, kept: Days, far: Far) -> tuple[Curve, list[Slipped]]:
        """How a milestone went and what slipped from it: counted out once, while nothing changes."""
        items, milestones = self._of.tracker.items, self._of.tracker.milestones
        stands_on = (items, items.changes, past.version, kept, found, tuple(milestones), self._today())
        known = self._gone.get(found.name)
        if known is None or known[0] != stands_on:
            gone = curve(found, items.blueprints, past, kept, far.blueprints, self._today(), self._of.zone)
            known = (stands_on, gone, past.slipped(found, items.blueprints, milestones))
            self._gone[found.name] = known
        return known[1], known[2]

    # Others' pages

    def _home(self, reader: Reader) -> list[Part]:
        """The next milestone, and how far it is."""
        today = self._today()
        series = self._of.tracker.series
        found = upcoming((one for one in self._of.tracker.milestones if series in {"", one.series}), today)
        if found is None:
            return []
        far = self._of.holdings().milestones().get(found.name, Far())
        data: dict[str, Json] = milestone_data(found.name, far)
        data["due"] = found.due.isoformat() if found.due else None
        return [
            self._part(
                reader,
                ("milestone", "Next milestone", 32),
                data,
                "part_milestone.html",
                milestone=found,
                due=_due(found, today),
                far=far,
                share=charts.share(far.shares()),
            )
        ]

    async def _of_team(self, team: Team, reader: Reader) -> list[Part]:
        """A team's blueprints: how far they are for each milestone, and the most pressing that are open."""
        held = self._of.holdings()
        own, owning = held.team_s(team.name), held.owning
        if not own:
            return []
        far = by_milestone(own)
        known = [one.name for one in in_order(self._of.tracker.milestones)]
        is_open = pressing(item for item in own if item.is_open)
        went = await self._of.store.read(days_of, ALL, team.name, self._today() - _PAST)
        data: dict[str, Json] = {
            "history": [
                {"day": day.isoformat(), **{how.value: counts.get(how, 0) for how in Standing}}
                for day, counts in sorted(went.counts.items())
            ],
            "milestones": [
                milestone_data(name, far[name]) if name else {"name": None, **far_data(far[name])}
                for name in (*known, "")
                if name in far
            ],
            "open": [row_data(item, owning.holding(item)) for item in is_open],
        }
        return [
            self._part(
                reader,
                ("blueprints", "Blueprints", 40),
                data,
                "part_team.html",
                team=team,
                far=[
                    (name, far[name], charts.share(far[name].shares()))
                    for name in (*known, "")
                    if name in far
                ],
                chart=_chart_of_team(team, went),
                rows=rows(is_open[:_IN_PART], owning),
                more=len(is_open) - _IN_PART,
            )
        ]

    def _of_person(self, person: Person, reader: Reader) -> list[Part]:
        """What somebody works on."""
        owning = self._of.holdings().owning
        items = chosen(Filter(person), self._of.blueprints.values(), owning)
        if not items:
            return []
        data: list[Json] = [row_data(item, owning.holding(item)) for item in items]
        return [
            self._part(
                reader,
                ("blueprints", "Blueprints", 30),
                data,
                "part_person.html",
                person=person,
                rows=rows(items[:_SHOWN], owning),
                more=len(items) - _SHOWN,
            )
        ]

    def _part(
        self, reader: Reader, head: tuple[str, str, int], data: Json, template: str, **context: Any
    ) -> Part:
        key, title, place = head
        html = _templates.part(reader, template, **context)
        return Part(key, title, html, data, place)


def _led_to(request: Request, path: str) -> Response:
    """To the page's own address, here: no other host is named."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(reader_of(request).href(path) + query, 308)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1


def _due(milestone: Milestone, today: date) -> str:
    return "" if milestone.due is None else f"{milestone.due}, {days_to(milestone.due, today)}"


def _curve_data(gone: Curve) -> dict[str, Json]:
    days: list[Json] = [
        {"day": day.isoformat(), **{how.value: gone.counts[how][n] for how in Standing}}
        for n, day in enumerate(gone.days)
    ]
    return {"known_since": gone.known.isoformat(), "days": days}


def _chart_of_team(team: Team, went: Days) -> Any:
    """What a team had open at the ends of the days that were counted; nothing for less than two of them."""
    days = sorted(went.counts)
    if len(days) < _FEWEST:
        return ""
    return charts.areas(
        "team-open",
        f"Open blueprints of {team.name} over time",
        f"Counted each night from {days[0]} to {days[-1]}.",
        days,
        [
            charts.Series(WORDS[how], [went.counts[day].get(how, 0) for day in days], how.value)
            for how in OPEN_STANDINGS
        ],
    )


def _chart(milestone: Milestone, gone: Curve) -> Any:
    """What was open over time."""
    first, last = (
        sum(gone.counts[how][0] for how in OPEN_STANDINGS),
        sum(gone.counts[how][-1] for how in OPEN_STANDINGS),
    )
    said = (
        f"From {gone.days[0]} to {gone.days[-1]}: {first} blueprints were open at first, {last} at the end."
    )
    return charts.areas(
        "open",
        f"Open blueprints of {milestone.name} over time",
        said,
        gone.days,
        [charts.Series(WORDS[how], gone.counts[how], how.value) for how in OPEN_STANDINGS],
        until=milestone.due if milestone.is_active else None,
        mark=(milestone.due, "due") if milestone.due is not None else None,
    )
