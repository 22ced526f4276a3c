"""What a team is reminded of before a milestone, and what a week's line says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from bot.model import Room
from bot.plugin import Occasion
from plugins.blueprints.nagging import nags
from plugins.rosters import Phase
from plugins.tracker import Item, Milestone
from tests.plugins.blueprints.cast import API, blueprint
from tests.plugins.blueprints.house import house

DUE = date(2026, 12, 15)
MILESTONES = (Milestone("essex-2", "essex", DUE), Milestone("essex-3", "essex", None))
DAY = timedelta(days=1)
IDLE = blueprint("quotas", milestone="essex-2", priority="Low")
BEGUN = blueprint("zones", milestone="essex-2", implementation="Started")
DONE = blueprint("old", milestone="essex-2", implementation="Implemented")
LATER = blueprint("later", milestone="essex-3")


def told(*items: Item, days: int, phase: Phase = Phase.BUILDING) -> list[tuple[str, str, str]]:
    team = replace(API, phase=phase)
    return [(nag.key, nag.text, nag.ends) for nag in nags(team, items, MILESTONES, DUE - days * DAY)]


def test_a_milestone_near_is_told_three_times_with_what_is_open() -> None:
    keys = {days: told(IDLE, days=days)[0][0] for days in range(15)}
    assert {days: key.rpartition("/")[2] for days, key in keys.items()} == {
        **dict.fromkeys((0, 1), "1"),
        **dict.fromkeys(range(2, 8), "7"),
        **dict.fromkeys(range(8, 15), "14"),
    }
    assert told(IDLE, days=15) == told(IDLE, days=-1) == []
    assert told(IDLE, BEGUN, DONE, LATER, days=7) == [
        (
            "milestone:essex-2/2026-12-15/nova-api/7",
            "essex-2 is in 7 days: 2 blueprints of nova-api are open, 1 not begun: quotas",
            "slip quotas",
        )
    ]
    assert [line[1:] for line in told(BEGUN, DONE, days=0)] == [
        ("essex-2 is today: 1 blueprint of nova-api is open", "status zones implemented")
    ]


def test_where_nothing_is_open_and_where_no_code_is_written_yet_nothing_is_told() -> None:
    assert told(DONE, LATER, days=1) == []
    assert told(IDLE, days=1, phase=Phase.PLANNING) == told(IDLE, days=1, phase=Phase.RESEARCH) == []


async def test_a_team_hears_in_its_room_of_its_milestone_and_of_its_week(tmp_path: Path) -> None:
    async with house(tmp_path, settings="[room api]\nat = test/#api\nteam = nova-api\n") as stage:
        hub, room = stage.app.hub, stage.network.room("#api")

        async def of_milestones(room: Room) -> list[str]:
            return [nag.text for nag in await hub.nags(room, DUE - 7 * DAY) if nag.kind == "milestones"]

        assert await of_milestones(room) == [
            "essex-2 is in 7 days: 2 blueprints of nova-api are open, all not begun: api-quotas and api-tests"
        ]
        assert await of_milestones(stage.room) == []
        assert await hub.briefs(room, Occasion.WEEKLY) == []
        await stage.play("""
            <brian> !status api-quotas started
            <muster> api-quotas is Started now [...]
            <brian> !status api-tests implemented
            <muster> [...]
            <vishy> !status zones started
            <muster> [...]
        """)
        (brief,) = await hub.briefs(room, Occasion.WEEKLY)
        assert brief.text == "1 blueprint done: api-tests; 1 blueprint begun: api-quotas"
        await stage.play("-- 8 days pass")
        assert await hub.briefs(room, Occasion.WEEKLY) == []
