"""Every kind of page that there is, and the project that they are about: 200 teams with their people, 5,000
blueprints and 2,000 bugs, beside the lines of :mod:`bench.million`.

A page that is another one for each reader is made for each: for these another is asked for each time.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from bench.million import PEOPLE, ROOMS, meeting_key, person_name, room_name
from bench.muster import muster
from bench.project import (
    MEMBERS,
    MILESTONES,
    TEAMS,
    Size,
    blueprint_name,
    team_name,
    write_teams,
    write_tracker,
)

MADE_ANEW = ("/meetings/ID/", "/meetings/ID/log")


def prepare(where: Path, configuration: Path, size: Size) -> None:
    """Fill the database with the project."""
    write_teams(where / "teams.yaml", size.teams, rooms=ROOMS)
    write_tracker(where / "tracker.json", size.blueprints, size.teams, size.bugs)
    muster("teams", "import", "-c", str(configuration), str(where / "teams.yaml"))
    muster("tracker", "import", "-c", str(configuration), str(where / "tracker.json"))


def rooms(network: str = "bench") -> str:
    """The rooms for ``bot.ini``: all that is said in them is kept, and shown."""
    return "".join(
        f"[room r{number}]\nat = {network}/{room_name(number)}\nlog = always\n" for number in range(ROOMS)
    )


def addresses(database: Path, size: Size, network: str = "bench") -> dict[str, Callable[[], str]]:
    """What gives the address of a page, another one each time where there are others, by what kind it is."""
    held = list(_meetings(database))
    chance = random.Random(4)

    def meeting() -> str:
        return f"/meetings/{meeting_key(chance.randrange(len(held)))}/"

    def room(number: int) -> str:
        return f"/rooms/{network}/{quote(room_name(number), safe='')}/"

    def day() -> str:
        number, of = chance.choice(held)
        return f"{room(number % ROOMS)}{of}"

    def month() -> str:
        number, of = chance.choice(held)
        return f"{room(number % ROOMS)}?month={of:%Y-%m}"

    def person(rooms: int = ROOMS, people: int = PEOPLE) -> str:
        return person_name(chance.randrange(rooms), chance.randrange(people))

    def member() -> str:
        return person(min(ROOMS, size.teams), MEMBERS)

    def team(of: int = TEAMS) -> str:
        return team_name(chance.randrange(min(of, size.teams)))

    def of(path: str, **asked: Callable[[], object]) -> Callable[[], str]:
        return lambda: f"{path}?{urlencode({name: value() for name, value in asked.items()})}"

    return {
        "/": lambda: "/",
        "/meetings/": lambda: "/meetings/",
        "/meetings/, a team's": of("/meetings/", team=lambda: team(ROOMS)),
        "/meetings/, a room's": of(
            "/meetings/", room=lambda: f"{network}/{room_name(chance.randrange(ROOMS))}"
        ),
        "/meetings/, older ones": of("/meetings/", before=lambda: meeting_key(chance.randrange(len(held)))),
        "/meetings/ID/": meeting,
        "/meetings/ID/log": lambda: f"{meeting()}log",
        "/actions/": lambda: "/actions/",
        "/actions/, a team's": of("/actions/", team=lambda: team(ROOMS)),
        "/actions/, a person's": of("/actions/", person=person),
        "/rooms/NETWORK/NAME/, a month": month,
        "/rooms/NETWORK/NAME/DAY": day,
        "/feed.atom": lambda: "/feed.atom",
        "/teams/NAME/feed.atom": lambda: f"/teams/{team(ROOMS)}/feed.atom",
        "/teams/": lambda: "/teams/",
        "/teams/NAME/": lambda: f"/teams/{team()}/",
        "/teams/NAME/, with meetings": lambda: f"/teams/{team(ROOMS)}/",
        "/teams/NAME/calendar.ics": lambda: f"/teams/{team()}/calendar.ics",
        "/calendar.ics": lambda: "/calendar.ics",
        "/people/": lambda: "/people/",
        "/people/NAME/": lambda: f"/people/{member()}/",
        "/milestones/": lambda: "/milestones/",
        "/milestones/NAME/": lambda: f"/milestones/{chance.choice(MILESTONES)}/",
        "/blueprints/": lambda: "/blueprints/",
        "/blueprints/, a page of all": of(
            "/blueprints/", state=lambda: "all", page=lambda: chance.randrange(size.blueprints // 100) + 1
        ),
        "/blueprints/, a team's": of("/blueprints/", team=team),
        "/blueprints/, a person's": of("/blueprints/", who=member),
        "/blueprints/NAME/": lambda: f"/blueprints/{blueprint_name(chance.randrange(size.blueprints))}/",
        "/triage/": lambda: "/triage/",
        "/triage/, a team's": of("/triage/", team=team),
        "/search, the form alone": lambda: "/search",
    }


def _meetings(database: Path) -> Iterator[tuple[int, date]]:
    """The number and the day of each meeting."""
    with closing(sqlite3.connect(database)) as connection:
        for number, started in connection.execute("SELECT id - 1, started FROM meeting ORDER BY id"):
            yield number, datetime.fromtimestamp(started / 1_000_000, UTC).date()
