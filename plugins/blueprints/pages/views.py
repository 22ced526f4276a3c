"""The pages of blueprints and milestones, made of what is in memory and of the record of changes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup
from sqlalchemy import Connection

from bot.derived import Derived
from bot.model import Json
from bot.plugin import (
    About,
    Change,
    RecordEnd,
    Subject,
    changes_after,
    changes_of,
    record_end,
)
from bot.text import one_line
from bot.web import (
    BaseRoute,
    HTTPException,
    Options,
    Reader,
    RedirectResponse,
    Request,
    Response,
    Route,
    charts,
    reader_of,
)
from plugins.blueprints.addresses import blueprint_path, milestone_path
from plugins.blueprints.days import ALL, Days
from plugins.blueprints.filters import ALL as ALL_STATES
from plugins.blueprints.filters import NONE, OPEN, Filter
from plugins.blueprints.held import Held
from plugins.blueprints.pages.curve import Curve, curve
from plugins.blueprints.pages.making import due, templates
from plugins.blueprints.pages.nightly import Nightly
from plugins.blueprints.pages.shown import (
    by_team,
    far_data,
    history,
    listed,
    milestone_data,
    people_of,
    row_data,
    whose_html,
    without_address,
)
from plugins.blueprints.past import FIELDS, Past, Slipped
from plugins.blueprints.progress import days_to, in_order
from plugins.blueprints.standing import OPEN as OPEN_STANDINGS
from plugins.blueprints.standing import WORDS, Far, Standing
from plugins.blueprints.states import FIELDS as STATE_FIELDS
from plugins.blueprints.states import STATES
from plugins.blueprints.tables import subject
from plugins.blueprints.workitems import SAID, work_items
from plugins.rosters import Person, Team, person_at
from plugins.tracker import ItemKind, Milestone, Ref

if TYPE_CHECKING:
    from plugins.blueprints.foundation import Foundation

_PAGE = 100
"""Blueprints on one page of a list."""
_SHOWN = 25
_HISTORY = 50


class Gone(NamedTuple):
    """How a milestone went: what was open on each day, as numbers and as a chart; what slipped from it."""

    curve: Curve
    chart: Markup
    slipped: Sequence[Slipped]


class Views:
    """The pages of one running plugin."""

    def __init__(self, blueprints: Foundation) -> None:
        self._of = blueprints
        self._past = Past()
        # By the names of milestones, which are few.
        self._gone: defaultdict[str, Derived[Gone]] = defaultdict(Derived)
        self._tables: defaultdict[str, Derived[Markup]] = defaultdict(Derived)
        self._counted: Nightly[Days] = Nightly(blueprints.store)
        self._reading = asyncio.Lock()

    def routes(self) -> Sequence[BaseRoute]:
        """All of them."""
        return (
            Route("/blueprints/", self.blueprints),
            Route("/blueprints/{name}/", self.blueprint),
            Route("/milestones/", self.milestones),
            Route("/milestones/{name}/", self.milestone),
        )

    def _today(self) -> date:
        return self._of.today()

    # Blueprints

    async def blueprints(self, request: Request) -> Response:
        """``/blueprints/``: those that are asked for, a page at a time."""
        asked = {key: request.query_params.get(key, "") for key in ("team", "milestone", "state", "who")}
        wanted = self._wanted(asked)
        held = self._of.holdings()
        items = held.chosen(wanted) if wanted is not None else []
        pages = max(-(-len(items) // _PAGE), 1)
        number = min(max(_number(request.query_params.get("page", "")), 1), pages)
        shown = items[(number - 1) * _PAGE : number * _PAGE]
        whose = wanted.whose if wanted is not None else None
        milestones = (one.name for one in in_order(self._of.tracker.milestones))
        return templates.page(
            request,
            "blueprints.html",
            title="Blueprints",
            data=lambda: {
                "count": len(items),
                "page": number,
                "pages": pages,
                "blueprints": [row_data(item, held.of[item.name]) for item in shown],
            },
            asked=asked,
            asked_person=whose if isinstance(whose, Person) else None,
            count=len(items),
            blueprints=listed(shown, held.owning, reader_of(request).href),
            number=number,
            pages=pages,
            teams=Options.named(team.name for team in self._of.roster.active()).with_chosen(asked["team"]),
            milestones=Options.named(milestones).with_chosen(asked["milestone"]),
            states=Options.named(STATES).with_chosen(asked["state"]),
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
        told = history(await self._of.store.look(changes_of, subject(item.name), _HISTORY))
        found, known = self._of.holdings(), self._of.blueprints
        owning = found.owning
        held = owning.holding(item)
        proposal = self._of.proposals.get(item.name)
        needs = [known[other] for other in item.depends_on if other in known]
        unknown = len(item.depends_on) - len(needs)  # which those are is not told: they may be private
        needed = found.dependents(item.name)
        work = work_items(item.work_items)
        related = self._of.bot.related(subject(item.name))
        milestone = next((one for one in self._of.tracker.milestones if one.name == item.milestone), None)

        def data() -> dict[str, Json]:
            return {
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

        href = reader_of(request).href
        return templates.page(
            request,
            "blueprint.html",
            title=one_line(item.title) or item.name,
            data=data,
            item=item,
            whose=whose_html(held, href),
            milestone=milestone,
            due=days_to(milestone.due, self._today()) if milestone is not None and milestone.due else "",
            proposal=proposal,
            people=people_of(item, owning),
            work=[(one, SAID[one.state]) for one in work],
            needs=listed(needs, owning, href) if needs else "",
            unknown=unknown,
            needed=listed(needed, owning, href) if needed else "",
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
        return templates.page(
            request,
            "milestones.html",
            title="Milestones",
            data=lambda: {
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
                (title, [(one, far.get(one.name, Far()), due(one, today)) for one in group])
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
        await self._read()
        kept = await self._counted.of(found.name, ALL, date.min, lambda days: days)
        held = self._of.holdings()
        teams = held.teams(found.name)
        all_ = held.whole(found.name)
        gone = self._went(found, kept, all_)
        is_open = held.chosen(Filter(None, found.name))
        known = self._of.blueprints
        proposed = sorted(
            name for name, one in self._of.proposals.items() if one.milestone == found.name and name in known
        )
        reader = reader_of(request)
        parts = await self._of.bot.parts(Subject(About.MILESTONE, found.name), reader)

        def data() -> dict[str, Json]:
            return {
                "milestone": {
                    **milestone_data(found.name, all_),
                    "series": found.series,
                    "due": found.due.isoformat() if found.due else None,
                    "active": found.is_active,
                    "teams": {team or NONE: far_data(far) for team, far in teams.items()},
                    "slipped": [
                        {
                            "name": one.item.name,
                            "to": one.item.milestone or None,
                            "when": one.when.isoformat(),
                        }
                        for one in gone.slipped
                    ],
                    "proposed": list[Json](proposed),
                    "history": _curve_data(gone.curve),
                },
                **{part.key: part.told for part in parts},
            }

        return templates.page(
            request,
            "milestone.html",
            title=found.name,
            data=data,
            milestone=found,
            due=due(found, self._today()),
            far=all_,
            teams=self._by_team(found.name, held, reader),
            words=WORDS,
            open=OPEN_STANDINGS,
            chart=gone.chart,
            known=gone.curve.known,
            slipped=gone.slipped[:_SHOWN],
            slipped_more=len(gone.slipped) - _SHOWN,
            is_open=bool(is_open),
            to_do=listed(is_open[:_SHOWN], held.owning, reader.href, with_milestone=False),
            more=len(is_open) - _SHOWN,
            proposed=proposed,
            parts=parts,
        )

    async def _read(self) -> None:
        """Read the record on to its end."""
        async with self._reading:
            changes, end = await self._of.store.look(_read_on, self._past)
            self._past.take(changes, end)

    def _went(self, found: Milestone, kept: Days, far: Far) -> Gone:
        """How a milestone went: counted out once, while nothing changes."""
        past, today = self._past, self._today()
        items, milestones = self._of.tracker.items, self._of.tracker.milestones

        def count() -> Gone:
            went = curve(found, items.blueprints, past, kept, far.blueprints, today, self._of.zone)
            return Gone(went, _chart(found, went), past.slipped(found, items.blueprints, milestones))

        stands_on = (items, items.changes, past.version, kept, found, tuple(milestones), today)
        return self._gone[found.name].of(stands_on, count)

    def _by_team(self, milestone: str, held: Held, reader: Reader) -> Markup:
        """How far a milestone is with each team: made once, while nothing changes."""

        def rows() -> Markup:
            return by_team(milestone, held.teams(milestone), reader.href)

        if reader.opened:  # their links may have a signature
            return rows()
        return self._tables[milestone].of((held, reader.frame.prefix), rows)


def _read_on(connection: Connection, past: Past) -> tuple[list[Change], RecordEnd]:
    """What the record says since its past was read, and where it ends."""
    end = record_end(connection, past.end)
    kind = ItemKind.BLUEPRINT.value
    changes = changes_after(connection, kind, past.after, FIELDS) if end is not past.end else []
    return changes, end


def _led_to(request: Request, path: str) -> Response:
    """To the page's own address, here: no other host is named."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(reader_of(request).href(path) + query, 308)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1


def _curve_data(gone: Curve) -> dict[str, Json]:
    days: list[Json] = [
        {"day": day.isoformat(), **{how.value: gone.counts[how][n] for how in Standing}}
        for n, day in enumerate(gone.days)
    ]
    return {"known_since": gone.known.isoformat(), "days": days}


def _chart(milestone: Milestone, gone: Curve) -> Markup:
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
