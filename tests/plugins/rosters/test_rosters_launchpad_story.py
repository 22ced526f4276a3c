"""Members in step with Launchpad as it is: real launchpadlib over HTTP, both ways, and where it says no."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.testing import Stage
from plugins.rosters import Rosters
from plugins.tracker import Tracker
from tests.launchpad.server import Server
from tests.launchpad.state import Person, World


@pytest.fixture
def launchpad() -> Iterator[Server]:
    world = World.of_nova()
    world.people["nova-api"].members["muster"] = "Administrator"
    world.save(
        world.people["nova-api"],
        Person("al", "Alice", irc=[["test", "alice"]], time_zone="Europe/Berlin"),
        Person("bob-lp", "Bob", irc=[["test", "bob"]]),
    )
    with Server(world) as server:
        yield server


@pytest.fixture
async def stage(launchpad: Server, tmp_path: Path) -> AsyncIterator[Stage]:
    Tracker.name, Rosters.name = "tracker", "rosters"
    settings = (
        f"[tracker]\ntype = launchpad\nproject = nova\nservice_root = {launchpad.root}\n"
        f"credentials_file = {launchpad.credentials('muster', tmp_path)}\n"
        "[plugin rosters]\ncoordinators = test/vishy\n"
    )
    async with Stage(tmp_path, plugins={"tracker": Tracker, "rosters": Rosters}, settings=settings) as made:
        await made.play("""
            <alice> hello
            <bob> hello
            <vishy> !team add nova-api
            <muster> The team nova-api is there. [...]
            <vishy> !team set nova-api launchpad nova-api
            <muster> nova-api: launchpad is now nova-api.
        """)
        await made.app.hub.plugin(Rosters).idle()
        yield made


def members(stage: Stage, team: str = "nova-api") -> list[str]:
    roster = stage.app.hub.plugin(Rosters).roster
    return [str(one) for one in roster.members(roster.teams[team])]


async def follow(stage: Stage) -> None:
    """What is done by itself each night."""
    await stage.app.hub.plugin(Rosters).follow_all()


async def away_for(stage: Stage, minutes: int) -> None:
    await stage.clock.advance(timedelta(minutes=minutes), stage.app.hub.idle)
    await stage.app.hub.plugin(Rosters).idle()


def there(launchpad: Server, team: str = "nova-api") -> dict[str, str]:
    return launchpad.world.people[team].members


async def test_who_is_on_the_team_there_is_on_it_here_and_the_other_way_round(
    stage: Stage, launchpad: Server
) -> None:
    await stage.play("""
        <alice> !team nova-api
        <muster> nova-api: nova-api, no lead. 3 members: bcwaldon, muster, vishy. [...]
        <alice> !link launchpad al
        <muster> alice is ~al on Launchpad.
        <alice> !join nova-api
        <muster> alice is on nova-api now (no lead).
        <alice> !who alice
        <muster> alice (~al on Launchpad): on nova-api. There it is Sun 21:00 (Europe/Berlin).
    """)
    assert there(launchpad)["al"] == "Approved"
    await stage.play("""
        <alice> !leave nova-api
        <muster> alice has left nova-api.
    """)
    assert there(launchpad)["al"] == "Deactivated"
    there(launchpad).pop("vishy")  # in a browser
    there(launchpad)["renuka"] = "Approved"
    await follow(stage)
    assert members(stage) == ["bcwaldon", "muster", "renuka"]


async def test_who_is_taken_off_there_just_after_joining_here_is_not_put_back(
    stage: Stage, launchpad: Server
) -> None:
    await stage.play("""
        <alice> !link launchpad al
        <muster> alice is ~al on Launchpad.
        <alice> !join nova-api
        <muster> alice is on nova-api now (no lead).
    """)
    there(launchpad)["al"] = "Deactivated"  # by an administrator there, on the same day
    await follow(stage)
    assert there(launchpad)["al"] == "Deactivated"
    assert "alice" not in members(stage)


async def test_who_leaves_while_launchpad_is_away_just_after_joining_has_left(
    stage: Stage, launchpad: Server
) -> None:
    await stage.play("""
        <alice> !link launchpad al
        <muster> alice is ~al on Launchpad.
        <alice> !join nova-api
        <muster> alice is on nova-api now (no lead).
    """)
    launchpad.stop()
    await stage.play("""
        <alice> !leave nova-api
        <muster> alice has left nova-api.
        <muster> Launchpad is away; ~nova-api there follows when it is back.
    """)
    launchpad.start()
    await away_for(stage, 20)
    assert there(launchpad)["al"] == "Deactivated"
    assert "alice" not in members(stage)


async def test_who_joins_while_launchpad_is_away_is_on_the_team_there_when_it_is_back(
    stage: Stage, launchpad: Server
) -> None:
    await stage.play("""
        <bob> !link launchpad bob-lp
        <muster> bob is ~bob-lp on Launchpad.
    """)
    launchpad.stop()
    await stage.play("""
        <bob> !join nova-api
        <muster> bob is on nova-api now (no lead).
        <muster> Launchpad is away; ~nova-api there follows when it is back.
        -- muster is killed
    """)
    launchpad.start()
    await away_for(stage, 20)
    assert there(launchpad)["bob-lp"] == "Approved"
    assert "bob" in members(stage)


async def test_a_team_that_muster_does_not_administer_does_not_follow_and_that_is_said(
    stage: Stage, launchpad: Server
) -> None:
    await stage.play("""
        <bob> !link launchpad bob-lp
        <muster> bob is ~bob-lp on Launchpad.
        <vishy> !team add volumes
        <muster> The team volumes is there. [...]
        <vishy> !team set volumes launchpad openstack-volume
        <muster> volumes: launchpad is now openstack-volume.
        <bob> !join volumes
        <muster> bob is on volumes now (no lead).
        <muster> ~openstack-volume in Launchpad does not follow: [...]
    """)
    assert "bob-lp" not in there(launchpad, "openstack-volume")
    await follow(stage)
    assert members(stage, "volumes") == ["bob", "renuka", "vishy"]


async def test_nobody_comes_by_muster_s_rights_on_a_team_that_is_not_open_there(
    stage: Stage, launchpad: Server
) -> None:
    there(launchpad, "openstack-volume")["muster"] = "Administrator"
    await stage.play("""
        <bob> !link launchpad bob-lp
        <muster> bob is ~bob-lp on Launchpad.
        <vishy> !team add volumes
        <muster> The team volumes is there. [...]
        <vishy> !team set volumes launchpad openstack-volume
        <muster> volumes: launchpad is now openstack-volume.
        <bob> !join volumes
        <muster> bob is on volumes now (no lead).
        <muster> ~openstack-volume in Launchpad does not follow: it is a restricted team, whose [...]
    """)
    await follow(stage)
    assert "bob-lp" not in there(launchpad, "openstack-volume")
    assert "bob" in members(stage, "volumes")


async def test_credentials_that_are_not_accepted_any_more_are_said_and_lose_nothing(
    stage: Stage, launchpad: Server
) -> None:
    await stage.play("""
        <bob> !link launchpad bob-lp
        <muster> bob is ~bob-lp on Launchpad.
    """)
    launchpad.revoke("muster")
    await stage.play("""
        <bob> !join nova-api
        <muster> bob is on nova-api now (no lead).
        <muster> ~nova-api in Launchpad does not follow: [...]
    """)
    await follow(stage)
    assert "bob" in members(stage)
    assert "bob-lp" not in there(launchpad)
