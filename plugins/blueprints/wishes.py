"""What a command wants of blueprints, and what became of it. Pure.

Rules:

1. A :class:`Wish` names one blueprint as it was seen, what is to change of it in the tracker, and what Muster
   itself is to keep of it: the team that owns it, the milestone that is proposed.
2. What holds already is no change; a wish that changes nothing is none.
3. What became of several is said in one line: what was done, what waits, and of what was not done each why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from bot.model import Json
from plugins.blueprints.showing import names
from plugins.blueprints.tables import PROPOSED, TEAM, Proposal, Step
from plugins.tracker import Answer, Changes, Diverged, Done, Field, Item, Refused, Value, Waiting, as_json


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of one blueprint. ``kept``: what of :data:`TEAM` and :data:`PROPOSED` is to change."""

    item: Item
    changes: Changes = field(default_factory=dict)
    kept: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The blueprint's."""
        return self.item.name


def needed(wish: Wish, teams: Mapping[str, str], proposals: Mapping[str, Proposal]) -> Wish | None:
    """The wish without what holds already; ``None`` where all of it does."""
    changes = {what: value for what, value in wish.changes.items() if wish.item.value(what) != value}
    now = kept_now(wish.name, teams, proposals)
    kept = {what: value for what, value in wish.kept.items() if now[what] != value}
    return Wish(wish.item, changes, kept) if changes or kept else None


def kept_now(name: str, teams: Mapping[str, str], proposals: Mapping[str, Proposal]) -> dict[str, str | None]:
    """What Muster keeps of a blueprint."""
    proposed = proposals.get(name)
    return {TEAM: teams.get(name), PROPOSED: None if proposed is None else proposed.milestone}


def steps_of(wish: Wish, teams: Mapping[str, str], proposals: Mapping[str, Proposal]) -> list[Step]:
    """The single changes of a wish, as they can be taken back."""
    now = kept_now(wish.name, teams, proposals)
    return [
        *(
            Step(wish.name, what.value, as_json(wish.item.value(what)), as_json(value))
            for what, value in wish.changes.items()
        ),
        *(Step(wish.name, what, now[what], value) for what, value in wish.kept.items()),
    ]


def turned(before: Item, after: Item) -> list[Step]:
    """The single changes between two states of a blueprint."""
    changed = [what for what in Field if before.value(what) != after.value(what)]
    return [
        Step(after.name, what.value, as_json(before.value(what)), as_json(after.value(what)))
        for what in changed
    ]


def as_value(value: Json) -> Value:
    """A stored value as a field's."""
    return tuple(map(str, value)) if isinstance(value, list) else cast("Value", value)


def taking_back(steps: Sequence[Step], blueprints: Mapping[str, Item]) -> list[Wish]:
    """What is wanted to take steps back, for each blueprint once."""
    wishes: dict[str, Wish] = {}
    for step in steps:
        wish = wishes.get(step.name, Wish(blueprints[step.name]))
        if step.field in {TEAM, PROPOSED}:
            kept = {**wish.kept, step.field: cast("str | None", step.before)}
            wishes[step.name] = Wish(wish.item, wish.changes, kept)
        else:
            changes = {**wish.changes, Field(step.field): as_value(step.before)}
            wishes[step.name] = Wish(wish.item, changes, wish.kept)
    return list(wishes.values())


@dataclass(frozen=True, slots=True)
class Made:
    """What became of wishes: the names of what was ``done``; of what is ``waiting`` for the tracker, and of
    what was not done (``diverged`` since it had changed, ``refused`` by the tracker), each with why.
    """

    done: tuple[str, ...] = ()
    waiting: tuple[tuple[str, str], ...] = ()
    diverged: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def taken(self) -> tuple[str, ...]:
        """The names of what was done or will be."""
        return (*self.done, *(name for name, _ in self.waiting))

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of what was not done."""
        return tuple(name for name, _ in (*self.diverged, *self.refused))


def made_of(wishes: Iterable[Wish], answers: Mapping[str, Answer]) -> Made:
    """What became of wishes; one without an answer asked nothing of the tracker, and is done."""
    done: list[str] = []
    waiting: list[tuple[str, str]] = []
    diverged: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    for wish in wishes:
        match answers.get(wish.name):
            case None | Done():
                done.append(wish.name)
            case Waiting(why=why):
                waiting.append((wish.name, why))
            case Diverged(why=why):
                diverged.append((wish.name, why))
            case Refused(why=why):
                refused.append((wish.name, why))
    return Made(tuple(done), tuple(waiting), tuple(diverged), tuple(refused))


def waits(made: Made) -> str:
    """What waits for the tracker and why, in one line; nothing where nothing does."""
    if not made.waiting:
        return ""
    which = names([name for name, _ in made.waiting])
    return f"({which + ': ' if made.done else ''}{later(made.waiting[0][1])})"


def later(why: str) -> str:
    """That something waits: ``Launchpad is away; it is written there later.``"""
    return f"{why.rstrip('.')}; it is written there later."


def not_done(made: Made, prefix: str) -> str:
    """What was not done and why, in one line; nothing where all was."""
    parts = [f"{name} was not changed: {why.rstrip('.')}." for name, why in _first(made.refused)]
    parts += [f"{name} has changed meanwhile: {why.rstrip('.')}." for name, why in _first(made.diverged)]
    others = [name for group in (made.refused, made.diverged) for name, _ in group[_EACH:]]
    if others:
        parts.append(f"Nor were {names(others)}.")
    if made.diverged:
        parts.append(f"{prefix}again writes it all the same.")
    return " ".join(parts)


_EACH = 2
"""Of so many it is said why."""


def _first(group: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    return group[:_EACH]
