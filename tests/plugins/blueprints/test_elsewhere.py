"""Blueprints in a tracker that is not Muster's own, where people and teams have other names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from pathlib import Path

from sqlalchemy.orm import Session

from bot.plugin import By
from bot.testing import Stage
from plugins.blueprints import Blueprints
from plugins.tracker import Answer, Ask, Done, Item, ItemKind, Ref, Refused, Seen, Tracker, Waiting
from tests.plugins.blueprints.cast import blueprint
from tests.plugins.blueprints.house import BLUEPRINTS, house


class Elsewhere(Tracker):
    """A tracker of somebody else's, which is away now and then."""

    is_away = False
    refuses: Collection[str] = ()

    @property
    def is_local(self) -> bool:
        return False

    @property
    def title(self) -> str:
        return "Launchpad"

    def as_of(self) -> str:
        return "(Launchpad is away; as of 14 minutes ago)" if self.is_away else ""

    def listen(self, hear: Callable[[Sequence[Seen]], None]) -> None:
        self.told = hear

    async def change(
        self, asks: Sequence[Ask], by: By, also: Callable[[Session], None] | None = None
    ) -> list[Answer]:
        answers = await super().change(asks, by, also)
        if self.refuses:  # only now: it took a while
            for answer in answers:
                if isinstance(answer, Done) and answer.item.name in self.refuses:
                    seen = next(ask.seen for ask in asks if ask.seen.ref == answer.item.ref)
                    self.items.keep(seen)
            return [
                Refused("Launchpad does not let Muster")
                if isinstance(one, Done) and one.item.name in self.refuses
                else one
                for one in answers
            ]
        if not self.is_away:
            return answers
        why = "Launchpad is away"
        return [Waiting(one.item, why) if isinstance(one, Done) else one for one in answers]


def assignees(stage: Stage) -> dict[str, str]:
    found = stage.app.hub.plugin(Elsewhere).items.blueprints
    return {name: item.assignee for name, item in found.items() if item.assignee}


async def test_the_tracker_is_told_the_names_that_it_knows(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Elsewhere) as stage:
        await stage.play("""
            <vishy> !assign vol-clone volumes
            <muster> vol-clone is volumes' now.
            <brian> !claim api-tests
            <muster> api-tests is brian's now; nova-api keeps owning it.
            <zed> !bps openstack-volume
            <muster> 1 open blueprint of volumes:
            <muster> vol-clone (New, Low; volumes): Cloning of volumes
            <brian> !items add api-quotas [renuka] docs
            <muster> api-quotas: 1. docs (renukaapte): to do.
        """)
        assert assignees(stage) == {
            "api-quotas": "nova-api",
            "api-tests": "bcwaldon",
            "vol-clone": "openstack-volume",
        }


async def test_whom_the_tracker_does_not_know_nothing_is_given_to(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Elsewhere) as stage:
        await stage.play("""
            <brian> !assign api-quotas anna
            <muster> brian: Launchpad does not know anna; they say who they are there by !link [...]
            <anna> !claim api-quotas
            <muster> anna: Launchpad does not know anna; they say who they are there by !link launchpad ID.
            <vishy> !team add nova-new Something new
            <muster> [...]
            <vishy> !assign zones nova-new
            <muster> vishy: Launchpad does not know nova-new; !team set nova-new launchpad [...]
        """)


async def test_an_id_that_nobody_proved_is_shown_and_gives_nobody_a_right(tmp_path: Path) -> None:
    flaky = blueprint("vol-flaky", assignee="anna")  # somebody on Launchpad, and not the anna here
    async with house(tmp_path, [*BLUEPRINTS, flaky], Elsewhere) as stage:
        await stage.play("""
            <zed> !bp vol-flaky
            <muster> vol-flaky: vol flaky. New, Undefined; anna; no milestone; not approved.
            <anna> !status vol-flaky started
            <muster> anna: vol-flaky is anna's; they may do that, or a coordinator.
            <anna> !unassign vol-flaky
            <muster> anna: vol-flaky is anna's; they hand it back themselves, or a coordinator unassigns it.
            <zed> !claim vol-flaky
            <muster> zed: vol-flaky is anna's; ask them to hand it back [...], or ask a coordinator.
            <anna> !bps me
            <muster> No open blueprints of anna.
        """)


