"""Briefings, and the review with meetings that were held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.model import Room
from bot.plugin import Held
from bot.testing import START
from plugins.tracker import Tracker
from tests.plugins.blueprints.house import house

ROOM = """
    [room api]
    at = test/#nova-api
    team = nova-api
"""


class Diary(Tracker):
    """Knows of meetings too."""

    async def held(self, room: Room, since: datetime) -> Sequence[Held]:
        if room.name != "#nova-api":
            return [Held(START, 9, 0)]  # of no team
        late = START + timedelta(days=90)
        return [Held(START, 3, 1), Held(START + timedelta(days=7), 2, 2), Held(late, 0, 4)]


async def test_a_team_s_room_is_briefed_on_the_team_and_any_other_on_what_has_none(tmp_path: Path) -> None:
    async with house(tmp_path, settings=ROOM) as stage:
        await stage.play("""
            <brian> !target api-quotas essex-3
            <muster> [...]
        """)
        hub = stage.app.hub
        team = await hub.briefs(stage.network.room("#nova-api"))
        assert [one.text for one in team] == [
            "2 blueprints are nobody's yet: api-quotas and api-tests",
            "The coordinator is still to confirm api-quotas for essex-3 (proposed by brian)",
        ]
        coordinator = await hub.briefs(stage.room)
        assert [one.text for one in coordinator] == [
            "3 blueprints have no team: vol-clone, vol-snapshots and zones",
            "The coordinator is still to confirm api-quotas for essex-3 (proposed by brian)",
        ]


async def test_the_meetings_of_teams_up_to_the_milestone_are_counted(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Diary, settings=ROOM) as stage:
        await stage.play("""
            <zed> !scorecard nova-api essex-2
            <muster> At essex-2 (2026-12-15): nova-api: [...]; 2 meetings held, 62% of the team came.
            <muster> [...]
            <muster> [...]
            <zed> !scorecard essex-2
            <muster> [...]
            <muster> [...]
            <muster> [...]
            <muster> 2 meetings held, 62% of the team came.
            <muster -> zed> nova-api: [...]; 2 meetings held, 62% of the team came.
            <muster -> zed> nova-testing: [...]; 0 meetings held.
            <muster -> zed> volumes: [...]; 0 meetings held.
        """)
