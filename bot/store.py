"""Read and write transactions on one database, SQLite or PostgreSQL.

A transaction is a plain function that takes a :class:`sqlalchemy.orm.Session` first and runs in a thread:

    await store.write(appoint, team.id, person.id)

Rules:

1. One thread writes, so writes of this process never wait for each other's locks; a few threads read.
2. On SQLite a write begins with ``BEGIN IMMEDIATE``: pysqlite's own deferred transactions lose updates.
   Journal mode WAL, ``synchronous=FULL``: what :meth:`Store.write` returned from survives a power cut.
3. A transaction never awaits, and nothing of its session leaves it: it returns values.
4. What a standby calls off, because it has to follow the database that it follows, is read once more. That
   the database fails, and that it is well again, is one line in the log each.
5. Times are stored as microseconds since 1970 in UTC (:class:`Utc`), the same on both databases.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

from sqlalchemy import BigInteger, Boolean, Connection, Engine, MetaData, create_engine, event, insert
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.types import TypeDecorator

from bot.text import one_line

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_READERS = 3
_SCRUBS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0, 5.0)
"""Seconds between tries to scrub. Nothing tells when those who read are done."""
_SCRUB_WAITS = 100  # ms that one try waits for those who read, and lines for it
_BUSY = 5_000  # ms
_MOST_RECALLED = 64  # answers
_ANSWERS_WITHIN = {"connect_timeout": 5, "tcp_user_timeout": 10_000}
"""So long, in seconds and ms, PostgreSQL's host may be silent before the connection is given up."""


_DATABASE_S_OWN = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
_SERVER_S_OWN = ("08", "25006", "40", "53", "57", "58")
"""How SQLSTATEs begin that are the server's fault: connections, a read-only standby, serialization,
resources, an operator, the system (PostgreSQL's manual, appendix A).
"""


_CALLED_OFF = ("40001", "40P01", "57P01")
"""SQLSTATEs of what may be read again at once: a standby's "conflict with recovery" ends a statement, or the
connection (PostgreSQL's manual, 27.4.2).
"""
_AGAIN = (0.0, 0.05, 0.2, 0.5)
"""Seconds until it is read again: what a standby has to follow comes in bursts, whose end nothing tells."""


def _is_called_off(error: DBAPIError) -> bool:
    # Of a connection that was ended in between, the driver does not tell why.
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _CALLED_OFF


def is_unavailable(error: BaseException) -> bool:
    """Whether the database failed and not what was asked of it: the same may succeed later.

    SQLite and its driver say ``OperationalError`` of a full disk as they do of a table that is not there.
    """
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        # Errors of the driver itself have no code.
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _DATABASE_S_OWN
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # it never answered
        return isinstance(error, OperationalError)
    return str(state).startswith(_SERVER_S_OWN)


def _why(error: DBAPIError) -> str:
    return one_line(str(error.orig))


def to_stamp(time: datetime) -> int:
    """Microseconds since 1970 in UTC, of an aware time."""
    return (time - _EPOCH) // _MICROSECOND


