"""New bugs, gathered for the teams' rooms. Pure.

Rules:

1. A team hears of a bug once: when it is new and its own, or becomes its own. One line tells all that were
   gathered, with at most :data:`NAMED` titles, and who is on duty.
2. A bug that was moved on meanwhile is told where it ended; one that waits no more is not told.
3. What fits no team is told to the coordinator, with the command that says whose it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugins.tracker import Item
from plugins.triage.routing import Route
from plugins.triage.showing import names, title

NAMED = 4


@dataclass(frozen=True, slots=True)
class NewBug:
    """A bug that is new to a team, and the room in which it was told already (``network/#room``), or
    nothing.
    """

    item: Item
    route: Route
    said_in: str = ""


def followed(first: NewBug, then: NewBug) -> NewBug:
    """What comes of two pieces of news about the same bug."""
    return NewBug(then.item, then.route, then.said_in or first.said_in)


def told(team: str, bugs: Sequence[NewBug], on_duty: str, prefix: str) -> str:
    """What a team's room is told, in one line."""
    duty = f" {on_duty} is on duty." if on_duty else ""
    if len(bugs) == 1:
        one = bugs[0]
        return (
            f"New for {team}: bug {one.item.name}, {title(one.item)} ({one.route.why}).{duty} "
            f"{prefix}take {one.item.name} takes it."
        )
    items = [one.item for one in bugs]
    return f"{len(bugs)} new bugs for {team}: {names(items, NAMED)}.{duty} {prefix}triage shows the next."


def told_coordinator(bugs: Sequence[NewBug], prefix: str) -> str:
    """What the coordinator's rooms are told."""
    items = [one.item for one in bugs]
    if len(bugs) == 1:
        one = bugs[0]
        return (
            f"No team fits bug {one.item.name}, {title(one.item)} ({one.route.why}); "
            f"{prefix}route {one.item.name} TEAM says whose it is."
        )
    return f"{len(bugs)} new bugs fit no team: {names(items, NAMED)}. {prefix}route N TEAM says whose one is."
