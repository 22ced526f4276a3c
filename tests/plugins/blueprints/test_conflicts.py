"""What others change meanwhile is never overwritten, and a restart loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from bot.model import Actor
from bot.plugin import By
from bot.testing import Stage
from plugins.blueprints import Blueprints
from plugins.tracker import Answer, Ask, Changes, Field, Tracker
from tests.plugins.blueprints.house import house


class Contested(Tracker):
    """A tracker in which somebody else is always a moment earlier."""

    rival: dict[str, Changes]

    async def change(
        self, asks: Sequence[Ask], by: By, also: Callable[[Session], None] | None = None
    ) -> list[Answer]:
        rival, self.rival = self.rival, {}
        for name, changes in rival.items():
            theirs = By(Actor("test", "carol", "carol"), None, by.time)
            await super().change([Ask(self.items.blueprints[name], changes)], theirs)
        return await super().change(asks, by, also)


def contest(stage: Stage, rival: dict[str, Changes]) -> None:
    stage.app.hub.plugin(Contested).rival = rival


async def test_what_somebody_changed_a_moment_earlier_stays_until_again_is_said(tmp_path: Path) -> None:
    Contested.rival = {}
    async with house(tmp_path, tracker=Contested) as stage:
        contest(stage, {"zones": {Field.ASSIGNEE: "volumes"}})
        await stage.play("""
            <vishy> !assign zones nova-api
            <muster> vishy: zones has changed meanwhile: its assignee is volumes now. !again [...]
            <vishy> !undo
            <muster> vishy: You changed no blueprint that you did not take back already.
            <zed> !bps volumes
            <muster> 1 open blueprint of volumes:
            <muster> zones (New, Undefined; volumes): Distributed zones
            <vishy> !again
            <muster> zones is written.
            <vishy> !again
            <muster> vishy: Nothing of yours was refused because it had changed meanwhile.
            <brian> !assign zones anna
            <muster> zones is anna's now; nova-api keeps owning it.
            <brian> !undo
            <muster> Undone: !assign zones anna (zones).
            <vishy> !undo
            <muster> Undone: !again (zones).
            <zed> !bp zones
            <muster> zones: Distributed zones. New, Undefined; volumes; no milestone; not approved. https://bp.example/zones
        """)


async def test_nobody_takes_by_again_what_they_may_not_take(tmp_path: Path) -> None:
    Contested.rival = {}
    async with house(tmp_path, tracker=Contested) as stage:
        contest(stage, {"api-tests": {Field.ASSIGNEE: "brian"}})
        await stage.play("""
            <anna> !claim api-tests
            <muster> anna: api-tests has changed meanwhile: its assignee is brian now. [...]
            <anna> !again
            <muster> anna: That was not written: api-tests is brian's; ask them to hand it back [...].
            <anna> !again
            <muster> anna: Nothing of yours was refused because it had changed meanwhile.
            <zed> !bp api-tests
            <muster> api-tests: Tests of the API. New, Undefined; brian; essex-2; not approved.
        """)


async def test_of_several_those_that_diverged_are_told_and_not_undone(tmp_path: Path) -> None:
    Contested.rival = {}
    async with house(tmp_path, tracker=Contested) as stage:
        await stage.play("""
            <vishy> !assign vol-* volumes
            <muster> 2 blueprints to volumes: vol-clone and vol-snapshots from nobody. !yes does it.
        """)
        contest(stage, {"vol-clone": {Field.ASSIGNEE: "anna"}})
        await stage.play("""
            <vishy> !yes
            <muster> vol-snapshots is volumes' now. !undo takes it back.
            <muster> vishy: vol-clone has changed meanwhile: its assignee is anna now. [...]
            <zed> !bp vol-clone
            <muster> vol-clone: Cloning of volumes. New, Low; anna; no milestone; not approved.
            <vishy> !undo
            <muster> Undone: !assign vol-* volumes (vol-snapshots).
            <zed> !bps volumes
            <muster> No open blueprints of volumes.
        """)
        assert stage.app.hub.plugin(Blueprints).kept == {}


async def test_an_undo_that_comes_a_moment_too_late_changes_nothing(tmp_path: Path) -> None:
    Contested.rival = {}
    async with house(tmp_path, tracker=Contested) as stage:
        await stage.play("""
            <vishy> !priority zones high
            <muster> zones has priority High now (was Undefined).
        """)
        contest(stage, {"zones": {Field.PRIORITY: "Low"}})
        await stage.play("""
            <vishy> !undo
            <muster> vishy: zones has changed meanwhile: its priority is Low now. [...]
            <vishy> !undo
            <muster> vishy: zones was changed since by carol; !history zones tells, and it is not undone.
        """)


async def test_what_is_kept_proposed_and_to_be_undone_outlives_a_kill(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await stage.play("""
            <brian> !assign api-quotas anna
            <muster> api-quotas is anna's now; nova-api keeps owning it.
            <brian> !target api-quotas essex-3
            <muster> Proposed: api-quotas for essex-3; !target confirm sets it, by a coordinator.
            -- muster is killed
            <zed> !bp api-quotas
            <muster> api-quotas: [...]; nova-api (anna); essex-2; essex-3 proposed by brian; not approved.
            <brian> !undo
            <muster> Undone: !target api-quotas essex-3 (api-quotas).
            -- muster is killed
            <brian> !undo
            <muster> Undone: !assign api-quotas anna (api-quotas).
            <zed> !bp api-quotas
            <muster> api-quotas: Quotas in the API. New, High; nova-api; essex-2; not approved.
        """)


async def test_who_may_no_more_takes_nothing_back(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await stage.play("""
            <anna> !status api-tests started
            <muster> api-tests is Started now (was Unknown).
            <anna> !leave nova-api
            <muster> [...]
            <anna> !undo
            <muster> anna: api-tests is nova-api's, for its members; !join nova-api, it is open to all.
            <brian> !assign vol-clone nova-api
            <muster> vol-clone is nova-api's now.
            <vishy> !lead vacate nova-api
            <muster> [...]
            <brian> !undo
            <muster> brian: vol-clone is not yours to change any more; a coordinator may.
        """)


async def test_a_proposal_that_changed_after_the_preview_is_not_confirmed(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await stage.play("""
            <brian> !target api-* essex-3
            <muster> 2 blueprints proposed for essex-3: api-quotas and api-tests from essex-2. !yes does it.
            <brian> !yes
            <muster> Proposed: api-quotas and api-tests for essex-3; [...]
            <vishy> !target confirm all
            <muster> 2 blueprints: api-quotas for essex-3, api-tests for essex-3. !yes does it.
            <brian> !target api-tests none
            <muster> Proposed: api-tests for no milestone; !target confirm sets it, by a coordinator.
            <vishy> !yes
            <muster> vishy: What is proposed changed meanwhile; give the command again to see how.
        """)


async def test_one_command_changes_no_more_than_the_setting_allows(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        plugin = stage.app.hub.plugin(Blueprints)
        plugin.configure(type(plugin.settings)(listed=2, at_once=2))
        await stage.play("""
            <vishy> !assign * volumes
            <muster> vishy: That is 5 blueprints; one command changes at most 2.
            <zed> !bps
            <muster> 5 open blueprints:
            <muster> api-quotas (New, High; nova-api; essex-2): Quotas in the API
            <muster> vol-clone (New, Low; nobody): Cloning of volumes
            <muster> ... and 3 more; a team, milestone or state narrows it.
        """)


async def test_who_tells_what_somebody_works_on(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await stage.play("""
            <anna> !claim api-quotas
            <muster> api-quotas is anna's now; nova-api keeps owning it.
        """)
        anna = next(
            one for one in stage.app.hub.plugin(Blueprints).roster.people.values() if one.name == "anna"
        )
        assert stage.app.hub.plugin(Blueprints).work_of(anna) == ["api-quotas"]
