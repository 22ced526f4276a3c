"""Alarms: what is to be done at a time, once, by one process, whatever is restarted meanwhile.

An alarm is a row of the table ``alarm``: the job that does it, a key that tells the job's alarms apart, and
when it is due. Where several processes share a database, whether an alarm is ours is decided there.

Rules:

1. An alarm is claimed by one process, for :data:`LEASE`, which its holder renews while it works. One whose
   holder died rings again once the lease is out: work happens at least once after a crash, and otherwise
   exactly once.
2. What is due at once rings together, in the order of its times: one call of a job for all of them.
3. An alarm is over when its job returns, unless the job has set it again meanwhile. Where the job raises,
   each of them is tried alone, so that one that fails costs no other; what failed is tried again once its
   lease is out.
4. An alarm that was due while no process ran rings as soon as one does. What is late, and what is not true
   any more, is for its job to say.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, event, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.clock import Clock, Timer
from bot.store import Base, Store, Utc

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=1)
LOOK_EVERY = timedelta(seconds=1)
"""How often to look for alarms that other processes set, where the database is shared."""
_AT_ONCE = 500
"""So many alarms are claimed in one transaction."""


class AlarmRow(Base):
    """An alarm. ``holder`` is the process that has claimed it, until ``leased_until``."""

    __tablename__ = "alarm"
    job: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    due: Mapped[datetime] = mapped_column(Utc)
    holder: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(Utc)
    __table_args__ = (Index(None, "due"),)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is due: which of its job's, and since when, in UTC."""

    key: str
    due: datetime


Work = Callable[[Sequence[Alarm]], Awaitable[None]]


def set_alarms(session: Session, job: str, dues: Mapping[str, datetime]) -> None:
    """Let alarms of a job ring at these times (UTC), whatever they were set to. A transaction."""
    rows = {
        row.key: row
        for row in session.scalars(select(AlarmRow).where(AlarmRow.job == job, AlarmRow.key.in_(list(dues))))
    }
    for key, due in dues.items():
        row = rows.get(key)
        if row is None:
            session.add(AlarmRow(job=job, key=key, due=due))
        else:
            row.due, row.holder, row.leased_until = due, None, None
    session.flush()


def clear_alarms(session: Session, job: str, keys: Collection[str]) -> None:
    """Let these alarms of a job ring no more. A transaction."""
    session.execute(delete(AlarmRow).where(AlarmRow.job == job, AlarmRow.key.in_(list(keys))))


def alarms_of(session: Session, job: str) -> dict[str, datetime]:
    """The alarms of a job and when they are due. A transaction."""
    rows = session.scalars(select(AlarmRow).where(AlarmRow.job == job))
    return {row.key: row.due for row in rows}


def claim(session: Session, jobs: Collection[str], holder: str, now: datetime) -> dict[str, list[Alarm]]:
    """Claim what is due of these jobs and nobody else's, the oldest first: by job. A transaction."""
    free = or_(AlarmRow.leased_until.is_(None), AlarmRow.leased_until <= now)
    due = (
        select(AlarmRow.job, AlarmRow.key)
        .where(AlarmRow.job.in_(jobs), AlarmRow.due <= now, free)
        .order_by(AlarmRow.due)
        .limit(_AT_ONCE)
    )
    mine: list[tuple[str, Alarm]] = []
    for job, key in session.execute(due).all():
        # Another process may have claimed it since we looked: what this changes decides.
        when = session.scalar(
            update(AlarmRow)
            .where(AlarmRow.job == job, AlarmRow.key == key, AlarmRow.due <= now, free)
            .values(holder=holder, leased_until=now + LEASE)
            .returning(AlarmRow.due)
        )
        if when is not None:
            mine.append((job, Alarm(key, when)))
    found: dict[str, list[Alarm]] = {}
    for job, alarm in sorted(mine, key=lambda pair: pair[1].due):
        found.setdefault(job, []).append(alarm)
    return found


def finish(session: Session, job: str, alarms: Collection[Alarm], holder: str) -> None:
    """These are over, but for those that were set again meanwhile. A transaction."""
    for alarm in alarms:
        session.execute(
            delete(AlarmRow).where(
                AlarmRow.job == job,
                AlarmRow.key == alarm.key,
                AlarmRow.due == alarm.due,
                AlarmRow.holder == holder,
            )
        )


def renew(session: Session, holder: str, now: datetime, claimed: Collection[tuple[str, str]]) -> None:
    """Hold what we work at longer. A transaction."""
    for job, key in claimed:
        session.execute(
            update(AlarmRow)
            .where(AlarmRow.job == job, AlarmRow.key == key, AlarmRow.holder == holder)
            .values(leased_until=now + LEASE)
        )


