"""How the arrangement does: the review of it at a milestone. Pure counts.

Rules:

1. How long it took until a blueprint had a team is counted from when the blueprint was made, or where that
   was before the arrangement began, from its beginning; and to when it had a team for good: not one that it
   lost again. Blueprints without a team are counted apart.
2. A blueprint has slipped from each milestone that it was for and that is due before the one that it is for
   now. What was moved back has not slipped.
3. A milestone's review shows the milestones up to it, and what was recorded up to it; what is done is so now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from bot.plugin import Change, Held
from bot.text import counted, listed
from plugins.rosters import LeadState, Team
from plugins.tracker import Field, Item, Milestone

_ASSIGNEE = Field.ASSIGNEE.value
_MILESTONE = Field.MILESTONE.value


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
    """What is counted. ``teams`` names the team of each blueprint, and ``is_team`` says of an assignee
    whether it is one; ``changes`` are those of blueprints, the oldest first; ``began`` is when the
    arrangement did, and ``until`` ends the review, in UTC.
    """

    items: Collection[Item]
    teams: Mapping[str, str]
    is_team: Callable[[str], bool]
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


def _times(record: Record, own: Mapping[str, Item]) -> Iterable[timedelta]:
    """How long each blueprint waited for the team that it has, where the record tells."""
    had: dict[str, datetime] = {}
    for change in record.changes:
        name = change.subject.partition(":")[2]
        if change.what != _ASSIGNEE or change.by.time > record.until:
            continue
        if not change.after:
            had.pop(name, None)
        elif record.is_team(str(change.after)):
            had.setdefault(name, change.by.time)
    for name, time in had.items():
        item = own.get(name)
        if item is not None:
            made = max(item.created or record.began, record.began)
            yield max(time - made, timedelta())


def _milestones(record: Record, own: Collection[Item]) -> Iterable[MilestoneScore]:
    due = {one.name: one.due for one in record.milestones if one.due is not None}
    slipped: Counter[str] = Counter()
    for was, now in _targets(record, own):
        if now in due:
            slipped.update(name for name in was if name in due and due[name] < due[now])
    for milestone in record.shown():
        of_it = [item for item in own if item.milestone == milestone.name]
        done = sum(item.is_done for item in of_it)
        yield MilestoneScore(
            milestone.name, done, sum(item.is_open for item in of_it), slipped[milestone.name]
        )


def _targets(record: Record, own: Collection[Item]) -> Iterable[tuple[set[str], str]]:
    """For each blueprint the milestones that it was for, and the one that it was for in the end."""
    was: dict[str, set[str]] = {item.name: set() for item in own}
    end = {item.name: item.milestone for item in own}
    later: set[str] = set()
    for change in record.changes:
        name = change.subject.partition(":")[2]
        if change.what != _MILESTONE or name not in was:
            continue
        before = str(change.before or "")
        if change.by.time <= record.until:
            was[name].add(before)
        elif name not in later:
            later.add(name)
            end[name] = before
    return [(was[item.name], end[item.name]) for item in own]


def summary(score: Score, teams: Collection[Team]) -> list[str]:
    """How all teams do, in a few lines."""
    have = f"{counted(score.blueprints, 'blueprint')} {'has' if score.blueprints == 1 else 'have'} a team"
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
        f"{team.name}: {counted(score.blueprints, 'blueprint')}, {_waited(score)}; of the milestones so far "
        f"{done} done, {left} open, {slipped} slipped; lead {team.lead_state.value}; {_met(score)}."
    )


def _waited(score: Score) -> str:
    if score.time_to_assign is None:
        return "how long they waited for a team is not known"
    return f"waited {span(score.time_to_assign)} for a team (median of {score.timed})"


def _met(score: Score) -> str:
    attendance = score.attendance
    met = f"{counted(score.meetings, 'meeting')} held"
    return met if attendance is None else f"{met}, {attendance:.0%} of the team came"


def span(time: timedelta) -> str:
    """A length of time in its greatest unit that is more than one: ``3 days``, ``90 minutes``."""
    minutes = round(time.total_seconds() / 60)
    if minutes >= 2 * 24 * 60:
        return f"{round(minutes / (24 * 60))} days"
    if minutes >= 2 * 60:
        return f"{round(minutes / 60)} hours"
    return counted(minutes, "minute")
