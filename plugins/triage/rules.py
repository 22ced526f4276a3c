"""Rules that say which team a bug is for, as people write them: ``tag:api word:paging``. Pure.

Rules of the rules:

1. A condition is ``tag:``, ``word:``, ``project:`` or ``component:`` and what it asks for; case counts not. A
   word is met by any form of it, in the title or the description.
2. Of several conditions of one kind one must be met, and of each kind one:
   ``tag:api tag:rest word:paging`` is (api or rest) and paging.
3. Of several rules that a bug meets, the one with more kinds counts, then the older one.
4. A rule written is read again as the same rule.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.terms import stem
from bot.text import listed, nearest, shorten
from plugins.tracker import is_name
from plugins.triage.features import Features

MOST = 12
"""Conditions of one rule."""
_LONGEST = 60


class On(enum.StrEnum):
    """What a condition asks about, as it is written."""

    TAG = "tag"
    WORD = "word"
    PROJECT = "project"
    COMPONENT = "component"


class NoRuleError(Exception):
    """What was written is no rule; says why, in one line."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a rule asks for: of each kind the values of which one is enough."""

    of: tuple[tuple[On, tuple[str, ...]], ...]

    def __str__(self) -> str:
        return " ".join(f"{kind}:{value}" for kind, values in self.of for value in values)

    def has(self, kind: On) -> bool:
        """Whether they ask about this."""
        return any(one is kind for one, _ in self.of)

    def met_by(self, bug: Features) -> bool:
        """Whether a bug meets them."""
        return all(any(_meets(kind, value, bug) for value in values) for kind, values in self.of)


def _meets(kind: On, value: str, bug: Features) -> bool:
    match kind:
        case On.TAG:
            return value in bug.tags
        case On.WORD:
            return stem(value) in bug.words
        case On.PROJECT:
            return value == bug.project
        case On.COMPONENT:
            return value == bug.component


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its number, the team's name, what it asks for."""

    id: int
    team: str
    conditions: Conditions

    def __str__(self) -> str:
        return f"{self.id}: {self.conditions} -> {self.team}"


def parse(words: Sequence[str]) -> Conditions:
    """The conditions that words write. Raises :class:`NoRuleError`."""
    if not words:
        raise NoRuleError("Say when: tag:, word:, project: or component: and what it is, like tag:api.")
    if len(words) > MOST:
        raise NoRuleError(f"A rule has at most {MOST} conditions.")
    found: dict[On, dict[str, None]] = {}
    for word in words:
        kind, value = _condition(word)
        found.setdefault(kind, {})[value] = None
    return Conditions(tuple((kind, tuple(sorted(found[kind]))) for kind in On if kind in found))


def _condition(word: str) -> tuple[On, str]:
    name, colon, value = word.lower().partition(":")
    kinds = [kind.value for kind in On]
    if not colon or name not in kinds:
        near = nearest(name, kinds) if colon else []
        hint = (
            f"did you mean {near[0]}:?"
            if near
            else "a condition begins with tag:, word:, project: or component:."
        )
        raise NoRuleError(f"{shorten(word, 40)!r} is no condition; {hint}")
    kind = On(name)
    if not value or len(value) > _LONGEST or not value.isprintable():
        raise NoRuleError(f"{shorten(word, 40)!r} asks for nothing; write it like {kind}:{_LIKE[kind]}.")
    if kind in {On.TAG, On.PROJECT} and not is_name(value):
        raise NoRuleError(
            f"{shorten(value, 40)!r} is no {kind}: small letters, digits and + . - behind the first."
        )
    if kind is On.WORD and not value.isalnum():
        raise NoRuleError(f"{shorten(value, 40)!r} is not one word of letters and digits.")
    return kind, value


_LIKE = {On.TAG: "api", On.WORD: "paging", On.PROJECT: "nova", On.COMPONENT: "ubuntu"}


def first(rules: Iterable[Rule], bug: Features) -> Rule | None:
    """The rule that counts for a bug; ``None`` where it meets none."""
    met = (rule for rule in rules if rule.conditions.met_by(bug))
    return min(met, key=lambda rule: (-len(rule.conditions.of), rule.id), default=None)


def told(rules: Sequence[Rule]) -> list[str]:
    """Rules in a list, by team and number."""
    return [str(rule) for rule in sorted(rules, key=lambda rule: (rule.team, rule.id))]


def like(wanted: Conditions, rules: Iterable[Rule]) -> Rule | None:
    """The rule that asks for the same already."""
    return next((rule for rule in rules if rule.conditions == wanted), None)


def teams_of(rules: Iterable[Rule]) -> str:
    """The teams that rules name: ``nova-api and volumes``."""
    return listed(sorted({rule.team for rule in rules}))
