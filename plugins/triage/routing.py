"""Which team a bug is for, and why. Pure.

Rules:

1. What somebody said by hand holds until somebody says otherwise; a team that the tracker has as assignee is
   the one; then the explicit rules decide (:mod:`plugins.triage.rules`).
2. Else the team's own tags and areas in the roster speak for it, and what was learned from corrections. What
   speaks adds up; of equals the one counts for which the roster says more.
3. A correction is a :class:`Lesson`: what the bug said of itself counts for the team that was chosen from
   then on, and less for the one that had it. One alone does not outweigh a team's own tag; two like it, or
   one whose words are said again too, do.
4. Below :data:`FITS` no team fits, nor where two fit alike: then it is the coordinator's, whose team's name
   here is ``""``.
"""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.terms import read
from bot.text import listed
from plugins.rosters import Team
from plugins.tracker import Item
from plugins.triage.features import Features, features_of, key_of, spoken
from plugins.triage.rules import On, Rule, first

FITS = 1.0
_TAG = 2.0
_IN_TITLE = 1.5
_LEARNED = {"tag": 2.0, "component": 2.0, "word": 1.0}
_SAID = 3
_LEARNS = 8
"""More of a bug than that is not learned from."""


class Source(enum.StrEnum):
    """From what a bug's team is known. The values are stored."""

    HAND = "hand"
    ASSIGNED = "assigned"
    RULE = "rule"
    ROSTER = "roster"
    LEARNED = "learned"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Route:
    """Whose a bug is: the team's name, or nothing for the coordinator, and why, in a few words."""

    bug: str
    team: str
    source: Source
    why: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """That somebody gave a bug to the team ``chosen`` which was routed to ``before`` (nothing: to none), and
    what the bug said of itself.
    """

    bug: str
    before: str
    chosen: str
    features: tuple[str, ...]


def lesson_of(item: Item, before: str, chosen: str, project: str = "") -> Lesson:
    """What is learned when a bug is given to another team."""
    return Lesson(item.name, before, chosen, features_of(item, project).telling[:_LEARNS])


def learned(lesson: Lesson) -> str:
    """What was learned, in words: ``learned: tag api, word paging -> nova-api``; nothing for nothing."""
    return f"learned: {spoken(lesson.features)} -> {lesson.chosen or 'no team'}" if lesson.features else ""


class Lessons:
    """What was decided before: how often a feature was right and wrong for a team. Of each bug the last
    decision counts.
    """

    def __init__(self, lessons: Iterable[Lesson] = ()) -> None:
        self._right: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._wrong: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for lesson in {lesson.bug: lesson for lesson in lessons}.values():
            for key in {key_of(feature) for feature in lesson.features}:
                if lesson.chosen:
                    self._right[key][lesson.chosen] += 1
                if lesson.before and lesson.before != lesson.chosen:
                    self._wrong[key][lesson.before] += 1

    def trust(self, team: str, keys: Iterable[str]) -> float:
        """How far features of a team's own are to be believed: 1 where they never misled."""
        known = list(keys)
        right = sum(self._right[key][team] for key in known if key in self._right)
        wrong = sum(self._wrong[key][team] for key in known if key in self._wrong)
        return (right + 2) / (right + 2 * wrong + 2)

    def learned(self, key: str) -> Mapping[str, float]:
        """The teams for which a feature was right more often than wrong: of all decisions on it the share,
        which grows towards 1 with each.
        """
        right = self._right.get(key)
        if not right:
            return {}
        wrong = self._wrong.get(key, Counter())
        decided = right.total()
        return {
            team: (count - wrong[team]) / (decided + 1)
            for team, count in right.items()
            if count > wrong[team]
        }


@dataclass(frozen=True, slots=True)
class _Ground:
    """Something that speaks for a team."""

    team: str
    source: Source
    what: str
    score: float


@dataclass(frozen=True, slots=True)
class _Sign:
    """A tag or an area of a team's, in small letters, and the terms by which a title says it; what speaks for
    the team where a bug has the tag, and where its title says it.
    """

    tag: str
    terms: tuple[str, ...]
    of_tag: _Ground
    of_title: _Ground


