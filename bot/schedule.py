"""Daily work, claimed: each occurrence is done by exactly one process.

APScheduler is the alarm and nothing more: it knows when the next local hour strikes, across daylight
saving. Whether the work is ours is decided by a row of the table ``occurrence``, whose key is the job and its
*local date*: an hour that strikes twice in autumn is one occurrence. A claim is a lease; one whose holder
died before it was done is taken over once the lease is out: work happens at least once after a crash, and
otherwise exactly once.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import String, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.clock import Clock
from bot.store import Base, Store, Utc

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
_LOOK_AGAIN = 60  # seconds between looks for claims whose holder died, and for what was due while away


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
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    added = session.execute(insert(OccurrenceRow).values(row).on_conflict_do_nothing())
    if added.rowcount == 1:  # type: ignore[attr-defined]
        return True
    taken = session.execute(
        update(OccurrenceRow)
        .where(
            OccurrenceRow.job == job,
            OccurrenceRow.due == due,
            OccurrenceRow.done_at.is_(None),
            OccurrenceRow.leased_until < now,
        )
        .values(holder=holder, leased_until=now + LEASE)
    )
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]


def finish(session: Session, job: str, due: str, now: datetime) -> None:
    """Note that an occurrence was done. A transaction."""
    session.execute(
        update(OccurrenceRow).where(OccurrenceRow.job == job, OccurrenceRow.due == due).values(done_at=now)
    )


@dataclass(frozen=True, slots=True)
class Job:
    """Work done once for each local date, at ``at`` in ``zone``."""

    name: str
    at: time
    zone: ZoneInfo
    work: Callable[[date], Awaitable[None]]


class Schedule:
    """The daily jobs of this process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._holder = uuid.uuid4().hex
        self._jobs: list[Job] = []
        self._scheduler: AsyncIOScheduler | None = None

    def daily(self, job: Job) -> None:
        """Take in a job."""
        self._jobs.append(job)
        if self._scheduler is not None:
            self._arm(self._scheduler, job)

    def forget(self, prefix: str) -> None:
        """Drop the jobs whose names begin so."""
        for job in [job for job in self._jobs if job.name.startswith(prefix)]:
            self._jobs.remove(job)
            if self._scheduler is not None:
                self._scheduler.remove_job(job.name)

    def start(self) -> None:
        """Let the hours strike."""
        # A late alarm still rings, once: the default would silently drop one late by a second.
        scheduler = AsyncIOScheduler(job_defaults={"misfire_grace_time": None, "coalesce": True})
        for job in self._jobs:
            self._arm(scheduler, job)
        scheduler.add_job(self.look, IntervalTrigger(seconds=_LOOK_AGAIN), id="look")
        scheduler.start()
        self._scheduler = scheduler

    def _arm(self, scheduler: AsyncIOScheduler, job: Job) -> None:
        trigger = CronTrigger(hour=job.at.hour, minute=job.at.minute, timezone=job.zone)
        scheduler.add_job(self.ring, trigger, args=[job], id=job.name)

    def stop(self) -> None:
        """Let no more hours strike."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    async def look(self) -> None:
        """Do what is due today and not done: missed while away, or its claimer died."""
        for job in self._jobs:
            await self.ring(job)

    async def ring(self, job: Job) -> None:
        """Do a job for today's local date if its hour has come and it can be claimed."""
        local = self._clock.now().astimezone(job.zone)
        if local.time() < job.at:
            return
        due = local.date().isoformat()
        if not await self._store.write(claim, job.name, due, self._holder, self._clock.now()):
            return
        try:
            await job.work(local.date())
        except Exception:
            log.exception("The daily work %s failed; it is tried again once its lease is out", job.name)
            return
        await self._store.write(finish, job.name, due, self._clock.now())
