"""``muster run`` whose pages are made in processes of their own: what they answer, and who outlives whom."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import re
import signal
import socket
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from tests.launchpad.server import Server
from tests.launchpad.state import World
from tests.live.muster import PATIENCE, Muster, Sections, bot_ini, irc
from tests.live.person import Person
from tests.live.processes import free_port
from tests.live.servers import NgIRCd

Arrive = Callable[..., Awaitable[Person]]
Started = Callable[..., Awaitable[Muster]]

SECRET = "between the two of us"
TOKEN = "open sesame, open"


def client(port: int, **options: object) -> httpx.AsyncClient:
    """Somebody who reads: on a connection of its own each time, so that any process may answer."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        trust_env=False,
        timeout=PATIENCE,
        limits=limits,
        **options,  # type: ignore[arg-type]
    )


async def pids(one: Muster, count: int) -> list[int]:
    """The processes that make pages, once all do."""
    lines = [await one.logs(r"web \d+ makes pages, as process \d+") for _ in range(count)]
    return [int(line.rpartition(" ")[2]) for line in lines]


async def gone(*processes: int) -> None:
    """Returns once processes are no more."""
    async with asyncio.timeout(PATIENCE):
        for pid in processes:
            try:
                fd = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            ended = asyncio.Event()
            asyncio.get_running_loop().add_reader(fd, ended.set)
            await ended.wait()
            asyncio.get_running_loop().remove_reader(fd)
            os.close(fd)


def is_free(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers of a webhook of Launchpad's."""
    return {
        "Content-Type": "application/json",
        "X-Launchpad-Event-Type": "ping",
        "X-Launchpad-Delivery": hashlib.sha256(body).hexdigest()[:20],
        "X-Hub-Signature": "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest(),
    }


def serving(port: int, processes: int, **more: object) -> dict[str, object]:
    return {"listen": f"127.0.0.1:{port}", "token": TOKEN, "processes": processes, **more}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_they_answer_for_muster_and_pass_on_what_only_it_can(
    ngircd: NgIRCd, arrive: Arrive, muster: Started, database: str, request: pytest.FixtureRequest
) -> None:
    url = "sqlite:///muster.db" if database == "sqlite" else request.getfixturevalue("postgresql")
    room, port = f"#shared-{database}", free_port()
    anna = await arrive(ngircd.port, f"ann{database[0]}")
    anna.send(f"JOIN {room}")
    await anna.sees("JOIN", anna.nick)
    with Server(World.of_nova(blueprints=3)) as launchpad:
        sections: Sections = {
            "bot": {"database": url, "nick": f"p{database[:6]}"},
            "network test": irc(ngircd.port, room),
            "web": serving(port, 2, base_url="http://pages.example"),
            "tracker": {
                "type": "launchpad",
                "project": "nova",
                "service_root": launchpad.root,
                "webhook_secret": SECRET,
            },
        }
        run = await muster(sections)
        assert run.process is not None
        children = await pids(run, 2)
        assert run.process.pid not in children
        await anna.sees("JOIN", f"p{database[:6]}")
        for pid in children:
            assert (
                os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, run.process.pid) + 15
            )

        async with client(port) as reader:
            for _ in range(10):
                assert (await reader.get("/healthz")).text == "ok\n"
                assert (await reader.get("/meetings/")).status_code == 200

            # What is for Muster itself reaches it, and is looked at there.
            body = b'{"ping": true}'
            answer = await reader.post("/hooks/launchpad", content=body, headers=signed(body))
            assert (answer.status_code, answer.text) == (200, "ok\n")
            wrong = await reader.post("/hooks/launchpad", content=body, headers=signed(body, "guessed"))
            assert wrong.status_code == 401
            await run.logs(r"WARNING plugins\.tracker\S+: What came to /hooks/launchpad was refused")
            large = await reader.post("/hooks/launchpad", content=bytes(3_000_000), headers=signed(body))
            assert large.status_code == 413

            # What is counted is counted for all together.
            answers = [await reader.post("/token", data={"token": f"guess {one}"}) for one in range(12)]
            assert [one.status_code for one in answers].count(429) >= 1
            told = (await reader.get("/metrics")).text
            assert 'muster_requests_total{status="200"} 21' in told
            assert 'muster_network_up{network="test"} 1' in told
            assert "muster_lines_total" not in told
            given = {"Authorization": f"Bearer {TOKEN}"}
            assert "muster_lines_total" in (await reader.get("/metrics", headers=given)).text

            # What is said in a room is on live pages at once, and what is restricted is seen no more.
            anna.send(f"PRIVMSG {room} :#startmeeting Shared")
            await anna.hears("Meeting started")
            page = (await reader.get("/meetings/?format=json")).text
            key = next(name for name in page.split('"') if name.startswith("/meetings/") and len(name) > 11)
            async with reader.stream("GET", f"{key}live") as live:
                assert live.status_code == 200
                lines = live.aiter_lines()
                await anext(lines)
                anna.send(f"PRIVMSG {room} :hear hear")
                async with asyncio.timeout(PATIENCE):
                    while "hear hear" not in await anext(lines):
                        pass
            assert {(await reader.get(key)).status_code for _ in range(10)} == {200}
            anna.send(f"PRIVMSG {room} :#restrictlogs")
            await anna.hears("are private from now on")
            found = await asyncio.gather(*(reader.get(key) for _ in range(20)))
            assert {one.status_code for one in found} == {404}
            assert "Shared" not in (await reader.get("/meetings/")).text
            assert (await reader.get(key, headers=given)).status_code == 200

            # Muster hangs: pages go on, but nobody says that all is well.
            os.kill(run.process.pid, signal.SIGSTOP)
            try:
                assert (await reader.get("/meetings/")).status_code == 200
                assert (await reader.get("/healthz")).status_code == 503
            finally:
                os.kill(run.process.pid, signal.SIGCONT)
            assert (await reader.get("/healthz")).text == "ok\n"

            # The end ends all, live pages too.
            async with reader.stream("GET", f"{key}live", headers=given) as live:
                assert live.status_code == 200
                began = time.monotonic()
                assert await run.stop() == 0
                assert time.monotonic() - began < 30
                async with asyncio.timeout(PATIENCE):
                    async for _ in live.aiter_lines():  # it comes to its proper end
                        pass
        await gone(*children)
        assert is_free(port)


