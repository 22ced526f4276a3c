"""What blueprints put on others' pages: those of teams and people, and the home page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from bot.model import Json
from bot.plugin import About, Part, Subject
from bot.web import Reader, charts
from plugins.blueprints.days import ALL, Days
from plugins.blueprints.filters import Filter
from plugins.blueprints.pages.making import due, templates
from plugins.blueprints.pages.nightly import Nightly
from plugins.blueprints.pages.shown import far_data, listed, milestone_data, row_data
from plugins.blueprints.progress import in_order, upcoming
from plugins.blueprints.standing import OPEN, WORDS, Far, Standing, by_milestone
from plugins.rosters import Person, Team

if TYPE_CHECKING:
    from plugins.blueprints.foundation import Foundation

_SHOWN = 25
_IN_PART = 12
_PAST = timedelta(days=182)
_FEWEST = 2
"""Days that make a chart."""


class _Gone(NamedTuple):
    """What a team had at the ends of the days that were counted, as numbers and as a chart."""

    days: Sequence[date]
    counts: Mapping[Standing, Sequence[int]]
    chart: Markup


class Parts:
    """The parts that one running plugin gives."""

    def __init__(self, blueprints: Foundation) -> None:
        self._of = blueprints
        self._went: Nightly[_Gone] = Nightly(blueprints.store)

    async def about(self, subject: Subject, reader: Reader) -> list[Part]:
        """What there is to say on a page."""
        if subject.about is About.HOME:
            return self._home(reader)
        if subject.about is About.TEAM:
            team = self._of.roster.teams.get(subject.name)
            return await self._of_team(team, reader) if team is not None else []
        person = self._of.roster.named(subject.name) if subject.about is About.PERSON else None
        return self._of_person(person, reader) if person is not None else []

    def _home(self, reader: Reader) -> list[Part]:
        """The next milestone, and how far it is."""
        today = self._of.today()
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
                due=due(found, today),
                far=far,
                share=charts.share(far.shares()),
            )
        ]

    async def _of_team(self, team: Team, reader: Reader) -> list[Part]:
        """A team's blueprints: how far they are for each milestone, and the most pressing that are open."""
        held = self._of.holdings()
        own = held.team_s(team.name)
        if not own:
            return []
        far = by_milestone(own)
        known = [one.name for one in in_order(self._of.tracker.milestones)]
        is_open = held.chosen(Filter(team))
        went = await self._went.of(ALL, team.name, self._of.today() - _PAST, partial(_gone, team.name))

        def data() -> dict[str, Json]:
            return {
                "history": [
                    {"day": day.isoformat(), **{how.value: went.counts[how][n] for how in Standing}}
                    for n, day in enumerate(went.days)
                ],
                "milestones": [
                    milestone_data(name, far[name]) if name else {"name": None, **far_data(far[name])}
                    for name in (*known, "")
                    if name in far
                ],
                "open": [row_data(item, held.of[item.name]) for item in is_open],
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
                chart=went.chart,
                blueprints=listed(is_open[:_IN_PART], held.owning, reader.href, with_team=False),
                more=len(is_open) - _IN_PART,
            )
        ]

    def _of_person(self, person: Person, reader: Reader) -> list[Part]:
        """What somebody works on."""
        held = self._of.holdings()
        items = held.chosen(Filter(person))
        if not items:
            return []

        def data() -> list[Json]:
            return [row_data(item, held.of[item.name]) for item in items]

        return [
            self._part(
                reader,
                ("blueprints", "Blueprints", 30),
                data,
                "part_person.html",
                person=person,
                blueprints=listed(items[:_SHOWN], held.owning, reader.href),
                more=len(items) - _SHOWN,
            )
        ]

    def _part(
        self,
        reader: Reader,
        head: tuple[str, str, int],
        data: Json | Callable[[], Json],
        template: str,
        **context: Any,
    ) -> Part:
        key, title, place = head
        html = templates.part(reader, template, **context)
        return Part(key, title, html, data, place)


def _gone(team: str, found: Days) -> _Gone:
    """How a team's blueprints went; without a chart where there are less than two days."""
    days = sorted(found.counts)
    counts = {how: [found.counts[day].get(how, 0) for day in days] for how in Standing}
    chart = Markup()
    if len(days) >= _FEWEST:
        chart = charts.areas(
            "team-open",
            f"Open blueprints of {team} over time",
            f"Counted each night from {days[0]} to {days[-1]}.",
            days,
            [charts.Series(WORDS[how], counts[how], how.value) for how in OPEN],
        )
    return _Gone(days, counts, chart)