class Router:
    """Says of bugs which team they are for.

    ``assigned`` gives the name of the team that an assignee is, or nothing; ``project`` is where bugs are
    that do not say.
    """

    def __init__(
        self,
        teams: Iterable[Team],
        rules: Iterable[Rule] = (),
        lessons: Iterable[Lesson] = (),
        *,
        assigned: Callable[[str], str] = lambda _assignee: "",
        project: str = "",
    ) -> None:
        self._teams = {team.name for team in teams if not team.is_retired}
        self._rules = [rule for rule in rules if rule.team in self._teams]
        self._reads_all = any(rule.conditions.has(On.WORD) for rule in self._rules)
        self._lessons = Lessons(lessons)
        self._assigned = assigned
        self._project = project
        self._signs = [sign for team in teams if not team.is_retired for sign in self._signs_of(team)]
        self._said_by: defaultdict[str, list[int]] = defaultdict(list)  # the signs, by a word that each needs
        for number, sign in enumerate(self._signs):
            for word in {sign.tag, *sign.terms[:1]}:
                self._said_by[word].append(number)

    def route(self, item: Item) -> Route:
        """Whose a bug is, as long as nobody said it by hand."""
        team = self._assigned(item.assignee) if item.assignee else ""
        if team in self._teams:
            return Route(item.name, team, Source.ASSIGNED, "assigned to it")
        bug = features_of(item, self._project, whole=self._reads_all)
        rule = first(self._rules, bug)
        if rule is not None:
            return Route(item.name, rule.team, Source.RULE, f"rule {rule.id}, {rule.conditions}")
        return self._by_what_speaks(item.name, bug)

    def _by_what_speaks(self, name: str, bug: Features) -> Route:
        grounds: defaultdict[str, list[_Ground]] = defaultdict(list)
        for ground in (*self._of_roster(bug), *self._of_lessons(bug)):
            grounds[ground.team].append(ground)

        strengths = {team: _strength(found) for team, found in grounds.items()}
        best = max(strengths.values(), default=(0.0, 0.0))
        if best[0] < FITS:
            return Route(name, "", Source.NOTHING, "nothing says which team")
        chosen = sorted(team for team, strength in strengths.items() if strength == best)
        if len(chosen) > 1:
            return Route(name, "", Source.NOTHING, f"{listed(chosen)} fit alike")
        source = Source.ROSTER if best[1] * 2 >= best[0] else Source.LEARNED
        return Route(name, chosen[0], source, _why(grounds[chosen[0]], source))

    def _of_roster(self, bug: Features) -> Iterator[_Ground]:
        said = {number for word in (*bug.tags, *bug.title) for number in self._said_by.get(word, ())}
        for number in sorted(said):
            sign = self._signs[number]
            if sign.tag in bug.tags:
                yield sign.of_tag
            elif sign.terms and all(term in bug.title for term in sign.terms):
                yield sign.of_title

    def _signs_of(self, team: Team) -> Iterator[_Sign]:
        for value in dict.fromkeys((*team.tags, *team.areas)):
            tag, terms = value.lower(), tuple(dict.fromkeys(term for term, _ in read(value)))
            of_tag = _TAG * self._lessons.trust(team.name, (f"tag:{tag}",))
            of_title = _IN_TITLE * self._lessons.trust(team.name, (f"word:{term}" for term in terms))
            yield _Sign(
                tag,
                terms,
                _Ground(team.name, Source.ROSTER, f"its tag {value}", of_tag),
                _Ground(team.name, Source.ROSTER, f"its title says {value}", of_title),
            )

    def _of_lessons(self, bug: Features) -> Iterator[_Ground]:
        for feature in bug.telling:
            weight = _LEARNED[feature.partition(":")[0]]
            for team, share in self._lessons.learned(key_of(feature)).items():
                if team in self._teams:
                    yield _Ground(team, Source.LEARNED, feature, weight * share)


def _strength(grounds: Sequence[_Ground]) -> tuple[float, float]:
    """How much speaks for a team, and how much of that is what the roster says."""
    of_roster = sum(one.score for one in grounds if one.source is Source.ROSTER)
    return round(sum(one.score for one in grounds), 9), round(of_roster, 9)


def _why(grounds: Sequence[_Ground], source: Source) -> str:
    """What speaks for a team, the strongest first."""
    chosen = sorted((one for one in grounds if one.source is source), key=lambda one: -one.score)[:_SAID]
    what = tuple(dict.fromkeys(one.what for one in chosen))
    return ", ".join(what) if source is Source.ROSTER else f"learned from {spoken(what)}"


def speaking(team: Team) -> tuple[object, ...]:
    """All of a team that says which bugs are for it: what else changes, changes no route."""
    return team.name, team.launchpad, team.tags, team.areas
