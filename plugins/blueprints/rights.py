"""Who may do what to a blueprint: one function for each thing, that gives why not. Pure.

=======================  ================================================================================
who                      may
=======================  ================================================================================
a coordinator            everything
a team's lead            assign and unassign what the team owns to those on it; take for the team what
                         is nobody's; propose a milestone for what it owns; and what members may
a member of a team       claim what the team owns and nobody has; note, change the state and the work items of
                         what the team owns
whoever has it           note, change the state and the work items, hand it back
any verified account     make a new one, claim what is nobody's
=======================  ================================================================================

Rules:

1. Each function gives nothing where somebody may, else one line for them: who may, and what to do.
2. Nobody but a coordinator takes from a team what it owns, and nobody but that team's lead and coordinators
   assigns to others.
3. What Muster itself may do in the tracker plays no part.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from plugins.blueprints.owning import Holding, Owning
from plugins.rosters import Person, Roster, Team, TeamAsker, genitive, lead_of
from plugins.tracker import Changes, Field, Item, ItemKind


class Undoing(enum.Enum):
    """What kind of thing is taken back."""

    WORK = enum.auto()
    """The state, a note, a work item."""
    ASSIGNING = enum.auto()
    PROPOSING = enum.auto()
    COORDINATING = enum.auto()
    """What takes a coordinator."""


@dataclass(frozen=True, slots=True)
class Asker(TeamAsker):
    """Who asks: the person whom the account proves, if a roster knows one, and which capabilities it has.
    ``prefix`` is what commands begin with.
    """

    person: Person | None
    has: Callable[[str], bool]
    prefix: str = "!"

    def has_it(self, held: Holding) -> bool:
        """Whether it is theirs."""
        return self.person is not None and held.person is not None and held.person.id == self.person.id


def why_not_assign(asker: Asker, name: str, held: Holding, to: Team | Person, roster: Roster) -> str:
    """Why somebody may not assign a blueprint to a team or a person."""
    if asker.coordinates:
        return ""
    if held.team is not None:
        if not asker.leads(held.team):
            return (
                f"{name} is {genitive(held.team)}; {lead_of(held.team, roster)} assigns it, or a coordinator."
            )
        if isinstance(to, Team):
            if to.name == held.team.name:
                return ""
            return (
                f"{name} is {genitive(held.team)}, and only a coordinator gives it to another team; "
                f"hand it back with {asker.prefix}unassign, and {lead_of(to, roster)} may take it."
            )
        if held.team.has(to) or to.is_coordinator:
            return ""
        return f"{to} is not on {held.team}: let them {asker.prefix}join {held.team}, or ask a coordinator."
    if isinstance(to, Person):
        return (
            f"{name} is no team's; a team's lead takes it first by {asker.prefix}assign {name} TEAM, "
            "or a coordinator assigns it."
        )
    if not asker.leads(to):
        return f"Only {lead_of(to, roster)} or a coordinator assigns to {to}."
    if held.is_nobodys or (held.person is not None and to.has(held.person)):
        return ""
    return f"{name} is {genitive(held)}: let them {asker.prefix}unassign {name}, or ask a coordinator."


def why_not_unassign(asker: Asker, name: str, held: Holding, roster: Roster) -> str:
    """Why somebody may not take a blueprint from whoever has it."""
    if asker.coordinates or asker.leads(held.team) or asker.has_it(held):
        return ""
    if held.team is not None:
        return (
            f"{name} is {genitive(held.team)}; {lead_of(held.team, roster)} unassigns it, or a coordinator."
        )
    return f"{name} is {genitive(held)}; they hand it back themselves, or a coordinator unassigns it."


def why_not_claim(asker: Asker, name: str, held: Holding, roster: Roster) -> str:
    """Why somebody may not take a blueprint for themselves; that they are known is asked before."""
    if held.person is not None or held.unknown:
        if asker.has_it(held):
            return f"{name} is yours already."
        holder = held.person.name if held.person is not None else held.unknown
        lead = f" {lead_of(held.team, roster)}" if held.team is not None else " a coordinator"
        back = f"{asker.prefix}unassign {name}"
        return f"{name} is {genitive(holder)}; ask them to hand it back by {back}, or ask{lead}."
    if held.team is None or asker.coordinates or asker.is_on(held.team):
        return ""
    return f"{name} is {genitive(held.team)}; {asker.prefix}join {held.team}, it is open to all."


def why_not_touch(asker: Asker, name: str, held: Holding) -> str:
    """Why somebody may not note, change the state or the work items of a blueprint."""
    if asker.coordinates or asker.has_it(held) or asker.is_on(held.team):
        return ""
    if held.team is not None:
        join = f"{asker.prefix}join {held.team}"
        return f"{name} is {genitive(held.team)}, for its members; {join}, it is open to all."
    if held.is_nobodys:
        return f"{name} is nobody's; {asker.prefix}claim {name} first."
    return f"{name} is {genitive(held)}; they may do that, or a coordinator."


def why_not_propose(asker: Asker, name: str, held: Holding, roster: Roster) -> str:
    """Why somebody may not propose a milestone for a blueprint."""
    if asker.coordinates or asker.leads(held.team):
        return ""
    if held.team is not None:
        lead = lead_of(held.team, roster)
        return f"{name} is {genitive(held.team)}; {lead} proposes its milestone, a coordinator sets it."
    return f"{name} is no team's; a coordinator sets its milestone."


def why_not_coordinate(asker: Asker, what: str) -> str:
    """Why somebody may not do what coordinators alone do: ``sets a priority``."""
    return "" if asker.coordinates else f"Only a coordinator {what}; ask one."


def why_not_undo(asker: Asker, name: str, what: Undoing, held: Holding, before: Holding) -> str:
    """Why somebody may not take back any more what they did themselves: they may as long as they might do it
    still. ``held`` is whose the blueprint is now, ``before`` whose it was before they did it.
    """
    if asker.coordinates:
        return ""
    if what is Undoing.WORK:
        return why_not_touch(asker, name, held)
    may = asker.leads(held.team) or asker.leads(before.team)
    if what is Undoing.ASSIGNING:
        may = may or asker.has_it(held) or (asker.has_it(before) and held.person is None)
    if what is Undoing.COORDINATING or not may:
        return f"{name} is not yours to change any more; a coordinator may."
    return ""


def why_not_again(asker: Asker, item: Item, changes: Changes, owning: Owning) -> str:
    """Why somebody may not write all the same what had changed meanwhile: it is asked of whose the
    blueprint is now, as if it were said for the first time. Whose a bug is, is not known here.
    """
    if item.ref.kind is ItemKind.BUG:
        return "" if asker.coordinates else f"bug {item.name}: give its command again"
    held, roster = owning.holding(item), owning.roster
    if changes.keys() & COORDINATED:
        return "" if asker.coordinates else f"{item.name}: only a coordinator sets that; ask one."
    assignee = changes.get(Field.ASSIGNEE)
    if assignee is None:
        return why_not_touch(asker, item.name, held)
    if not assignee:
        return why_not_unassign(asker, item.name, held, roster)
    to = owning.whose(str(assignee))
    if to is None:
        return f"{assignee} is nobody whom I know any more."
    if isinstance(to, Person) and asker.person is not None and to.id == asker.person.id:
        may_give = not why_not_assign(asker, item.name, held, to, roster)
        return "" if may_give else why_not_claim(asker, item.name, held, roster)
    return why_not_assign(asker, item.name, held, to, roster)


COORDINATED = frozenset({Field.MILESTONE, Field.PRIORITY, Field.DIRECTION})
"""The fields that coordinators alone set."""
