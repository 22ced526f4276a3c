"""What of a bug can say which team it is for: its project, component, tags and words. Pure.

Rules:

1. What in the project a bug is in is ``nova``, or with a component ``nova (Ubuntu)``; where the tracker says
   nothing, it is the project that ``[tracker]`` names.
2. Words are compared by their stems (:mod:`bot.terms`). Those that are in every report (``fails``,
   ``error``) say nothing.
3. A feature is written as a rule writes it: ``tag:api``, ``word:paging``, ``component:ubuntu``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.terms import read, stem
from plugins.tracker import Item

_TARGET = re.compile(r"\s*([^()]*?)\s*(?:\(([^()]*)\))?\s*")
_READ = 4_000
"""Characters of a description that are read."""
_SAY_NOTHING = """
    bug bugs broken break breaks cannot cant crash crashed crashes error errors exception exceptions fail
    failed failing fails failure failures issue issues problem problems report reported returns return
    traceback unable unexpected wrong missing invalid incorrect
"""
_IN_EVERY_REPORT = frozenset(map(stem, _SAY_NOTHING.split()))


@dataclass(frozen=True, slots=True)
class Features:
    """What a bug says of itself, in small letters: ``title`` and ``words`` (of its title and description) are
    stems, each with a word that people know.
    """

    project: str
    component: str
    tags: tuple[str, ...]
    title: Mapping[str, str]
    words: Mapping[str, str]

    @property
    def telling(self) -> tuple[str, ...]:
        """The features by which bugs like it may be known, the surest first."""
        component = (f"component:{self.component}",) if self.component else ()
        return (
            *(f"tag:{tag}" for tag in self.tags),
            *component,
            *(f"word:{word}" for word in self.title.values()),
        )


def features_of(item: Item, project: str = "", *, whole: bool = True) -> Features:
    """What a bug says; ``project`` is where it is, if it does not say. Without ``whole`` its description is
    left out, which is long.
    """
    target = _TARGET.fullmatch(item.target)
    where, component = (target[1], target[2] or "") if target else (item.target, "")
    title = _terms(item.title)
    return Features(
        project=(where or project).lower(),
        component=component.strip().lower(),
        tags=tuple(dict.fromkeys(tag.lower() for tag in item.tags)),
        title=title,
        words={**_terms(item.summary[:_READ]), **title} if whole else title,
    )


def _terms(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for term, word in read(text):
        if term not in _IN_EVERY_REPORT:
            found.setdefault(term, word)
    return found


def key_of(feature: str) -> str:
    """By what a feature is compared: a word by its stem."""
    kind, _, value = feature.partition(":")
    return f"{kind}:{stem(value)}" if kind == "word" else feature


def spoken(features: tuple[str, ...]) -> str:
    """Features in words: ``tag api, words paging and servers``."""
    kinds: dict[str, list[str]] = {}
    for feature in features:
        kind, _, value = feature.partition(":")
        kinds.setdefault(kind, []).append(value)
    return ", ".join(
        f"{kind}{'s' if len(values) > 1 else ''} {', '.join(values)}" for kind, values in kinds.items()
    )
