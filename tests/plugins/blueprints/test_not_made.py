"""What Launchpad does not make after all of what was said to wait, and what Muster kept of it."""

from __future__ import annotations

from pathlib import Path

from bot.testing import Stage
from plugins.blueprints import Blueprints
from plugins.tracker import AwayError, Field, Tracker
from plugins.tracker.backend import Backend
from plugins.tracker.settings import TrackerSettings
from tests.plugins.blueprints.house import MILESTONES, house
from tests.plugins.tracker.conftest import later, settled
from tests.plugins.tracker.scripted import Scripted


def elsewhere(world: Scripted) -> type[Tracker]:
    class Elsewhere(Tracker):
        """A tracker elsewhere."""

        @classmethod
        def backend(cls, config: TrackerSettings, data_dir: Path) -> Backend:
            return world

    return Elsewhere


async def back(stage: Stage, world: Scripted) -> None:
    world.away = None
    await later(stage, minutes=1)


async def test_a_team_does_not_own_what_the_tracker_did_not_give_it_after_all(tmp_path: Path) -> None:
    world = Scripted(known_milestones=list(MILESTONES))
    world.add("api-tests", assignee="nova-api")
    async with house(tmp_path, (), elsewhere(world)) as stage:
        await settled(stage)
        await stage.play("""
            <brian> !claim api-tests
            <muster> api-tests is brian's now; nova-api keeps owning it.
        """)
        await settled(stage)
        world.away = AwayError("Launchpad refuses the connection.")
        await stage.play("""
            <vishy> !assign api-tests volumes
            <muster> api-tests is volumes' now. (Launchpad is away; it is written there later.)
        """)
        world.edit("api-tests", Field.ASSIGNEE, "renukaapte")
        await back(stage, world)
        assert stage.app.hub.plugin(Blueprints).kept == {"api-tests": "nova-api"}
        stage.network.said.clear()
        await stage.play("""
            -- muster is killed
            <zed> !bp api-tests
            <muster> api-tests: About api-tests. New, Undefined; nova-api (renuka); [...]
        """)


async def test_a_proposal_stays_that_the_tracker_did_not_let_be_confirmed_after_all(tmp_path: Path) -> None:
    world = Scripted(known_milestones=list(MILESTONES))
    world.add("api-tests", assignee="nova-api")
    async with house(tmp_path, (), elsewhere(world)) as stage:
        await settled(stage)
        await stage.play("""
            <brian> !target api-tests essex-3
            <muster> Proposed: api-tests for essex-3; !target confirm sets it, by a coordinator.
        """)
        before = dict(stage.app.hub.plugin(Blueprints).proposals)
        world.away = AwayError("Launchpad refuses the connection.")
        await stage.play("""
            <vishy> !target confirm api-tests
            <muster> Confirmed: api-tests for essex-3. (Launchpad is away; it is written there later.)
        """)
        assert stage.app.hub.plugin(Blueprints).proposals == {}
        world.denied.add("api-tests")
        await back(stage, world)
        assert stage.app.hub.plugin(Blueprints).proposals == before
        stage.network.said.clear()
        await stage.play("""
            <vishy> !undo
            <muster> vishy: You changed no blueprint that you did not take back already.
        """)
