"""Alarms: what is to be done at a time, once, by one process, whatever is restarted meanwhile.

An alarm is a row of the table ``alarm``: the job that does it, a key that tells the job's alarms apart, when
it is due, and when it rings next. Where several processes share a database, whether an alarm is ours is
decided there, in a transaction; their clocks must agree to a few seconds.

Rules:

1. An alarm that rings is claimed by one process, which holds it for :data:`LEASE` and renews that while it
   works. One whose holder died rings again once the lease is out: work happens at least once after a crash,
   and otherwise exactly once. What a job stores in the transaction that ends the alarm
   (:meth:`Alarms.end`) is stored exactly once in any case.
2. What is due at once rings together, in the order of its times: one call of a job for up to 500 of them.
   Calls of a job may overlap; no process rings an alarm while it still works at that one.
3. An alarm is over when its job returns, unless the job has set it again meanwhile. Where the job raises,
   each of them is tried alone, so that one that fails costs no other. What fails alone is tried again after
   a minute, and then ever later, up to :data:`RARELY`.
4. An alarm that was due while no process ran rings as soon as one does. What is late, and what is not true
   any more, is for its job to say.
5. While the database is away nothing rings, the looks go on, and what was done meanwhile is stored once it
   is back: it is not done again.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from itertools import islice
from typing import TypeVar

from sqlalchemy import Index, String, delete, event, func, select, tuple_, update
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from bot.clock import Clock, Timer
from bot.store import Base, Store, Utc, is_unavailable

T = TypeVar("T")

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=1)
LOOK_EVERY = timedelta(seconds=1)
"""How often to look for alarms that other processes set, where the database is shared."""
RARELY = timedelta(hours=1)
"""How long at most until what failed is tried again."""
AT_ONCE = 500
"""So many alarms are claimed in one transaction."""
_TRY_AGAIN = timedelta(seconds=5)
"""How long until a database that did not answer is asked again."""
_LONGEST_KEY = 255
_UNTRACKED = {"synchronize_session": False}


class AlarmRow(Base):
    """An alarm. It rings at ``due``; where ``holder``, a process, has claimed it, and where it failed, at
    ``rings``: once the lease is out, and when it is to be tried again.
    """

    __tablename__ = "alarm"
    job: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(_LONGEST_KEY), primary_key=True)
    due: Mapped[datetime] = mapped_column(Utc)
    rings: Mapped[datetime] = mapped_column(Utc)
    holder: Mapped[str | None] = mapped_column(String(32))
    __table_args__ = (Index(None, "job", "rings"),)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is due: which of its job's, and since when, in UTC."""

    key: str
    due: datetime


Work = Callable[[Sequence[Alarm]], Awaitable[None]]


def set_alarms(session: Session, job: str, dues: Mapping[str, datetime]) -> None:
    """Let alarms of a job ring at these times (UTC), whatever they were set to. A transaction. Raises
    :class:`ValueError` for a key that is too long.
    """
    if not dues:
        return
    long = next((key for key in dues if len(key) > _LONGEST_KEY), None)
    if long is not None:
        raise ValueError(f"the key {long[:40]!r}... of an alarm of {job} is longer than {_LONGEST_KEY}")
    # Both databases have ON CONFLICT; only the one that is used is loaded.
    dialect = import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}")
    new = dialect.insert(AlarmRow.__table__)
    upsert = new.on_conflict_do_update(
        index_elements=["job", "key"],
        set_={"due": new.excluded.due, "rings": new.excluded.rings, "holder": None},
    )
    rows = [
        {"job": job, "key": key, "due": dues[key], "rings": dues[key], "holder": None} for key in sorted(dues)
    ]
    session.execute(upsert, rows)


def clear_alarms(session: Session, job: str, keys: Collection[str]) -> None:
    """Let these alarms of a job ring no more. A transaction."""
    for some in _parts(keys):
        session.execute(
            delete(AlarmRow).where(AlarmRow.job == job, AlarmRow.key.in_(some)), execution_options=_UNTRACKED
        )


