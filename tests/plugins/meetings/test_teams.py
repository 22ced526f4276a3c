"""A meeting in a team's room knows whose it is: its name and zone, who is missing, what to look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.loader import installed
from bot.model import Room
from bot.plugin import Brief, Held, Occasion, Plugin, RoomTeam, TeamMember
from bot.testing import START, Stage
from tests.plugins.meetings.scenes import ENDED, files

NOVA = RoomTeam(
    "nova-api",
    "Nova API",
    members=(
        TeamMember("alice", (("test", "alice"),)),
        TeamMember("Bob Smith", (("elsewhere", "eve"), ("test", "bob"))),
        TeamMember("carol", (("test", "carol"),)),
        TeamMember("eve", (("elsewhere", "bob"),)),
    ),
    zone="Europe/Berlin",
)


class Teams(Plugin):
    """Knows one team."""

    def team(self, room: Room) -> RoomTeam | None:
        if room.name == "#broken":
            raise ValueError("no idea")
        return NOVA if room.name == "#stage" else None

    def team_named(self, name: str) -> RoomTeam | None:
        return NOVA if name == NOVA.name else None

    async def briefing(self, room: Room, occasion: Occasion) -> list[Brief]:
        return [Brief("live-migration has no owner"), Brief("2 blueprints are late for essex-2")]


def stage_with_teams(folder: Path) -> Stage:
    return Stage(folder, plugins={"meetings": installed()["meetings"], "teams": named(Teams, "teams")})


def named(plugin: type[Plugin], name: str) -> type[Plugin]:
    plugin.name = name
    return plugin


async def test_a_meeting_in_a_team_s_room_has_its_name_zone_agenda_and_members(tmp_path: Path) -> None:
    async with stage_with_teams(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            <muster> Meeting started Sun Nov 22 20:00:00 2026 UTC (21:00 Europe/Berlin).  [...]
            <muster> Useful Commands: [...]
            <bob> hello
            <alice> #agenda import
            <muster> The agenda has 2 points more.
            <alice> #agenda
            <muster> [...]live-migration has no owner[...]2 blueprints are late for essex-2[...]
            <alice> #action Carol to find an owner
            <alice> #info ask carol whether she has time
            <alice> #endmeeting
            {ENDED}
            <alice> !actions nova-api
            <muster> 1: Carol to find an owner (carol)
            <alice> !actions carol
            <muster> 1: Carol to find an owner (carol)
            <alice> !actions nova-db
            <muster> I know of no open actions of nova-db that I may tell of here.
        """)
        written = files(tmp_path)
        record = json.loads(next(text for name, text in written.items() if name.endswith(".json")))
        minutes = next(text for name, text in written.items() if name.endswith("00.txt"))
        assert record["minutes"]["title"] == "Nova API"
        assert record["minutes"]["name"] == "nova-api"
        assert record["minutes"]["missing"] == ["carol", "eve"]
        assert minutes.startswith("========\nNova API\n")


async def test_a_plugin_that_fails_on_teams_costs_a_meeting_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage_with_teams(tmp_path) as stage:
        broken = stage.network.room("#broken")
        assert stage.app.hub.team(broken) is None
        assert "could not tell of a team" in caplog.text


async def test_how_many_of_a_team_came_is_known_once_a_public_meeting_is_over(tmp_path: Path) -> None:
    async with stage_with_teams(tmp_path) as stage:
        hub = stage.app.hub
        await stage.play("""
            <alice> #startmeeting
            <muster> Meeting started [...]
            <muster> Useful Commands: [...]
            <bob> hello
            <zoe> hello, I am on no team
            <alice> #regrets carol
        """)
        assert await hub.held(stage.room, START) == []
        await stage.play(f"""
            <alice> #endmeeting
            {ENDED}
            -- 2 hours pass
            <alice> #startmeeting --restricted
            <muster> Meeting started [...]
            <muster> Useful Commands: [...]
            <alice> #endmeeting
            <muster> Meeting ended [...]
            <muster> Minutes: [...]
            <muster> Minutes (text): [...]
            <muster> Log: [...]
        """)
        assert await hub.held(stage.room, START) == [Held(START, came=2, missed=2)]
        assert await hub.held(stage.room, hub.now()) == []
        assert await hub.held(stage.network.room("#other"), START) == []
