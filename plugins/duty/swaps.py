"""Two people swap turns: what becomes of the covers. Pure.

Rules:

1. Whoever takes a turn is owed one: whoever gives it has the taker's next turn after that day.
2. The same two, swapping the same turn again, take their swap back, as long as its other half is still to
   come.
3. Nobody has a turn by another's word alone: both said so, or the team's lead did (:func:`why_not`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from plugins.duty.rotation import Cover, Crew, Turn


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a swap does: covers that go, by their ids, and covers that come. ``is_undone``: it takes one
    back.
    """

    drop: tuple[int, ...] = ()
    add: tuple[Cover, ...] = ()
    is_undone: bool = False


def exchange(turn: Turn, taker: int, covers: Sequence[Cover], *, has_begun: bool) -> Exchange:
    """What it does to give a turn, which somebody has, to another. One that has begun is given at once, and
    needs no cover.
    """
    giver = turn.person
    if giver is None:
        raise ValueError("nobody has this turn")
    if turn.due == taker:
        swap = turn.cover.swap if turn.cover is not None else None
        for one in covers:
            if one.of == giver and one.by == taker and (has_begun or one.swap == swap):
                mine = (turn.cover.id,) if turn.cover is not None else ()
                return Exchange((*mine, one.id), is_undone=True)
    used = (turn.cover.id,) if turn.cover is not None else ()
    given: tuple[Cover, ...] = ()
    if turn.due is not None and turn.due != taker and not has_begun:
        given = (Cover(turn.due, taker, turn.day),)
    return Exchange(used, (*given, Cover(taker, giver, turn.day + timedelta(days=1))))


def why_not(
    turn: Turn,
    asker: int,
    other: int,
    crew: Crew,
    day: str,
    name: Callable[[int | None], str],
    *,
    leads: bool,
) -> str:
    """Why two people cannot swap a turn of ``day``, at the wish of one of them or of the team's lead; nothing
    where they can.
    """
    if turn.person is None or turn.stands_in:
        return f"Nobody of the rotation has the turn of {day}, so there is nothing to swap."
    if turn.person not in {asker, other} and not leads:
        return (
            f"{name(turn.person)} has the turn of {day}: swap with {name(turn.person)}, or swap one of yours."
        )
    taker = taker_of(turn, asker, other)
    if taker == turn.person:
        return f"{name(taker)} has the turn of {day} already."
    if taker not in crew.members or not crew.belongs(taker):
        return f"{name(taker)} is not in this rotation, so has no turn to give for that of {day}."
    if crew.is_away(taker, turn.day):
        return f"{name(taker)} is away on {day}."
    return ""


def taker_of(turn: Turn, asker: int, other: int) -> int:
    """Which of two people takes a turn: the one who does not have it; where neither has, as when a lead says
    so, the other.
    """
    return asker if other == turn.person and asker != other else other
