"""Which nags go to whom today. Pure.

A nag is something that should be done, of which nobody asked to be reminded (:class:`bot.plugin.Nag`).

Rules:

1. One key is told once to one person, or in one room, for ever.
2. What is muted is not told: by a person for themselves, by a lead for the team. A mute ends with its day.
3. Who is away is not told; it is asked again on the next day.
4. A person gets at most so many in a day over all teams, and so does a room. The rest is held back, counted
   in one line, and may be told on another day.
5. Each ends with the one command that ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.plugin import Nag
from bot.text import counted, shorten

LONGEST = 380


@dataclass(frozen=True, slots=True)
class For:
    """A nag for a person (the id) or, with ``None``, for a team's room."""

    nag: Nag
    team: str
    room: str
    person: int | None

    @property
    def who(self) -> str:
        """Whose it is, in the database: ``person 7``, or ``oftc/#nova``."""
        return self.room if self.person is None else f"person {self.person}"

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.nag.key, self.who


@dataclass(frozen=True, slots=True)
class Mute:
    """A kind of nag that is not told until a day, that day included: to a person (the id), or to a team."""

    kind: str
    until: date
    person: int | None = None
    team: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is told, and what is held back, in order."""

    told: tuple[For, ...] = ()
    held: tuple[For, ...] = ()


def is_muted(mutes: Iterable[Mute], kind: str, team: str, person: int | None, day: date) -> bool:
    """Whether a kind is muted on a day for a team, or for a person."""
    return any(
        one.kind == kind
        and day <= one.until
        and (one.team == team if one.person is None else one.person == person)
        for one in mutes
    )


def choose(
    wanted: Iterable[For],
    *,
    day: Callable[[For], date],
    told: Collection[tuple[str, str]],
    told_today: Mapping[str, int],
    mutes: Collection[Mute],
    is_away: Callable[[int], bool],
    at_most: int,
) -> Chosen:
    """What is told of what is wanted, and what is held back. ``told`` are the names of those that were told
    ever, ``told_today`` how many each (:attr:`For.who`) was told today.
    """
    counts = dict(told_today)
    seen = set(told)
    chosen: list[For] = []
    held: list[For] = []
    for one in wanted:
        if one.name in seen or is_muted(mutes, one.nag.kind, one.team, one.person, day(one)):
            continue
        if one.person is not None and is_away(one.person):
            continue
        seen.add(one.name)
        if counts.get(one.who, 0) < at_most:
            counts[one.who] = counts.get(one.who, 0) + 1
            chosen.append(one)
        else:
            held.append(one)
    return Chosen(tuple(chosen), tuple(held))


def nag_text(nag: Nag, prefix: str) -> str:
    """A nag with the one command that ends it: ``action 12 is due: ... (!action 12 done ends this)``."""
    how = f" ({prefix}{nag.ends} ends this)" if nag.ends else ""
    return f"{shorten(nag.text, LONGEST - len(how))}{how}"


def digest_text(count: int, prefix: str) -> str:
    """That more waits."""
    verb = "waits" if count == 1 else "wait"
    return f"{counted(count, 'thing')} more {verb} for you today: {prefix}nags lists them."
