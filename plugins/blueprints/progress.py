"""How far a milestone is, and what moves when a blueprint slips from it to another. Pure.

Rules:

1. A milestone's blueprints are those that are for it and not over (superseded, obsolete).
2. The next milestone is, of the same series, the active one that is due first after it; one without a date
   comes after those with one, in the order of names.
3. What depends on a blueprint is what says so in the tracker, and what depends on that, each once.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.text import counted
from plugins.blueprints.owning import Owning
from plugins.tracker import IMPLEMENTATIONS, Item, Milestone

NOBODY = "no team"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a milestone is. ``states`` are counts of what is not done, the furthest first; ``teams`` are
    ``(team, done, all)``, those with most to do first.
    """

    milestone: Milestone
    all: int
    done: int
    states: tuple[tuple[str, int], ...]
    teams: tuple[tuple[str, int, int], ...]

    @property
    def open(self) -> int:
        """How many are to do still."""
        return self.all - self.done


def progress(milestone: Milestone, items: Iterable[Item], owning: Owning) -> Progress:
    """How far a milestone is, of the items of all."""
    of_it = [one for one in items if one.milestone == milestone.name and (one.is_open or one.is_done)]
    states = Counter(one.state for one in of_it if not one.is_done)
    total: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for one in of_it:
        team = owning.holding(one).team
        name = team.name if team is not None else NOBODY
        total[name] += 1
        done[name] += one.is_done
    order = {state: place for place, state in enumerate(IMPLEMENTATIONS)}
    return Progress(
        milestone,
        len(of_it),
        done.total(),
        tuple(sorted(states.items(), key=lambda one: (-order.get(one[0], -1), one[0]))),
        tuple(sorted(((name, done[name], total[name]) for name in total), key=_most_to_do)),
    )


def _most_to_do(team: tuple[str, int, int]) -> tuple[int, str]:
    name, done, total = team
    return done - total, name


def when(milestone: Milestone, today: date) -> str:
    """When a milestone is due: ``due 2011-12-15, in 23 days``; nothing where that is not known."""
    return "" if milestone.due is None else f"due {milestone.due}, {days_to(milestone.due, today)}"


def days_to(day: date, today: date) -> str:
    """How far away a day is: ``in 23 days``, ``today``, ``1 day ago``."""
    days = (day - today).days
    if days == 0:
        return "today"
    number = counted(abs(days), "day")
    return f"in {number}" if days > 0 else f"{number} ago"


def in_order(milestones: Iterable[Milestone]) -> list[Milestone]:
    """Milestones as they come: by date, those without one last, by name."""
    return sorted(milestones, key=lambda one: (one.due is None, one.due or date.max, one.name))


def next_after(milestone: Milestone, milestones: Iterable[Milestone]) -> Milestone | None:
    """The milestone that comes after one; ``None`` where none does."""
    ordered = in_order(one for one in milestones if one.series == milestone.series)
    place = next((place for place, one in enumerate(ordered) if one.name == milestone.name), len(ordered))
    return next((one for one in ordered[place + 1 :] if one.is_active), None)


def upcoming(milestones: Iterable[Milestone], today: date) -> Milestone | None:
    """The active milestone that is due next, today included; without dates the first by name."""
    active = [one for one in in_order(milestones) if one.is_active]
    return next((one for one in active if one.due is None or one.due >= today), None)


def pressing(items: Iterable[Item]) -> list[Item]:
    """Blueprints, the most pressing first."""
    return sorted(items, key=lambda item: (-item.rank, item.name))


def needing(blueprints: Mapping[str, Item]) -> Mapping[str, Sequence[str]]:
    """Which blueprints say of each other one that they depend on it, in order."""
    on: dict[str, list[str]] = {}
    for item in blueprints.values():
        for other in item.depends_on:
            on.setdefault(other, []).append(item.name)
    return {name: sorted(others) for name, others in on.items()}


def dependents(name: str, blueprints: Mapping[str, Item], on: Mapping[str, Sequence[str]]) -> list[Item]:
    """What is open and depends on a blueprint, directly or through others; the nearest first. ``on`` is what
    :func:`needing` gives.
    """
    found: dict[str, Item] = {}
    waiting = deque([name])
    while waiting:
        for other in on.get(waiting.popleft(), ()):
            if other != name and other not in found:
                found[other] = blueprints[other]
                waiting.append(other)
    return [item for item in found.values() if item.is_open]


@dataclass(frozen=True, slots=True)
class Slip:
    """What it means that a blueprint goes from its milestone to another. ``before`` are those that depend on
    it and are for a milestone that comes before the new one; ``loads`` say how much each team has open in the
    new one already, those concerned.
    """

    item: Item
    to: Milestone
    before: tuple[Item, ...]
    later: tuple[Item, ...]
    loads: tuple[tuple[str, int], ...]


def slip(
    item: Item, to: Milestone, blueprints: Mapping[str, Item], milestones: Sequence[Milestone], owning: Owning
) -> Slip:
    """What moves when a blueprint slips to a milestone."""
    order = {one.name: place for place, one in enumerate(in_order(milestones))}
    place = order.get(to.name, len(order))
    depending = dependents(item.name, blueprints, needing(blueprints))
    before = tuple(one for one in depending if order.get(one.milestone, len(order)) < place)
    later = tuple(one for one in depending if one not in before)
    concerned = [
        NOBODY if held.team is None else held.team.name for held in map(owning.holding, (item, *before))
    ]
    open_in: Counter[str] = Counter()
    for one in blueprints.values():
        if one.milestone == to.name and one.is_open:
            team = owning.holding(one).team
            open_in[team.name if team is not None else NOBODY] += 1
    loads = tuple((name, open_in[name]) for name in dict.fromkeys(concerned))
    return Slip(item, to, before, later, loads)
