"""Bugs are triaged in the channel and are so in Launchpad: real launchpadlib over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.testing import START, Stage
from tests.launchpad.server import Server
from tests.launchpad.state import Bug, World
from tests.plugins.tracker.conftest import heard, later, settled
from tests.plugins.triage.house import house


def reported(launchpad: Server, number: int, title: str, *tags: str, days: int = 1) -> None:
    """Somebody reports a bug in a browser."""
    when = (START - timedelta(days=days)).isoformat()
    launchpad.world.save(
        Bug(number, "nova", title, "vishy", tags=list(tags), date_created=when, date_last_updated=when)
    )


@pytest.fixture
def launchpad() -> Iterator[Server]:
    with Server(World.of_nova()) as server:
        yield server


@pytest.fixture
async def stage(launchpad: Server, tmp_path: Path) -> AsyncIterator[Stage]:
    settings = (
        f"[tracker]\ntype = launchpad\nproject = nova\nservice_root = {launchpad.root}\n"
        f"credentials_file = {launchpad.credentials('muster', tmp_path)}\n"
    )
    async with house(tmp_path, (), settings=settings) as made:
        await settled(made)
        reported(launchpad, 7, "Quotas are not counted", "api", days=9)
        reported(launchpad, 12, "Volumes stick", days=4)
        await later(made, minutes=17)
        heard(made)
        yield made


def bug(launchpad: Server, number: int) -> Bug:
    return launchpad.world.bugs[str(number)]


async def test_new_bugs_are_told_and_triaged_in_the_channel(stage: Stage, launchpad: Server) -> None:
    reported(launchpad, 20, "Paging stops", days=0)
    await later(stage, minutes=17)
    assert [line.split(" (")[0] for line in heard(stage)] == [
        "[#api] <muster> New for nova-api: bug 20, Paging stops"
    ]
    await stage.play("""
        <anna> !triage
        <muster> Next for you: bug 7, Quotas are not counted (Undecided, 9 days old; nova-api: [...]/+bug/7
        <anna> !take 7
        <muster> anna has bug 7, Quotas are not counted, for 2 days. [...]
        <anna> !triaged 7 confirmed high +quota -api
        <muster> Bug 7: status Confirmed (was New), importance High (was Undecided), tags quota.
        <anna> !dup 20 7
        <muster> Bug 20 repeats bug 7.
        <renuka> !incomplete 12 Which driver?
        <muster> Bug 12: status Incomplete (was New). I wrote there: renuka asks: Which driver? [...]
        <zed> see lp:12
        <muster> bug 12 (Incomplete, Undecided; volumes; 4 days): Volumes stick [...]/nova/+bug/12
        <anna> !bug new The API forgets
        <muster> New bug 21: The API forgets [...]/nova/+bug/21
        -- 1 minute passes
        [#api] <muster> New for nova-api: bug 21, The API forgets (its title says api). !take 21 takes it.
    """)
    one = bug(launchpad, 7)
    assert (one.status, one.importance, one.tags) == ("Confirmed", "High", ["quota"])
    assert bug(launchpad, 20).duplicate_of == "7"
    assert bug(launchpad, 12).status == "Incomplete"
    assert bug(launchpad, 12).messages == [
        "renuka asks: Which driver? Once that is answered, please set the status back to New."
    ]


async def test_what_only_bug_supervisors_may_is_said_plainly(stage: Stage, launchpad: Server) -> None:
    launchpad.world.people["nova-drivers"].members.clear()  # Muster drives the project no more
    launchpad.world.projects["nova"].bug_supervisor = "vishy"
    await stage.play("""
        <anna> !triaged 7 high confirmed
        <muster> anna: Bug 7 was not changed: [...]bug supervisors set importance and some statuses[...]
        <anna> !triaged 7
        <muster> anna: Bug 7 was not changed: [...]bug supervisors set importance and some statuses[...]
        <anna> !triaged 7 confirmed
        <muster> Bug 7: status Confirmed (was New).
        <zed> !triaged 12 high
        <muster> zed: Bug 12 is in volumes' queue, and its importance is for its members; [...]
    """)
    assert (bug(launchpad, 7).importance, bug(launchpad, 7).status) == ("Undecided", "Confirmed")
    assert bug(launchpad, 12).importance == "Undecided"


async def test_what_was_changed_in_a_browser_meanwhile_is_not_overwritten(
    stage: Stage, launchpad: Server
) -> None:
    launchpad.world.edit_bug(7, status="Invalid")
    await stage.play("""
        <anna> !triaged 7 confirmed
        <muster> anna: Bug 7 was not changed, since others changed it meanwhile: its status is Invalid[...]
    """)
    assert bug(launchpad, 7).status == "Invalid"
    assert [request.status for request in launchpad.asked("PATCH")] == [412]


async def test_while_launchpad_is_away_triage_goes_on_and_arrives_later(
    stage: Stage, launchpad: Server
) -> None:
    launchpad.stop()
    await stage.play("""
        <anna> !triaged 7 high
        <muster> Bug 7: status Triaged (was New), importance High (was Undecided) (Launchpad [...]
        <anna> !triage
        <muster> Nothing waits for you: nova-api's bugs are triaged, taken, or skipped by you.
        <anna> !bug 99
        <muster> anna: I know no bug 99, and cannot ask Launchpad: [...]
    """)
    launchpad.start()
    await later(stage, minutes=5)
    assert heard(stage) == []
    assert (bug(launchpad, 7).status, bug(launchpad, 7).importance) == ("Triaged", "High")
    await stage.play("""
        <anna> !triage today nova-api
        <muster> nova-api, today: [...] came in, 1 triaged.
        <muster> [...]Triaged by anna.
    """)
