"""Triage of bugs that live in a tracker elsewhere: what others do there, refusals, and absences."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.testing import Stage
from plugins.tracker import AwayError, Field, Item, ItemKind, Ref, Tracker
from plugins.tracker.backend import Backend
from plugins.tracker.settings import TrackerSettings
from plugins.triage import Triage
from tests.plugins.tracker.conftest import heard, later
from tests.plugins.tracker.scripted import Scripted
from tests.plugins.triage.house import bug, house

NOTHING = "nothing says which team"
AWAY = AwayError("Launchpad refuses the connection.")


@pytest.fixture
def world() -> Scripted:
    """A tracker elsewhere, with two bugs that were there before Muster."""
    made = Scripted(away=AWAY)
    for item in (bug(7, "Quotas are not counted", days=9, tags=("api",)), bug(12, "Volumes stick", days=4)):
        put(made, item)
    return made


def put(world: Scripted, item: Item) -> None:
    """Somebody else reports or changes a bug."""
    version = int(world.items[item.ref].version[1:]) + 1 if item.ref in world.items else 1
    world.items[item.ref] = replace(item, version=f"v{version}")


def edit(world: Scripted, number: int, one: Field, value: str | tuple[str, ...]) -> None:
    """Somebody else changes a field of a bug."""
    put(world, world.items[Ref(ItemKind.BUG, str(number))].changed({one: value}))


@pytest.fixture
async def stage(tmp_path: Path, world: Scripted) -> AsyncIterator[Stage]:
    class Elsewhere(Tracker):
        """A tracker elsewhere."""

        @classmethod
        def backend(cls, config: TrackerSettings, data_dir: Path) -> Backend:
            return world

    settings = "[tracker]\nproject = nova\nsync_every = 15 minutes\n[plugin triage]\nrooms = test/#lobby\n"
    async with house(tmp_path, (), Elsewhere, settings=settings) as made:
        world.away = None
        await later(made, minutes=1)
        yield made


def triage_of(stage: Stage) -> Triage:
    return stage.app.hub.plugin(Triage)


async def test_what_was_there_before_is_in_the_queues_and_told_to_nobody(stage: Stage) -> None:
    await later(stage, minutes=5)
    assert heard(stage) == []
    await stage.play("""
        <anna> !triage
        <muster> Next for you: bug 7, Quotas are not counted (Undecided, 9 days old; nova-api: [...]
    """)


async def test_new_bugs_are_told_once_in_their_team_s_room(stage: Stage, world: Scripted) -> None:
    put(world, bug(20, "Something", days=0, tags=("api",)))
    put(world, bug(21, "Paging", days=0))
    put(world, bug(22, "Stars", days=0))
    await later(stage, minutes=17)
    assert sorted(heard(stage)) == [
        "[#api] <muster> 2 new bugs for nova-api: #20 Something and #21 Paging. !triage shows the next.",
        f"[#lobby] <muster> No team fits bug 22, Stars ({NOTHING}); !route 22 TEAM says whose it is.",
    ]
    await later(stage, minutes=60)
    assert heard(stage) == []


async def test_a_bug_whose_tags_come_later_is_routed_anew_unless_somebody_routed_it(
    stage: Stage, world: Scripted
) -> None:
    put(world, bug(20, "Something", days=0))
    put(world, bug(21, "Something else", days=0))
    await later(stage, minutes=17)
    heard(stage)
    await stage.play("""
        <vishy> !route 21 volumes
        <muster> Bug 21 is volumes' now; learned: words something, else -> volumes.
        -- 2 minutes pass
        [#volumes] <muster> New for volumes: bug 21, [...]
    """)
    edit(world, 20, Field.TAGS, ("ec2",))
    edit(world, 21, Field.TAGS, ("ec2",))
    await later(stage, minutes=17)
    assert heard(stage) == [
        "[#api] <muster> New for nova-api: bug 20, Something (its tag ec2). !take 20 takes it."
    ]
    assert triage_of(stage).route_of(world.items[Ref(ItemKind.BUG, "21")]).team == "volumes"


async def test_a_team_that_is_made_assignee_there_has_the_bug(stage: Stage, world: Scripted) -> None:
    edit(world, 12, Field.ASSIGNEE, "nova-api")
    await later(stage, minutes=17)
    assert heard(stage) == [
        "[#api] <muster> New for nova-api: bug 12, Volumes stick (assigned to it). !take 12 takes it."
    ]


async def test_one_that_was_triaged_there_waits_no_more_and_is_counted(stage: Stage, world: Scripted) -> None:
    edit(world, 7, Field.DEFINITION, "Confirmed")
    await later(stage, minutes=17)
    assert heard(stage) == []
    await stage.play("""
        <anna> !triage next nova-api
        <muster> Nothing waits for nova-api.
        <anna> !triage today
        <muster> Today: 0 bugs came in, 1 triaged.
        <muster> Triaged: #7 Confirmed by Launchpad.
    """)


async def test_a_bug_that_was_not_seen_yet_is_looked_up(stage: Stage, world: Scripted) -> None:
    put(world, bug(20, "Something", days=0, tags=("api",)))
    await stage.play("""
        <zed> !bug 20
        <muster> bug 20: Something. New, Undecided; nova-api (its tag api); tags api; 1 minute old.
        <zed> !bug 21
        <muster> zed: There is no bug 21 in Launchpad.
        -- 1 minute passes
        [#api] <muster> New for nova-api: bug 20, [...]
    """)
    world.away = AWAY
    await stage.play("""
        <zed> !bug 21
        <muster> zed: I know no bug 21, and cannot ask Launchpad: Launchpad refuses the connection.
    """)


async def test_what_the_tracker_refuses_is_said_plainly_and_undone(stage: Stage, world: Scripted) -> None:
    world.denied.add("7")
    await stage.play("""
        <anna> !triaged 7 high
        <muster> anna: Bug 7 was not changed: Launchpad does not let Muster. In Launchpad only the p[...]
        <anna> !triaged 7 +quota
        <muster> anna: Bug 7 was not changed: Launchpad does not let Muster.
        <anna> !triage next nova-api
        <muster> Next for nova-api: bug 7, Quotas are not counted (Undecided, [...]
    """)


async def test_what_others_changed_meanwhile_is_not_overwritten(stage: Stage, world: Scripted) -> None:
    edit(world, 7, Field.DEFINITION, "Invalid")
    await stage.play("""
        <anna> !triaged 7 high
        <muster> anna: Bug 7 was not changed, since others changed it meanwhile: its status is Inval[...]
        <anna> !triaged 7 new
        <muster> Bug 7: status New (was Invalid).
    """)
    assert world.written == ["7 definition_status=New"]


async def test_while_it_is_away_changes_wait_and_the_queue_goes_on(stage: Stage, world: Scripted) -> None:
    world.away = AWAY
    await stage.play("""
        <anna> !take 7
        <muster> anna has bug 7, [...]
        <anna> !triaged 7 high
        <muster> Bug 7: status Triaged (was New), importance High (was Undecided) (Launchpad is away[...]
        <anna> !bug 7
        <muster> bug 7: Quotas are not counted. Triaged, High; nova-api (its tag api); tags api; 9 d[...]
        <anna> !incomplete 12 Which one?
        <muster> anna: Bug 12 is in volumes' queue, and its status is for its members; [...]
        <renuka> !incomplete 12 Which one?
        <muster> Bug 12: status Incomplete (was New) (Launchpad is away; it is done later). I wrote[...]
        -- 1 minute passes
        <anna> !bug new It breaks
        <muster> New bug: It breaks (Launchpad is away; it gets its number then.)
    """)
    world.away = None
    await later(stage, minutes=5)
    assert heard(stage) == ["<muster> anna: It breaks is bug 102 now."]
    assert world.written == [
        "7 definition_status=Triaged priority=High",
        "12 definition_status=Incomplete",
        "12 # renuka asks: Which one? Once that is answered, please set the status back to New.",
        "bug:102 It breaks",
    ]


async def test_a_new_bug_has_its_number_at_once_and_its_team_hears(stage: Stage) -> None:
    await stage.play("""
        <anna> !bug new The API breaks
        <muster> New bug 102: The API breaks
        -- 1 minute passes
        [#api] <muster> New for nova-api: bug 102, The API breaks (its title says api). !take 102 takes it.
    """)


async def test_bugs_cannot_be_reported_where_it_is_read_only(stage: Stage, world: Scripted) -> None:
    world.read_only = True
    await stage.play("""
        <anna> !bug new It breaks
        <muster> anna: I cannot report bugs in Launchpad; do it there, and I see it.
    """)


async def test_one_that_is_gone_there_is_gone_here(stage: Stage, world: Scripted) -> None:
    await stage.play("""
        <anna> !take 7
        <muster> anna has bug 7, [...]
    """)
    del world.items[Ref(ItemKind.BUG, "7")]
    await later(stage, days=3)
    assert heard(stage) == []
    await stage.play("""
        <anna> !release 7
        <muster> anna: There is no bug 7 in Launchpad.
        <anna> !triage
        <muster> Nothing waits for you: nova-api's bugs are triaged, taken, or skipped by you.
    """)


async def test_tags_that_no_list_tells_are_looked_up_before_one_is_added(
    stage: Stage, world: Scripted
) -> None:
    world.untold_ = ("tags", "own_version")
    put(world, bug(23, "Quotas again", days=0, tags=("old", "api")))
    await later(stage, minutes=17)
    heard(stage)
    stage.app.hub.plugin(Tracker).items.keep(replace(bug(23, "Quotas again", days=0), version="v1"))
    await stage.play("""
        <anna> !triaged 23 +quota
        <muster> Bug 23: tags old, api, quota.
    """)
    assert world.items[Ref(ItemKind.BUG, "23")].tags == ("old", "api", "quota")
    world.away = AWAY
    stage.app.hub.plugin(Tracker).items.keep(replace(bug(23, "Quotas again", days=0), version="v2"))
    await stage.play("""
        <anna> !triaged 23 -old
        <muster> anna: I do not know the tags of bug 23 yet, nor what it repeats, and [...]
    """)
