"""Who is told that a team lacks something, and how often."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from bot import loader
from bot.model import Room
from bot.plugin import Nag, TeamMember
from bot.testing import Stage
from plugins.rosters import LeadState, Person, Roster, Team
from plugins.rosters.nagging import in_room, to_coordinators

PLUGINS = {name: loader.installed()[name] for name in ("tracker", "rosters")}
MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)
VISHY = TeamMember("vishy", (("test", "vishy"),))
PEOPLE = [Person(1, "vishy", is_coordinator=True), Person(2, "renuka"), Person(3, "bob")]


def nag(key: str, text: str, ends: str, *to: TeamMember) -> Nag:
    return Nag("vacancies", f"{key}/{(MONDAY.toordinal() - 1) // 14}", text, ends, to)


def test_what_a_team_lacks_is_one_line_with_the_command_that_ends_it() -> None:
    without = Team(1, "testing", volunteers=(3,))
    wanting = Team(2, "auth", lead=2, lead_state=LeadState.CONFIRMED, wanted="hands")
    both = Team(3, "ops", wanted="a lead!")
    whole = Team(4, "api", lead=2, lead_state=LeadState.CONFIRMED)
    roster = Roster([without, wanting, both, whole], PEOPLE)
    assert [in_room(roster, team, MONDAY) for team in (without, wanting, both, whole)] == [
        [nag("vacancy:testing", "testing has no lead; bob has volunteered", "lead set testing bob")],
        [nag("vacancy:auth", "auth wants volunteers: hands", "team set auth wanted none")],
        [nag("vacancy:ops", "ops has no lead and wants volunteers: a lead!", "lead set ops NICK")],
        [],
    ]


def test_coordinators_hear_of_what_has_no_room_and_of_leads_to_confirm() -> None:
    teams = [
        Team(1, "testing"),
        Team(2, "volumes", lead=2, lead_state=LeadState.UNCONFIRMED),
        Team(3, "gone", is_retired=True),
        Team(4, "ops"),
    ]
    roster = Roster(teams, PEOPLE)
    assert to_coordinators(roster, MONDAY, [VISHY], {"ops"}) == [
        nag("vacancy:testing", "testing has no lead", "lead set testing NICK", VISHY),
        nag("lead:volumes/2", "renuka leads volumes, unconfirmed", "lead confirm volumes", VISHY),
    ]
    assert to_coordinators(roster, MONDAY, [], {"ops"}) == []


def test_a_key_lasts_for_a_fortnight_also_over_the_turn_of_a_year() -> None:
    roster = Roster([Team(1, "testing")], PEOPLE)
    keys = [in_room(roster, roster.teams["testing"], MONDAY + n * DAY)[0].key for n in range(70)]
    assert len(set(keys)) in {5, 6}
    begins = [n for n in range(1, 70) if keys[n] != keys[n - 1]]
    assert {later - earlier for earlier, later in pairwise(begins)} == {14}
    assert all((MONDAY + n * DAY).weekday() == 0 for n in begins)


async def test_each_is_told_in_its_own_room_and_the_rest_with_one_room_alone(tmp_path: Path) -> None:
    settings = """
        team = testing
        [room ops]
        at = test/#ops
        team = ops
        [room quiet]
        at = test/#quiet
        team = quiet
        quiet = yes
        [room nobody]
        at = test/#aaa
        [plugin rosters]
        coordinators = test/vishy, test/owner
    """
    async with Stage(tmp_path, plugins=PLUGINS, settings=settings) as stage:
        for name in ("testing", "ops", "quiet", "roomless"):
            await stage.play(f"""
                <owner> !team add {name}
                <muster> [...]
            """)

        async def told(name: str) -> list[tuple[str, list[str]]]:
            room = Room("test", name)
            return [
                (nag.text.split()[0], [one.name for one in nag.to])
                for nag in await stage.app.hub.nags(room, MONDAY)
            ]

        everybody = ["vishy", "owner"]
        assert await told("#stage") == [("testing", [])]
        assert await told("#ops") == [("ops", []), ("quiet", everybody), ("roomless", everybody)]
        assert await told("#quiet") == []
        assert await told("#aaa") == []
