"""How many bugs there were at the end of each day, kept from day to day: the table, and its transactions.

Rules:

1. Counted is what waits for triage, and what is open, of each team (nothing: the coordinator's) and of all
   (:data:`ALL`). Whose a bug was on a day, nothing tells later.
2. A day is counted once, at its end; counted again, the later count holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date

from sqlalchemy import Connection, Integer, String, Text, bindparam, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store import Base
from plugins.tracker import Item

ALL = "*"
WAITING, OPEN = "waiting", "open"


class DayRow(Base):
    """How many bugs of a team were waiting for triage, or open, at the end of a day."""

    __tablename__ = "triage_day"
    team: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


Counts = Counter[tuple[str, str]]
"""By team and state."""


def counted(bugs: Iterable[Item], waits: Callable[[Item], bool], team_of: Callable[[Item], str]) -> Counts:
    """How many bugs there are now. Of all it is told also where there are none."""
    found: Counts = Counter({(ALL, WAITING): 0, (ALL, OPEN): 0})
    for item in bugs:
        if not item.is_open or item.duplicate_of:
            continue
        team = team_of(item)
        for state in (OPEN, WAITING) if waits(item) else (OPEN,):
            found[team, state] += 1
            found[ALL, state] += 1
    return found


def keep_day(session: Session, day: date, counts: Counts) -> None:
    """Keep how many there were at a day's end. A transaction."""
    session.execute(delete(DayRow).where(DayRow.day == day.isoformat()))
    session.add_all(
        DayRow(team=team, day=day.isoformat(), state=state, count=count)
        for (team, state), count in counts.items()
    )


_OF = select(DayRow.day, DayRow.state, DayRow.count).where(
    DayRow.team == bindparam("team"), DayRow.day >= bindparam("since")
)
_FIRST = select(func.min(DayRow.day))


def days_of(connection: Connection, team: str, since: date) -> tuple[dict[date, dict[str, int]], date | None]:
    """How many bugs of a team, or of all, waited and were open at the ends of days since one; and the first
    day of all that was counted. A transaction.
    """
    counts: dict[date, dict[str, int]] = {}
    for day, state, count in connection.execute(_OF, {"team": team, "since": since.isoformat()}):
        counts.setdefault(date.fromisoformat(day), {})[state] = count
    first = connection.scalar(_FIRST)
    return counts, date.fromisoformat(first) if first else None
