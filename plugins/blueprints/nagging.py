"""What a team is reminded of before a milestone, and what its week was. Pure.

Rules:

1. A team that builds hears 14 days, 7 days and a day before a milestone how many of its blueprints for it are
   open, and which are not begun. One that plans or does research is not asked for code.
2. A milestone with another date is told anew.
3. A week's line counts what is done and what is begun now, and was not a week ago, whoever changed it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from bot.plugin import Brief, Change, Nag
from bot.text import counted
from plugins.blueprints.briefing import NAMED, NOT_BEGUN
from plugins.blueprints.progress import days_to, in_order, pressing
from plugins.blueprints.showing import names
from plugins.rosters import Phase, Team
from plugins.tracker import Field, Item, Milestone

KIND = "milestones"
_STEPS = (1, 7, 14)
_PLACE = 45


def nags(team: Team, items: Iterable[Item], milestones: Iterable[Milestone], day: date) -> list[Nag]:
    """What is told in a team's room on a day, the team's own; ``items`` are the team's blueprints."""
    if team.phase is not Phase.BUILDING:
        return []
    mine = pressing(item for item in items if item.is_open)
    found = []
    for milestone in in_order(milestones):
        of_it = [item for item in mine if item.milestone == milestone.name]
        days = (milestone.due - day).days if milestone.due is not None else -1
        step = next((step for step in _STEPS if 0 <= days <= step), None)
        if of_it and step is not None and milestone.due is not None:
            key = f"milestone:{milestone.name}/{milestone.due}/{team}/{step}"
            text = f"{milestone.name} is {days_to(milestone.due, day)}: {_open(team, of_it)}"
            found.append(Nag(KIND, key, text, _ends(of_it)))
    return found


def _open(team: Team, items: Collection[Item]) -> str:
    are = "is" if len(items) == 1 else "are"
    idle = [item.name for item in items if item.implementation in NOT_BEGUN]
    some = "all" if len(idle) == len(items) > 1 else len(idle)
    rest = f", {some} not begun: {names(idle, NAMED)}" if idle else ""
    return f"{counted(len(items), 'blueprint')} of {team} {are} open{rest}"


def _ends(items: Collection[Item]) -> str:
    """The command that takes the first of them out of it: what is not begun slips, what is may be done."""
    idle = next((item for item in items if item.implementation in NOT_BEGUN), None)
    return f"slip {idle.name}" if idle is not None else f"status {next(iter(items)).name} implemented"


def weekly(items: Iterable[Item], changes: Iterable[Change]) -> list[Brief]:
    """What became of a team's blueprints, by the changes of all blueprints in a week, the oldest first."""
    was: dict[str, str] = {}
    for change in changes:
        if change.what == Field.IMPLEMENTATION.value:
            was.setdefault(change.subject.partition(":")[2], str(change.before))
    done, begun = [], []
    for item in pressing(items):
        if item.name not in was:
            continue
        before = item.changed({Field.IMPLEMENTATION: was[item.name]})
        if item.is_done and not before.is_done:
            done.append(item.name)
        elif item.is_open and item.implementation not in NOT_BEGUN and before.implementation in NOT_BEGUN:
            begun.append(item.name)
    said = [
        f"{counted(len(some), 'blueprint')} {what}: {names(some, NAMED)}"
        for some, what in ((done, "done"), (begun, "begun"))
        if some
    ]
    return [Brief("; ".join(said), _PLACE)] if said else []
