"""Whose turn it is: a rotation counted out in days. Pure.

Rules:

1. A turn begins at a local hour in the team's zone, each week on one weekday, each day, or each day from
   Monday to Friday; it ends when the next day of that hour comes, or the next week. A local time that clocks
   skip is as much later as they skip; of two that are the same, the first is meant.
2. Turns go round in the order of the members. Who has left the team is left out as if not named; back on the
   team, they are in the round again.
3. Who is away on the day on which their turn begins is passed over, and the next in the round who is there
   has it. They owe that turn, and have the first one that begins once they are back: before the round goes
   on, where it stood. Several who owe one have them in the order in which they were passed over. Nobody owes
   more than one, however long they were away.
4. So of those who are never away, nobody ever had more than one turn more than another, however the others
   come and go.
5. Where nobody of the rotation is there, a stand-in has the turn: the first of these who is there, and else
   nobody has it.
6. A cover lets somebody have another's turn: the first from a day on that would be theirs and on which
   whoever covers is there. It changes nobody's place in the round.
7. A turn that has begun is stored, and is whose it was, whoever is away later. What is still to come is told
   as things stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Literal
from zoneinfo import ZoneInfo

Every = Literal["week", "day", "working day"]
"""How often turns begin. The values are stored."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When turns begin: at the local time ``at`` in ``zone`` (an IANA name); of those of a week, on
    ``weekday`` (0 is Monday).
    """

    every: Every
    at: time
    zone: str
    weekday: int = 0

    def begins_on(self, day: date) -> bool:
        """Whether a turn begins on a local date."""
        if self.every == "week":
            return day.weekday() == self.weekday
        return self.every == "day" or day.weekday() < _SATURDAY

    def next_day(self, day: date) -> date:
        """The first date from ``day`` on, it included, on which a turn begins."""
        while not self.begins_on(day):
            day += _DAY
        return day

    def begin(self, day: date) -> datetime:
        """When the turn of a date begins, in UTC."""
        return datetime.combine(day, self.at, ZoneInfo(self.zone)).astimezone(UTC)

    def end(self, day: date) -> datetime:
        """When the turn of a date ends, in UTC."""
        return self.begin(day + (timedelta(weeks=1) if self.every == "week" else _DAY))

    def day_at(self, when: datetime) -> date | None:
        """The date of the turn that runs at a time (aware); ``None`` where none does: on a Saturday, say."""
        day = when.astimezone(ZoneInfo(self.zone)).date() + _DAY
        for _ in range(9):
            if self.begins_on(day) and self.begin(day) <= when < self.end(day):
                return day
            day -= _DAY
        return None

    def first_day(self, when: datetime) -> date:
        """The date of the turn that runs at a time, else of the next one."""
        running = self.day_at(when)
        if running is not None:
            return running
        day = self.next_day(when.astimezone(ZoneInfo(self.zone)).date())
        return day if self.begin(day) > when else self.next_day(day + _DAY)


@dataclass(frozen=True, slots=True)
class Cover:
    """``by`` has the first turn of ``of`` from the date ``since`` on. Both covers of a swap have its number.
    One that is not stored yet has no number.
    """

    of: int
    by: int
    since: date
    id: int = 0
    swap: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rotation stands before the turn of ``day``, the first that has not begun: ``next`` is whose place
    in the round is next (``None``: the first member's), ``owing`` who owe a turn, the first passed over
    first.
    """

    day: date
    next: int | None = None
    owing: tuple[int, ...] = ()
    covers: tuple[Cover, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn of a date, from ``begins`` until ``ends`` (UTC): ``due`` is whose it was by the round,
    ``person`` who has it; ``None`` is nobody. They differ where somebody covers another, by ``cover``.
    ``stands_in``: nobody of the rotation was there.
    """

    day: date
    begins: datetime
    ends: datetime
    due: int | None
    person: int | None
    stands_in: bool = False
    cover: Cover | None = None


@dataclass(frozen=True, slots=True)
class Crew:
    """Who can have turns: ``members`` in their order, ``belongs`` to the team or has left it, ``is_away`` on
    a day; ``stand_ins`` gives who stands in, in the order in which they are asked.
    """

    members: tuple[int, ...]
    belongs: Callable[[int], bool]
    is_away: Callable[[int, date], bool]
    stand_ins: Callable[[], Iterable[int]] = tuple

    def stand_in(self, day: date) -> int | None:
        """Who stands in on a day where nobody else is there."""
        return next((one for one in self.stand_ins() if not self.is_away(one, day)), None)


def turns(rhythm: Rhythm, crew: Crew, standing: Standing) -> Iterator[tuple[Turn, Standing]]:
    """The turns from where a rotation stands, without end, each with how it stands after that one."""
    while True:
        turn, standing = _turn(rhythm, crew, standing)
        yield turn, standing


def _turn(rhythm: Rhythm, crew: Crew, standing: Standing) -> tuple[Turn, Standing]:
    day = standing.day
    due, next_, owing = _due(crew, standing)
    stands_in = due is None
    person = crew.stand_in(day) if due is None else due
    covers, cover = standing.covers, None
    if due is not None:
        cover = cover_of(crew, covers, due, day)
        if cover is not None:
            person = cover.by
            covers = tuple(one for one in covers if one is not cover)
    turn = Turn(day, rhythm.begin(day), rhythm.end(day), due, person, stands_in, cover)
    return turn, Standing(rhythm.next_day(day + _DAY), next_, owing, covers)


def cover_of(crew: Crew, covers: Sequence[Cover], due: int, day: date) -> Cover | None:
    """By which cover another has somebody's turn of a day; ``None``: they have it themselves."""
    for one in covers:
        if one.of == due and one.since <= day and crew.belongs(one.by) and not crew.is_away(one.by, day):
            return one
    return None


def _due(crew: Crew, standing: Standing) -> tuple[int | None, int | None, tuple[int, ...]]:
    """Whose turn it is by the round, whose place is next after that, and who owe a turn then."""
    day = standing.day
    here = [one for one in crew.members if crew.belongs(one)]
    owing = [one for one in standing.owing if one in here]
    for one in owing:
        if not crew.is_away(one, day):
            owing.remove(one)
            return one, standing.next, tuple(owing)
    start = crew.members.index(standing.next) if standing.next in crew.members else 0
    for place in chain(range(start, len(crew.members)), range(start)):
        one = crew.members[place]
        if one not in here:
            continue
        if not crew.is_away(one, day):
            return one, crew.members[(place + 1) % len(crew.members)], tuple(owing)
        if one not in owing:
            owing.append(one)
    return None, standing.next, tuple(owing)


def renamed(standing: Standing, who: Callable[[int], int]) -> Standing:
    """A standing where people are known by other ids, as when two records proved to be one person's."""
    return replace(
        standing,
        next=None if standing.next is None else who(standing.next),
        owing=tuple(dict.fromkeys(who(one) for one in standing.owing)),
        covers=tuple(replace(one, of=who(one.of), by=who(one.by)) for one in standing.covers),
    )