def next_ring(session: Session, jobs: Collection[str]) -> datetime | None:
    """When the next alarm of these jobs is due, or its lease out; ``None`` where there is none. A
    transaction.
    """
    mine = AlarmRow.job.in_(jobs)
    free = session.scalar(
        select(AlarmRow.due).where(mine, AlarmRow.leased_until.is_(None)).order_by(AlarmRow.due).limit(1)
    )
    held = session.scalar(
        select(AlarmRow.leased_until)
        .where(mine, AlarmRow.leased_until.is_not(None))
        .order_by(AlarmRow.leased_until)
        .limit(1)
    )
    return min((when for when in (free, held) if when is not None), default=None)


class Alarms:
    """The jobs of this process, and when the next of their alarms rings. ``spawn`` runs work beside the chat
    and logs what it raises; ``shared``: other processes may set alarms in this database.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        spawn: Callable[[Awaitable[None], str], None],
        *,
        shared: bool,
    ) -> None:
        self._store = store
        self._clock = clock
        self._spawn = spawn
        self._shared = shared
        self._holder = uuid.uuid4().hex
        self._jobs: dict[str, Work] = {}
        self._working: set[tuple[str, str]] = set()
        self._timer: Timer | None = None
        self._timer_at: datetime | None = None
        self._renewal: Timer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, job: str, work: Work) -> None:
        """Take in a job."""
        self._jobs[job] = work
        if self._loop is not None:
            self._ring_at(self._clock.now())

    def forget(self, prefix: str) -> None:
        """Drop the jobs whose names begin so; their alarms stay, and ring when they are back."""
        self._jobs = {job: work for job, work in self._jobs.items() if not job.startswith(prefix)}

    def start(self) -> None:
        """Let alarms ring."""
        self._loop = asyncio.get_running_loop()
        self._ring_at(self._clock.now())

    def stop(self) -> None:
        """Let no more ring. What rings already goes on."""
        self._loop = None
        for timer in (self._timer, self._renewal):
            if timer is not None:
                timer.cancel()
        self._timer = self._timer_at = self._renewal = None

    def set(self, session: Session, job: str, dues: Mapping[str, datetime]) -> None:
        """Within a transaction: let alarms of a job ring at these times."""
        if not dues:
            return
        set_alarms(session, job, dues)
        first, loop = min(dues.values()), self._loop
        if loop is not None:

            def committed(_session: Session) -> None:
                loop.call_soon_threadsafe(self._known, first)

            event.listen(session, "after_commit", committed, once=True)

    def _known(self, due: datetime) -> None:
        """An alarm is due then that we may not have known of."""
        if self._loop is not None:
            self._ring_at(max(due, self._clock.now()))

    def _ring_at(self, when: datetime) -> None:
        """Look no later than then."""
        if self._timer is not None:
            if self._timer_at is not None and self._timer_at <= when:
                return
            self._timer.cancel()
        self._timer_at = when
        self._timer = self._clock.at(when, self._look)

    def _look(self) -> None:
        self._timer = self._timer_at = None
        self._spawn(self.look(), "alarms")

    async def look(self) -> None:
        """Ring what is due, and find out when to look next."""
        now = self._clock.now()
        jobs = tuple(self._jobs)
        try:
            due = await self._store.read(next_ring, jobs)
            if due is not None and due <= now:
                await self._ring(await self._store.write(claim, jobs, self._holder, now))
                due = await self._store.read(next_ring, tuple(self._jobs))
        finally:
            if self._loop is not None and self._shared:
                self._ring_at(self._clock.now() + LOOK_EVERY)
        if self._loop is not None and due is not None:
            self._ring_at(max(due, self._clock.now()))

    async def _ring(self, claimed: Mapping[str, list[Alarm]]) -> None:
        """Let jobs do what was claimed for them; each beside the others and beside the clock."""
        for job, alarms in claimed.items():
            self._working |= {(job, alarm.key) for alarm in alarms}
            self._spawn(self._work(job, alarms), job)
        if claimed and self._renewal is None:
            self._renew_later()

    def _renew_later(self) -> None:
        def renewal() -> None:
            self._renewal = None
            if self._working and self._loop is not None:
                self._spawn(self._renew(), "leases of alarms")
                self._renew_later()

        self._renewal = self._clock.at(self._clock.now() + LEASE / 3, renewal)

    async def _renew(self) -> None:
        await self._store.write(renew, self._holder, self._clock.now(), tuple(self._working))

    async def _work(self, job: str, alarms: Sequence[Alarm]) -> None:
        work = self._jobs.get(job)
        try:
            if work is None:
                return  # it was taken out meanwhile; the lease ends by itself
            if not await self._done(job, work, alarms) and len(alarms) > 1:
                for alarm in alarms:
                    await self._done(job, work, [alarm])
        finally:
            self._working -= {(job, alarm.key) for alarm in alarms}

    async def _done(self, job: str, work: Work, alarms: Sequence[Alarm]) -> bool:
        try:
            await work(alarms)
        except Exception:
            log.exception("%s failed; it is tried again", job)
            return False
        await self._store.write(finish, job, alarms, self._holder)
        return True
