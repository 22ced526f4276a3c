"""Launchpad away, slow, broken, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from plugins.tracker.backend import AwayError, UnknownOutcomeError, Updated
from plugins.tracker.items import Field, Item, ItemKind, New, Ref
from plugins.tracker.launchpad import Launchpad
from tests.launchpad.messages import Request
from tests.launchpad.server import Fault, Server
from tests.launchpad.state import Blueprint, Bug

Opened = Callable[..., Launchpad]

FIRST = Ref(ItemKind.BLUEPRINT, "blueprint-0001")
SECOND = Ref(ItemKind.BLUEPRINT, "blueprint-0002")
SHORT = 0.3
"""A time-out that a test can wait for, in seconds."""


async def away(attempt: Awaitable[object]) -> AwayError:
    """How an attempt said that Launchpad is away, knowing that nothing was done."""
    with pytest.raises(AwayError) as caught:
        await attempt
    assert not isinstance(caught.value, UnknownOutcomeError)
    return caught.value


async def unknown(attempt: Awaitable[object]) -> UnknownOutcomeError:
    with pytest.raises(UnknownOutcomeError) as caught:
        await attempt
    return caught.value


async def test_it_may_be_away_from_the_first_and_is_used_once_it_is_back(
    server: Server, launchpad: Launchpad
) -> None:
    server.stop()
    assert str(await away(launchpad.get(FIRST))) == "Launchpad refuses the connection."
    await away(launchpad.update(FIRST, "", {Field.PRIORITY: "High"}))
    server.start()
    assert await launchpad.get(FIRST)


async def test_a_restart_in_the_middle_of_a_sync_ends_it_and_the_next_is_whole(
    server: Server, launchpad: Launchpad
) -> None:
    pages = launchpad.find(ItemKind.BLUEPRINT)
    assert len(await anext(pages)) == 50
    server.stop()
    await away(anext(pages))
    server.start()
    assert sum([len(page) async for page in launchpad.find(ItemKind.BLUEPRINT)]) == 120


async def test_after_a_restart_nobody_notices_that_the_connection_was_an_old_one(
    server: Server, launchpad: Launchpad
) -> None:
    before = await launchpad.get(FIRST)
    assert before is not None
    server.stop()
    server.start()
    assert await launchpad.get(FIRST) == before
    server.stop()
    server.start()
    assert isinstance(await launchpad.update(FIRST, before.version, {Field.PRIORITY: "High"}), Updated)
    assert len(server.asked("PATCH")) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
async def test_what_does_not_work_now_is_asked_once_and_waited_for_by_whoever_asks(
    server: Server, launchpad: Launchpad, status: int
) -> None:
    await launchpad.get(FIRST)
    asked = len(server.requests)
    server.fail(Fault(status, retry_after=7))
    assert (await away(launchpad.get(FIRST))).retry_after == 7
    assert len(server.requests) == asked + 1


async def test_at_the_log_in_too_it_is_asked_once(server: Server, launchpad: Launchpad) -> None:
    server.fail(Fault(503), times=2)
    assert (await away(launchpad.get(FIRST))).retry_after is None
    assert len(server.requests) == 1


async def test_retry_after_may_be_a_date(server: Server, launchpad: Launchpad) -> None:
    for ahead, least, most in ((90, 80, 90), (-90, 0, 0)):
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)
        server.fail(Fault(503, headers={"Retry-After": date}))
        wait = (await away(launchpad.get(FIRST))).retry_after
        assert wait is not None
        assert least <= wait <= most


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_change_that_is_answered_so_is_not_done(
    server: Server, launchpad: Launchpad, status: int
) -> None:
    server.fail(Fault(status, retry_after=3), method="PATCH")
    assert (await away(launchpad.update(FIRST, "", {Field.PRIORITY: "Low"}))).retry_after == 3
    assert len(server.asked("PATCH")) == 1


@pytest.mark.parametrize("status", [502, 504])
async def test_a_change_that_something_before_launchpad_gave_up_on_may_be_done(
    server: Server, launchpad: Launchpad, status: int
) -> None:
    server.fail(Fault(status), method="PATCH")
    await unknown(launchpad.update(FIRST, "", {Field.PRIORITY: "Low"}))
    assert len(server.asked("PATCH")) == 1


@pytest.mark.parametrize("cut", ["before", "after", "amid"])
async def test_a_change_whose_connection_breaks_may_be_done_and_is_not_sent_again(
    server: Server, launchpad: Launchpad, cut: str
) -> None:
    before = await launchpad.get(FIRST)
    assert before is not None
    server.fail(Fault(cut=cut), method="PATCH")  # type: ignore[arg-type]
    error = await unknown(launchpad.update(FIRST, before.version, {Field.PRIORITY: "Essential"}))
    assert str(error) == "The connection to Launchpad broke. It may be done."
    assert len(server.asked("PATCH")) == 1
    done = server.world.blueprint("blueprint-0001").priority == "Essential"
    assert done is (cut != "before")
    now = await launchpad.get(FIRST)
    assert now is not None
    assert (now.priority == "Essential") is done


@pytest.mark.parametrize("cut", ["after", "amid"])
async def test_what_is_made_is_made_once_though_the_connection_breaks(
    server: Server, launchpad: Launchpad, cut: str
) -> None:
    await launchpad.milestones()
    server.fail(Fault(cut=cut), method="POST")  # type: ignore[arg-type]
    await unknown(launchpad.create(New(ItemKind.BUG, "", "It breaks")))
    assert [bug.title for bug in server.world.bugs.values()] == ["It breaks"]


async def test_an_answer_that_is_cut_short_is_not_taken_for_another_bugs(
    server: Server, launchpad: Launchpad
) -> None:
    server.world.save(*(Bug(n, "nova", f"Bug {n}", "vishy") for n in range(1, 12)))
    server.fail(Fault(cut="amid"), method="POST")  # of .../bugs/12 comes .../bugs/1
    await unknown(launchpad.create(New(ItemKind.BUG, "", "It breaks")))
    assert server.asked("GET", "+bug/1")


async def test_what_is_made_and_cannot_be_shown_may_be_done(server: Server, launchpad: Launchpad) -> None:
    server.fail(Fault(503), method="GET", path="+spec/volumes")
    await unknown(launchpad.create(New(ItemKind.BLUEPRINT, "volumes", "Volumes apart")))
    assert "nova/volumes" in server.world.blueprints


@pytest.mark.parametrize("cut", ["before", "amid"])
async def test_a_look_whose_connection_breaks_says_so(server: Server, launchpad: Launchpad, cut: str) -> None:
    await launchpad.milestones()
    server.fail(Fault(cut=cut), path="+spec/blueprint-0001", times=2)  # type: ignore[arg-type]
    assert str(await away(launchpad.get(FIRST))).startswith("The connection to Launchpad broke")


async def test_a_change_that_takes_too_long_may_be_done(server: Server, opened: Opened) -> None:
    launchpad = opened(timeout=SHORT)
    await launchpad.milestones()
    slow = server.fail(Fault(slow=True), method="PATCH")
    error = await unknown(launchpad.update(FIRST, "", {Field.PRIORITY: "Essential"}))
    assert str(error) == "Launchpad does not answer in time. It may be done."
    slow.release()
    assert server.world.blueprint("blueprint-0001").priority == "Essential"


async def test_an_answer_that_comes_too_late_is_never_taken_for_the_next_ones(
    server: Server, opened: Opened
) -> None:
    launchpad = opened(timeout=SHORT)
    await launchpad.milestones()
    slow = server.fail(Fault(slow=True), path="+spec/blueprint-0001")
    assert str(await away(launchpad.get(FIRST))) == "Launchpad does not answer in time."
    slow.release()
    second = await launchpad.get(SECOND)
    assert second is not None
    assert second.ref == SECOND


async def test_what_a_person_waits_for_goes_before_the_pages_of_a_sync(
    server: Server, launchpad: Launchpad
) -> None:
    await launchpad.milestones()
    slow = server.fail(Fault(slow=True), path="all_specifications")

    async def sync() -> list[Item]:
        return [item async for page in launchpad.find(ItemKind.BLUEPRINT) for item in page]

    syncs = [asyncio.create_task(sync()) for _ in range(3)]
    await asyncio.to_thread(slow.reached.wait)
    looks = [asyncio.create_task(launchpad.get(ref)) for ref in (FIRST, SECOND)]
    await asyncio.sleep(0)
    slow.release()
    await asyncio.gather(*looks)
    paths = [one.path.rpartition("/")[2] for one in server.requests[3:]]
    assert paths[:5] == [
        "all_specifications",
        "blueprint-0001",
        "dependencies",
        "blueprint-0002",
        "dependencies",
    ]
    assert [len(found) for found in await asyncio.gather(*syncs)] == [120] * 3


async def test_the_loop_goes_on_while_launchpad_is_slow(server: Server, launchpad: Launchpad) -> None:
    slow = server.fail(Fault(slow=True))
    look = asyncio.create_task(launchpad.get(FIRST))
    await asyncio.to_thread(slow.reached.wait)
    assert not look.done()
    slow.release()
    assert await look


async def test_all_changes_arrive_in_the_order_in_which_they_were_asked_for(
    server: Server, launchpad: Launchpad
) -> None:
    await asyncio.gather(*(launchpad.update(FIRST, "", {Field.WHITEBOARD: f"line {n}"}) for n in range(20)))
    assert [request.fields["whiteboard"] for request in server.asked("PATCH")] == [
        f"line {n}" for n in range(20)
    ]


async def test_what_nobody_waits_for_any_more_is_not_begun(server: Server, launchpad: Launchpad) -> None:
    await launchpad.milestones()
    slow = server.fail(Fault(slow=True), path="+spec/blueprint-0001")
    first = asyncio.create_task(launchpad.get(FIRST))
    await asyncio.to_thread(slow.reached.wait)
    second = asyncio.create_task(launchpad.update(SECOND, "", {Field.PRIORITY: "Essential"}))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    slow.release()
    await first
    await launchpad.milestones()
    assert not server.asked("PATCH")


async def test_the_end_waits_for_what_has_begun_and_begins_nothing_more(
    server: Server, launchpad: Launchpad
) -> None:
    await launchpad.milestones()
    slow = server.fail(Fault(slow=True), method="PATCH")
    begun = asyncio.create_task(launchpad.update(FIRST, "", {Field.PRIORITY: "Essential"}))
    await asyncio.to_thread(slow.reached.wait)
    waiting = asyncio.create_task(launchpad.update(SECOND, "", {Field.PRIORITY: "Essential"}))
    await asyncio.sleep(0)
    end = asyncio.create_task(launchpad.close())
    await away(waiting)
    slow.release()
    await end
    assert isinstance(await begun, Updated)
    await away(launchpad.get(FIRST))
    assert len(server.asked("PATCH")) == 1


@pytest.mark.slow
async def test_five_thousand_blueprints_come_in_a_hundred_pages_while_others_write(
    server: Server, launchpad: Launchpad
) -> None:
    more = [Blueprint("nova", f"blueprint-{n:04}", f"Number {n}", "vishy") for n in range(121, 5001)]
    server.world.save(*more)
    pages = 0
    found: dict[str, Item] = {}

    def between(request: Request) -> None:
        if request.query.get("ws.start") == "2500":
            server.world.edit("blueprint-4999", priority="Essential")

    server.on_request = between
    async for page in launchpad.find(ItemKind.BLUEPRINT):
        pages += 1
        found |= {item.name: item for item in page}
        if pages % 25 == 0:
            assert isinstance(
                await launchpad.update(FIRST, "", {Field.WHITEBOARD: f"after page {pages}"}), Updated
            )
    assert (pages, len(found)) == (100, 5000)
    assert found["blueprint-4999"].priority == "Essential"
    assert len(server.asked("GET", "all_specifications")) == 100
    assert len(server.requests) == 2 + 100 + 4
