"""Which team a blueprint is for, and why. Pure.

A team stands for words: its tags and areas, its name, handle and title, what it is about. A blueprint speaks
for a team by each of them that it says, and by each blueprint like it that the team has. What people decided
before counts: each time that a suggestion was confirmed or put right is a :class:`Lesson`.

Rules:

1. A word that most teams stand for (the project's own name) says nothing; one that a single team stands for
   says the most.
2. The same words count once for each team, as what says the most.
3. Lessons never forbid. A word that led to the wrong team loses of its worth there, for as long as it was not
   right as often; the words of a name that a person decided on count for the team that was chosen.
4. Below :data:`FITS` no team fits, and it is the coordinator's. A suggestion is sure where it is well above
   that and no other team is near.
"""

from __future__ import annotations

import enum
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.terms import read
from bot.text import listed
from plugins.blueprints.similar import Alike
from plugins.blueprints.words import NAME_WEIGHT, Words
from plugins.rosters import Team

FITS = 1.0
"""From this score on a team fits."""
SURE = 1.6
"""From this score on, and twice the next team's, it fits for sure."""
_AHEAD = 2.0
_REASONS = 3


class Ground(enum.Enum):
    """What speaks for a team."""

    TAG = enum.auto()
    AREA = enum.auto()
    NAME = enum.auto()
    LEARNED = enum.auto()
    ABOUT = enum.auto()
    ALIKE = enum.auto()


_WEIGHTS = {
    Ground.TAG: 2.0,
    Ground.AREA: 2.0,
    Ground.NAME: 1.6,
    Ground.LEARNED: 1.4,
    Ground.ABOUT: 0.8,
    Ground.ALIKE: 2.5,  # for a blueprint that is the same in all
}
"""How much each kind of word says, that only one team stands for and that the blueprint's name says."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for a team. ``what`` is the tag, area or word, or the blueprint that is alike."""

    ground: Ground
    what: str
    score: float


@dataclass(frozen=True, slots=True)
class Lesson:
    """What somebody decided about a blueprint: which team was ``suggested`` (or none), which was ``chosen``,
    and the ``terms`` of its name and title.
    """

    blueprint: str
    suggested: str
    chosen: str
    terms: Collection[str]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A team that a blueprint may be for, and what speaks for it, the strongest first."""

    team: str
    score: float
    reasons: tuple[Reason, ...]
    is_sure: bool = False

    @property
    def why(self) -> str:
        """In words: ``its tag volume; like vol-iscsi, which openstack-volume has``."""
        return "; ".join(
            _in_words(
                ground, self.team, [one.what for one in self.reasons if one.ground is ground][:_REASONS]
            )
            for ground in dict.fromkeys(one.ground for one in self.reasons)
        )


def _in_words(ground: Ground, team: str, what: Sequence[str]) -> str:
    names = listed(what)
    several = "s" if len(what) > 1 else ""
    return {
        Ground.TAG: f"its tag{several} {names}",
        Ground.AREA: f"its area{several} {names}",
        Ground.NAME: f"{names} in its name",
        Ground.ABOUT: f"it is about {names}",
        Ground.LEARNED: f"what says {names} was given to it before",
        Ground.ALIKE: f"like {names}, which {team} has",
    }[ground]


@dataclass(frozen=True, slots=True)
class _Sign:
    """A tag, an area or a word of a team's: its terms must all be said."""

    terms: tuple[str, ...]
    ground: Ground
    what: str


class Lessons:
    """What was decided before: how often a word was right and wrong for a team. Of each blueprint the last
    decision counts.
    """

    def __init__(self, lessons: Iterable[Lesson] = ()) -> None:
        self._right: defaultdict[str, Counter[str]] = defaultdict(Counter)  # term -> team
        self._wrong: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for lesson in {lesson.blueprint: lesson for lesson in lessons}.values():
            for term in lesson.terms:
                self._right[term][lesson.chosen] += 1
                if lesson.suggested and lesson.suggested != lesson.chosen:
                    self._wrong[term][lesson.suggested] += 1

    def trust(self, team: str, terms: Collection[str]) -> float:
        """How far words are to be believed that speak for a team: 1 where they never misled, less the more
        often they did.
        """
        right = sum(self._right[term][team] for term in terms if term in self._right)
        wrong = sum(self._wrong[term][team] for term in terms if term in self._wrong)
        return 1.0 if not wrong else (right + 1) / (right + 2 * wrong + 1)

    def learned(self, term: str) -> Mapping[str, float]:
        """The teams for which a word was right more often than wrong: of all decisions on it, the share,
        which grows towards 1 with each.
        """
        right = self._right.get(term)
        if not right:
            return {}
        wrong = self._wrong.get(term, Counter())
        decided = right.total()
        return {
            team: (count - wrong[team]) / (decided + 1)
            for team, count in right.items()
            if count > wrong[team]
        }


