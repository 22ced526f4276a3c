"""What rooms asked to be told of. Pure.

    project:openstack/nova* branch:stable/* event:merged,abandoned /quota|limits?/

Rules:

1. A watch says what must hold, in words of any order: ``project:`` and ``branch:`` (``*`` stands for
   anything), ``event:`` (one or several, with commas), ``team:``, and between slashes a regular expression
   (:mod:`plugins.reviews.pattern`) for the title. What it does not say may be anything.
2. Without ``event:`` it is told of :data:`USUAL`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.text import listed, nearest, shorten
from plugins.reviews.events import Event, Kind
from plugins.reviews.pattern import Pattern, PatternError
from plugins.reviews.teams import matches

USUAL = frozenset({Kind.NEW, Kind.APPROVED, Kind.MERGED, Kind.ABANDONED, Kind.CLOSED, Kind.RESTORED})
_WORDS = ("project", "branch", "event", "team")
_LONGEST = 200
_READ = 300
"""So many characters of a title are compared with an expression."""
_SLASHED = re.compile(r"(?:^|\s)/(?P<pattern>.*)/(?:\s|$)")


class WatchError(ValueError):
    """What should be watched cannot be read; says why, for people."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a room asked to be told of."""

    project: str = ""
    branch: str = ""
    events: tuple[Kind, ...] = ()
    team: str = ""
    pattern: str = ""
    id: int = 0

    @property
    def text(self) -> str:
        """As it is written; ``everything`` where it says nothing."""
        parts = [
            f"{word}:{value}" for word in ("project", "branch", "team") if (value := getattr(self, word))
        ]
        if self.events:
            parts.append(f"event:{','.join(self.events)}")
        if self.pattern:
            parts.append(f"/{self.pattern}/")
        return " ".join(parts) or "everything"

    def wants(self, event: Event, team: str) -> bool:
        """Whether it is to be told of an event of a review that is for this team (nothing: for none)."""
        review = event.review
        if event.kind not in (self.events or USUAL):
            return False
        if self.project and not matches(self.project, review.project):
            return False
        if self.branch and not matches(self.branch, review.branch):
            return False
        if self.team and self.team != team:
            return False
        return not self.pattern or Pattern(self.pattern).finds(review.title[:_READ])


def read_watch(text: str, teams: Iterable[str] = ()) -> Watch:
    """What people typed behind ``!review watch``. Raises :class:`WatchError`."""
    pattern = ""
    match = _SLASHED.search(text)
    if match is not None:
        pattern = match["pattern"]
        text = f"{text[: match.start()]} {text[match.end() :]}"
        try:
            Pattern(pattern)
        except PatternError as error:
            raise WatchError(f"I cannot read /{shorten(pattern, 40)}/: {error}.") from error
    found: dict[str, str] = {}
    for word in text.split():
        key, colon, value = word.partition(":")
        if not colon or key.lower() not in _WORDS or not value:
            hint = "an expression stands between two slashes, like /quota/" if "/" in word else ""
            wanted = hint or "write project:X, branch:X, team:X, event:X or /expression/"
            raise WatchError(f"I do not know {shorten(word, 40)!r} here; {wanted}.")
        if key.lower() in found:
            raise WatchError(f"{key.lower()}: stands there twice.")
        if len(value) > _LONGEST:
            raise WatchError(f"{key.lower()}: has at most {_LONGEST} characters.")
        found[key.lower()] = value
    team = found.get("team", "").lower()
    known = list(teams)
    if team and team not in known:
        near = nearest(team, known)
        hint = f"did you mean {listed(near, 'or')}?" if near else "!teams lists them."
        raise WatchError(f"There is no team {shorten(team, 40)!r}; {hint}")
    return Watch(found.get("project", ""), found.get("branch", ""), _events(found), team, pattern)


def _events(found: dict[str, str]) -> tuple[Kind, ...]:
    chosen: dict[Kind, None] = {}
    for word in found.get("event", "").lower().split(","):
        if not word:
            continue
        if word == "all":
            chosen |= dict.fromkeys(Kind)
        elif word in Kind.__members__.values():
            chosen[Kind(word)] = None
        else:
            raise WatchError(
                f"I know no event {shorten(word, 20)!r}: there is {listed([*Kind, 'all'], 'or')}."
            )
    return tuple(chosen)
