"""What came in and what was triaged in a day or a week: from the bugs and the record of changes. Pure.

Rules:

1. A bug came in when it was reported. It was triaged when it first was not New any more, or was said to
   repeat another; one that is New again was not.
2. Who triaged it is who asked Muster for that; what was done in the tracker itself is the tracker's.
3. Time to triage is from the one to the other. Told are the middle one and the longest, since a single bug
   forgotten for a year says nothing of all the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.model import Actor
from bot.plugin import Change
from bot.text import counted, listed
from plugins.tracker import Field, Item
from plugins.triage.ages import spoken
from plugins.triage.queue import came
from plugins.triage.showing import brief, names

_NAMED = 6


@dataclass(frozen=True, slots=True)
class Triaged:
    """That a bug was triaged: when (UTC), by whom, and how long after it came in, if that is known."""

    item: Item
    when: datetime
    by: str
    took: timedelta | None


def triaged(
    bugs: Mapping[str, Item],
    changes: Iterable[Change],
    called: Callable[[Actor], str],
    elsewhere: str,
    since: datetime,
) -> list[Triaged]:
    """What was triaged since a time, the first first. ``changes`` are those of bugs since then; ``elsewhere``
    is the tracker's name, by which its own changes are recorded.
    """
    found: dict[str, tuple[datetime, str]] = {}
    for change in changes:
        number = change.subject.partition(":")[2]
        if change.what == Field.DEFINITION.value:
            if change.after == "New":
                found.pop(number, None)
            elif change.before == "New":
                found.setdefault(number, (change.by.time, called(change.by.actor)))
        elif change.what == Field.DUPLICATE.value:
            if change.after:
                found.setdefault(number, (change.by.time, called(change.by.actor)))
            elif number in bugs and bugs[number].definition == "New":
                found.pop(number, None)
    for number, item in bugs.items():
        if item.left_new is not None and item.left_new >= since and item.definition != "New":
            when, by = found.get(number, (item.left_new, elsewhere))
            found[number] = (item.left_new if by == elsewhere else when, by)
    made = [
        Triaged(bugs[number], when, by, _took(bugs[number], when))
        for number, (when, by) in found.items()
        if number in bugs
    ]
    return sorted(made, key=lambda one: (one.when, int(one.item.name)))


def _took(item: Item, when: datetime) -> timedelta | None:
    since = came(item)
    return max(when - since, timedelta()) if since is not None else None


@dataclass(frozen=True, slots=True)
class Period:
    """A time that is reported on, from its beginning to before its end (UTC), and what it is called."""

    start: datetime
    end: datetime
    name: str

    def holds(self, when: datetime | None) -> bool:
        """Whether a time is in it."""
        return when is not None and self.start <= when < self.end


def week_name(first: date, last: date) -> str:
    """``16 to 22 November``, ``28 November to 4 December``."""
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{begins} to {last.day} {last:%B}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a team, or the project, did with its bugs in a period; ``waiting`` are those that wait now, in the
    order of their queue, ``oldest`` the one that came in first.
    """

    whose: str
    period: Period
    came: tuple[Item, ...]
    triaged: tuple[Triaged, ...]
    waiting: tuple[Item, ...]
    oldest: Item | None

    def lines(self, now: datetime) -> list[str]:
        """The report, in at most four lines."""
        whose = f"{self.whose}, " if self.whose else ""
        were = "was" if len(self.triaged) == 1 else "were"
        wait = "waits" if len(self.waiting) == 1 else "wait"
        came_in = f"{whose}{self.period.name}: {counted(len(self.came), 'bug')} came in"
        said = [f"{came_in}, {len(self.triaged)} {were} triaged, {len(self.waiting)} {wait}."]
        if times := sorted(one.took for one in self.triaged if one.took is not None):
            said.append(_times(times))
        if self.triaged:
            by = Counter(one.by for one in self.triaged).most_common()
            shown = [f"{who} {count}" for who, count in by[:_NAMED]]
            more = sum(count for _, count in by[_NAMED:])
            said.append(f"Triaged by {listed([*shown, f'others {more}'] if more else shown)}.")
        if self.oldest is not None:
            said.append(f"The oldest that waits is {brief(self.oldest, now)}.")
        return said

    def today(self) -> list[str]:
        """A day's list, in at most three lines."""
        said = f"{self.whose}, {self.period.name}" if self.whose else self.period.name.capitalize()
        lines = [f"{said}: {counted(len(self.came), 'bug')} came in, {len(self.triaged)} triaged."]
        if self.came:
            lines.append(f"Came in: {names([*self.came], _NAMED)}.")
        if self.triaged:
            shown = [f"#{one.item.name} {one.item.state} by {one.by}" for one in self.triaged[:_NAMED]]
            more = len(self.triaged) - len(shown)
            lines.append(f"Triaged: {listed([*shown, f'{more} more'] if more else shown)}.")
        return lines


def _times(times: Sequence[timedelta]) -> str:
    if len(times) == 1:
        return f"It took {spoken(times[0])} to triage it."
    half = times[(len(times) - 1) // 2]
    return f"Half of them took at most {spoken(half)} to triage, the longest {spoken(times[-1])}."