def from_stamp(stamp: int) -> datetime:
    """The aware time in UTC of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=stamp)


class Utc(TypeDecorator[datetime]):
    """An aware time in UTC, stored as microseconds since 1970: exact, ordered and quick on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """An aware time becomes its number."""
        return None if value is None else to_stamp(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """A number becomes its aware time."""
        return None if value is None else from_stamp(value)


class Base(DeclarativeBase):
    """What every mapped class derives from, a plugin's too. Constraint names follow one convention, so that
    migrations can name them on every database.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def database_url(database: str, data_dir: Path) -> URL:
    """The URL to connect to for a setting like ``sqlite:///muster.db`` or ``postgresql://host/muster``.

    A relative SQLite file is in ``data_dir``; the driver's name is ours to choose.
    """
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        return url.set(database=str(data_dir / (url.database or "muster.db")))
    return url.set(drivername="postgresql+psycopg")


def insert_rows(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Put many rows into a class's table, each a mapping with the same columns. A transaction.

    They are handed to the driver as they are: SQLAlchemy's own way costs several times as much as SQLite's
    work, and all that is written waits meanwhile.
    """
    if not rows:
        return
    connection = session.connection()
    statement, named, converted = _inserting(kind, tuple(rows[0]), connection.dialect)
    if converted:
        rows = [{**row, **{name: to(row[name]) for name, to in converted.items()}} for row in rows]
    if named is None:  # PostgreSQL's driver takes parameters by name
        connection.exec_driver_sql(statement, [dict(row) for row in rows])
    else:
        values = map(itemgetter(*named), rows)
        connection.exec_driver_sql(statement, list(values) if len(named) > 1 else [(one,) for one in values])


@functools.cache
def _inserting(
    kind: type[Base], columns: tuple[str, ...], dialect: Dialect
) -> tuple[str, Sequence[str] | None, Mapping[str, Callable[[Any], Any]]]:
    """An INSERT as the driver takes it, the order of its parameters, and what makes the driver's values."""
    table = kind.__table__
    compiled = insert(kind).compile(dialect=dialect, column_keys=columns)
    converted = {}
    for name in columns:
        of = table.c[name].type
        to = of.dialect_impl(dialect).bind_processor(dialect)
        if to is not None and not isinstance(of, Boolean):  # every driver takes those
            converted[name] = to
    return str(compiled), compiled.positiontup, converted


class ReadOnlyError(RuntimeError):
    """Something was to be written where only pages are served."""


class Store:
    """The database: :meth:`write` and :meth:`read` run transactions in threads; :meth:`close` ends them.

    One that ``reads_only`` refuses to write (:class:`ReadOnlyError`): another Muster does. The database
    itself is told so too; with PostgreSQL it may be a standby that follows another.
    """

    def __init__(self, url: URL, *, reads_only: bool = False) -> None:
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.reads_only = reads_only
        if self.is_sqlite and not reads_only:
            file = Path(str(url.database))
            file.parent.mkdir(parents=True, exist_ok=True)
            # What is restricted is in it; SQLite gives its other files the same mode.
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        from bot.tallies import Tally  # it builds on this module

        self._writing = self._engine(size=1, begin="BEGIN IMMEDIATE", read_only=reads_only)
        self._reading = self._engine(size=_READERS, begin="BEGIN", read_only=True)
        self._tally = Tally(self._writing)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-read")
        self.commits = 0
        """How many transactions were stored by this process: another number once anything was."""
        self.looks_here = False
        """Whether :meth:`look` and :meth:`version` read in the very thread that asks, on SQLite: handing what
        takes one or two ms to another thread and back costs a quarter of that. For a process that does
        nothing that must not wait.
        """
        self._recalled: OrderedDict[object, tuple[str, Any]] = OrderedDict()
        self._running: set[Future[Any]] = set()
        self._looking: PoolProxiedConnection | None = None
        self._here: Connection | None = None
        self._is_failing = False

    def _engine(self, *, size: int, begin: str, read_only: bool) -> Engine:
        chosen: dict[str, Any] = {} if self.is_sqlite else dict(_ANSWERS_WITHIN)
        url = self.url
        if self.reads_only and self.is_sqlite:
            begin = "BEGIN"
            file = quote(str(Path(str(url.database)).absolute()))
            url = url.set(database=f"file:{file}", query={"mode": "ro", "uri": "true"})
        elif self.reads_only:
            chosen["options"] = "-c default_transaction_read_only=on"
        engine = create_engine(
            url,
            connect_args={name: value for name, value in chosen.items() if name not in self.url.query},
            pool_size=size,
            max_overflow=0,
            pool_pre_ping=not self.is_sqlite,
            hide_parameters=True,  # an error goes into the log, and parameters are what people said
        )
        if read_only and not self.is_sqlite:
            # One view for the whole transaction, as SQLite gives by itself.
            return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        if self.is_sqlite:

            @event.listens_for(engine, "connect")
            def settings(connection: Any, _record: object) -> None:
                connection.isolation_level = None
                cursor = connection.cursor()
                cursor.execute(f"PRAGMA busy_timeout={_BUSY}")
                if not self.reads_only:
                    cursor.execute("PRAGMA journal_mode=WAL")
                    cursor.execute("PRAGMA synchronous=FULL")
                    cursor.execute("PRAGMA foreign_keys=ON")
                    # What is redacted must not be left in free pages.
                    cursor.execute("PRAGMA secure_delete=ON")
                if read_only:
                    cursor.execute("PRAGMA query_only=ON")
                cursor.close()

            @event.listens_for(engine, "begin")
            def immediately(connection: Connection) -> None:
                connection.exec_driver_sql(begin)

        return engine

    async def write(
        self, transaction: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a transaction that may change things; what it returns, once it is committed.

        Raises whatever the transaction raises; then nothing of it is kept.
        """

        def run() -> T:
            return self.write_now(transaction, *args, **kwargs)

        return await self._in(self._writer, run)

    async def read(
        self, transaction: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a transaction that only looks, on one unchanging view of the database."""

        def run() -> T:
            return self.read_now(transaction, *args, **kwargs)

        return await self._in(self._readers, run)

    async def look(
        self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like :meth:`read`, for a transaction that takes the connection itself: what many people ask for at
        once. A session costs as much as two or three statements.
        """
        if self.looks_here and self.is_sqlite:
            return self._look_here(transaction, *args, **kwargs)

        def run() -> T:
            return self.look_now(transaction, *args, **kwargs)

        return await self._in(self._readers, run)

    async def recall(
        self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like :meth:`look`; but what it found is given again, the very same, until anything is committed by
        whomever: for what many pages show alike. What is found must not be changed, and what is asked for
        must be hashable.
        """
        asked = (transaction, args, tuple(kwargs.items()))
        version = await self.version()  # before it is read: what is found is of this version or a later one
        known = self._recalled.get(asked)
        if known is not None and known[0] == version:
            self._recalled.move_to_end(asked)
            found: T = known[1]
            return found
        found = await self.look(transaction, *args, **kwargs)
        self._recalled[asked] = (version, found)
        while len(self._recalled) > _MOST_RECALLED:
            self._recalled.popitem(last=False)
        return found

    async def _in(self, threads: ThreadPoolExecutor, run: Callable[[], T]) -> T:
        future = threads.submit(run)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return await asyncio.wrap_future(future)

    def write_now(
        self, transaction: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like :meth:`write`, in this thread: for the command line, where no event loop runs."""
        if self.reads_only:
            raise ReadOnlyError("this Muster only shows pages: it writes nothing")
        with self._told(), Session(self._writing) as session, session.begin():
            self._tally.begin()
            found = transaction(session, *args, **kwargs)
            session.flush()
            self._tally.end(session)
        self.commits += 1  # in the one thread that writes
        return found

    def read_now(
        self, transaction: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like :meth:`read`, in this thread."""

        def read() -> T:
            with Session(self._reading) as session, session.begin():
                return transaction(session, *args, **kwargs)

        return self._again(read)

    def look_now(
        self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like :meth:`look`, in this thread."""

        def look() -> T:
            with self._reading.begin() as connection:
                return transaction(connection, *args, **kwargs)

        return self._again(look)

    def _look_here(
        self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like :meth:`look_now`, with a connection that is kept: to take one and to give it back takes as
        long as a statement.
        """

        def look() -> T:
            if self._here is None:
                self._here = self._reading.connect()
            with self._here.begin():
                return transaction(self._here, *args, **kwargs)

        return self._again(look)

    def _again(self, read: Callable[[], T]) -> T:
        """Read, and once more if that was called off (rule 4)."""
        with self._told():
            for pause in _AGAIN:
                try:
                    return read()
                except DBAPIError as error:
                    if not _is_called_off(error):
                        raise
                    log.warning("The database called off what was read, so it is read again: %s", _why(error))
                    time.sleep(pause)  # in a thread for those who read
            return read()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell the log when the database begins to fail, and when it is well again."""
        try:
            yield
        except DBAPIError as error:
            if is_unavailable(error) and not self._is_failing:
                self._is_failing = True
                log.error("The database fails: %s", _why(error))
            raise
        if self._is_failing:
            self._is_failing = False
            log.warning("The database is well again")

    async def scrub(self) -> None:
        """Let nothing that was overwritten or deleted be found in the database's files (SQLite)."""
        if not self.is_sqlite or self.reads_only:
            return
        from bot.search import compact  # it builds on this module

        while await self.write(compact):
            pass  # lines are written between the steps
        for pause in _SCRUBS:
            if await self._in(self._writer, self._scrub):
                return
            await asyncio.sleep(pause)  # lines are written meanwhile
        log.error("Something reads the database all the time: its log still holds what was deleted")

    def _scrub(self) -> bool:
        # Freed pages are zeroed as they are freed; the write-ahead log still holds what they held before.
        # This waits for those who read; the only writer waits with it, so not for long.
        connection = self._writing.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={_SCRUB_WAITS}")
            try:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, _, _ = cursor.fetchone() or (1, 0, 0)
            finally:
                cursor.execute(f"PRAGMA busy_timeout={_BUSY}")
        finally:
            connection.close()
        return not busy

    async def version(self) -> str:
        """Something that is another once anything was committed by whomever: to see cheaply whether what was
        read is still so. It may be another though nothing of ours has changed.
        """
        if self.looks_here and self.is_sqlite:
            return self._version()
        return await self._in(self._readers, self._version)

    def _version(self) -> str:
        if not self.is_sqlite:
            return self._again(self._snapshot)
        # The number tells one connection what others have changed since it first looked.
        if self._looking is None:
            self._looking = self._reading.raw_connection()
            self._looking.detach()
        cursor = self._looking.cursor()
        try:
            cursor.execute("PRAGMA data_version")
            return str(cursor.fetchone())
        finally:
            cursor.close()

    def _snapshot(self) -> str:
        with self._reading.connect() as connection:
            # Moves on with each transaction that writes; a standby has it too.
            return str(connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar())

    def connect(self) -> Connection:
        """A connection for migrations, as a writer."""
        return self._writing.connect()

    def close(self, patience: float | None = None) -> bool:
        """Finish what is running, then let go of the database.

        ``patience`` is how long that may take, in seconds; ``None`` sets no limit. Whether it was enough: if
        not, a thread still waits for the database, and only :func:`os._exit` ends the process.
        """
        _, unfinished = wait(list(self._running), patience)
        self._writer.shutdown(wait=not unfinished, cancel_futures=True)
        self._readers.shutdown(wait=not unfinished, cancel_futures=True)
        if unfinished:
            return False
        if self._looking is not None:
            self._looking.close()
            self._looking = None
        if self._here is not None:
            self._here.close()
            self._here = None
        self._writing.dispose()
        self._reading.dispose()
        return True
