"""How many blueprints there were on each day, kept from day to day: the table, and the transactions on it.

Rules:

1. Counted are a milestone's blueprints (of all teams), a team's (of all milestones), and all: :data:`ALL`
   stands for all teams or all milestones. Teams are those of that day, which nothing else remembers.
2. A day is counted once, at its end; counted again, the later count holds. Once a later day was counted it
   stays as it is: what there is now is not what there was then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, Integer, String, Text, bindparam, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.store import Base
from plugins.blueprints.owning import Owning
from plugins.blueprints.standing import Standing, standing
from plugins.tracker import Item

ALL = "*"


class DayRow(Base):
    """How many blueprints of a milestone or of a team stood so at the end of a day. ``milestone`` and
    ``team`` are names, nothing for none, or :data:`ALL`.
    """

    __tablename__ = "blueprint_day"
    milestone: Mapped[str] = mapped_column(Text, primary_key=True)
    team: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(String(8), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


@dataclass(frozen=True, slots=True)
class Days:
    """What was counted of one thing: on each day how many stood so; and the first day of any count."""

    counts: Mapping[date, Mapping[Standing, int]] = field(default_factory=dict)
    first: date | None = None


Counts = Counter[tuple[str, str, Standing]]
"""By milestone and team, and how far."""


def counted(items: Iterable[Item], owning: Owning) -> Counts:
    """How many blueprints there are now."""
    found: Counts = Counter()
    for item in items:
        how = standing(item)
        if how is not None:
            team = owning.holding(item).team
            found[item.milestone, ALL, how] += 1
            found[ALL, team.name if team is not None else "", how] += 1
            found[ALL, ALL, how] += 1
    return found


def keep_day(session: Session, day: date, counts: Counts) -> None:
    """Keep how many there were at a day's end. A transaction."""
    if session.scalar(select(func.max(DayRow.day)).where(DayRow.day > day.isoformat())) is not None:
        return
    session.execute(delete(DayRow).where(DayRow.day == day.isoformat()))
    session.add_all(
        DayRow(milestone=milestone, team=team, day=day.isoformat(), state=how.value, count=count)
        for (milestone, team, how), count in counts.items()
    )


_D = DayRow.__table__.c
_OF = select(_D.day, _D.state, _D.count).where(
    _D.milestone == bindparam("milestone"), _D.team == bindparam("team"), _D.day >= bindparam("since")
)
_FIRST = select(func.min(_D.day))
_LAST = select(func.max(_D.day))
_ON = (
    select(_D.state, _D.count)
    .where(_D.milestone == bindparam("milestone"), _D.team == bindparam("team"), _D.day == bindparam("day"))
    .order_by(_D.state)
)


def days_of(connection: Connection, milestone: str, team: str, since: date = date.min) -> Days:
    """What was counted of a milestone or of a team, since a day. A transaction."""
    asked = {"milestone": milestone, "team": team, "since": since.isoformat()}
    counts: dict[date, dict[Standing, int]] = {}
    for day, state, count in connection.execute(_OF, asked):
        counts.setdefault(date.fromisoformat(day), {})[Standing(state)] = count
    first = connection.execute(_FIRST).scalar()
    return Days(counts, date.fromisoformat(first) if first else None)


def last_count(connection: Connection, milestone: str, team: str) -> tuple[object, ...]:
    """The last day that was counted, and what was counted then of a milestone or of a team: while it is the
    same, so is all that was counted before (rule 2). A transaction.
    """
    day = connection.execute(_LAST).scalar()
    found = connection.execute(_ON, {"milestone": milestone, "team": team, "day": day or ""})
    return (day, *(tuple(row) for row in found))
