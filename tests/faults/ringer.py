"""A process that does what alarms ring for: ``python -m tests.faults.ringer URL NAME SEED``.

Each claim is noted in the transaction that makes it, and what was done in one of the work's own. Three jobs:

``plain``
    does its work, which takes a little while, and only then ends its alarm, by returning;
``exact``
    ends its alarm in the transaction of its work;
``again``
    does that too, and in the same transaction sets the alarm again, up to a last time.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
from collections.abc import Awaitable, Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import String, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bot import alarms
from bot.alarms import Alarm, Alarms
from bot.clock import SystemClock
from bot.store import Store, Utc, database_url

LEASE = timedelta(seconds=4)
AGAIN = timedelta(milliseconds=300)
LAST = 20
"""So often an alarm of ``again`` rings."""


class Notes(DeclarativeBase):
    """Apart from Muster's own tables, which tests compare with the migrations."""


class NoteRow(Notes):
    """What happened to an occurrence: ``claimed`` or ``done``, by whom and when."""

    __tablename__ = "ringer_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(8))
    job: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(16))
    due: Mapped[datetime] = mapped_column(Utc)
    name: Mapped[str] = mapped_column(String(16))
    time: Mapped[datetime] = mapped_column(Utc)


class Ringer:
    """The process called ``name``, on a database that others share."""

    def __init__(self, store: Store, name: str, seed: int) -> None:
        self.store = store
        self.name = name
        self.rng = random.Random(f"{name} {seed}")
        self.clock = SystemClock()
        self.tasks: set[asyncio.Task[None]] = set()
        self.alarms = Alarms(store, self.clock, self.spawn, shared=True)

    def spawn(self, work: Awaitable[None], name: str) -> None:
        async def run() -> None:
            try:
                await work
            except Exception:
                logging.exception("%s failed", name)

        task = asyncio.create_task(run())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def note(self, session: Session, what: str, job: str, these: Collection[Alarm]) -> None:
        rows = [
            {
                "what": what,
                "job": job,
                "key": one.key,
                "due": one.due,
                "name": self.name,
                "time": self.clock.now(),
            }
            for one in these
        ]
        if rows:
            session.execute(insert(NoteRow), rows)

    async def plain(self, these: Sequence[Alarm]) -> None:
        await asyncio.sleep(self.rng.choice([0, 0, 0.01, 0.1]))
        await self.store.write(self.note, "done", "plain", these)
        await asyncio.sleep(self.rng.choice([0, 0, 0.01]))

    async def exact(self, these: Sequence[Alarm]) -> None:
        def work(session: Session) -> None:
            self.note(session, "done", "exact", self.alarms.end(session, "exact", these))

        await asyncio.sleep(self.rng.choice([0, 0, 0.01, 0.1]))
        await self.store.write(work)

    async def again(self, these: Sequence[Alarm]) -> None:
        def work(session: Session) -> None:
            ended = self.alarms.end(session, "again", these)
            self.note(session, "done", "again", ended)
            dues = {}
            for one in ended:
                series, _, count = one.key.partition("-")
                if int(count) < LAST:
                    dues[f"{series}-{int(count) + 1}"] = one.due + AGAIN
            self.alarms.set(session, "again", dues)

        await self.store.write(work)

    def begin(self) -> None:
        real = alarms.claim

        def noted(session: Session, *args: object) -> dict[str, list[Alarm]]:
            found = real(session, *args)  # type: ignore[arg-type]
            for job, these in found.items():
                self.note(session, "claimed", job, these)
            return found

        patch.object(alarms, "claim", noted).start()
        patch.object(alarms, "LEASE", LEASE).start()
        for job in (self.plain, self.exact, self.again):
            self.alarms.add(job.__name__, job)
        self.alarms.start()


async def main(url: str, name: str, seed: str) -> None:
    Ringer(Store(database_url(url, Path())), name, int(seed)).begin()
    print("here", flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
