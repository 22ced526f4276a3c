"""What a team should look at now about its blueprints, in a few lines. Pure.

Rules:

1. A team that builds hears of what is nobody's, what has no milestone, and what is late. One that still
   plans or does research is asked about no code: it hears of what is not settled yet.
2. What was proposed and waits for the coordinator is told in both rooms.
3. A line each, with at most :data:`NAMED` names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date

from plugins.blueprints.progress import days_to, pressing
from plugins.blueprints.showing import names
from plugins.blueprints.tables import Proposal
from plugins.rosters import Phase, Team
from plugins.tracker import Item, Milestone

NAMED = 5
SOON = 14
"""Days before a milestone in which what is not begun is told."""
_UNSETTLED = frozenset({"New", "Discussion"})
NOT_BEGUN = frozenset({"Unknown", "Not started", "Deferred", "Needs Infrastructure", "Blocked"})
"""The tracker's words for what nobody works on yet."""


def team_briefing(
    team: Team,
    items: Iterable[Item],
    is_person: Callable[[str], bool],
    proposals: Iterable[Proposal],
    milestones: Collection[Milestone],
    today: date,
) -> list[str]:
    """What a team should look at. ``items`` are the team's blueprints; ``is_person`` says of an assignee
    whether it is somebody and not a team; ``today`` is the team's day.
    """
    mine = pressing(item for item in items if item.is_open)
    said = []
    if team.phase is Phase.BUILDING:
        said += _building(mine, is_person, milestones, today)
    elif unsettled := [item for item in mine if item.definition in _UNSETTLED]:
        said.append(f"{_count(unsettled, 'is', 'are')} still to be settled: {_names(unsettled)}")
    own = {item.name for item in mine}
    return said + waiting(one for one in proposals if one.name in own)


def waiting(proposals: Iterable[Proposal]) -> list[str]:
    """What waits for the coordinator, in one line."""
    said = [
        f"{one.name} for {one.milestone or 'no milestone'} (proposed by {one.person})" for one in proposals
    ]
    return [f"The coordinator is still to confirm {names(said, NAMED)}"] if said else []


def coordinator_briefing(unowned: Collection[Item], proposals: Iterable[Proposal]) -> list[str]:
    """What the coordinator should look at: the blueprints that no team has, and what waits."""
    said = [f"{_count(unowned, 'has', 'have')} no team: {_names(unowned)}"] if unowned else []
    return said + waiting(proposals)


def _building(
    mine: Collection[Item],
    is_person: Callable[[str], bool],
    milestones: Collection[Milestone],
    today: date,
) -> list[str]:
    said = []
    if nobody := [item for item in mine if not is_person(item.assignee)]:
        said.append(f"{_count(nobody, 'is', 'are')} nobody's yet: {_names(nobody)}")
    if untargeted := [item for item in mine if not item.milestone]:
        said.append(f"{_count(untargeted, 'has', 'have')} no milestone: {_names(untargeted)}")
    return said + _late(mine, milestones, today)


def _late(mine: Collection[Item], milestones: Collection[Milestone], today: date) -> list[str]:
    """What was for a milestone that is past, and what is not begun shortly before the next one of theirs."""
    due = {one.name: one.due for one in milestones if one.due is not None}
    said = []
    for name, day in sorted(due.items(), key=lambda pair: pair[1]):
        of_it = [item for item in mine if item.milestone == name]
        if day < today and of_it:
            said.append(
                f"{_count(of_it, 'is', 'are')} late for {name} ({days_to(day, today)}): {_names(of_it)}"
            )
    aimed = {item.milestone for item in mine}
    coming = min((day for name, day in due.items() if day >= today and name in aimed), default=None)
    if coming is None or (coming - today).days > SOON:
        return said
    for name in sorted(name for name, day in due.items() if day == coming):
        idle = [item for item in mine if item.milestone == name and item.implementation in NOT_BEGUN]
        if idle:
            said.append(
                f"{name} is {days_to(coming, today)}: {_count(idle, 'is', 'are')} not begun: {_names(idle)}"
            )
    return said


def _count(items: Collection[Item], is_one: str, are_many: str) -> str:
    return f"1 blueprint {is_one}" if len(items) == 1 else f"{len(items)} blueprints {are_many}"


def _names(items: Iterable[Item]) -> str:
    return names([item.name for item in items], NAMED)
