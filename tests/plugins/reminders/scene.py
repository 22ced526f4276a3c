"""A Muster with teams and reminders on a stage, with zones and milestones of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from bot.model import Room
from bot.plugin import Brief, Nag, Occasion, Plugin
from bot.testing import START, Stage
from plugins.reminders import Reminders
from plugins.rosters import Roster, Rosters
from plugins.rosters.tables import MeetsRow, PersonRow, TeamRow
from plugins.tracker import Milestone, Tracker
from plugins.tracker.tables import keep_milestones, opened
from tests.plugins.blueprints.house import seed

MILESTONES = (Milestone("essex-2", "essex", date(2026, 12, 15)), Milestone("essex-3", "essex", None))


class Notes(Plugin):
    """What other plugins would say: the briefs and nags that a test puts here."""

    brief: Mapping[tuple[str, Occasion], Sequence[Brief]] = {}
    nag: Sequence[Nag] = ()
    asked: Sequence[tuple[str, date]] = ()
    meeting: bool = False

    def in_meeting(self, room: Room) -> bool:
        return self.meeting

    async def briefing(self, room: Room, occasion: Occasion) -> Sequence[Brief]:
        return self.brief.get((room.name, occasion), ())

    async def nags(self, room: Room, day: date) -> Sequence[Nag]:
        self.asked = [*self.asked, (room.name, day)]
        return self.nag


def furnish(session: Session, roster: Roster, milestones: Iterable[Milestone]) -> None:
    """Put a roster and milestones into an empty database."""
    seed(session, roster)
    for team in roster.teams.values():
        row = session.get_one(TeamRow, team.id)
        row.channel, row.zone, row.phase = team.channel, team.zone, team.phase.value
        for one in team.meets:
            session.add(
                MeetsRow(
                    team_id=team.id,
                    rule=one.rule,
                    start=one.start,
                    zone=one.zone,
                    minutes=one.minutes,
                    words=one.words,
                )
            )
    for person in roster.people.values():
        session.get_one(PersonRow, person.id).zone = person.zone
    keep_milestones(session, opened(session, "local").tracker, milestones)


@asynccontextmanager
async def scene(
    folder: Path,
    roster: Roster,
    *,
    settings: str = "",
    bot: str = "",
    start: datetime = START,
    room: str = "#stage",
    milestones: Iterable[Milestone] = MILESTONES,
) -> AsyncIterator[Stage]:
    """A stage with these people and teams."""
    plugins: dict[str, type[Plugin]] = {
        "rosters": Rosters,
        "tracker": Tracker,
        "notes": Notes,
        "reminders": Reminders,
    }
    for name, kind in plugins.items():
        kind.name = name
    async with Stage(folder, plugins=plugins, room=room, settings=settings, bot=bot, start=start) as stage:
        await stage.app.store.write(furnish, roster, milestones)
        await stage.kill()  # and begin again with what is there
        yield stage