class Teams:
    """The teams that blueprints may be for, by what they stand for. Retired ones are for none."""

    def __init__(self, teams: Iterable[Team]) -> None:
        signs = {team.name: _signs(team) for team in teams if not team.is_retired}
        having = Counter(sign.terms for found in signs.values() for sign in found)
        most = max(len(signs), 2)
        self._worth = {terms: 1 - math.log(count) / math.log(most) for terms, count in having.items()}
        self._names = frozenset(signs)
        self._by_term: defaultdict[str, list[tuple[str, _Sign]]] = defaultdict(list)
        for team, found in signs.items():
            for sign in found:
                self._by_term[sign.terms[0]].append((team, sign))

    def suggest(
        self,
        words: Words,
        alike: Iterable[tuple[Alike, str]] = (),
        lessons: Lessons | None = None,
    ) -> list[Suggestion]:
        """The teams that fit, the fittest first; none where it is the coordinator's to say.

        ``alike`` are the blueprints like it, each with the team that has it.
        """
        lessons = lessons or Lessons()
        reasons: defaultdict[str, list[Reason]] = defaultdict(list)
        for team, reason in self._said(words, lessons):
            reasons[team].append(reason)
        for term in words.headline:
            for team, share in lessons.learned(term).items():
                score = _WEIGHTS[Ground.LEARNED] * share * _loudness(words, (term,))
                reasons[team].append(Reason(Ground.LEARNED, words.shown[term], score))
        for one, team in alike:
            reasons[team].append(Reason(Ground.ALIKE, one.name, _WEIGHTS[Ground.ALIKE] * one.likeness))
        found = [
            Suggestion(team, score, tuple(sorted(said, key=lambda one: -one.score)))
            for team, said in reasons.items()
            if team in self._names and (score := sum(one.score for one in said)) >= FITS
        ]
        found.sort(key=lambda one: (-one.score, one.team))
        return _with_sureness(found)

    def _said(self, words: Words, lessons: Lessons) -> Iterator[tuple[str, Reason]]:
        """What the words themselves say for teams."""
        signs = (pair for term in words.all for pair in self._by_term.get(term, ()))
        for team, sign in signs:
            if not all(term in words.all for term in sign.terms):
                continue
            score = _WEIGHTS[sign.ground] * self._worth[sign.terms] * _loudness(words, sign.terms)
            score *= lessons.trust(team, sign.terms)
            if score > 0:
                yield team, Reason(sign.ground, sign.what, score)


def _with_sureness(found: Sequence[Suggestion]) -> list[Suggestion]:
    if not found:
        return []
    first, *others = found
    ahead = not others or first.score >= _AHEAD * others[0].score
    is_sure = first.score >= SURE and ahead
    return [Suggestion(first.team, first.score, first.reasons, is_sure), *others]


def _loudness(words: Words, terms: Iterable[str]) -> float:
    """How much is made of words: 1 for those of a name, less for those of a summary alone."""
    return min(1.0, min(words.all[term] for term in terms) / NAME_WEIGHT)


def _signs(team: Team) -> list[_Sign]:
    """What a team stands for; of the same terms, the first."""
    signs: dict[tuple[str, ...], _Sign] = {}

    def add(ground: Ground, text: str, shown: str) -> None:
        terms = tuple(dict.fromkeys(term for term, _ in read(text)))
        if terms:
            signs.setdefault(terms, _Sign(terms, ground, shown))

    for tag in team.tags:
        add(Ground.TAG, tag, tag)
    for area in team.areas:
        add(Ground.AREA, area, area)
    for ground, text in (
        (Ground.NAME, f"{team.name} {team.launchpad} {team.title}"),
        (Ground.ABOUT, team.about),
    ):
        for _, word in read(text):
            add(ground, word, word)
    return list(signs.values())
