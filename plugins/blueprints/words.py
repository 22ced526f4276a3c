"""What a blueprint is about, as weighted terms. Pure.

Rules:

1. Terms are the stems of words that say something (:mod:`bot.terms`).
2. A word weighs by where it stands: a name is chosen with the most care, then a title, then a summary.
   Said again it weighs more, but less each time.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.terms import read
from plugins.tracker import Item

NAME_WEIGHT = 3.0
TITLE_WEIGHT = 2.0
SUMMARY_WEIGHT = 1.0
_LONGEST = 4_000
"""Characters of a summary that are read: past them it is a design, and every word is in it."""


@dataclass(frozen=True, slots=True)
class Words:
    """What something is about. ``title`` holds the terms of its title, ``headline`` those of its name and
    title, ``all`` those and its summary's, each with its weight; ``shown`` has for each term a word that
    people know.
    """

    title: Mapping[str, float]
    headline: Mapping[str, float]
    all: Mapping[str, float]
    shown: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.all)


def words_of(name: str = "", title: str = "", summary: str = "") -> Words:
    """What something of this name, title and summary is about."""
    shown: dict[str, str] = {}
    headline: dict[str, float] = {}
    _weigh(headline, shown, read(name), NAME_WEIGHT)
    of_title = read(title)
    _weigh(headline, shown, of_title, TITLE_WEIGHT)
    alone: dict[str, float] = {}
    _weigh(alone, shown, of_title, TITLE_WEIGHT)
    everything = dict(headline)
    _weigh(everything, shown, read(summary[:_LONGEST]), SUMMARY_WEIGHT)
    return Words(alone, headline, everything, shown)


def words_of_item(item: Item) -> Words:
    """What a blueprint is about."""
    return words_of(item.name, item.title, item.summary)


def _weigh(
    into: dict[str, float], shown: dict[str, str], found: Iterable[tuple[str, str]], weight: float
) -> None:
    """Add the terms of one part. What stands in two parts weighs as in the better one, and a little more."""
    times: Counter[str] = Counter()
    for term, word in found:
        times[term] += 1
        shown.setdefault(term, word)
    for term, count in times.items():
        here = weight * (1 + math.log(count) / 2)
        before = into.get(term, 0.0)
        into[term] = max(here, before) + min(here, before) / 4
