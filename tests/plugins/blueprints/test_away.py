"""Blueprints are handed out while the tracker is away: nothing is lost, nothing overwritten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.testing import Stage
from plugins.blueprints import Blueprints
from plugins.tracker import AwayError, Field, Tracker
from plugins.tracker.backend import Backend
from plugins.tracker.settings import TrackerSettings
from tests.plugins.blueprints.house import BLUEPRINTS, MILESTONES, house
from tests.plugins.tracker.conftest import later, settled
from tests.plugins.tracker.scripted import Scripted


@asynccontextmanager
async def elsewhere(folder: Path, world: Scripted) -> AsyncIterator[Stage]:
    """A house whose blueprints are in a tracker elsewhere."""

    class Elsewhere(Tracker):
        """A tracker elsewhere."""

        @classmethod
        def backend(cls, config: TrackerSettings, data_dir: Path) -> Backend:
            return world

    world.items = {item.ref: replace(item, version="v1") for item in BLUEPRINTS}
    world.known_milestones = list(MILESTONES)
    async with house(folder, tracker=Elsewhere, settings="project = nova") as stage:
        await settled(stage)
        yield stage


async def test_what_is_handed_out_while_it_is_away_arrives_in_order_afterwards(tmp_path: Path) -> None:
    world = Scripted()
    async with elsewhere(tmp_path, world) as stage:
        world.away = AwayError("it does not answer")
        await stage.play("""
            <vishy> !assign vol-* volumes
            <muster> 2 blueprints to volumes: vol-clone and vol-snapshots from nobody. !yes does it.
            <vishy> !yes
            <muster> vol-clone and vol-snapshots are volumes' now. !undo [...]. (Launchpad is away; [...])
            <brian> !claim api-tests
            <muster> api-tests is brian's now; [...]. (Launchpad is away; it is written there later.)
            <zed> !bp vol-clone
            <muster> vol-clone: [...] (waits to be written to Launchpad) (Launchpad is away; as of [...])
            -- muster is killed
            <brian> !undo
            <muster> Undone: !claim api-tests (api-tests). (Launchpad is away; it is written there later.)
        """)
        world.away = None
        await later(stage, minutes=5)
        assert world.written == [
            "vol-clone assignee=openstack-volume",
            "vol-snapshots assignee=openstack-volume",
            "api-tests assignee=bcwaldon",
            "api-tests assignee=nova-api",
        ]


async def test_what_was_claimed_there_meanwhile_is_told_and_written_only_on_again(tmp_path: Path) -> None:
    world = Scripted()
    async with elsewhere(tmp_path, world) as stage:
        world.away = AwayError("it does not answer")
        await stage.play("""
            <vishy> !assign zones nova-api
            <muster> zones is nova-api's now. (Launchpad is away; it is written there later.)
        """)
        world.edit("zones", Field.ASSIGNEE, "zed")
        world.away = None
        await later(stage, hours=1)
        await stage.play("""
            <muster> vishy: zones: assignee nova-api was not done: its assignee is zed now; !again [...]
            <zed> !bp zones
            <muster> zones: [...]; zed; no milestone; not approved. https://bp.example/zones
            <vishy> !again
            <muster> zones is written.
        """)
        assert world.blueprint("zones").assignee == "nova-api"
        assert stage.app.hub.plugin(Blueprints).teams()["zones"] == "nova-api"
