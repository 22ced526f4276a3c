"""Merge proposals in Launchpad, with their votes and what they are about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugins.tracker.backend import AwayError
from plugins.tracker.items import MergeProposal, Vote
from plugins.tracker.launchpad import Launchpad, backend
from tests.launchpad.server import Fault, Server
from tests.launchpad.state import Branch, Bug

MADE = datetime(2011, 11, 10, 17, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(server: Server) -> None:
    server.world.clock = lambda: MADE


async def test_a_proposal_tells_its_votes_and_what_it_is_about(server: Server, launchpad: Launchpad) -> None:
    world = server.world
    world.save(Bug(7, "nova", "It breaks", "renuka"))
    world.save(Branch("~renuka/nova/fix-7", bugs=[7], blueprints=["blueprint-0002"]))
    made = world.propose("~renuka/nova/fix-7", description="Detach volumes.\n\nAnd more.")
    for who, vote in (("vishy", "Approve"), ("bcwaldon", "Needs Fixing"), ("muster", "Abstain")):
        world.vote(made, who, vote)
    world.vote(made, "nova-api")
    (found,) = await launchpad.reviews()
    assert found == MergeProposal(
        str(made.id),
        "Detach volumes.",
        url=f"{server.root}~renuka/nova/fix-7/+merge/{made.id}",
        status="Needs review",
        author="renuka",
        project="nova",
        source="~renuka/nova/fix-7",
        target="~nova-drivers/nova/trunk",
        votes=(
            Vote("vishy", 1, MADE),
            Vote("bcwaldon", -1, MADE),
            Vote("muster", 0, MADE),
            Vote("nova-api"),
        ),
        bugs=("7",),
        blueprints=("blueprint-0002",),
        created=MADE,
        asked=MADE,
    )


async def test_a_private_proposal_is_not_there(server: Server, launchpad: Launchpad) -> None:
    server.world.save(Bug(7, "nova", "It breaks", "renuka"))
    made = server.world.propose("~renuka/nova/+git/nova:fix/7", "~nova-drivers/nova/+git/nova:main", bugs=[7])
    made.private = True
    assert list(await launchpad.reviews()) == []


async def test_branches_of_git_are_named_with_their_repository(server: Server, launchpad: Launchpad) -> None:
    server.world.save(Bug(7, "nova", "It breaks", "renuka"))
    server.world.propose("~renuka/nova/+git/nova:fix/7", "~nova-drivers/nova/+git/nova:main", bugs=[7])
    (found,) = await launchpad.reviews()
    assert (found.source, found.target, found.project) == (
        "~renuka/nova/+git/nova:fix/7",
        "~nova-drivers/nova/+git/nova:main",
        "nova",
    )
    assert found.title == "~renuka/nova/+git/nova:fix/7 into ~nova-drivers/nova/+git/nova:main"
    assert (found.bugs, found.is_whole) == (("7",), True)


async def test_only_what_waits_for_somebody_else_is_read(server: Server, launchpad: Launchpad) -> None:
    for status in ("Work in progress", "Needs review", "Approved", "Rejected", "Merged", "Superseded"):
        server.world.propose(f"~renuka/nova/{status.replace(' ', '-').lower()}", queue_status=status)
    server.world.propose("~renuka/glance/fix", "~renuka/glance/trunk")
    assert {one.status for one in await launchpad.reviews()} == {"Needs review", "Approved"}
    assert len(await launchpad.reviews()) == 2


async def test_of_many_all_are_read_and_only_so_many_whole(
    server: Server, launchpad: Launchpad, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backend, "AT_ONCE", 3)
    caplog.set_level("INFO")
    for n in range(120):
        server.world.vote(server.world.propose(f"~renuka/nova/fix-{n}"), "vishy", "Approve")
    found = await launchpad.reviews()
    assert len({one.name for one in found}) == 120
    assert [one.votes for one in found if one.is_whole] == [(Vote("vishy", 1, MADE),)] * 3
    assert "Of 117 of 120 merge proposals the votes are read another time" in caplog.text
    pages = [one for one in server.requests if one.query.get("ws.op") == "getMergeProposals"]
    assert len(pages) == 3
    assert len(server.requests) == 2 + 3 + 3 * 4


async def test_one_that_is_gone_meanwhile_stays_as_the_list_had_it(
    server: Server, launchpad: Launchpad
) -> None:
    server.world.propose("~renuka/nova/fix")
    server.fail(Fault(404), path="/votes")
    (found,) = await launchpad.reviews()
    assert not found.is_whole
    server.fail(Fault(503), path="/votes")
    with pytest.raises(AwayError):
        await launchpad.reviews()
