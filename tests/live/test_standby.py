"""``muster web`` on a standby that follows the database of ``muster run``: what it shows and outlives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.store import Store, database_url
from tests.live.muster import Muster, irc
from tests.live.person import Person
from tests.live.processes import free_port
from tests.live.servers import NgIRCd, PostgreSQL, Standby
from tests.live.test_web import TOKEN, Web, address_of, shown, until

Arrive = Callable[..., Awaitable[Person]]

ROOM = "#standby"
PAGES = ("/", "/meetings/", "/actions/", "/teams/", "/people/", "/triage/", "/search?q=hear", "/calendar.ics")


@pytest.fixture
def primary() -> Iterator[PostgreSQL]:
    """A cluster of its own: it is killed."""
    with PostgreSQL() as cluster:
        yield cluster


@pytest.fixture
def standby(primary: PostgreSQL) -> Iterator[Standby]:
    """Who follows it."""
    with Standby(primary) as cluster:
        yield cluster


async def followed(standby: Standby) -> None:
    """Returns once the standby has what the primary has."""
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(standby.has_followed):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.05)


async def test_pages_from_a_standby_that_dies_comes_back_and_takes_over(
    ngircd: NgIRCd,
    primary: PostgreSQL,
    standby: Standby,
    arrive: Arrive,
    muster: Callable[..., Awaitable[Muster]],
    web: Web,
) -> None:
    database = primary.database()
    sections: dict[str, dict[str, object]] = {
        "bot": {"database": database, "nick": "followed"},
        "network test": irc(ngircd.port, ROOM),
        "web": {"listen": f"127.0.0.1:{free_port()}", "token": TOKEN, "base_url": "http://pages.example"},
    }
    there = {**sections, "bot": {**sections["bot"], "database": standby.url(database)}}
    anna = await arrive(ngircd.port, "anna")
    anna.send(f"JOIN {ROOM}")
    await anna.sees("JOIN", anna.nick)
    run = await muster(sections)
    await run.logs("connected as")
    await anna.sees("JOIN", "followed")
    await followed(standby)
    pages = await web(there)
    address = await address_of(pages)
    for path in PAGES:
        assert (await shown(address, path)).status_code == 200

    # What is said comes by replication: to pages, to whoever watches, and to the search.
    anna.send(f"PRIVMSG {ROOM} :#startmeeting Following")
    await anna.hears("Meeting started")
    await until(address, "/meetings/", lambda found: "Following" in found.text)
    listed = (await shown(address, "/meetings/?format=json")).text
    key = next(name for name in listed.split('"') if name.startswith("/meetings/") and len(name) > 11)
    async with (
        httpx.AsyncClient(trust_env=False, timeout=20) as client,
        client.stream("GET", f"{address.rstrip('/')}{key}live") as live,
    ):
        lines = live.aiter_lines()
        async with asyncio.timeout(15):
            await anext(lines)
            anna.send(f"PRIVMSG {ROOM} :hear hear")
            while "hear hear" not in await anext(lines):
                pass
    await until(address, "/search?q=hear", lambda found: "<mark>hear</mark>" in found.text)

    # The standby is away: one line in the log, and pages that say so.
    pages.expect("The database fails|What changed cannot be read|Live pages stand still")
    standby.kill()
    await until(address, "/meetings/", lambda found: found.status_code == 503)
    for path in ("/", f"{key}log", "/search?q=other"):
        found = await shown(address, path)
        assert (found.status_code, found.text) == (
            503,
            "The database does not answer. Come again in a moment.\n",
        )
    assert (await shown(address, "/healthz")).status_code == 503
    assert pages.log.count("The database fails") == 1
    standby.start()
    await until(address, "/meetings/", lambda found: found.status_code == 200)
    await pages.logs("The database is well again")
    assert (await shown(address, "/healthz")).text == "ok\n"

    # The primary is lost, the standby takes over: so does a Muster there, and the meeting goes on.
    await followed(standby)
    await run.kill()
    primary.kill()
    assert "Following" in (await shown(address, key)).text
    await asyncio.to_thread(standby.promote)
    assert "Following" in (await shown(address, key)).text
    other = await muster(there)
    await other.logs("connected as")
    await anna.sees("JOIN", "followed")
    anna.send(f"PRIVMSG {ROOM} :#agreed we go on")
    anna.send(f"PRIVMSG {ROOM} :#endmeeting")
    await until(address, f"{key}?format=json", lambda found: '"running":true' not in found.text)
    assert "we go on" in (await shown(address, key)).text


def test_what_a_standby_calls_off_is_read_again(
    primary: PostgreSQL, standby: Standby, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = primary.database()
    name = database.rpartition("/")[2]
    primary.ask("CREATE TABLE kept (name text); INSERT INTO kept VALUES ('this')", name)
    tries = 0

    def read(session: Session) -> str | None:
        nonlocal tries
        tries += 1
        found = session.scalar(text("SELECT name FROM kept"))
        if tries == 1:  # whoever reads is in the way of what the standby has to follow
            primary.ask("BEGIN; LOCK TABLE kept IN ACCESS EXCLUSIVE MODE; COMMIT", name)
            session.execute(text("SELECT pg_sleep(20)"))
        return str(found)

    while not standby.has_followed():
        pass
    url = database_url(standby.url(database), tmp_path)
    with closing(Store(url, reads_only=True)) as store:
        assert store.read_now(read) == "this"
    assert tries == 2
    assert "so it is read again: " in caplog.text
    assert "due to conflict with recovery" in caplog.text
    assert "The database fails" not in caplog.text
