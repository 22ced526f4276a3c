"""Three processes share a database, and one after the other is killed at random points.

In the end each occurrence was done, and had one claim for each holder: a second only where the first one's
holder was killed.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import database, loader
from bot.alarms import set_alarms
from bot.store import Store, database_url
from tests.faults.ringer import AGAIN, LAST, LEASE, NoteRow
from tests.live.muster import ROOT
from tests.live.servers import PostgreSQL

PROCESSES = 3
KILLS = 5
QUIET = timedelta(seconds=2)
"""So long nobody dies at first."""
SERIES = 8
Occurrence = tuple[str, str, datetime]


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """``make(kind)``: a database made by the migrations, with a table for notes beside; its URL."""

    def one(kind: str) -> str:
        if kind == "sqlite":
            return made(f"sqlite:///{tmp_path}/muster.db", tmp_path)
        return made(request.getfixturevalue("cluster").database(), tmp_path)

    return one


def made(where: str, folder: Path) -> str:
    """Make the database at an address."""
    loader.installed()
    with closing(Store(database_url(where, folder))) as store:
        database.upgrade(store)
        with store.connect() as connection, connection.begin():
            NoteRow.metadata.tables[NoteRow.__tablename__].create(connection)
    return where


class Processes:
    """The processes, by their places; each life has a name of its own. ``killed`` are those that were."""

    def __init__(self, url: str, seed: int) -> None:
        self.url = url
        self.seed = seed
        self.rng = random.Random(seed)
        self.lives = 0
        self.killed: set[str] = set()
        self.running: list[tuple[str, asyncio.subprocess.Process]] = []

    async def start(self) -> None:
        self.lives += 1
        name = f"life {self.lives}"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.faults.ringer", self.url, name, str(self.seed)),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        self.running.append((name, process))
        assert process.stdout is not None
        assert await process.stdout.readline() == b"here\n"

    async def kill(self, busy: str) -> None:
        """End one from one instruction to the next, mostly the one that is ``busy``, and start another."""
        place = self.rng.randrange(len(self.running))
        if self.rng.random() < 0.7:
            place = next((n for n, (name, _) in enumerate(self.running) if name == busy), place)
        name, process = self.running.pop(place)
        process.kill()
        await process.wait()
        self.killed.add(name)
        await self.start()


@asynccontextmanager
async def running(url: str, seed: int) -> AsyncIterator[Processes]:
    processes = Processes(url, seed)
    try:
        await asyncio.gather(*(processes.start() for _ in range(PROCESSES)))
        yield processes
    finally:
        for _, process in processes.running:
            process.kill()
            await process.wait()


def occurrences(rng: random.Random, begin: datetime) -> set[Occurrence]:
    """What is to be done: some at the same instant, some at times of their own, some each after the other."""
    dues = [begin + timedelta(seconds=rng.choice([1, 3, rng.uniform(0, 7)])) for _ in range(400)]
    found = {(rng.choice(["plain", "exact"]), f"{n}", due) for n, due in enumerate(dues)}
    return found | {
        ("again", f"{series}-{n}", begin + n * AGAIN) for series in range(SERIES) for n in range(LAST + 1)
    }


def begun(session: Session, wanted: set[Occurrence]) -> None:
    """Set what can be set before anything rings."""
    for job in ("plain", "exact", "again"):
        dues = {key: due for one, key, due in wanted if one == job and (job != "again" or key.endswith("-0"))}
        set_alarms(session, job, dues)


def notes(session: Session) -> dict[str, dict[Occurrence, list[tuple[str, datetime]]]]:
    """Who claimed and who did each occurrence, and when, in their order."""
    found: dict[str, dict[Occurrence, list[tuple[str, datetime]]]] = {
        "claimed": defaultdict(list),
        "done": defaultdict(list),
    }
    for row in session.scalars(select(NoteRow).order_by(NoteRow.id)):
        found[row.what][row.job, row.key, row.due].append((row.name, row.time))
    return found


def last_to_claim(session: Session) -> str:
    """Who claimed last."""
    last = select(NoteRow.name).where(NoteRow.what == "claimed").order_by(NoteRow.id.desc()).limit(1)
    return session.scalar(last) or ""


@pytest.mark.parametrize(("kind", "seed"), [("postgresql", 1), ("sqlite", 2)])
async def test_each_occurrence_is_claimed_once_unless_its_holder_is_killed(
    make: Callable[[str], str], tmp_path: Path, kind: str, seed: int
) -> None:
    url = make(kind)
    with closing(Store(database_url(url, tmp_path))) as store:
        async with running(url, seed) as processes:
            begin = datetime.now(UTC) + timedelta(seconds=0.5)
            wanted = occurrences(processes.rng, begin)
            await store.write(begun, wanted)
            await asyncio.sleep((begin + QUIET - datetime.now(UTC)).total_seconds())
            for _ in range(KILLS):
                await asyncio.sleep(processes.rng.uniform(0, 0.3))
                await processes.kill(await store.read(last_to_claim))
            async with asyncio.timeout(60):
                # Nothing tells this process what others have stored.
                while set((await store.read(notes))["done"]) != wanted:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        found = await store.read(notes)
    claimed, done = found["claimed"], found["done"]
    assert set(claimed) == wanted
    for one, claims in claimed.items():
        assert all(name in processes.killed for name, _ in claims[:-1]), (one, claims)
        times = [time for _, time in claims]
        assert all(later - earlier >= LEASE / 2 for earlier, later in pairwise(times))
        assert len(done[one]) <= len(claims), (one, claims, done[one])
        if one[0] != "plain":  # what ends an alarm with its work is done once, whoever dies
            assert len(done[one]) == 1, (one, claims, done[one])
    late = [claims[0][1] - due for (_, _, due), claims in claimed.items() if due < begin + QUIET]
    assert max(late) < timedelta(seconds=1)
    holders = {name for claims in claimed.values() for name, _ in claims}
    assert holders & processes.killed
