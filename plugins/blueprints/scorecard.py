"""How the arrangement does: the review of it at a milestone. Pure counts.

Rules:

1. How long it took until a blueprint had a team is counted from when the blueprint was made, or where that
   was before the arrangement began, from its beginning. Blueprints without a team are counted apart.
2. A blueprint has slipped from a milestone each time that it was moved to one that is due later. What was
   taken back (``!undo``) never happened.
3. A milestone's review holds what was decided up to it, and shows the milestones up to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from bot.plugin import Change, Held
from bot.text import listed
from plugins.rosters import LeadState, Team
from plugins.tracker import Item, Milestone

TEAM = "team"
MILESTONE = "milestone"
"""The fields of a blueprint's recorded changes that are counted; their values are names, or nothing."""


@dataclass(frozen=True, slots=True)
class MilestoneScore:
    """What came of a milestone: how many blueprints are done and open in it, and how many slipped from it."""

    name: str
    done: int = 0
    open: int = 0
    slipped: int = 0

    def __str__(self) -> str:
        return f"{self.name}: {self.done} done, {self.open} open, {self.slipped} slipped"


@dataclass(frozen=True, slots=True)
class Score:
    """How one team does, or all together (``team`` is then nothing).

    ``blueprints`` are those that have a team, of this one or of any; ``unowned`` the open ones without.
    ``time_to_assign`` is the median of how long it took, of ``timed`` blueprints; ``None`` for none of them.
    ``leads`` has how many teams are in each state. ``meetings`` were held; ``came`` and ``missed`` count
    the places on the team at them.
    """

    team: str
    blueprints: int
    unowned: int
    time_to_assign: timedelta | None
    timed: int
    milestones: tuple[MilestoneScore, ...]
    leads: Mapping[LeadState, int] = field(default_factory=dict)
    meetings: int = 0
    came: int = 0
    missed: int = 0

    @property
    def attendance(self) -> float | None:
        """The share of a team's people who came, from 0 to 1; ``None`` where no meeting knew its team."""
        places = self.came + self.missed
        return self.came / places if places else None

    def with_meetings(self, held: Collection[Held]) -> Score:
        """With the meetings that were held."""
        came = sum(one.came for one in held)
        missed = sum(one.missed for one in held)
        return Score(
            self.team,
            self.blueprints,
            self.unowned,
            self.time_to_assign,
            self.timed,
            self.milestones,
            self.leads,
            len(held),
            came,
            missed,
        )


@dataclass(frozen=True, slots=True)
class Record:
    """What is counted. ``teams`` names the team of each blueprint; ``changes`` are those of blueprints, the
    oldest first; ``began`` is when the arrangement did, and ``until`` ends the review, in UTC.
    """

    items: Collection[Item]
    teams: Mapping[str, str]
    changes: Sequence[Change]
    milestones: Collection[Milestone]
    began: datetime
    until: datetime

    def shown(self) -> list[Milestone]:
        """The milestones that are due by the end of the review, in their order."""
        due = [(one.due, one.name, one) for one in self.milestones if one.due is not None]
        return [one for day, _, one in sorted(due, key=lambda row: row[:2]) if day <= self.until.date()]


def score(record: Record, teams: Collection[Team], only: str = "") -> Score:
    """How all teams do together, or the one called ``only``."""
    own = [item for item in record.items if _counts(record.teams.get(item.name, ""), only)]
    took = [time.total_seconds() for time in _times(record, {item.name: item for item in own})]
    without = [item for item in record.items if item.is_open and not record.teams.get(item.name)]
    leads = Counter(team.lead_state for team in teams if not team.is_retired and only in {"", team.name})
    return Score(
        only,
        len(own),
        0 if only else len(without),
        timedelta(seconds=median(took)) if took else None,
        len(took),
        tuple(_milestones(record, own)),
        leads,
    )


def _counts(team: str, only: str) -> bool:
    return team == only if only else bool(team)


def standing(changes: Iterable[Change], until: datetime) -> list[Change]:
    """The changes up to a time that nobody took back."""
    made = [change for change in changes if change.by.time <= until]
    undone = {change.reverts for change in made}
    return [change for change in made if change.id not in undone and change.reverts is None]


def _times(record: Record, own: Mapping[str, Item]) -> Iterable[timedelta]:
    """How long each blueprint waited for its first team, where the record tells."""
    seen: set[str] = set()
    for change in standing(record.changes, record.until):
        name = change.subject.partition(":")[2]
        if change.what != TEAM or not change.after or name in seen:
            continue
        seen.add(name)
        item = own.get(name)
        if item is not None:
            made = max(item.created or record.began, record.began)
            yield max(change.by.time - made, timedelta())


def _milestones(record: Record, own: Collection[Item]) -> Iterable[MilestoneScore]:
    due = {one.name: one.due for one in record.milestones if one.due is not None}
    names = {item.name for item in own}
    slipped: Counter[str] = Counter()
    for change in standing(record.changes, record.until):
        before, after = str(change.before or ""), str(change.after or "")
        if change.what != MILESTONE or change.subject.partition(":")[2] not in names:
            continue
        if before in due and after in due and due[after] > due[before]:
            slipped[before] += 1
    for milestone in record.shown():
        of_it = [item for item in own if item.milestone == milestone.name]
        done = sum(item.is_done for item in of_it)
        yield MilestoneScore(
            milestone.name, done, sum(item.is_open for item in of_it), slipped[milestone.name]
        )


def summary(score: Score, teams: Collection[Team]) -> list[str]:
    """How all teams do, in a few lines."""
    have = f"{_count(score.blueprints, 'blueprint')} {'has' if score.blueprints == 1 else 'have'} a team"
    said = [f"{have}, {score.unowned} open without one; {_waited(score)}."]
    if score.milestones:
        said.append("; ".join(map(str, score.milestones)) + ".")
    active = [team for team in teams if not team.is_retired]
    leads = [f"{score.leads.get(LeadState.CONFIRMED, 0)} of {len(active)} teams have a confirmed lead"]
    for state in (LeadState.UNCONFIRMED, LeadState.VACANT):
        names = [team.name for team in active if team.lead_state is state]
        if names:
            leads.append(f"{state.value}: {listed(names)}")
    said.append("; ".join(leads) + ".")
    said.append(f"{_met(score)}.")
    return said


def team_line(score: Score, team: Team) -> str:
    """How one team does, in one line."""
    done = sum(one.done for one in score.milestones)
    slipped = sum(one.slipped for one in score.milestones)
    left = sum(one.open for one in score.milestones)
    return (
        f"{team.name}: {_count(score.blueprints, 'blueprint')}, {_waited(score)}; of the milestones so far "
        f"{done} done, {left} open, {slipped} slipped; lead {team.lead_state.value}; {_met(score)}."
    )


def _waited(score: Score) -> str:
    if score.time_to_assign is None:
        return "how long they waited is not known"
    return f"a team came after {span(score.time_to_assign)} (median of {score.timed})"


def _met(score: Score) -> str:
    attendance = score.attendance
    met = f"{_count(score.meetings, 'meeting')} held"
    return met if attendance is None else f"{met}, {attendance:.0%} of the team came"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def span(time: timedelta) -> str:
    """A length of time in its greatest unit that is more than one: ``3 days``, ``90 minutes``."""
    minutes = round(time.total_seconds() / 60)
    if minutes >= 2 * 24 * 60:
        return f"{round(minutes / (24 * 60))} days"
    if minutes >= 2 * 60:
        return f"{round(minutes / 60)} hours"
    return _count(minutes, "minute")
