"""Who proves to be somebody that was known already keeps what they had: blueprints, and what to undo."""

from __future__ import annotations

from pathlib import Path

from tests.plugins.blueprints.house import house


async def test_what_was_claimed_under_another_account_is_still_theirs(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await stage.play("""
            <zed> !claim zones
            <muster> zones is zed's now.
            <zed_work> !claim vol-clone
            <muster> vol-clone is zed_work's now.
            <vishy> !link confirm zed_work zed
            <muster> test/zed_work is zed, ~zed on Launchpad.
            <anna> !bp vol-clone
            <muster> vol-clone: Cloning of volumes. New, Low; zed; no milestone; not approved.
            -- muster is killed
            <zed> !bps me
            <muster> 2 open blueprints of zed:
            <muster> vol-clone (New, Low; zed): Cloning of volumes
            <muster> zones (New, Undefined; zed): Distributed zones
            <zed> !undo
            <muster> Undone: !claim vol-clone (vol-clone).
            <zed> !undo
            <muster> Undone: !claim zones (zones).
        """)


async def test_somebody_is_found_by_the_name_that_they_had_and_no_team_takes_it(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await stage.play("""
            <work> !claim vol-clone
            <muster> vol-clone is work's now.
            <vishy> !link confirm work anna
            <muster> test/work is anna.
            -- work quits
            <vishy> !who work
            <muster> anna: on nova-api.
            <muster> anna works on vol-clone.
            <vishy> !team add work
            <muster> vishy: Somebody is called work here: take another name for the team.
        """)
