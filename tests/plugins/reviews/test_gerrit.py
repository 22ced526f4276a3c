"""Asking a Gerrit over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.plugin import Secret
from bot.testing import START
from plugins.reviews.gerrit.client import Gerrit
from plugins.reviews.gerrit.settings import GerritSettings
from plugins.reviews.review import State, Waits
from plugins.reviews.sources import AwayError, BadAnswerError, RefusedError, SourceError
from tests.gerrit.changes import Change, World
from tests.gerrit.server import LOGIN_PAGE, PREFIX, Fault, Server


@pytest.fixture
def gerrit() -> Iterator[Server]:
    with Server(World(Change(1234, "Quotas", topic="bp/quotas"))) as server:
        yield server


@asynccontextmanager
async def client(
    server: Server, *, bounds: dict[str, Any] | None = None, **more: Any
) -> AsyncIterator[Gerrit]:
    found = Gerrit("nova", GerritSettings(url=server.url, **more), **(bounds or {}))
    try:
        yield found
    finally:
        await found.close()


async def test_a_change_is_read_whole(gerrit: Server) -> None:
    change = gerrit.world.changes[1234]
    change.message = "Closes-Bug: #7\nPartial-Bug: 8\nImplements: blueprint limits\n"
    change.files = ["nova/quota.py", "nova/tests/test_quota.py"]
    change.vote("anna", 1, when=START + timedelta(hours=1))
    change.reviewers.append("zed")
    async with client(gerrit) as nova:
        (review,) = (await nova.open_reviews()).reviews
    assert (review.number, review.title, review.project) == ("1234", "Quotas", "openstack/nova")
    assert review.url == f"{gerrit.url}/c/openstack/nova/+/1234"
    assert review.bugs == ("7", "8")
    assert review.blueprints == ("quotas", "limits")
    assert review.paths == ("nova/quota.py", "nova/tests/test_quota.py")
    assert (review.author, review.reviewers) == ("bob", ("anna", "zed"))
    assert [(vote.who, vote.value, vote.when) for vote in review.votes] == [
        ("anna", 1, START + timedelta(hours=1))
    ]
    assert review.created == review.asked == START
    assert review.waits_for is Waits.REVIEWERS
    assert review.standing == "needs review, +1"


async def test_pages_are_followed_as_long_as_there_are_more() -> None:
    world = World(*(Change(number, f"Change {number}") for number in range(1, 24)))
    with Server(world, limit=5) as gerrit:  # fewer than are asked for
        async with client(gerrit) as nova:
            seen = await nova.open_reviews()
        assert seen.is_whole
        assert len(seen.reviews) == 23
        assert [asked.query.get("S") for asked in gerrit.requests] == [None, ["5"], ["10"], ["15"], ["20"]]


async def test_what_comes_twice_while_pages_shift_counts_once() -> None:
    world = World(*(Change(number, f"Change {number}") for number in range(1, 7)))
    with Server(world, limit=3) as gerrit:
        async with client(gerrit) as nova:
            held = gerrit.fail(Fault(slow=True))
            looking = asyncio.create_task(nova.open_reviews())
            await asyncio.to_thread(held.reached.wait)
            world.changes[1].updated = START + timedelta(hours=1)  # moves to the first page, which is made
            held.release()
            seen = await looking
    numbers = [one.number for one in seen.reviews]
    assert len(numbers) == len(set(numbers))


async def test_the_query_names_the_projects_and_what_else_matters(gerrit: Server) -> None:
    gerrit.world.add(Change(2, "Glance", project="openstack/glance"))
    gerrit.world.add(Change(3, "Client", project="openstack/nova-client"))
    gerrit.world.add(Change(4, "Old", branch="stable"))
    async with client(gerrit, projects=("openstack/nova*",), query="branch:master OR branch:main") as nova:
        assert {one.number for one in (await nova.open_reviews()).reviews} == {"1234", "3"}
    async with client(gerrit, projects=("openstack/nova", "openstack/glance")) as nova:
        assert {one.number for one in (await nova.open_reviews()).reviews} == {"1234", "2", "4"}
    assert gerrit.requests[0].query["q"] == [
        'status:open projects:"openstack/nova" (branch:master OR branch:main)'
    ]


async def test_with_a_password_muster_logs_in_and_what_is_private_stays_so(gerrit: Server) -> None:
    gerrit.world.add(Change(2, "Secret", is_private=True))
    async with client(gerrit) as nova:
        assert len((await nova.open_reviews()).reviews) == 1
    async with client(gerrit, user="muster", password=Secret("secret/pass")) as nova:
        assert len((await nova.open_reviews()).reviews) == 1
        assert await nova.some(["2"]) == []
    assert [(asked.path, asked.user) for asked in gerrit.requests] == [
        ("/changes/", ""),
        ("/a/changes/", "muster"),
        ("/a/changes/", "muster"),
    ]


async def test_a_wrong_password_is_said_and_not_shown(gerrit: Server) -> None:
    async with client(gerrit, user="muster", password=Secret("wr0ng")) as nova:
        with pytest.raises(
            RefusedError, match=r"does not accept the password of muster \(Unauthorized\)"
        ) as e:
            await nova.open_reviews()
    assert "wr0ng" not in str(e.value)


async def test_what_became_of_changes_is_asked_by_their_numbers(gerrit: Server) -> None:
    world = gerrit.world
    world.add(Change(1, "Merged", status="MERGED"))
    world.add(Change(2, "Given up", status="ABANDONED"))
    world.add(Change(3, "Elsewhere", project="openstack/glance"))
    async with client(gerrit, projects=("openstack/nova",)) as nova:
        found = {one.number: one.state for one in await nova.missing(["1", "2", "3", "1234", "99"])}
        everything = {one.number for one in await nova.some(["1", "3", "99"])}
    assert found == {"1": State.MERGED, "2": State.ABANDONED, "1234": State.OPEN}
    assert everything == {"1", "3"}


async def test_a_change_is_found_by_the_beginning_of_its_id(gerrit: Server) -> None:
    change = gerrit.world.changes[1234]
    async with client(gerrit) as nova:
        (found,) = await nova.with_change_id(change.change_id[:12])
    assert found.number == "1234"


@pytest.mark.parametrize(
    ("fault", "kind", "why"),
    [
        (Fault(429, "slow down", retry_after="7"), AwayError, r"wants fewer questions \(slow down\)"),
        (Fault(503), AwayError, r"does not work now \(503\)"),
        (Fault(502, LOGIN_PAGE, "text/html"), AwayError, r"does not work now \(502\)$"),
        (Fault(403, "not permitted"), RefusedError, r"does not let Muster see that \(not permitted\)"),
        (Fault(401), RefusedError, "lets nobody in without a password"),
        (Fault(404), BadAnswerError, "has no such address"),
        (Fault(409, "conflict"), BadAnswerError, r"refuses what was asked \(409\) \(conflict\)"),
        (Fault(200, LOGIN_PAGE, "text/html"), BadAnswerError, "answers with a web page"),
        (Fault(200, LOGIN_PAGE, "application/json"), BadAnswerError, "answers with a web page"),
        (Fault(200, "[]"), BadAnswerError, r"does not begin with \)\]\}' as Gerrit's do, but with \[\]"),
        (Fault(200, ")]}"), BadAnswerError, "does not begin with"),
        (Fault(200, PREFIX + "[{"), BadAnswerError, "is no JSON"),
        (Fault(200, PREFIX + "[" * 100_000), BadAnswerError, "is no JSON"),
        (Fault(200, PREFIX + "{}"), BadAnswerError, "is an object and not a list of changes"),
        (Fault(302, location="https://login.example.org/"), RefusedError, r"sends to login\.example\.org"),
        (Fault(302, location="/login/x"), RefusedError, "asks to log in"),
        (Fault(cut=True), AwayError, "cannot be reached"),
    ],
)
async def test_what_goes_wrong_is_said_in_one_line(
    gerrit: Server, fault: Fault, kind: type[SourceError], why: str
) -> None:
    gerrit.fail(fault)
    async with client(gerrit) as nova:
        with pytest.raises(kind, match=why) as caught:
            await nova.open_reviews()
        assert "\n" not in str(caught.value)
        assert len((await nova.open_reviews()).reviews) == 1  # and the next time it works


async def test_how_long_to_wait_is_taken_from_the_answer(gerrit: Server) -> None:
    gerrit.fail(Fault(429, retry_after="7"), Fault(503, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"))
    async with client(gerrit) as nova:
        with pytest.raises(AwayError) as caught:
            await nova.open_reviews()
        assert caught.value.retry_after == 7
        with pytest.raises(AwayError) as caught:
            await nova.open_reviews()
        assert caught.value.retry_after == 0


async def test_a_redirect_within_the_host_is_followed(gerrit: Server) -> None:
    gerrit.fail(Fault(301, location="/changes/?q=status:open"))
    async with client(gerrit) as nova:
        assert len((await nova.open_reviews()).reviews) == 1


async def test_redirects_without_end_are_given_up(gerrit: Server) -> None:
    gerrit.fail(*(Fault(302, location=f"/changes/?q={n}") for n in range(9)))
    async with client(gerrit) as nova:
        with pytest.raises(BadAnswerError, match="without end"):
            await nova.open_reviews()


async def test_the_password_does_not_go_to_another_host(gerrit: Server) -> None:
    with Server(World()) as other:
        gerrit.fail(Fault(302, location=f"{other.url.replace('127.0.0.1', 'localhost')}/a/changes/"))
        async with client(gerrit, user="muster", password=Secret("secret/pass")) as nova:
            with pytest.raises(RefusedError, match="sends to localhost"):
                await nova.open_reviews()
        assert other.requests == []


async def test_a_slow_answer_is_given_up_and_holds_nothing_up(gerrit: Server) -> None:
    held = gerrit.fail(Fault(slow=True))
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    async with client(gerrit, bounds={"within": 0.3}) as nova:
        with pytest.raises(AwayError, match=r"does not answer within 0\.3 seconds"):
            await nova.open_reviews()
    ticking.cancel()
    held.release()
    assert ticks > 5


async def test_a_huge_answer_is_given_up(gerrit: Server) -> None:
    gerrit.fail(Fault(200, PREFIX + "[" + " " * 3_000_000 + "]"))
    async with client(gerrit, bounds={"largest": 2**20}) as nova:
        with pytest.raises(BadAnswerError, match="more than 1 MB"):
            await nova.open_reviews()


async def test_nobody_is_there(gerrit: Server) -> None:
    gerrit.stop()
    async with client(gerrit) as nova:
        with pytest.raises(AwayError, match="cannot be reached"):
            await nova.open_reviews()


async def test_a_gerrit_below_a_path(gerrit: Server) -> None:
    with Server(World(Change(5, "Deep")), prefix="/r") as server:
        async with client(server) as nova:
            (found,) = (await nova.open_reviews()).reviews
            assert nova.number_in(f"{server.url}/5") == "5"
            assert nova.number_in(found.url) == "5"
            assert nova.number_in(f"{server.url.removesuffix('/r')}/5") == ""


async def test_a_change_that_cannot_be_read_costs_no_other(gerrit: Server) -> None:
    gerrit.world.add(replace(gerrit.world.changes[1234], number=9, more={"subject": 12}))
    async with client(gerrit) as nova:
        seen = await nova.open_reviews()
    assert [one.number for one in seen.reviews] == ["1234"]
    assert seen.bad == ("subject of change 9 is a number",)
    assert not seen.is_whole  # so that nothing is taken for over


async def test_an_empty_gerrit(gerrit: Server) -> None:
    gerrit.world.changes.clear()
    async with client(gerrit) as nova:
        seen = await nova.open_reviews()
    assert (seen.reviews, seen.is_whole) == ((), True)
