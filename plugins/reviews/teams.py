"""Which team a review is for, and by what. Pure.

What decides, the first that says something:

1. A rule about the topic.
2. The team that owns the blueprint which the change is for (topic ``bp/NAME``, or its message): the tracker's
   assignee, or where that is a person the one team they are on.
3. A rule about paths: that with which most of the change's paths agree, then the longer one.
4. A rule about the branch, then one about the project alone; the longer one first.
5. The team that has a bug which the change fixes, likewise.

All that a rule says must hold. Nothing fits: no team, and it is the coordinator's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from plugins.reviews.review import Review
from plugins.reviews.subjects import Subjects
from plugins.rosters import Person, Roster, Team

KINDS = ("topic", "path", "branch", "project")
_LONGEST = 200
_WORD = re.compile(r"(?P<kind>[a-z]+):(?P<pattern>\S+)")


class RuleError(ValueError):
    """A rule cannot be read; says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What reviews are for a team: each pattern that is given must match. In patterns ``*`` stands for
    anything and ``?`` for any one character. ``id`` is nothing for one of ``bot.ini``.
    """

    team: str
    topic: str = ""
    path: str = ""
    branch: str = ""
    project: str = ""
    id: int | None = None

    kind_text = "a rule: TEAM project:P path:P branch:B topic:T"

    @classmethod
    def from_setting(cls, text: str) -> Rule:
        """A rule as ``bot.ini`` has it: ``nova-api project:openstack/nova path:nova/api/*``. Raises
        :class:`ValueError`.
        """
        team, *words = text.split()
        return read_rule(team, words)

    @property
    def kind(self) -> str:
        """The weightiest of what it asks."""
        return next(kind for kind in KINDS if getattr(self, kind))

    @property
    def text(self) -> str:
        """As it is written, without the team."""
        return " ".join(f"{kind}:{getattr(self, kind)}" for kind in reversed(KINDS) if getattr(self, kind))

    def __str__(self) -> str:
        return f"{self.team} {self.text}"

    @property
    def length(self) -> int:
        """How much it says."""
        return sum(len(getattr(self, kind).replace("*", "")) for kind in KINDS)


def read_rule(team: str, words: Sequence[str]) -> Rule:
    """A rule of its words, ``project:openstack/nova``. Raises :class:`RuleError`."""
    found: dict[str, str] = {}
    for word in words:
        match = _WORD.fullmatch(word)
        if match is None or match["kind"] not in KINDS:
            raise RuleError(f"{word[:40]!r} is none of project:, path:, branch: and topic:")
        if match["kind"] in found:
            raise RuleError(f"{match['kind']}: stands there twice")
        if len(match["pattern"]) > _LONGEST:
            raise RuleError(f"a pattern has at most {_LONGEST} characters")
        found[match["kind"]] = match["pattern"]
    if not found:
        raise RuleError("must say project:, path:, branch: or topic:")
    topic, path, branch, project = (found.get(kind, "") for kind in KINDS)
    return Rule(team, topic, path, branch, project)


def matches(pattern: str, text: str) -> bool:
    """Whether a text is as a pattern has it; one without ``*`` is the text itself, or the folder it is in."""
    if not set(pattern) & set("*?["):
        return text == pattern or text.startswith(f"{pattern.rstrip('/')}/")
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def holds(rule: Rule, review: Review) -> int:
    """How many of a review's paths agree with a rule, 1 where it asks for none; 0 where it does not hold."""
    for pattern, text in (
        (rule.topic, review.topic),
        (rule.branch, review.branch),
        (rule.project, review.project),
    ):
        if pattern and not matches(pattern, text):
            return 0
    return sum(matches(rule.path, path) for path in review.paths) if rule.path else 1


@dataclass(frozen=True, slots=True)
class Routed:
    """The team that a review is for, and by what; ``None`` and nothing where none fits."""

    team: Team | None = None
    why: str = ""


class Routing:
    """Which team a review is for. ``is_local``: the tracker is Muster's own and knows people by their names
    here.
    """

    def __init__(self, roster: Roster, rules: Iterable[Rule], subjects: Subjects, *, is_local: bool) -> None:
        self._roster = roster
        self._rules = [rule for rule in rules if self._active(rule.team) is not None]
        self._subjects = subjects
        self._is_local = is_local

    def of(self, review: Review) -> Routed:
        """The team of a review."""
        steps: tuple[Callable[[Review], Routed], ...] = (
            lambda one: self._by_rule(one, "topic"),
            self._by_blueprint,
            lambda one: self._by_rule(one, "path"),
            lambda one: self._by_rule(one, "branch"),
            lambda one: self._by_rule(one, "project"),
            self._by_bug,
        )
        for step in steps:
            found = step(review)
            if found.team is not None:
                return found
        return Routed()

    def _active(self, name: str) -> Team | None:
        team = self._roster.teams.get(name)
        return None if team is None or team.is_retired else team

    def _by_rule(self, review: Review, kind: str) -> Routed:
        held = [(holds(rule, review), rule) for rule in self._rules if rule.kind == kind]
        held = [(count, rule) for count, rule in held if count]
        if not held:
            return Routed()
        _, best = min(held, key=lambda pair: (-pair[0], -pair[1].length, pair[1].team, pair[1].text))
        return Routed(self._active(best.team), best.text)

    def _by_blueprint(self, review: Review) -> Routed:
        for name in review.blueprints:
            item = self._subjects.blueprints.get(name)
            team = self._owner(item.assignee) if item is not None else None
            if team is not None:
                return Routed(team, f"blueprint {name}")
        return Routed()

    def _by_bug(self, review: Review) -> Routed:
        for number in review.bugs:
            item = self._subjects.bugs.get(number)
            team = self._owner(item.assignee) if item is not None else None
            if team is not None:
                return Routed(team, f"bug {number}")
        return Routed()

    def _owner(self, assignee: str) -> Team | None:
        if not assignee:
            return None
        whose: Team | Person | None = self._roster.of_launchpad(assignee)
        if self._is_local:
            whose = self._active(assignee) or self._roster.named(assignee) or whose
        if isinstance(whose, Team):
            return whose
        teams = self._roster.teams_of(whose) if whose is not None else []
        return teams[0] if len(teams) == 1 else None
