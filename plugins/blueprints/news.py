"""What changed in the tracker, gathered for the teams' rooms. Pure.

Rules:

1. Only what comes of it counts: of several changes of a blueprint the first state and the last; what was
   changed back is no news.
2. A team hears of what is or was its own, in one line for all that was gathered, with at most :data:`NAMED`
   names for each kind of change.
3. Told is what people act upon: whose it is, which milestone, how far it is, how pressing, that it is new or
   gone. Not its texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugins.blueprints.showing import names
from plugins.rosters import genitive
from plugins.tracker import Item

NAMED = 4


@dataclass(frozen=True, slots=True)
class News:
    """A blueprint as it was and as it is: ``None`` where it was not there before, or is not any more. With
    each goes the team that had or has it, or nothing.
    """

    before: Item | None
    after: Item | None
    team_before: str = ""
    team_after: str = ""

    @property
    def name(self) -> str:
        """The blueprint's."""
        item = self.after or self.before
        return item.name if item is not None else ""


def followed(first: News, then: News) -> News:
    """What comes of two pieces of news about the same blueprint."""
    return News(first.before, then.after, first.team_before, then.team_after)


def by_team(news: Iterable[News]) -> Mapping[str, list[News]]:
    """The news that each team hears, by the team's name."""
    found: defaultdict[str, list[News]] = defaultdict(list)
    for one in news:
        for team in dict.fromkeys((one.team_before, one.team_after)):
            if team:
                found[team].append(one)
    return found


def told(where: str, team: str, news: Iterable[News], called: Mapping[str, str]) -> str:
    """What a team is told, in one line; nothing where nothing is worth it.

    ``where`` is the tracker's name; ``called`` how people call those whom the tracker knows otherwise.
    """
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for one in news:
        for kind in _kinds(team, one, called):
            kinds[kind].append(one.name)
    said = [_said(kind, which) for kind, which in kinds.items()]
    return f"In {where}: {'; '.join(said)}." if said else ""


def _said(kind: str, which: list[str]) -> str:
    is_one = len(which) == 1
    kind = kind.replace("(is)", "is" if is_one else "are").replace("(has)", "has" if is_one else "have")
    if is_one:
        return f"{which[0]} {kind}"
    return f"{len(which)} blueprints {kind} ({names(which, NAMED)})"


def _kinds(team: str, one: News, called: Mapping[str, str]) -> list[str]:
    """What happened to a blueprint, as a team sees it; ``(is)`` and ``(has)`` follow the number."""
    before, after = one.before, one.after
    if after is None:
        return ["(is) gone"]
    if one.team_after != team:
        return [f"(is) {genitive(one.team_after)} now" if one.team_after else "(is) no team's any more"]
    if before is None:
        return ["(is) new"]
    found = []
    if one.team_before != team:
        found.append(f"(is) {genitive(team)} now")
    if before.assignee != after.assignee and (one.team_before == team or not _is_team(after, team, called)):
        whom = called.get(after.assignee, after.assignee)
        found.append(f"(is) assigned to {whom}" if whom else "(is) assigned to nobody")
    if before.milestone != after.milestone:
        found.append(f"(is) for {after.milestone}" if after.milestone else "(has) no milestone any more")
    if before.state != after.state:
        found.append(f"(is) {after.state}")
    if before.priority != after.priority:
        found.append(f"(has) priority {after.priority}")
    if not before.direction_approved and after.direction_approved:
        found.append("(has) its direction approved")
    return found


def _is_team(item: Item, team: str, called: Mapping[str, str]) -> bool:
    """Whether a blueprint is assigned to the team as such, so that it being the team's says it all."""
    return called.get(item.assignee, item.assignee) in {team, ""}
