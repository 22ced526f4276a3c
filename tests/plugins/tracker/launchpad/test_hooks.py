"""Launchpad's webhooks over HTTP: what is right is looked at, what is wrong changes nothing."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from bot.testing import START, Stage
from plugins.tracker import ItemKind, Ref, Seen, Tracker
from plugins.tracker.launchpad import receiving
from plugins.tracker.launchpad.hooks import (
    Deliveries,
    Refusals,
    Reviews,
    WrongDeliveryError,
    signature,
    told,
)
from tests.launchpad.server import Server
from tests.launchpad.state import Bug, World
from tests.launchpad.webhooks import Webhook
from tests.plugins.tracker.conftest import later, settled, tracker_of

SECRET = "it is a secret"
BUG = {"action": "created", "target": "/nova", "bug": "/bugs/7", "new": {}}


@pytest.fixture
def launchpad() -> Iterator[Server]:
    with Server(World.of_nova(blueprints=1)) as server:
        server.world.save(Bug(7, "nova", "It breaks", "renuka"), Bug(9, "glance", "Elsewhere", "renuka"))
        yield server


def settings(launchpad: Server, folder: Path, more: str = f"webhook_secret = {SECRET}") -> str:
    return (
        f"[tracker]\ntype = launchpad\nproject = nova\nservice_root = {launchpad.root}\n"
        f"credentials_file = {launchpad.credentials('muster', folder)}\n{more}\n"
    )


@pytest_asyncio.fixture
async def stage(launchpad: Server, tmp_path: Path) -> AsyncIterator[Stage]:
    """A Muster with its web server, which has looked at everything."""
    Tracker.name = "tracker"
    launchpad.world.clock = lambda: START
    text = settings(launchpad, tmp_path)
    async with Stage(tmp_path, plugins={"tracker": Tracker}, settings=text, web=True) as made:
        await settled(made)
        launchpad.requests.clear()
        yield made


@pytest.fixture
def hook(launchpad: Server, stage: Stage) -> Webhook:
    """The webhook of nova and of its repository."""
    made = Webhook(stage.url(receiving.PATH), SECRET)
    launchpad.world.hooks.append(made)
    return made


async def deliver(stage: Stage, hook: Webhook) -> list[int]:
    """Let deliveries go out; what came of them is over, but for what waits for the next second."""
    answers = await asyncio.to_thread(hook.deliver)
    await settled(stage)
    return answers


def looks(launchpad: Server) -> list[str]:
    return [one.path for one in launchpad.asked("GET", "/+bug/")]


async def test_a_new_bug_is_known_a_second_after_it_was_reported(
    launchpad: Server, stage: Stage, hook: Webhook
) -> None:
    news: list[Seen] = []
    tracker_of(stage).listen(news.extend)
    news.clear()  # what the first look learnt
    launchpad.world.report(Bug(8, "nova", "It breaks too", "renuka", tags=["api"]))
    assert await deliver(stage, hook) == [200]
    assert launchpad.requests == []  # the answer does not wait for the look
    await later(stage, seconds=1)
    found = tracker_of(stage).items.bugs["8"]
    assert (found.title, found.tags, found.state_since) == ("It breaks too", ("api",), START)
    assert [(one.before, one.after) for one in news] == [(None, found)]


async def test_ten_deliveries_about_one_bug_are_one_look(
    launchpad: Server, stage: Stage, hook: Webhook
) -> None:
    for _ in range(5):
        launchpad.world.edit_bug(7, importance="High")
        hook.add("bug:comment:0.1", {**BUG, "bug_comment": "/bugs/7/comments/1"})
    assert await deliver(stage, hook) == [200] * 10
    await later(stage, seconds=1)
    assert looks(launchpad) == ["/devel/nova/+bug/7"]
    assert tracker_of(stage).items.bugs["7"].priority == "High"


async def test_what_means_nothing_here_is_right_and_changes_nothing(
    launchpad: Server, stage: Stage, hook: Webhook
) -> None:
    hook.ping()
    hook.add("git:push:0.1", {"git_repository": "/nova"})
    hook.add("bug:0.2", {"what": "nobody knows"})
    launchpad.world.edit_bug(9, importance="High")
    assert await deliver(stage, hook) == [200] * 4
    await later(stage, minutes=1)
    assert launchpad.requests == []


async def test_a_delivery_that_comes_again_is_right_and_changes_nothing(
    launchpad: Server, stage: Stage, hook: Webhook
) -> None:
    launchpad.world.edit_bug(7, importance="High")
    await deliver(stage, hook)
    await later(stage, seconds=1)
    assert await asyncio.to_thread(hook.send, hook.delivered[0]) == 200
    await later(stage, minutes=1)
    assert len(looks(launchpad)) == 1


async def test_while_launchpad_is_away_the_look_waits_until_it_is_back(
    launchpad: Server, stage: Stage, hook: Webhook
) -> None:
    launchpad.world.edit_bug(7, importance="High")
    launchpad.stop()
    assert await deliver(stage, hook) == [200]
    await later(stage, minutes=5)
    assert tracker_of(stage).items.bugs["7"].priority == "Undecided"
    assert "is away" in tracker_of(stage).as_of()
    launchpad.start()
    await later(stage, minutes=5)
    assert tracker_of(stage).items.bugs["7"].priority == "High"
    assert looks(launchpad)


async def test_launchpad_tries_again_while_muster_is_away(
    launchpad: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Tracker.name = "tracker"
    hook = Webhook("http://127.0.0.1:9/hooks/launchpad", SECRET)
    launchpad.world.hooks.append(hook)
    launchpad.world.edit_bug(7, importance="High")
    assert hook.deliver() == [0]
    text = settings(launchpad, tmp_path)
    async with Stage(tmp_path, plugins={"tracker": Tracker}, settings=text, web=True) as stage:
        hook.url = stage.url(receiving.PATH)
        assert await deliver(stage, hook) == [200]
        await stage.kill()
        await settled(stage)
        assert tracker_of(stage).items.bugs["7"].priority == "High"  # a look at all comes anyway


async def test_who_listens_hears_once_that_reviews_have_changed(
    launchpad: Server, stage: Stage, hook: Webhook
) -> None:
    calls: list[str] = []

    def fail() -> None:
        raise ValueError("not for me")

    def hear() -> None:
        calls.append("changed")

    tracker_of(stage).listen_to_reviews(fail)
    tracker_of(stage).listen_to_reviews(hear)
    made = launchpad.world.propose("~renuka/nova/fix-7")
    launchpad.world.vote(made, "vishy", "Approve")
    launchpad.world.propose("~renuka/glance/fix", "~renuka/glance/trunk")
    assert await deliver(stage, hook) == [200] * 3
    await later(stage, seconds=1)
    assert calls == ["changed"]
    launchpad.world.propose("~renuka/glance/other", "~renuka/glance/trunk")
    tracker_of(stage).unlisten_to_reviews(fail)
    await deliver(stage, hook)
    await later(stage, seconds=1)
    assert calls == ["changed"]


def right(body: bytes, **headers: str) -> dict[str, str]:
    """The headers of a delivery, with some others."""
    found = {
        "Content-Type": "application/json",
        "X-Launchpad-Event-Type": "bug:0.1",
        "X-Launchpad-Delivery": "1",
        "X-Hub-Signature": signature(SECRET, body),
    }
    return {**found, **{name.replace("_", "-"): value for name, value in headers.items()}}


GOOD = json.dumps(BUG).encode()
DEEP = b"[" * 100_000
WRONG = [
    ("POST", GOOD, right(GOOD, X_Hub_Signature=""), 401, "no signature"),
    ("POST", GOOD, right(GOOD, X_Hub_Signature=signature("another", GOOD)), 401, "signature is wrong"),
    ("POST", GOOD, right(GOOD, X_Hub_Signature=signature(SECRET, GOOD)[5:]), 401, "signature is wrong"),
    ("POST", GOOD + b" ", right(GOOD), 401, "signature is wrong"),
    ("POST", b"{", right(b"{"), 400, "not JSON"),
    ("POST", b"\xff", right(b"\xff"), 400, "not JSON"),
    ("POST", DEEP, right(DEEP), 400, "not JSON"),
    ("POST", b"[7]", right(b"[7]"), 400, "no object"),
    ("POST", b'{"bug": 7}', right(b'{"bug": 7}'), 400, "has no bug"),
    ("POST", b'{"bug": "/bugs/../7"}', right(b'{"bug": "/bugs/../7"}'), 400, "names no bug"),
    ("POST", GOOD, right(GOOD, X_Launchpad_Event_Type=""), 400, "names no event"),
    ("POST", GOOD, right(GOOD, Content_Type="text/plain"), 415, "not sent as application/json"),
    ("GET", b"", {}, 405, "no POST"),
    ("PUT", GOOD, right(GOOD), 405, "no POST"),
    ("POST", b" " * 1_048_577, right(b""), 413, "too long"),
]


@pytest.mark.parametrize(("method", "body", "headers", "status", "why"), WRONG)
async def test_what_is_wrong_is_refused_logged_once_and_changes_nothing(
    launchpad: Server,
    stage: Stage,
    caplog: pytest.LogCaptureFixture,
    method: str,
    body: bytes,
    headers: dict[str, str],
    status: int,
    why: str,
) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        for _ in range(3):
            answer = await client.request(method, stage.url(receiving.PATH), content=body, headers=headers)
            assert (answer.status_code, why in answer.text) == (status, True)
    await later(stage, seconds=5)
    assert launchpad.requests == []
    warnings = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert why in warnings[0]


async def test_what_never_ends_is_refused_as_soon_as_it_is_too_long(stage: Stage) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(stage.url(receiving.PATH), content=endless(), headers=right(b""))
    assert answer.status_code == 413


async def test_without_a_secret_there_is_no_such_address(launchpad: Server, tmp_path: Path) -> None:
    Tracker.name = "tracker"
    text = settings(launchpad, tmp_path, "")
    async with Stage(tmp_path, plugins={"tracker": Tracker}, settings=text, web=True) as stage:
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.post(stage.url(receiving.PATH), content=GOOD, headers=right(GOOD))
        assert answer.status_code == 404
        await settled(stage)
        await stage.play("""
            <alice> !tracker
            <muster> Launchpad ([...]), nova: 1 blueprint, 1 bug and 4 milestones, read a few seconds ago.
        """)


async def test_the_tracker_says_how_its_webhooks_fare(stage: Stage, hook: Webhook) -> None:
    hook.ping()
    await deliver(stage, hook)
    await later(stage, minutes=3)
    await stage.play("""
        <alice> !tracker
        <muster> Launchpad ([...]), nova: 1 blueprint, 1 bug and 4 milestones, read [...] ago.
        <muster> Webhooks: the last one came 3 minutes ago (ping).
    """)
    hook.secret = "another"
    hook.ping()
    assert await deliver(stage, hook) == [401]
    (line,) = tracker_of(stage)._webhooks()
    assert line.endswith("(ping); something was refused a few seconds ago, since its signature is wrong.")


async def test_before_the_first_delivery_the_tracker_says_so(stage: Stage) -> None:
    assert tracker_of(stage)._webhooks() == ["Webhooks: none came yet."]


def test_the_secret_is_nowhere_shown(launchpad: Server, tmp_path: Path) -> None:
    stage = Stage(tmp_path, plugins={"tracker": Tracker}, settings=settings(launchpad, tmp_path))
    assert SECRET not in repr(stage.config)


def understood(headers: dict[str, str], body: bytes) -> object:
    """What a delivery says, or the status with which it is refused."""
    try:
        return told(headers, body, SECRET, "nova")
    except WrongDeliveryError as wrong:
        return wrong.status


@given(st.binary(max_size=200), st.text(max_size=20))
def test_whatever_is_signed_is_understood_or_wrong(body: bytes, event: str) -> None:
    for name in (event, "bug:0.1", "merge-proposal:0.1"):
        headers = {"x-hub-signature": signature(SECRET, body), "x-launchpad-event-type": name}
        found = understood(headers, body)
        assert found in {None, Reviews.CHANGED, 400} or isinstance(found, Ref)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.just("/nova") | st.just("/bugs/7"),
    lambda inner: (
        st.dictionaries(
            st.sampled_from(["bug", "target", "merge_proposal", "new", "old", "target_branch"]),
            inner,
            max_size=4,
        )
        | st.lists(inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSONS, st.sampled_from(["bug:0.1", "bug:comment:0.1", "merge-proposal:0.1", "ping", "x"]))
def test_whatever_json_is_signed_is_understood_or_wrong(payload: object, event: str) -> None:
    body = json.dumps(payload).encode()
    headers = {"x-hub-signature": signature(SECRET, body), "x-launchpad-event-type": event}
    assert understood(headers, body) in {None, Reviews.CHANGED, Ref(ItemKind.BUG, "7"), 400}


def test_the_last_thousand_deliveries_are_remembered() -> None:
    came = Deliveries()
    assert [came.came(str(n), "ping", START) for n in (1, 2, 1)] == [True, True, False]
    for n in range(2000):
        came.came(f"x{n}", "ping", START)
    assert came.came("1", "ping", START)
    assert came.came("", "ping", START)
    assert came.came("", "ping\r\nodd" * 99, START)
    assert "\n" not in came.event


def test_each_reason_is_logged_once_an_hour() -> None:
    refusals = Refusals()
    hour = timedelta(hours=1)
    assert refusals.add("wrong", START) == "wrong"
    assert refusals.add("wrong", START + hour / 2) == ""
    assert refusals.add("other", START + hour / 2) == "other"
    assert refusals.add("wrong", START + hour) == "wrong (and 1 other since the last hour)"
    assert refusals.add("wrong", START + hour * 3) == "wrong"
