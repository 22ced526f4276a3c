"""Who may do what to a bug: one function for each thing, that gives why not. Pure.

==========================  =============================================================================
who                         may
==========================  =============================================================================
any verified account        take, skip, and release what they took
whoever the tracker knows   of any bug what the tracker lets everybody do: statuses but those of bug
                            supervisors, tags, duplicates. With Muster's own tracker, whoever reported it
on the bug's team           all statuses, importance, tags, duplicates of what is routed to it, and to route
                            it on
on any team                 route what fits no team
a team's lead               what members may, its rules, and give back what others took
a coordinator               everything
==========================  =============================================================================

Rules:

1. Each function gives nothing where somebody may, else one line for them: who may, and what to do.
2. What Muster itself may do in the tracker lends nobody anything: whoever is not on the team does not rate
   its bugs through Muster, whatever Muster is there.
3. That the tracker knows somebody is proven by a link (``!link launchpad``), never by a name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plugins.rosters import Person, Roster, Team, TeamAsker, genitive, lead_of
from plugins.tracker import Changes, Field, Item

SUPERVISED = frozenset({"Triaged", "Won't Fix", "Deferred", "Expired", "Does Not Exist", "Unknown"})
"""Statuses that Launchpad lets bug supervisors alone give, and those that nobody chooses."""
_EVERYBODY_S = frozenset({Field.DEFINITION, Field.TAGS, Field.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Asker(TeamAsker):
    """Who asks: the person, which capabilities the account has, and what commands begin with. ``is_local``:
    bugs are kept in Muster's own tracker.
    """

    person: Person
    has: Callable[[str], bool]
    prefix: str = "!"
    is_local: bool = True

    def may_as_anybody(self, item: Item, changes: Changes) -> bool:
        """Whether the tracker would let them make these changes with an account of their own there."""
        if not changes.keys() <= _EVERYBODY_S:
            return False
        statuses = {item.definition, str(changes.get(Field.DEFINITION, ""))}
        if Field.DEFINITION in changes and statuses & SUPERVISED:
            return False
        if self.is_local:
            accounts = {account for _, account in self.person.accounts}
            return bool(item.owner) and item.owner in accounts
        return bool(self.person.launchpad)


def why_not_change(asker: Asker, item: Item, team: Team | None, changes: Changes, roster: Roster) -> str:
    """Why somebody may not change a bug so, which is this team's."""
    if asker.coordinates or asker.is_on(team) or asker.may_as_anybody(item, changes):
        return ""
    what = "importance" if Field.PRIORITY in changes else "status"
    if team is None:
        return (
            f"Bug {item.name} is no team's yet, and its {what} is for a coordinator; "
            f"{asker.prefix}route {item.name} TEAM says whose it is."
        )
    return (
        f"Bug {item.name} is in {genitive(team)} queue, and its {what} is for its members; "
        f"{asker.prefix}join {team}, it is open to all, or ask {lead_of(team, roster)}."
    )


def why_not_route(asker: Asker, item: Item, team: Team | None, to: Team | None, roster: Roster) -> str:
    """Why somebody may not give a bug, which is ``team``'s, to another (``None``: to the coordinator)."""
    if asker.coordinates or asker.is_on(team) or asker.is_on(to):
        return ""
    if team is None:
        if any(asker.is_on(one) for one in roster.active()):
            return ""
        return f"Bug {item.name} is routed by who is on a team; {asker.prefix}join one, they are open to all."
    whom = f"{team} or {to}" if to is not None else str(team)
    return f"Bug {item.name} is in {genitive(team)} queue: who is on {whom} routes it, or a coordinator."


def why_not_release(
    asker: Asker, item: Item, team: Team | None, holder: Person | None, roster: Roster
) -> str:
    """Why somebody may not give back a bug that another took."""
    if asker.coordinates or asker.leads(team):
        return ""
    if holder is not None and holder.id == asker.person.id:
        return ""
    who = holder.name if holder is not None else "somebody"
    whom = f"ask them, {lead_of(team, roster)}," if team is not None else "ask them"
    return f"{who} has bug {item.name}; {whom} or a coordinator."


def why_not_rule(asker: Asker, team: Team, roster: Roster) -> str:
    """Why somebody may not add or remove a rule of a team."""
    if asker.coordinates or asker.leads(team):
        return ""
    return f"The rules of {team} are for {lead_of(team, roster)} and for coordinators."
