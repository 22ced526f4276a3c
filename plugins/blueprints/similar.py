"""Which blueprints are nearly the same, so that nobody does the same work twice. Pure.

Likeness is the cosine between two blueprints' terms, each weighted by how much is made of it and how few
blueprints have it (TF-IDF), from 0 to 1. It is taken of names and titles alone and with the summaries, and
the greater counts: a few words that are asked for are no less like a blueprint for its long summary. Of
titles that say something (:data:`_TITLE`) it is taken too: the same title is the same work, whatever the
names.
Names that differ by one slip count too, unless it is in a number: ``api-v1`` is not ``api-v2``.

Rules:

1. An :class:`Index` follows the blueprints one by one: what is put in or dropped counts at once.
2. A look looks at few: terms that every eighth blueprint has find none, and only the best found are compared
   exactly. So it takes a few milliseconds among 5,000 blueprints (``python -m bench``).
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from plugins.blueprints.words import Words

ALIKE = 0.3
"""From this likeness on, what is looked for is shown."""
NEARLY_THE_SAME = 0.5
"""From this likeness on it is worth a warning to who begins something."""
_COMPARED = 60
"""So many, found by their terms, are compared exactly."""
_COMMON = 8
"""Terms that more than one blueprint in so many has find nothing."""
_FEW = 200
"""Blueprints among which no term is too common to find something."""
_LEAST_NAME = 6
"""Letters of a name from which on a slip is one."""
_TITLE = 3
"""Terms from which on a title tells what the work is without the name: ``Clean up`` does not."""
_SHOWN = 4
_NUMBERS = re.compile(r"\d+")
_JOINTS = re.compile(r"[-+.]+")


@dataclass(frozen=True, slots=True)
class Alike:
    """A blueprint like what was looked for: its name, how like (0 to 1), and the words that both have, the
    weightiest first; none where only the names are alike.
    """

    name: str
    likeness: float
    words: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """In words: ``both say iscsi, multipath``."""
        return f"both say {', '.join(self.words)}" if self.words else "by its name"


class Index:
    """The blueprints by their terms."""

    def __init__(self) -> None:
        self._words: dict[str, Words] = {}
        self._with: dict[str, dict[str, float]] = {}  # term -> name -> weight
        self._joined: dict[str, str] = {}  # name -> without its joints
        self._rarities: dict[str, float] = {}
        self._lengths: dict[str, tuple[float, float, float]] = {}

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, name: str) -> bool:
        return name in self._words

    def put(self, name: str, words: Words) -> None:
        """Take a blueprint in, or take note that it says something else now."""
        if self._words.get(name) == words:
            return
        self.drop(name)
        self._words[name] = words
        self._joined[name] = _JOINTS.sub("", name)
        for term, weight in words.all.items():
            self._with.setdefault(term, {})[name] = weight
        self._forget()

    def drop(self, name: str) -> None:
        """Forget a blueprint, if it is known."""
        words = self._words.pop(name, None)
        if words is None:
            return
        del self._joined[name]
        for term in words.all:
            having = self._with[term]
            del having[name]
            if not having:
                del self._with[term]
        self._forget()

    def words(self, name: str) -> Words | None:
        """What a blueprint is about; ``None`` for one that is not known."""
        return self._words.get(name)

    def rarity(self, term: str) -> float:
        """How much a term tells: the fewer blueprints have it, the more (its inverse document frequency,
        smoothed, so that it is never 0).
        """
        found = self._rarities.get(term)
        if found is None:
            having = len(self._with.get(term, ()))
            found = self._rarities[term] = math.log(1 + (len(self._words) + 1) / (having + 1))
        return found

    def like(self, words: Words, name: str = "", *, least: float = ALIKE, most: int = 5) -> list[Alike]:
        """At most ``most`` blueprints of at least that likeness, the likest first. One called ``name`` is
        what is looked for, and not among them.
        """
        near_names = self._near_names(name)
        found = []
        for other in {*self._candidates(words), *near_names}:
            if other == name:
                continue
            theirs = self._words[other]
            likeness = max(self._cosine(words, theirs, other), near_names.get(other, 0.0))
            if likeness >= least:
                found.append(Alike(other, min(1.0, likeness), self._shared(words, theirs)))
        return heapq.nsmallest(most, found, key=lambda one: (-one.likeness, one.name))

    def _forget(self) -> None:
        """Rarities and lengths follow from all blueprints together."""
        if self._rarities:
            self._rarities = {}
        if self._lengths:
            self._lengths = {}

    def _candidates(self, words: Words) -> Iterable[str]:
        common = max(_FEW, len(self._words)) / _COMMON if len(self._words) > _FEW else _FEW
        score: dict[str, float] = {}
        for term, weight in words.all.items():
            having: Mapping[str, float] = self._with.get(term, {})
            if len(having) > common:
                continue
            worth = weight * self.rarity(term) ** 2
            for name, theirs in having.items():
                score[name] = score.get(name, 0.0) + worth * theirs
        return heapq.nlargest(_COMPARED, score, key=score.__getitem__)

    def _near_names(self, name: str) -> dict[str, float]:
        """The names that differ from one by a slip, its joints apart, with the share that is the same."""
        joined = _JOINTS.sub("", name)
        if len(joined) < _LEAST_NAME:
            return {}
        numbers = _NUMBERS.findall(name)
        near = process.extract(joined, self._joined, scorer=OSA.distance, score_cutoff=1, limit=_COMPARED)
        return {
            other: 1 - slips / len(joined) for _, slips, other in near if _NUMBERS.findall(other) == numbers
        }

    def _cosine(self, words: Words, theirs: Words, name: str) -> float:
        if name not in self._lengths:
            parts = (theirs.headline, theirs.all, theirs.title)
            of_headline, of_all, of_title = map(self._length, parts)
            self._lengths[name] = of_headline, of_all, of_title
        of_headline, of_all, of_title = self._lengths[name]
        likeness = max(
            self._product(words.headline, theirs.headline, of_headline),
            self._product(words.all, theirs.all, of_all),
        )
        if min(len(words.title), len(theirs.title)) >= _TITLE:
            likeness = max(likeness, self._product(words.title, theirs.title, of_title))
        return likeness

    def _product(self, ours: Mapping[str, float], theirs: Mapping[str, float], length: float) -> float:
        product = sum(ours[term] * theirs[term] * self.rarity(term) ** 2 for term in ours if term in theirs)
        return product / (self._length(ours) * length) if product else 0.0

    def _length(self, terms: Mapping[str, float]) -> float:
        return math.sqrt(sum((weight * self.rarity(term)) ** 2 for term, weight in terms.items()))

    def _shared(self, words: Words, theirs: Words) -> tuple[str, ...]:
        both = [term for term in words.all if term in theirs.all]
        both.sort(key=lambda term: -min(words.all[term], theirs.all[term]) * self.rarity(term))
        return tuple(theirs.shown[term] for term in both[:_SHOWN])