def claim(
    session: Session,
    jobs: Collection[str],
    holder: str,
    now: datetime,
    busy: Collection[tuple[str, str]] = (),
) -> dict[str, list[Alarm]]:
    """Claim what rings of these jobs, but for those (by job and key) that are ``busy``: by job, the oldest
    first. A transaction.
    """
    ringing = (
        select(AlarmRow.job, AlarmRow.key, AlarmRow.due)
        .where(AlarmRow.job.in_(jobs), AlarmRow.rings <= now)
        .order_by(AlarmRow.rings, AlarmRow.job, AlarmRow.key)
        .limit(AT_ONCE + len(busy))
        # PostgreSQL: rows that another process is about to claim are left to it, without waiting, and a row
        # that it has just claimed is looked at again. SQLite has one writer at a time, and no such words.
        .with_for_update(skip_locked=True)
    )
    free = ((job, Alarm(key, due)) for job, key, due in session.execute(ringing) if (job, key) not in busy)
    found: dict[str, list[Alarm]] = {}
    for job, alarm in sorted(islice(free, AT_ONCE), key=lambda one: one[1].due):
        found.setdefault(job, []).append(alarm)
    for job, alarms in found.items():
        keys = [alarm.key for alarm in alarms]
        session.execute(
            update(AlarmRow)
            .where(AlarmRow.job == job, AlarmRow.key.in_(keys))
            .values(holder=holder, rings=now + LEASE),
            execution_options=_UNTRACKED,
        )
    return found


def end(session: Session, job: str, alarms: Collection[Alarm], holder: str) -> list[Alarm]:
    """End those of a job's alarms that are held by ``holder`` and were not set again: which these were. A
    transaction.
    """
    ended: set[tuple[str, datetime]] = set()
    for some in _parts(alarms):
        gone = (
            delete(AlarmRow)
            .where(
                AlarmRow.job == job,
                AlarmRow.holder == holder,
                tuple_(AlarmRow.key, AlarmRow.due).in_([(alarm.key, alarm.due) for alarm in some]),
            )
            .returning(AlarmRow.key, AlarmRow.due)
        )
        ended |= {(key, due) for key, due in session.execute(gone, execution_options=_UNTRACKED)}
    return [alarm for alarm in alarms if (alarm.key, alarm.due) in ended]


def held(session: Session, job: str, alarms: Collection[Alarm], holder: str) -> list[Alarm]:
    """Those of a job's alarms that are held by ``holder`` and were not set again. A transaction."""
    dues: dict[str, datetime] = {}
    for some in _parts(alarms):
        keys = [alarm.key for alarm in some]
        ours = select(AlarmRow.key, AlarmRow.due).where(
            AlarmRow.job == job, AlarmRow.key.in_(keys), AlarmRow.holder == holder
        )
        dues |= {key: due for key, due in session.execute(ours)}  # noqa: C416
    return [alarm for alarm in alarms if dues.get(alarm.key) == alarm.due]


def renew(session: Session, holder: str, now: datetime, claimed: Collection[tuple[str, str]]) -> None:
    """Hold what we work at, by job and key, longer. A transaction."""
    for job, keys in _by_job(claimed).items():
        for some in _parts(keys):
            session.execute(
                update(AlarmRow)
                .where(AlarmRow.job == job, AlarmRow.key.in_(some), AlarmRow.holder == holder)
                .values(rings=now + LEASE),
                execution_options=_UNTRACKED,
            )


def let_go(session: Session, job: str, keys: Collection[str], holder: str, until: datetime) -> None:
    """Hold these no longer: they ring again at a time. A transaction."""
    for some in _parts(keys):
        session.execute(
            update(AlarmRow)
            .where(AlarmRow.job == job, AlarmRow.key.in_(some), AlarmRow.holder == holder)
            .values(holder=None, rings=until),
            execution_options=_UNTRACKED,
        )


def next_ring(session: Session, jobs: Collection[str]) -> datetime | None:
    """When the next alarm of these jobs rings; ``None`` where there is none. A transaction."""
    # For each job the first entry of its part of the index, however many there are.
    firsts = [select(func.min(AlarmRow.rings)).where(AlarmRow.job == job).scalar_subquery() for job in jobs]
    if not firsts:
        return None
    return min((ring for ring in session.execute(select(*firsts)).one() if ring is not None), default=None)