@pytest.fixture
def sections(ngircd: NgIRCd) -> dict[str, dict[str, object]]:
    return {
        "bot": {"plugins": "meetings", "nick": "mproc"},
        "network test": irc(ngircd.port, "#procs"),
        "web": serving(free_port(), 2),
    }


def port_of(sections: Sections) -> int:
    return int(str(sections["web"]["listen"]).rpartition(":")[2])


async def test_one_that_is_killed_is_started_again_and_the_others_go_on(
    muster: Started, sections: dict[str, dict[str, object]]
) -> None:
    run = await muster(sections)
    children = await pids(run, 2)
    answered, lost = 0, 0
    is_over = asyncio.Event()

    async def read() -> None:
        nonlocal answered, lost
        async with client(port_of(sections)) as reader:
            while not is_over.is_set():
                try:
                    assert (await reader.get("/meetings/")).status_code == 200
                    answered += 1
                except httpx.TransportError:
                    lost += 1  # what it was making when it was killed

    reading = [asyncio.create_task(read()) for _ in range(4)]
    for _ in range(2):
        run.expect(r"web \d was ended by SIGKILL; it is started again in \d\.\d s")
        os.kill(children[0], signal.SIGKILL)
        await run.logs(r"web \d was ended by SIGKILL; it is started again")
        before = answered
        while answered < before + 5:  # the other answers meanwhile
            await asyncio.wait(reading, timeout=0.05)
        children = [*children[1:], *(await pids(run, 1))]
    is_over.set()
    await asyncio.gather(*reading)
    assert answered > 10
    assert lost <= 2 * len(reading)
    assert len([line for line in run.logged if "is started again" in line]) == 2


async def test_when_muster_is_killed_they_end_and_the_next_one_has_the_address(
    muster: Started, sections: dict[str, dict[str, object]]
) -> None:
    run = await muster(sections)
    children = await pids(run, 2)
    async with client(port_of(sections)) as reader:
        for _ in range(2):
            assert (await reader.get("/meetings/")).status_code == 200
            assert run.process is not None
            os.kill(run.process.pid, signal.SIGKILL)
            await gone(*children)
            assert is_free(port_of(sections))
            await run.ended()
            await run.start()
            children = await pids(run, 2)
        assert (await reader.get("/healthz")).text == "ok\n"


async def test_another_number_holds_at_once(muster: Started, sections: dict[str, dict[str, object]]) -> None:
    run = await muster(sections)
    assert run.process is not None
    port = port_of(sections)
    children = await pids(run, 2)
    async with client(port) as reader:

        async def change(**settings: object) -> None:
            sections["web"] = {**sections["web"], **settings}
            bot_ini(run.folder, {**sections, "bot": {"data_dir": run.folder, **sections["bot"]}})
            assert run.process is not None
            run.process.send_signal(signal.SIGHUP)
            await run.logs("was read again")

        assert (await reader.get("/meetings/")).status_code == 200
        await change(processes=1)
        (alone,) = await pids(run, 1)
        await gone(*children)
        assert (await reader.get("/meetings/")).status_code == 200

        # What needs no other processes they are told.
        await change(public="no")
        async with asyncio.timeout(PATIENCE):
            while (await reader.get("/meetings/")).status_code != 401:
                pass
        given = {"Authorization": f"Bearer {TOKEN}"}
        assert (await reader.get("/meetings/", headers=given)).status_code == 200
        assert (await reader.get("/metrics")).status_code == 401

        await change(processes=0)
        await run.logs("Pages are served at")
        await gone(alone)
        assert (await reader.get("/meetings/", headers=given)).status_code == 200

        other = free_port()
        await change(processes=1, listen=f"127.0.0.1:{other}")
        await pids(run, 1)
        assert is_free(port)
        async with client(other) as elsewhere:
            assert (await elsewhere.get("/meetings/", headers=given)).status_code == 200


async def test_a_database_of_another_form_is_not_asked_again_and_again(
    muster: Started, sections: dict[str, dict[str, object]], tmp_path: Path
) -> None:
    sections["web"]["processes"] = 1
    run = await muster(sections)
    await pids(run, 1)
    run.expect("does not fit this Muster|has ended with exit code 1|at revision 9999")
    with closing(sqlite3.connect(run.folder / "muster.db", isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    async def read() -> None:
        async with client(port_of(sections)) as reader:
            while True:
                with suppress(httpx.TransportError):
                    await reader.get("/meetings/")

    reading = asyncio.create_task(read())
    lines = [await run.logs(r"web 1 has ended with exit code 1; it is started again in") for _ in range(3)]
    reading.cancel()
    pauses = [float(line.split()[-2]) for line in lines]
    assert pauses[2] > pauses[0]
    assert re.search(r"ERROR web 1: bot\.pages: The database does not fit this Muster", run.log)
