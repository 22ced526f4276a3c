"""What people are reminded of about actions, and how actions stand on a day and in a week. Pure.

This is for teams' rooms. In others nobody asks for nags, and Muster says in the room what is due.

Rules:

1. An action with a date is told a day before (before a weekend: on the Friday), on its day, and then once a
   week for as long as it is late. An action with another date is told anew.
2. It is told to its owners: to those on the team, and to those in the room with an account of that name or
   nick. Where an owner is neither, or there is none, it is told in the room, with their names.
3. An action of a restricted meeting is told to the accounts that its owners' names are, each alone, and
   counts nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

from bot.model import Actor
from bot.plugin import Brief, Held, Nag, TeamMember
from bot.text import counted, fold_nick, listed, shorten
from plugins.meetings.tables import Task

KIND = "actions"
_PLACE = 40
_SHOWN = 3
_SHORT = 60
_FRIDAY = 4
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


def nags(
    tasks: Iterable[Task],
    day: date,
    members: Collection[TeamMember],
    here: Collection[Actor],
    *,
    in_room: bool,
) -> list[Nag]:
    """What should be told of these open actions of a room. ``members`` are the team's, ``here`` is who is in
    the room; ``in_room`` says whether anything may be said there unasked.
    """
    return [nag for task in tasks for nag in _nags(task, day, members, here) if nag.to or in_room]


def _nags(task: Task, day: date, members: Collection[TeamMember], here: Collection[Actor]) -> Iterator[Nag]:
    step = _step(task.due, day)
    if task.due is None or not step or (task.reminded and step in {"soon", "due"}):
        return
    key, ends = f"action:{task.number}/{task.due}/{step}", f"action {task.number} done"
    text = f"action {task.number} {_how_due(task.due, day)}: {task.text}"
    if task.restricted:
        found = tuple(_by_account(task, owner, members) for owner in task.owners)
        if found:
            yield Nag(KIND, key, text, ends, found)
        return
    known = {owner: _known(task, owner, members, here) for owner in task.owners}
    people = tuple(dict.fromkeys(member for member in known.values() if member is not None))
    if people:
        yield Nag(KIND, key, text, ends, people)
    unknown = [owner for owner, member in known.items() if member is None]
    if unknown or not task.owners:
        names = ", ".join(unknown) or "UNASSIGNED"
        yield Nag(KIND, f"{key}/room", f"{names}: {text}", ends)


def _step(due: date | None, day: date) -> str:
    """How far an action is: what is told of it on a day; nothing for nothing."""
    if due is None:
        return ""
    if due > day:
        # Nobody is reminded at a weekend.
        soon = 3 * _DAY if day.weekday() == _FRIDAY else _DAY
        return "soon" if due - day <= soon else ""
    weeks = (day - due) // _WEEK
    return f"late-{weeks}" if weeks else "due"


def _how_due(due: date, day: date) -> str:
    if due == day:
        return "is due today"
    if due == day + _DAY:
        return "is due tomorrow"
    if due > day:
        return f"is due on {due}"
    return f"was due on {due}"


def _by_account(task: Task, owner: str, members: Collection[TeamMember]) -> TeamMember:
    """Who owns an action by an account of the meeting's network."""
    account = (task.room.network, fold_nick(owner))
    for member in members:
        if account in {(network, fold_nick(name)) for network, name in member.accounts}:
            return member
    return TeamMember(owner, ((task.room.network, owner),))


def _known(
    task: Task, owner: str, members: Collection[TeamMember], here: Collection[Actor]
) -> TeamMember | None:
    """Who an owner of a public action is, by the name that people wrote."""
    wanted = fold_nick(owner)
    by_account = _by_account(task, owner, members)
    if by_account in members:
        return by_account
    for member in members:
        if fold_nick(member.name) == wanted:
            return member
    for actor in here:
        if actor.account is not None and wanted in {fold_nick(actor.account), fold_nick(actor.nick)}:
            own = TeamMember(actor.nick, ((actor.network, actor.account),))
            account = (actor.network, fold_nick(actor.account))
            return next((one for one in members if account in _folded(one)), own)
    return None


def _folded(member: TeamMember) -> set[tuple[str, str]]:
    return {(network, fold_nick(account)) for network, account in member.accounts}


def daily(tasks: Iterable[Task], day: date) -> list[Brief]:
    """The public actions that are due, in one line: ``2 actions due: #12 bob: write the spec (today)``."""
    due = sorted(
        (task for task in tasks if task.due is not None and task.due <= day and not task.restricted),
        key=lambda task: (task.due or day, task.number),
    )
    if not due:
        return []
    shown = [_in_a_list(task, day) for task in due[:_SHOWN]]
    more = f" and {len(due) - _SHOWN} more" if len(due) > _SHOWN else ""
    return [Brief(f"{counted(len(due), 'action')} due: {'; '.join(shown)}{more}", _PLACE)]


def _in_a_list(task: Task, day: date) -> str:
    late = (day - (task.due or day)).days
    when = f"{counted(late, 'day')} late" if late else "today"
    # `#action anna write it` keeps her name in the text.
    begins = fold_nick(task.text.partition(" ")[0])
    says_who = len(task.owners) == 1 and begins == fold_nick(task.owners[0])
    who = f"{listed(task.owners)}: " if task.owners and not says_who else ""
    return f"#{task.number} {shorten(who, _SHORT)}{shorten(task.text, _SHORT)} ({when})"


def weekly(held: Collection[Held], done: int, tasks: Iterable[Task], day: date) -> list[Brief]:
    """What a room's week was: meetings, and what became of actions. Nothing where there was none of it.
    ``done`` counts the public actions that were closed as done.
    """
    still = [task for task in tasks if not task.restricted]
    late = sum(task.due is not None and task.due < day for task in still)
    said = []
    if held:
        came, of = sum(one.came for one in held), sum(one.came + one.missed for one in held)
        share = f" ({came} of {of} places filled)" if of else ""
        said.append(f"{counted(len(held), 'meeting')} held{share}")
    if done or still:
        said.append(f"actions: {done} done, {len(still)} open" + (f", {late} late" if late else ""))
    return [Brief("; ".join(said), _PLACE)] if said else []
