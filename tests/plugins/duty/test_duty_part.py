"""What a team's page says of its turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.plugins.duty.crew import crew
from tests.plugins.duty.test_duty_calendar import get


class TestPart:
    async def test_who_is_on_duty_and_whose_the_next_turns_are(self, tmp_path: Path) -> None:
        async with crew(tmp_path, web=True) as stage:
            page = (await get(stage, "/teams/nova-api/")).text
            assert '<a href="/people/anna/">anna</a> is on duty until' in page
            assert '<a href="/teams/nova-api/duty.ics">Calendar of turns</a>' in page
            found: Any = (await get(stage, "/teams/nova-api/?format=json")).json()["duty"]
            assert found["on_duty"] == "anna"
            assert [one["person"] for one in found["next"]] == ["bob", "carol", "anna", "bob"]
            assert found["until"] == found["next"][0]["begins"]

    async def test_who_stands_in_is_said_to(self, tmp_path: Path) -> None:
        async with crew(tmp_path, web=True) as stage:
            await stage.play(
                """
                [#nova] <owner> !lead set nova-api bob
                [#nova] <muster> bob leads nova-api.
                [#nova] <anna> !away
                [#nova] <muster> [...]
                """
            )
            page = (await get(stage, "/teams/nova-api/")).text
            assert '<a href="/people/bob/">bob</a> stands in until' in page

    async def test_a_team_without_turns_has_none(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "", web=True) as stage:
            found: Any = (await get(stage, "/teams/nova-api/?format=json")).json()
            assert "duty" not in found