def _parts(whole: Iterable[T]) -> Iterator[list[T]]:
    """So many at a time as one statement takes."""
    rest = iter(whole)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _by_job(claimed: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for job, key in claimed:
        found.setdefault(job, []).append(key)
    return found


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
        self._unfinished: list[tuple[str, Sequence[Alarm]]] = []  # done, and the database does not know yet
        self._failures: dict[tuple[str, str], int] = {}
        self._is_looking = False
        self._looks_again = False
        self._is_down = False  # whether the database did not answer last
        self._has_stopped = False
        self._timer: Timer | None = None
        self._timer_at: datetime | None = None
        self._renewal: Timer | None = None
        self._settling: Timer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, job: str, work: Work) -> None:
        """Take in a job."""
        self._jobs[job] = work
        self._look_by(self._clock.now())

    def forget(self, prefix: str) -> None:
        """Drop the jobs whose names begin so; their alarms stay, and ring when they are back."""
        self._jobs = {job: work for job, work in self._jobs.items() if not job.startswith(prefix)}

    def start(self) -> None:
        """Let alarms ring."""
        self._loop = asyncio.get_running_loop()
        self._has_stopped = False
        self._look_by(self._clock.now())

    def stop(self) -> None:
        """Let no more ring. What rings already goes on, for as long as its lease."""
        self._loop = None
        self._has_stopped = True
        for timer in (self._timer, self._renewal, self._settling):
            if timer is not None:
                timer.cancel()
        self._timer = self._timer_at = self._renewal = self._settling = None
        if self._unfinished:
            self._spawn(self._settle(), "the end of alarms")

    # Within transactions

    def set(self, session: Session, job: str, dues: Mapping[str, datetime]) -> None:
        """Within a transaction: let alarms of a job ring at these times."""
        if not dues:
            return
        set_alarms(session, job, dues)
        first, loop = min(dues.values()), self._loop
        if loop is None:
            return

        def over(_session: Session, transaction: SessionTransaction) -> None:
            # Not "after_commit": a savepoint says that too, before anybody else sees what it holds.
            if transaction.parent is None and not loop.is_closed():
                loop.call_soon_threadsafe(self._known, first)

        event.listen(session, "after_transaction_end", over)

    def end(self, session: Session, job: str, alarms: Collection[Alarm]) -> list[Alarm]:
        """Within a transaction that stores what a job did about alarms that ring: end them. Those that were
        still ours; the others were set again, or another process has them, since our lease ran out.
        """
        return end(session, job, alarms, self._holder)

    # When to look

    def _known(self, due: datetime) -> None:
        """An alarm is due then that we may not have known of."""
        self._look_by(max(due, self._clock.now()))

    def _look_by(self, when: datetime) -> None:
        """Look no later than then, if we run."""
        if self._loop is None:
            return
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
        if self._is_looking:
            self._looks_again = True  # that look may have read already what this one was to see
            return
        self._is_looking = True
        try:
            at = await self._ring_due()
            self._is_down = False
        except Exception:
            at = self._clock.now() + _TRY_AGAIN
            if not self._is_down:
                log.exception("The database does not say what is due; it is asked again")
            self._is_down = True
        finally:
            self._is_looking = False
        if self._looks_again:
            self._looks_again = False
            at = self._clock.now()
        if self._shared:
            latest = self._clock.now() + LOOK_EVERY
            at = latest if at is None else min(at, latest)
        if at is not None:
            self._look_by(max(at, self._clock.now()))

    async def _ring_due(self) -> datetime | None:
        """Ring what is due; when to look next."""
        now = self._clock.now()
        jobs = tuple(self._jobs)
        due = await self._store.read(next_ring, jobs)
        if due is None or due > now:
            return due
        claimed = await self._store.write(claim, jobs, self._holder, now, frozenset(self._working))
        if self._has_stopped:  # meanwhile
            for job, alarms in claimed.items():
                await self._let_go(job, alarms, now)
            return None
        for job, alarms in claimed.items():
            self._working |= _names(job, alarms)
            self._spawn(self._work(job, alarms), job)
        if claimed and self._renewal is None:
            self._renew_later()
        # There may be more. What rings and was not to be had, we still work at, or another process is
        # claiming it: that is looked at again when the work is over, or a little later.
        return now if claimed else now + LOOK_EVERY

    # While work is done

    def _renew_later(self) -> None:
        def renewal() -> None:
            self._renewal = None
            if self._working:
                renewed = self._store.write(renew, self._holder, self._clock.now(), tuple(self._working))
                self._spawn(renewed, "leases of alarms")
                self._renew_later()

        self._renewal = self._clock.at(self._clock.now() + LEASE / 3, renewal)

    async def _work(self, job: str, alarms: Sequence[Alarm]) -> None:
        work = self._jobs.get(job)
        if work is None:  # it was taken out meanwhile, and may be put back
            await self._let_go(job, alarms, self._clock.now())
            self._working -= _names(job, alarms)
        elif not await self._is_done(job, work, alarms):
            for alarm in await self._still_ours(job, alarms):
                await self._is_done(job, work, [alarm])

    async def _still_ours(self, job: str, alarms: Sequence[Alarm]) -> Sequence[Alarm]:
        """Those that a job that failed has neither ended nor set again."""
        ours: list[Alarm] = []
        try:
            ours = await self._store.read(held, job, alarms, self._holder)
        except Exception:
            log.exception("%s rings again only once its lease is out", job)
        self._working -= _names(job, alarms) - _names(job, ours)
        return ours

    async def _is_done(self, job: str, work: Work, alarms: Sequence[Alarm]) -> bool:
        """Let a job do its work; ``False`` where each alarm is to be tried alone."""
        try:
            await work(alarms)
        except Exception as error:
            if is_unavailable(error):
                log.exception("%s failed, since the database does not answer; it is tried again", job)
                await self._let_go(job, alarms, self._clock.now() + _TRY_AGAIN)
            elif len(alarms) > 1:
                log.exception("%s failed for %d alarms; each is tried alone", job, len(alarms))
                return False
            else:
                log.exception("%s failed; it is tried again", job)
                await self._let_go(job, alarms, self._clock.now() + self._pause((job, alarms[0].key)))
        else:
            for name in _names(job, alarms):
                self._failures.pop(name, None)
            self._unfinished.append((job, alarms))
            await self._settle()
            return True
        self._working -= _names(job, alarms)
        return True

    def _pause(self, name: tuple[str, str]) -> timedelta:
        """How long until an alarm that failed is tried again."""
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        return min(LEASE * (1 << min(failures - 1, 10)), RARELY)

    async def _let_go(self, job: str, alarms: Sequence[Alarm], until: datetime) -> None:
        try:
            await self._store.write(let_go, job, [alarm.key for alarm in alarms], self._holder, until)
        except Exception:
            log.exception("%s rings again only once its lease is out", job)
        self._look_by(max(until, self._clock.now()))

    async def _settle(self) -> None:
        """Store what is over; where the database is away, again a little later."""
        over, self._unfinished = self._unfinished, []
        try:
            ended = await self._store.write(_end_all, over, self._holder)
        except Exception:
            log.exception("What was done of alarms is not stored yet; that is tried again")
            self._unfinished += over
            if self._settling is None and not self._has_stopped:
                self._settling = self._clock.at(self._clock.now() + _TRY_AGAIN, self._settle_again)
            return
        for job, alarms in over:
            self._working -= _names(job, alarms)
        if ended < sum(len(alarms) for _, alarms in over):  # some were set again, and may be due
            self._look_by(self._clock.now())

    def _settle_again(self) -> None:
        self._settling = None
        self._spawn(self._settle(), "the end of alarms")


def _end_all(session: Session, over: Sequence[tuple[str, Sequence[Alarm]]], holder: str) -> int:
    """End what is over; how many were still ours. A transaction."""
    return sum(len(end(session, job, alarms, holder)) for job, alarms in over)


def _names(job: str, alarms: Iterable[Alarm]) -> set[tuple[str, str]]:
    return {(job, alarm.key) for alarm in alarms}
