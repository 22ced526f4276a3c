"""Real servers and people on them.

The servers that no test harms are started once for all tests; each test takes rooms and nicks of its own.
Tests that kill or freeze a server start one for themselves.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.live.jabber import Jabber
from tests.live.listener import Listener
from tests.live.muster import Muster, Sections
from tests.live.person import Person
from tests.live.processes import free_port
from tests.live.servers import ZNC, InspIRCd, NgIRCd, PostgreSQL, Prosody


@pytest.fixture(scope="session")
def inspircd() -> Iterator[InspIRCd]:
    """InspIRCd with services: accounts, SASL, TLS, channel history."""
    with InspIRCd(services=True) as server:
        yield server


@pytest.fixture(scope="session")
def plain_inspircd() -> Iterator[InspIRCd]:
    """InspIRCd without services."""
    with InspIRCd() as server:
        yield server


@pytest.fixture(scope="session")
def ngircd() -> Iterator[NgIRCd]:
    """A server with no accounts and next to no capabilities."""
    with NgIRCd() as server:
        yield server


@pytest.fixture
def znc(plain_inspircd: InspIRCd) -> Iterator[ZNC]:
    """A bouncer on the server without services."""
    with ZNC(plain_inspircd) as bouncer:
        yield bouncer


@pytest.fixture(scope="session")
def prosody() -> Iterator[Prosody]:
    """An XMPP server, with rooms that show addresses and rooms that hide them."""
    with Prosody() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[PostgreSQL]:
    with PostgreSQL() as cluster:
        yield cluster


@pytest.fixture
def postgresql(postgresql_cluster: PostgreSQL) -> str:
    """The URL of an empty PostgreSQL database."""
    return postgresql_cluster.database()


L = TypeVar("L", bound=Listener[Any])


async def _guests(come: Callable[..., Awaitable[L]]) -> AsyncIterator[Callable[..., Awaitable[L]]]:
    """People who come, and are gone when the test ends."""
    here: list[L] = []

    async def one(port: int, nick: str, **options: object) -> L:
        person = await come(port, nick, **options)
        here.append(person)
        return person

    yield one
    for person in here:
        await person.drop()


@pytest.fixture
async def arrive() -> AsyncIterator[Callable[..., Awaitable[Person]]]:
    """``await arrive(port, nick, ...)``: :meth:`Person.arrive`, and gone when the test ends."""
    async for one in _guests(Person.arrive):
        yield one


@pytest.fixture
async def visit() -> AsyncIterator[Callable[..., Awaitable[Jabber]]]:
    """``await visit(port, nick, ...)``: :meth:`Jabber.arrive`, and gone when the test ends."""
    async for one in _guests(Jabber.arrive):
        yield one


@pytest.fixture
async def muster(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Muster]]]:
    """``await muster(sections, ...)``: a :class:`Muster`, started; it must end well when the test ends."""
    started: list[Muster] = []

    async def start(sections: Sections, **options: Any) -> Muster:
        folder = tmp_path / f"muster{len(started) or ''}"
        folder.mkdir()
        one = Muster(folder, sections, **options)
        started.append(one)
        return await one.start()

    yield start
    for one in started:
        await one.close()


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Muster]]]:
    """``await web(sections)``: a ``muster web`` on the data of the Muster in ``tmp_path/muster``."""
    started: list[Muster] = []

    async def start(sections: Sections) -> Muster:
        folder = tmp_path / f"web{len(started)}"
        folder.mkdir()
        here = {**sections, "web": {**sections["web"], "listen": f"127.0.0.1:{free_port()}"}}
        here["bot"] = {"data_dir": tmp_path / "muster", **sections.get("bot", {})}
        started.append(Muster(folder, here, subcommand="web"))
        return await started[-1].start()

    yield start
    for one in started:
        await one.close()
