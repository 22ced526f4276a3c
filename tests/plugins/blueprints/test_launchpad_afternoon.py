"""Blueprints are handed out in the channel and are so in Launchpad: real launchpadlib over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.testing import Stage
from plugins.blueprints import Blueprints
from plugins.rosters import Rosters
from plugins.tracker import Tracker
from tests.launchpad.server import Server
from tests.launchpad.state import Blueprint, Person, World
from tests.plugins.tracker.conftest import settled


@pytest.fixture
def launchpad() -> Iterator[Server]:
    world = World.of_nova()
    world.people["nova-api"].members["muster"] = "Administrator"
    world.save(
        world.people["nova-api"],
        Person("al", "Alice", irc=[["test", "alice"]]),
        Person("bw", "Brian", irc=[["test", "brian"]]),
        Blueprint("nova", "api-quotas", "Quotas in the API", "vishy"),
        Blueprint("nova", "api-tests", "Tests of the API", "vishy", dependencies=["api-quotas"]),
        Blueprint("nova", "zones", "Distributed zones", "vishy"),
    )
    with Server(world) as server:
        yield server


@pytest.fixture
async def stage(launchpad: Server, tmp_path: Path) -> AsyncIterator[Stage]:
    Tracker.name, Rosters.name, Blueprints.name = "tracker", "rosters", "blueprints"
    settings = (
        f"[tracker]\ntype = launchpad\nproject = nova\nservice_root = {launchpad.root}\n"
        f"credentials_file = {launchpad.credentials('muster', tmp_path)}\n"
        "[plugin rosters]\ncoordinators = test/vishy\n"
    )
    plugins = {"tracker": Tracker, "rosters": Rosters, "blueprints": Blueprints}
    async with Stage(tmp_path, plugins=plugins, settings=settings) as made:
        await settled(made)
        await made.play("""
            <vishy> !team add nova-api
            <muster> The team nova-api is there. [...]
            <vishy> !team set nova-api launchpad nova-api
            <muster> nova-api: launchpad is now nova-api.
            <brian> !link launchpad bw
            <muster> brian is ~bw on Launchpad.
            <vishy> !lead set nova-api brian
            <muster> brian leads nova-api.
            <alice> !link launchpad al
            <muster> alice is ~al on Launchpad.
            <alice> !join nova-api
            <muster> alice is on nova-api now (lead brian).
            -- 1 minute passes
        """)
        yield made


async def test_an_afternoon_from_the_team_to_the_person_and_the_milestone(
    stage: Stage, launchpad: Server
) -> None:
    await stage.play("""
        <vishy> !assign api-* nova-api
        <muster> 2 blueprints to nova-api: api-quotas and api-tests from nobody. !yes does it.
        <vishy> !yes
        <muster> api-quotas and api-tests are nova-api's now. !undo takes it back.
        <alice> !claim api-tests
        <muster> api-tests is alice's now; nova-api keeps owning it.
        <alice> !claim zones
        <muster> zones is alice's now.
        <alice> !status api-tests good
        <muster> api-tests is Good progress now (was Unknown).
        <alice> !note api-tests half of them pass
        <muster> Noted on api-tests.
        <brian> !target api-* essex-2
        <muster> 2 blueprints proposed for essex-2: api-quotas and api-tests from no milestone. !yes does it.
        <brian> !yes
        <muster> Proposed: api-quotas and api-tests for essex-2; [...]
        <vishy> !target confirm all
        <muster> 2 blueprints: api-quotas for essex-2, api-tests for essex-2. !yes does it.
        <vishy> !yes
        <muster> Confirmed: api-quotas and api-tests for essex-2. !undo takes it back.
    """)
    quotas, tests = launchpad.world.blueprint("api-quotas"), launchpad.world.blueprint("api-tests")
    assert (quotas.assignee, quotas.milestone) == ("nova-api", "essex-2")
    assert (tests.assignee, tests.milestone, tests.implementation_status) == (
        "al",
        "essex-2",
        "Good progress",
    )
    assert "half of them pass" in tests.whiteboard
    assert launchpad.world.blueprint("zones").assignee == "al"


async def test_only_the_series_under_development_takes_blueprints_where_bot_ini_names_none(
    stage: Stage, launchpad: Server
) -> None:
    refusals = """
        <vishy> !target zones 2011.3.1
        <muster> vishy: 2011.3.1 is of the series diablo; there are essex-2 and essex-3.
        <vishy> !target zones essex-1
        <muster> vishy: essex-1 takes nothing more; there are essex-2 and essex-3.
        <vishy> !target zones glance-essex-2
        <muster> vishy: There is no milestone 'glance-essex-2'; there are essex-2 and essex-3.
    """
    await stage.play(refusals)
    launchpad.stop()
    await stage.play(f"""
        -- muster is killed
        -- 1 minute passes
        {refusals}
    """)


async def test_what_depends_on_a_blueprint_is_known_before_it_slips(stage: Stage, launchpad: Server) -> None:
    launchpad.world.edit("api-quotas", assignee="nova-api", milestone="essex-2")
    launchpad.world.edit("api-tests", assignee="nova-api", milestone="essex-2")
    await stage.clock.advance(timedelta(minutes=15), lambda: settled(stage))
    await settled(stage)
    stage.network.said.clear()
    await stage.play("""
        <vishy> !slip api-quotas
        <muster> api-quotas goes from essex-2 to essex-3. api-tests (essex-2) needs it before that. [...]
        <vishy> !yes
        <muster> api-quotas is for essex-3 now.
    """)
    assert launchpad.world.blueprint("api-quotas").milestone == "essex-3"


async def test_what_launchpad_denies_is_told_and_taken_back(stage: Stage, launchpad: Server) -> None:
    launchpad.world.people["nova-drivers"].members.clear()  # Muster drives the project no more
    await stage.play("""
        <vishy> !priority zones high
        <muster> vishy: [...]
        <alice> !bp zones
        <muster> zones: Distributed zones. New, Undefined; nobody; no milestone; not approved. [...]
    """)
    assert launchpad.world.blueprint("zones").priority == "Undefined"


async def test_what_others_did_there_is_told_once_in_the_team_s_room_and_what_was_done_here_is_not(
    stage: Stage, launchpad: Server
) -> None:
    await stage.play("""
        <vishy> !team set nova-api channel #stage
        <muster> nova-api: channel is now test/#stage.
        <vishy> !assign api-* nova-api
        <muster> 2 blueprints to nova-api: api-quotas and api-tests from nobody. !yes does it.
        <vishy> !yes
        <muster> api-quotas and api-tests are nova-api's now. !undo takes it back.
    """)
    launchpad.world.edit("api-quotas", assignee="bw", milestone="essex-2")  # in a browser
    launchpad.world.edit("api-tests", implementation_status="Started")
    launchpad.world.edit("zones", priority="High")  # no team's
    await stage.clock.advance(timedelta(minutes=17), lambda: settled(stage))
    (told,) = stage.network.said
    changes = ("api-quotas is assigned to brian", "api-quotas is for essex-2", "api-tests is Started")
    assert told == f"<muster> In Launchpad: {'; '.join(changes)}."
    stage.network.said.clear()
    await stage.play("""
        -- muster is killed
        -- 20 minutes pass
        <alice> !bp api-quotas
        <muster> api-quotas: Quotas in the API. New, Undefined; nova-api (brian); essex-2; not approved. [...]
        <alice> !history api-quotas
        <muster> [...]
        <muster> [...]
        <muster> [...]
    """)
