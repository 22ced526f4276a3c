"""How often tables were changed: whoever keeps in memory what they hold reads it again only then.

Rules:

1. A table is followed once its module has said so (:func:`follow`). Each transaction of a
   :class:`~bot.store.Store` that puts, changes or deletes rows of it adds one to its number, which is stored
   with what was changed, or not at all.
2. What is changed past a ``Store`` is not counted, as by hand. Whoever relies on the numbers reads all again
   from time to time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, Text, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store import Base

_FOLLOWED: set[str] = set()
_WRITES = re.compile(
    r'\s*(?:INSERT(?: OR \w+)? INTO|REPLACE INTO|UPDATE(?: OR \w+)?|DELETE FROM) "?(\w+)', re.IGNORECASE
)


class TallyRow(Base):
    """How often a table was changed."""

    __tablename__ = "table_tally"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


_T = TallyRow.__table__.c
_ALL = select(_T.name, _T.number)


def follow(*kinds: type[Base]) -> tuple[str, ...]:
    """Count the changes of these classes' tables from now on; the names of the tables."""
    names = tuple(kind.__tablename__ for kind in kinds)
    _FOLLOWED.update(names)
    return names


def tallies(connection: Connection) -> Mapping[str, int]:
    """How often each table that is followed was changed; of one that is not in it nobody knows that it ever
    was. A transaction.
    """
    return {row.name: row.number for row in connection.execute(_ALL)}


class Tally:
    """What a store's one writer changes in a transaction. :meth:`begin` and :meth:`end` enclose each."""

    def __init__(self, engine: Engine) -> None:
        self._changed: set[str] = set()
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

        @event.listens_for(engine, "before_cursor_execute")
        def note(
            connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
        ) -> None:
            if (name := _written(statement)) in _FOLLOWED:
                self._changed.add(name)

    def begin(self) -> None:
        """A transaction begins."""
        self._changed.clear()

    def end(self, session: Session) -> None:
        """All of it is said to the database, and it is to be committed."""
        for name in sorted(self._changed):  # in one order, so that nobody waits for each other
            made = self._insert(TallyRow).values(name=name, number=1)
            more = {"number": TallyRow.number + 1}
            session.execute(made.on_conflict_do_update(index_elements=[TallyRow.name], set_=more))


@functools.lru_cache(maxsize=1_024)
def _written(statement: str) -> str:
    """The table that a statement writes to, or nothing."""
    found = _WRITES.match(statement)
    return found[1] if found is not None else ""
