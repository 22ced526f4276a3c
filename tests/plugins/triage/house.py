"""A whole Muster with three teams, their people and some bugs, on a stage, for the tests of triage.

vishy coordinates, brian leads nova-api and anna is on it, renuka is on volumes, zed on no team.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent

from sqlalchemy.orm import Session

from bot.plugin import Plugin
from bot.testing import START, Stage
from plugins.duty import Duty
from plugins.rosters import LeadState, Member, Person, Roster, Rosters, Team
from plugins.rosters.tables import AccountRow, MemberRow, PersonRow, TeamRow
from plugins.tracker import Item, ItemKind, Milestone, Ref, Tracker
from plugins.tracker.tables import keep, keep_milestones, opened
from plugins.triage import Triage

VISHY = Person(1, "vishy", accounts=(("test", "vishy"),), is_coordinator=True)
BRIAN = Person(2, "brian", "bcwaldon", accounts=(("test", "brian"),))
RENUKA = Person(3, "renuka", accounts=(("test", "renuka"),))
ANNA = Person(4, "anna", accounts=(("test", "anna"),))
ZED = Person(5, "zed", accounts=(("test", "zed"),))

API = Team(
    1,
    "nova-api",
    "Nova API",
    channel="test/#api",
    launchpad="nova-api",
    tags=("api", "ec2"),
    areas=("paging",),
    lead=2,
    lead_state=LeadState.CONFIRMED,
    members=(Member(4),),
)
VOLUME = Team(
    2,
    "volumes",
    "OpenStack Volumes",
    channel="test/#volumes",
    launchpad="openstack-volume",
    tags=("volume",),
    areas=("iscsi targets",),
    members=(Member(3),),
)
TESTING = Team(3, "nova-testing", "Testing")
GONE = Team(4, "gone", "Gone", tags=("gone",), is_retired=True)

ROSTER = Roster([API, VOLUME, TESTING, GONE], [VISHY, BRIAN, RENUKA, ANNA, ZED])


def bug(number: int, title: str = "", *, days: float = 1, **more: object) -> Item:
    """A bug of that number, which came in so many days ago."""
    since = START - timedelta(days=days)
    return replace(
        Item(Ref(ItemKind.BUG, str(number)), title or f"Bug {number}", created=since, updated=since),
        **more,  # type: ignore[arg-type]
    )


BUGS = (
    bug(7, "Quotas are not counted", days=9, tags=("api",), url="https://bugs.example/7"),
    bug(9, "Paging of servers stops at 1000", days=3),
    bug(11, "EC2 addresses are lost", days=2, tags=("ec2",), priority="High"),
    bug(12, "Volumes cannot be detached", days=4),
    bug(13, "The moon is missing", days=5),
    bug(14, "Old API story", days=90, definition="Fix Released", tags=("api",)),
    bug(15, "API answers slowly", days=40, definition="Confirmed", tags=("api",), priority="Low"),
    bug(16, "API needs an answer", days=30, definition="Incomplete", tags=("api",)),
    bug(17, "Volumes are in use", days=6, assignee="renuka"),
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
        tags, areas = ("[" + ", ".join(f'"{one}"' for one in of) + "]" for of in (team.tags, team.areas))
        session.add(
            TeamRow(
                name=team.name,
                title=team.title,
                channel=team.channel,
                launchpad=team.launchpad,
                tags=tags,
                areas=areas,
                lead_id=team.lead,
                lead_state=team.lead_state.value,
                is_retired=team.is_retired,
            )
        )
        session.flush()
        session.add_all(MemberRow(team_id=team.id, person_id=one.person) for one in team.members)


def furnish(session: Session, items: Iterable[Item]) -> None:
    """Put bugs into Muster's own tracker."""
    tracker = opened(session, "local").tracker
    keep_milestones(session, tracker, [Milestone("essex-2", "essex")])
    keep(session, tracker, items)


ROOMS = "[room api]\nat = test/#api\n[room volumes]\nat = test/#volumes\n[room lobby]\nat = test/#lobby\n"


@asynccontextmanager
async def house(
    folder: Path,
    items: Iterable[Item] = BUGS,
    tracker: type[Tracker] = Tracker,
    *,
    settings: str = "",
    bot: str = "",
    web: bool = False,
    start: datetime = START,
) -> AsyncIterator[Stage]:
    """The stage is ``#stage``, which is no team's; nova-api meets in ``#api``, volumes in ``#volumes``."""
    plugins: dict[str, type[Plugin]] = {
        "rosters": Rosters,
        "tracker": tracker,
        "duty": Duty,
        "triage": Triage,
    }
    for name, plugin in plugins.items():
        plugin.name = name
    async with Stage(
        folder, plugins=plugins, settings=ROOMS + dedent(settings), bot=bot, start=start, web=web
    ) as stage:
        await stage.app.store.write(seed, ROSTER)
        await stage.app.store.write(furnish, items)
        await stage.kill()  # and begin again with what is there
        yield stage


def read(path: Path) -> str:
    """A transcript without its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith(";"))


def typed(path: Path) -> str:
    """The commands that people type in a transcript."""
    return "\n".join(re.findall(r"(?m)^(?:\[\S+\] )?<[^m]\S*(?: -> muster)?> (!?.*)", read(path)))
