"""``muster web`` as a process of its own beside ``muster run``: what it shows, and who outlives whom."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.live.muster import Muster, irc
from tests.live.person import Person
from tests.live.processes import free_port
from tests.live.servers import NgIRCd

Arrive = Callable[..., Awaitable[Person]]
Web = Callable[..., Awaitable[Muster]]

ROOM = "#pages"
START_WITHIN = 60.0
"""Seconds: on a loaded machine several processes that start at once take their time."""
TOKEN = "open sesame, open"


async def address_of(one: Muster) -> str:
    return (await one.logs(r"Pages are served at", timeout=START_WITHIN)).rpartition(" ")[2]


async def shown(address: str, path: str) -> httpx.Response:
    async with httpx.AsyncClient(
        trust_env=False, timeout=30, headers={"Authorization": f"Bearer {TOKEN}"}
    ) as client:
        return await client.get(address.rstrip("/") + path)


async def until(address: str, path: str, holds: Callable[[httpx.Response], bool]) -> None:
    """Returns once a page is as it will be: other processes see what one has written a little later."""
    async with asyncio.timeout(60):
        while not holds(await shown(address, path)):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.1)


async def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    sections = {"web": {"listen": f"127.0.0.1:{free_port()}"}, "network here": {"type": "console"}}
    one = await Muster(tmp_path, sections, subcommand="web").start()
    assert await one.ended() == 1
    assert "There is no " in one.log
    assert "`muster run` makes it" in one.log


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_it_shows_what_the_other_writes_and_each_outlives_the_other(
    ngircd: NgIRCd,
    arrive: Arrive,
    muster: Callable[..., Awaitable[Muster]],
    web: Web,
    tmp_path: Path,
    database: str,
    request: pytest.FixtureRequest,
) -> None:
    url = "sqlite:///muster.db" if database == "sqlite" else request.getfixturevalue("postgresql")
    room = f"{ROOM}-{database}"
    sections: dict[str, dict[str, object]] = {
        "bot": {"database": url, "plugins": "meetings", "nick": f"m{database[:6]}"},
        "network test": irc(ngircd.port, room),
        "web": {"listen": f"127.0.0.1:{free_port()}", "token": TOKEN, "base_url": "http://pages.example"},
    }
    anna = await arrive(ngircd.port, f"anna{database[0]}")
    anna.send(f"JOIN {room}")
    await anna.sees("JOIN", anna.nick)
    run = await muster(sections)
    own = await address_of(run)
    await run.logs("connected as")
    await anna.sees("JOIN", f"m{database[:6]}")

    one, two = await web(sections), await web(sections)
    first, second = await address_of(one), await address_of(two)
    for address in (own, first, second):
        assert (await shown(address, "/healthz")).text == "ok\n"
        assert (await shown(address, "/meetings/?format=json")).status_code == 200

    anna.send(f"PRIVMSG {room} :#startmeeting Pages")
    await anna.hears("Meeting started")
    await until(first, "/meetings/", lambda found: "Pages" in found.text)
    page = (await shown(first, "/meetings/?format=json")).text
    key = next(name for name in page.split('"') if name.startswith("/meetings/") and len(name) > 11)

    # A line is on its way to whoever watches, in another process, at once.
    async with (
        httpx.AsyncClient(trust_env=False, timeout=60) as client,
        client.stream("GET", f"{second.rstrip('/')}{key}live") as live,
    ):
        assert live.status_code == 200
        lines = live.aiter_lines()
        async with asyncio.timeout(60):
            await anext(lines)
            waits = []
            for word in ("hear hear", "well said", "so be it"):
                anna.send(f"PRIVMSG {room} :{word}")
                began = time.monotonic()
                while word not in await anext(lines):
                    pass
                waits.append(time.monotonic() - began)
            assert min(waits) < 2  # 0.2 s where the machine does nothing else
        await run.kill()
        for address in (first, second):  # the pages outlive who writes them
            assert (await shown(address, "/healthz")).text == "ok\n"
            assert "Pages" in (await shown(address, key)).text
    await run.start()
    await run.logs("connected as")
    await one.kill()
    await one.start()
    first = await address_of(one)
    assert "Pages" in (await shown(first, key)).text
    anna.send(f"PRIVMSG {room} :#endmeeting")
    await until(second, f"{key}?format=json", lambda found: '"running":true' not in found.text)
    began = time.monotonic()
    assert await two.stop() == 0
    assert time.monotonic() - began < 30
    assert await run.stop() == 0

    to = tmp_path / "copy"
    copied = await run.command("web", "-c", str(run.config), "--static", str(to))
    assert "0 removed" in copied
    assert (to / key.strip("/") / "index.html").is_file()
    assert (to / key.strip("/") / "index.json").is_file()
    assert list((to / "archive").rglob("*.log.html"))
