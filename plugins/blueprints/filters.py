"""What ``!bps`` is asked for, as words in any order: whose, of which milestone, in which state. Pure.

Rules:

1. A word is, whole: ``none`` (no team's), ``me``, ``open`` or ``all``; a team; a milestone; a state (which
   may be several words: ``needs code review``); a person. Else it is the one of these that alone begins so.
2. Of each kind one is taken. Without a state, those that are open are meant.
3. A team means all it owns, in whoever's hands; a person what they have.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.text import listed, nearest, shorten
from plugins.blueprints.owning import Owning
from plugins.blueprints.states import FIELDS, STATES, exactly, meant
from plugins.rosters import Person, Team
from plugins.tracker import Item

NONE = "none"
OPEN = "open"
ALL = "all"
ME = "me"
_LONGEST_STATE = 3
_SHOWN = 3


class NoSuchFilterError(ValueError):
    """A word means nothing here, or too much; says what may be meant."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for. ``whose`` is a team, a person, or :data:`NONE`; ``state`` one of Launchpad's words,
    :data:`OPEN` or :data:`ALL`; ``milestone`` a name; ``None`` is anything.
    """

    whose: Team | Person | str | None = None
    milestone: str | None = None
    state: str = OPEN

    def of(self, number: int) -> str:
        """So many of them, in words: ``2 open blueprints of nova-api for essex-2``."""
        parts = [str(number) if number else "No"]
        if self.state != ALL:
            parts.append(self.state)
        parts.append("blueprint" if number == 1 else "blueprints")
        if self.whose is not None:
            parts.append(f"of {'no team' if self.whose == NONE else self.whose}")
        if self.milestone is not None:
            parts.append(f"for {self.milestone}")
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Words:
    """What words may mean now: the people, teams and milestones that there are, and who asks."""

    owning: Owning
    milestones: Collection[str]
    asker: Person | None

    def filter(self, words: Sequence[str]) -> Filter:
        """What these words ask for. Raises :class:`NoSuchFilterError`."""
        found = Filter()
        taken: dict[str, str] = {}
        rest = list(words)
        while rest:
            kind, value, count = self._next(rest)
            word, rest = " ".join(rest[:count]), rest[count:]
            if kind in taken:
                raise NoSuchFilterError(f"{taken[kind]!r} and {word!r} are both a {kind}; give one.")
            taken[kind] = word
            field = {"team or person": "whose", "milestone": "milestone", "state": "state"}[kind]
            found = replace(found, **{field: value})  # type: ignore[arg-type]
        return found

    def _next(self, words: Sequence[str]) -> tuple[str, Team | Person | str, int]:
        """The kind and value that words begin with, and how many words that took."""
        word = words[0].lower()
        if word == ME:
            if self.asker is None:
                raise NoSuchFilterError("I do not know you here; log in, or name a person.")
            return "team or person", self.asker, 1
        exact = self._whole(words)
        if exact is not None:
            return exact
        begun = self._begun(word)
        if len(begun) == 1:
            return (*begun[0][:2], 1)
        shown = shorten(words[0], 40)
        if begun:
            names = [str(value) for _, value in begun[:_SHOWN]]
            more = ["others"] if len(begun) > _SHOWN else []
            raise NoSuchFilterError(f"{shown!r} may be {listed([*names, *more], 'or')}; say more of it.")
        near = nearest(word, self._all_words())
        hint = f"; did you mean {listed(near, 'or')}?" if near else ". !teams and !milestones list them."
        raise NoSuchFilterError(f"{shown!r} is no team, person, milestone or state{hint}")

    def _whole(self, words: Sequence[str]) -> tuple[str, Team | Person | str, int] | None:
        word = words[0].lower()
        roster = self.owning.roster
        if word == NONE:
            return "team or person", NONE, 1
        if word in {OPEN, ALL}:
            return "state", word, 1
        team = roster.teams.get(word.lstrip("~")) or roster.of_launchpad(word.lstrip("~"))
        if isinstance(team, Team) and not team.is_retired:
            return "team or person", team, 1
        if word in self.milestones:
            return "milestone", word, 1
        for count in range(min(_LONGEST_STATE, len(words)), 0, -1):
            state = exactly(" ".join(words[:count]))
            if state is not None:
                return "state", state, count
        person = roster.person(word)
        return ("team or person", person, 1) if person is not None else None

    def _begun(self, word: str) -> list[tuple[str, Team | Person | str]]:
        roster = self.owning.roster
        teams = [team for team in roster.active() if team.name.startswith(word)]
        people = [one for one in roster.people.values() if one.name.lower().startswith(word)]
        named = [name for name in self.milestones if name.startswith(word)]
        return [
            *(("team or person", one) for one in teams),
            *(("team or person", one) for one in people),
            *(("milestone", name) for name in named),
            *(("state", one) for one in meant(word, STATES)),
        ]

    def _all_words(self) -> list[str]:
        roster = self.owning.roster
        teams = [team.name for team in roster.active()]
        people = [person.name for person in roster.people.values()]
        return [*teams, *people, *self.milestones, *STATES, NONE, OPEN, ALL]


def fits(wanted: Filter, item: Item) -> bool:
    """Whether a blueprint is one of those that are asked for, whosever it is."""
    if wanted.milestone is not None and item.milestone != wanted.milestone:
        return False
    if wanted.state == OPEN:
        return item.is_open
    return wanted.state == ALL or item.value(FIELDS[wanted.state]) == wanted.state
