"""Daily work, claimed: each occurrence is done by exactly one process.

Whether work is ours is decided by a row of the table ``occurrence``, whose key is the job and its *local
date*: an hour that comes twice in autumn is one occurrence, and one that spring skips is made up for after
the gap. A claim is a lease, which its holder renews while it works; one whose holder died
before it was done is taken over once the lease is out: work happens at least once after a crash, and
otherwise exactly once.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.clock import Clock, Timer
from bot.store import Base, Store, Utc

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
_FIRST_LOOK = timedelta(minutes=1)
_LOOK_AGAIN = timedelta(minutes=5)
"""How often to renew our leases, and to look for claims whose holder died and for what was due while away."""


class OccurrenceRow(Base):
    """One due firing of a job. ``due`` names it within the job: a local date."""

    __tablename__ = "occurrence"
    job: Mapped[str] = mapped_column(String(128), primary_key=True)
    due: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(32))
    leased_until: Mapped[datetime] = mapped_column(Utc)
    done_at: Mapped[datetime | None] = mapped_column(Utc)


def claim(session: Session, job: str, due: str, holder: str, now: datetime) -> bool:
    """Claim an occurrence for ``holder``: whether it is theirs now. A transaction.

    It is if nobody had claimed it, or if the claim's lease is out and it was never done.
    """
    row = {"job": job, "due": due, "holder": holder, "leased_until": now + LEASE, "done_at": None}
    # Both have ON CONFLICT; only the one that is used is loaded.
    dialect = import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}")
    new = dialect.insert(OccurrenceRow).values(row).on_conflict_do_nothing().returning(OccurrenceRow.job)
    if session.scalar(new) is not None:
        return True
    taken = session.scalar(
        update(OccurrenceRow)
        .where(
            OccurrenceRow.job == job,
            OccurrenceRow.due == due,
            OccurrenceRow.done_at.is_(None),
            OccurrenceRow.leased_until < now,
        )
        .values(holder=holder, leased_until=now + LEASE)
        .returning(OccurrenceRow.job)
    )
    return taken is not None


def finish(session: Session, job: str, due: str, now: datetime) -> None:
    """Note that an occurrence was done. A transaction."""
    session.execute(
        update(OccurrenceRow).where(OccurrenceRow.job == job, OccurrenceRow.due == due).values(done_at=now)
    )


def renew(session: Session, job: str, due: str, holder: str, now: datetime) -> None:
    """Hold an occurrence longer. A transaction."""
    session.execute(
        update(OccurrenceRow)
        .where(OccurrenceRow.job == job, OccurrenceRow.due == due, OccurrenceRow.holder == holder)
        .values(leased_until=now + LEASE)
    )


def claims(session: Session, since: str, now: datetime) -> dict[tuple[str, str], bool]:
    """The occurrences since a date, and whether each could be taken over. A transaction."""
    rows = session.scalars(select(OccurrenceRow).where(OccurrenceRow.due >= since))
    return {(row.job, row.due): row.done_at is None and row.leased_until < now for row in rows}


@dataclass(frozen=True, slots=True)
class Job:
    """Work done once for each local date, at ``at`` in ``zone``."""

    name: str
    at: time
    zone: ZoneInfo
    work: Callable[[date], Awaitable[None]]

    def strikes_after(self, now: datetime) -> datetime:
        """When its hour strikes next, later than ``now``; in UTC. An hour that comes twice strikes the first
        time, one that clocks skip as much later as they skip (PEP 495 with ``fold=0``).
        """
        day = now.astimezone(self.zone).date()
        while True:
            strike = datetime.combine(day, self.at, self.zone).astimezone(UTC)
            if strike > now:
                return strike
            day += timedelta(days=1)


class Schedule:
    """The daily jobs of this process. ``spawn`` runs work beside the chat and logs what it raises."""

    def __init__(self, store: Store, clock: Clock, spawn: Callable[[Awaitable[None], str], None]) -> None:
        self._store = store
        self._clock = clock
        self._spawn = spawn
        self._holder = uuid.uuid4().hex
        self._jobs: dict[str, Job] = {}
        self._alarms: dict[str, Timer] = {}
        self._next_look: Timer | None = None
        self._running: set[tuple[str, str]] = set()

    def daily(self, job: Job) -> None:
        """Take in a job."""
        self._jobs[job.name] = job
        if self._next_look is not None:
            self._arm(job)

    def forget(self, prefix: str) -> None:
        """Drop the jobs whose names begin so."""
        for name in [name for name in self._jobs if name.startswith(prefix)]:
            del self._jobs[name]
            if name in self._alarms:
                self._alarms.pop(name).cancel()

    def start(self) -> None:
        """Let the hours strike."""
        self._next_look = self._clock.at(self._clock.now() + _FIRST_LOOK, self._look)
        for job in self._jobs.values():
            self._arm(job)

    def stop(self) -> None:
        """Let no more hours strike."""
        for timer in (*self._alarms.values(), self._next_look):
            if timer is not None:
                timer.cancel()
        self._alarms.clear()
        self._next_look = None

    def _arm(self, job: Job) -> None:
        def strike() -> None:
            self._arm(job)
            self._spawn(self.ring(job), job.name)

        self._alarms[job.name] = self._clock.at(job.strikes_after(self._clock.now()), strike)

    def _look(self) -> None:
        self._next_look = self._clock.at(self._clock.now() + _LOOK_AGAIN, self._look)
        self._spawn(self.look(), "looking for daily work")

    async def look(self) -> None:
        """Renew our leases, and do what is not done: missed today while away, or its claimer died."""
        now = self._clock.now()
        for name, due in tuple(self._running):
            await self._store.write(renew, name, due, self._holder, now)
        known = await self._store.read(claims, (now - timedelta(days=2)).date().isoformat(), now)
        to_do = []
        for job in self._jobs.values():
            local = now.astimezone(job.zone)
            today, yesterday = local.date(), local.date() - timedelta(days=1)
            if known.get((job.name, yesterday.isoformat()), False):
                to_do.append((job, yesterday))
            if known.get((job.name, today.isoformat()), local.time() >= job.at):
                to_do.append((job, today))
        await asyncio.gather(*(self._do(job, day) for job, day in to_do))

    async def ring(self, job: Job) -> None:
        """Do a job for today's local date if its hour has come and it can be claimed."""
        local = self._clock.now().astimezone(job.zone)
        if local.time() >= job.at:
            await self._do(job, local.date())

    async def _do(self, job: Job, day: date) -> None:
        key = (job.name, day.isoformat())
        if key in self._running:
            return
        self._running.add(key)
        try:
            if not await self._store.write(claim, *key, self._holder, self._clock.now()):
                return
            try:
                await job.work(day)
            except Exception:
                log.exception("The daily work %s failed; it is tried again once its lease is out", job.name)
                return
            await self._store.write(finish, *key, self._clock.now())
        finally:
            self._running.discard(key)
