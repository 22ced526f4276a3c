"""A whole Muster with the cast of :mod:`tests.plugins.blueprints.cast` and some blueprints, on a stage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from textwrap import dedent

from sqlalchemy.orm import Session

from bot.plugin import Plugin
from bot.testing import Stage
from plugins.blueprints import Blueprints
from plugins.rosters import Roster, Rosters
from plugins.rosters.tables import AccountRow, MemberRow, PersonRow, TeamRow
from plugins.tracker import Item, Milestone, Tracker
from plugins.tracker.tables import keep, keep_milestones, opened
from tests.plugins.blueprints.cast import ROSTER, blueprint

MILESTONES = (
    Milestone("essex-1", "essex", date(2026, 11, 10), is_active=False),
    Milestone("essex-2", "essex", date(2026, 12, 15)),
    Milestone("essex-3", "essex", date(2027, 1, 26)),
    Milestone("folsom-1", "folsom", date(2027, 6, 1)),
)
_SERIES = "[tracker]\nseries = essex\n"
BLUEPRINTS = (
    blueprint("zones", "Distributed zones", url="https://bp.example/zones"),
    blueprint("api-quotas", "Quotas in the API", assignee="nova-api", priority="High", milestone="essex-2"),
    blueprint(
        "api-tests", "Tests of the API", assignee="nova-api", depends_on=("api-quotas",), milestone="essex-2"
    ),
    blueprint("vol-clone", "Cloning of volumes", priority="Low"),
    blueprint("vol-snapshots", "Snapshots of volumes"),
    blueprint("vol-old", "Volumes as they were", implementation="Implemented"),
)


def seed(session: Session, roster: Roster) -> None:
    """Put a roster into an empty database, which numbers people and teams as they are numbered in it."""
    for one in sorted(roster.people.values(), key=lambda person: person.id):
        row = PersonRow(
            name=one.name,
            folded=one.name,
            launchpad=one.launchpad or None,
            is_coordinator=one.is_coordinator,
        )
        session.add(row)
        session.flush()
        assert row.id == one.id
        session.add_all(AccountRow(network=n, folded=a, account=a, person_id=one.id) for n, a in one.accounts)
    for team in sorted(roster.teams.values(), key=lambda team: team.id):
        session.add(
            TeamRow(
                name=team.name,
                title=team.title,
                launchpad=team.launchpad,
                lead_id=team.lead,
                lead_state=team.lead_state.value,
                is_retired=team.is_retired,
            )
        )
        session.flush()
        session.add_all(MemberRow(team_id=team.id, person_id=one.person) for one in team.members)


def furnish(session: Session, items: Iterable[Item]) -> None:
    """Put milestones and blueprints into Muster's own tracker."""
    tracker = opened(session, "local").tracker
    keep_milestones(session, tracker, MILESTONES)
    keep(session, tracker, items)


@asynccontextmanager
async def house(
    folder: Path,
    items: Iterable[Item] = BLUEPRINTS,
    tracker: type[Tracker] = Tracker,
    *,
    settings: str = "",
    bot: str = "",
    web: bool = False,
) -> AsyncIterator[Stage]:
    plugins: dict[str, type[Plugin]] = {"rosters": Rosters, "tracker": tracker, "blueprints": Blueprints}
    async with Stage(folder, plugins=plugins, settings=_SERIES + dedent(settings), bot=bot, web=web) as stage:
        await stage.app.store.write(seed, ROSTER)
        await stage.app.store.write(furnish, items)
        await stage.kill()  # and begin again with what is there
        yield stage