async def test_while_it_is_away_look_ups_say_how_old_they_are_and_changes_wait(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Elsewhere) as stage:
        stage.app.hub.plugin(Elsewhere).is_away = True
        await stage.play("""
            <zed> !bp vol-snapshots
            <muster> vol-snapshots: [...]; not approved. (Launchpad is away; as of 14 minutes ago)
            <zed> !bps essex-3
            <muster> No open blueprints for essex-3. (Launchpad is away; as of 14 minutes ago)
            <zed> !bp zonse
            <muster> zed: There is no blueprint 'zonse'; [...] (Launchpad is away; [...])
            <zed> !milestone essex-3
            <muster> essex-3 (essex), due [...]: no blueprints. (Launchpad is away; as of 14 minutes ago)
            <vishy> !assign zones nova-api
            <muster> zones is nova-api's now. (Launchpad is away; it is written there later.)
            <vishy> !undo
            <muster> Undone: !assign zones nova-api (zones). (Launchpad is away; [...])
        """)


async def test_a_team_keeps_what_was_handed_on_in_the_tracker_itself(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Elsewhere) as stage:
        tracker, plugin = stage.app.hub.plugin(Elsewhere), stage.app.hub.plugin(Blueprints)
        before = tracker.items.blueprints["api-tests"]

        async def seen(*assigned: str) -> str:
            for one, other in pairwise(assigned):
                old, new = blueprint("api-tests", assignee=one), blueprint("api-tests", assignee=other)
                tracker.told([Seen(old, new)])
            await stage.app.hub.idle()
            return str(plugin.holding(blueprint("api-tests", assignee=assigned[-1])))

        assert before.assignee == "nova-api"
        assert await seen("nova-api", "bcwaldon") == "nova-api (brian)"
        assert await seen("bcwaldon", "zed") == "nova-api (zed)"
        assert await seen("zed", "", "zed") == "zed"
        assert await seen("zed", "openstack-volume", "renukaapte") == "volumes (renuka)"
        bug = Item(Ref(ItemKind.BUG, "7"), "A bug", assignee="nova-api")
        tracker.told([Seen(None, bug)])
        await stage.app.hub.idle()
        assert plugin.kept == {"api-tests": "volumes"}


async def test_of_what_the_tracker_refuses_after_a_while_nothing_is_kept(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Elsewhere) as stage:
        await stage.play("""
            <brian> !target api-* essex-3
            <muster> 2 blueprints proposed for essex-3: api-quotas and api-tests from essex-2. !yes does it.
            <brian> !yes
            <muster> Proposed: api-quotas and api-tests for essex-3; [...]
        """)
        tracker, plugin = stage.app.hub.plugin(Elsewhere), stage.app.hub.plugin(Blueprints)
        proposed = dict(plugin.proposals)
        tracker.refuses = {"api-tests"}
        await stage.play("""
            <vishy> !target confirm api-tests
            <muster> vishy: api-tests was not changed: Launchpad does not let Muster.
            <vishy> !target confirm
            <muster> 2 milestones proposed; !target confirm all sets them.
            <muster> api-quotas for essex-3, by brian
            <muster> api-tests for essex-3, by brian
            <vishy> !target confirm all
            <muster> 2 blueprints: api-quotas for essex-3, api-tests for essex-3. !yes does it.
            <vishy> !yes
            <muster> Confirmed: api-quotas for essex-3. !undo takes it back.
            <muster> vishy: api-tests was not changed: Launchpad does not let Muster.
        """)
        assert plugin.proposals == {"api-tests": proposed["api-tests"]}
        await stage.play("""
            -- muster is killed
            <vishy> !target confirm
            <muster> 1 milestone proposed; !target confirm all sets them.
            <muster> api-tests for essex-3, by brian
        """)


async def test_what_the_tracker_lets_nobody_undo_can_be_undone_later(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Elsewhere) as stage:
        tracker, plugin = stage.app.hub.plugin(Elsewhere), stage.app.hub.plugin(Blueprints)
        await stage.play("""
            <brian> !claim api-tests
            <muster> api-tests is brian's now; nova-api keeps owning it.
            <vishy> !assign api-tests volumes
            <muster> api-tests is volumes' now.
        """)
        tracker.refuses = {"api-tests"}
        await stage.play("""
            <vishy> !undo
            <muster> vishy: api-tests was not changed: Launchpad does not let Muster.
        """)
        assert plugin.kept == {"api-tests": "volumes"}
        tracker.refuses = ()
        await stage.play("""
            <vishy> !undo
            <muster> Undone: !assign api-tests volumes (api-tests).
            <zed> !bp api-tests
            <muster> api-tests: Tests of the API. New, Undefined; nova-api (brian); essex-2; not approved.
        """)
