"""A page for which many ask at once is made once; nobody gets what is not for them or not true any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import pytest_asyncio

from bot.plugin import Plugin
from bot.testing import Stage
from bot.web import (
    BaseRoute,
    PlainTextResponse,
    Request,
    Response,
    Route,
    StreamingResponse,
    kept,
    reader_of,
    turns,
)

TOKEN = "open sesame, open"


class Counter(Plugin):
    """Tells how often its pages were made."""

    name = "counter"
    count = 0
    goes_on: asyncio.Event
    began: asyncio.Queue[int]

    def routes(self) -> Sequence[BaseRoute]:
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.began = asyncio.Queue()
        return tuple(
            Route(f"/{name}", getattr(self, name)) for name in ("page", "who", "stream", "broken", "big")
        )

    async def page(self, _request: Request) -> Response:
        self.count += 1
        found = f"made {self.count}"
        self.began.put_nowait(self.count)
        await self.goes_on.wait()
        return PlainTextResponse(found)

    async def who(self, request: Request) -> Response:
        return PlainTextResponse("a secret" if reader_of(request).sees_all else "nothing")

    async def stream(self, _request: Request) -> Response:
        self.count += 1

        async def parts() -> AsyncIterator[str]:
            yield f"begun {self.count} "
            self.began.put_nowait(self.count)
            await self.goes_on.wait()
            yield "ended"

        return StreamingResponse(parts())

    async def broken(self, _request: Request) -> Response:
        self.count += 1
        raise ValueError(f"broken {self.count}")

    async def big(self, request: Request) -> Response:
        return PlainTextResponse("x" * 400_000 + request.query_params["n"])


def note(_session: object) -> None:
    """A transaction, whatever it stores."""


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    settings = f"[web]\ntoken = {TOKEN}"
    async with Stage(tmp_path, plugins={"counter": Counter}, settings=settings, web=True) as one:
        yield one


@pytest_asyncio.fixture
async def client(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stage.url(""), trust_env=False, timeout=60) as one:
        yield one


def counter(stage: Stage) -> Counter:
    return stage.app.hub.plugin(Counter)


async def begun(stage: Stage, count: int) -> None:
    """Until pages are being made that will say so many."""
    while await counter(stage).began.get() < count:
        pass


async def test_a_page_for_which_many_ask_at_once_is_made_once(
    stage: Stage, client: httpx.AsyncClient
) -> None:
    counter(stage).goes_on.clear()
    asking = [asyncio.create_task(client.get("/page")) for _ in range(30)]
    await begun(stage, 1)
    counter(stage).goes_on.set()
    assert {(await one).text for one in asking} == {"made 1"}
    assert (await client.get("/page?other=1")).text == "made 2"


async def test_it_is_made_anew_once_anything_was_stored_and_after_a_moment(
    stage: Stage, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/page")).text == "made 1"
    await stage.app.store.write(note)
    assert (await client.get("/page")).text == "made 2"
    await stage.clock.advance(timedelta(seconds=1), stage.settled)
    assert (await client.get("/page")).text == "made 3"


async def test_what_is_for_some_is_kept_for_nobody(client: httpx.AsyncClient) -> None:
    given = {"Authorization": f"Bearer {TOKEN}"}
    assert (await client.get("/who")).text == "nothing"
    assert (await client.get("/who", headers=given)).text == "a secret"
    assert (await client.get("/who")).text == "nothing"


async def test_nobody_waits_for_the_end_of_a_stream(stage: Stage, client: httpx.AsyncClient) -> None:
    counter(stage).goes_on.clear()
    first = asyncio.create_task(client.get("/stream"))
    await begun(stage, 1)
    second = asyncio.create_task(client.get("/stream"))
    await begun(stage, 2)
    counter(stage).goes_on.set()
    assert [(await one).text for one in (first, second)] == ["begun 1 ended", "begun 2 ended"]


async def test_a_failure_is_not_kept(stage: Stage, client: httpx.AsyncClient) -> None:
    assert [(await client.get("/broken")).status_code for _ in range(2)] == [500, 500]
    assert counter(stage).count == 2


async def test_whoever_leaves_does_not_take_the_page_from_those_who_wait(
    stage: Stage, client: httpx.AsyncClient
) -> None:
    counter(stage).goes_on.clear()
    leaving = asyncio.create_task(client.get("/page"))
    await begun(stage, 1)
    staying = asyncio.create_task(client.get("/page"))
    leaving.cancel()
    counter(stage).goes_on.set()
    assert (await staying).status_code == 200


async def test_all_together_are_bounded(stage: Stage, client: httpx.AsyncClient) -> None:
    for number in range(30):
        assert (await client.get("/big", params={"n": number})).status_code == 200
    server = stage.app.web._server
    assert server is not None
    assert server.site._kept._size <= kept.MOST_BYTES
    assert len(server.site._kept._answers) == kept.MOST_BYTES // 400_002


async def test_who_asks_after_something_was_stored_does_not_get_what_was_begun_before(
    stage: Stage, client: httpx.AsyncClient
) -> None:
    counter(stage).goes_on.clear()
    before = asyncio.create_task(client.get("/page"))
    await begun(stage, 1)
    await stage.app.store.write(note)
    after = [asyncio.create_task(client.get("/page")) for _ in range(10)]
    await begun(stage, 2)
    counter(stage).goes_on.set()
    assert (await before).text == "made 1"
    assert {(await one).text for one in after} == {"made 2"}  # once for all of them
    assert (await client.get("/page")).text == "made 2"


async def test_what_waits_for_its_turn_is_for_all_who_come_until_then(
    stage: Stage, client: httpx.AsyncClient
) -> None:
    counter(stage).goes_on.clear()
    others = [asyncio.create_task(client.get(f"/page?other={one}")) for one in range(turns.AT_ONCE)]
    await begun(stage, turns.AT_ONCE)
    first = asyncio.create_task(client.get("/page"))
    asking = [first]
    for _ in range(5):
        await asyncio.wait([first], timeout=0.05)
        await stage.app.store.write(note)
        asking.append(asyncio.create_task(client.get("/page")))
    await asyncio.wait([first], timeout=0.1)
    counter(stage).goes_on.set()
    assert {(await one).text for one in asking} == {f"made {turns.AT_ONCE + 1}"}
    await asyncio.gather(*others)
