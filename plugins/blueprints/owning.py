"""Whose a blueprint is: which team owns it, and which person has it. Pure.

Rules:

1. A tracker knows one assignee. Where that is a team, the team owns the blueprint and nobody has it yet.
2. Where it is a person, they have it, and the team that handed it to them keeps owning it: that is ``kept``,
   which Muster remembers, since the tracker cannot.
3. Where it is nobody, no team owns it, whoever did before.
4. On Launchpad an assignee is an id that only its own holder proves; in Muster's own tracker it is the team's
   or the person's name here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugins.rosters import Person, Roster, Team
from plugins.tracker import Item


@dataclass(frozen=True, slots=True)
class Holding:
    """Whose a blueprint is. ``unknown`` is an assignee that no roster knows."""

    team: Team | None = None
    person: Person | None = None
    unknown: str = ""

    @property
    def is_unowned(self) -> bool:
        """Whether no team owns it."""
        return self.team is None

    @property
    def is_nobodys(self) -> bool:
        """Whether neither a team nor a person has it."""
        return self.team is None and self.person is None and not self.unknown

    def __str__(self) -> str:
        """In words: ``nova-api (bcwaldon)``, ``bcwaldon``, ``nobody``."""
        holder = self.person.name if self.person is not None else self.unknown
        if self.team is None:
            return holder or "nobody"
        return f"{self.team.name} ({holder})" if holder else self.team.name


@dataclass(frozen=True, slots=True)
class Owning:
    """Who is who, as far as blueprints need it: the roster, the teams that keep owning what they handed on (a
    blueprint's name -> the team's), and whether the tracker is Muster's own.
    """

    roster: Roster
    kept: Mapping[str, str]
    is_local: bool
    _whose: dict[str, Team | Person | None] = field(default_factory=dict, repr=False, compare=False)
    _holdings: dict[tuple[str, str], Holding] = field(default_factory=dict, repr=False, compare=False)

    def holding(self, item: Item) -> Holding:
        """Whose a blueprint is."""
        key = item.assignee, self.kept.get(item.name, "")
        held = self._holdings.get(key)
        if held is None:  # there are many more blueprints than there are people
            held = self._holdings[key] = self._held(*key)
        return held

    def _held(self, assignee: str, keeper: str) -> Holding:
        if not assignee:
            return Holding()
        whose = self.whose(assignee)
        if isinstance(whose, Team):
            return Holding(whose)
        kept = self.roster.teams.get(keeper)
        team = None if kept is None or kept.is_retired else kept
        return Holding(team, whose, "" if whose else assignee)

    def whose(self, assignee: str) -> Team | Person | None:
        """The team or person that an assignee is."""
        if assignee not in self._whose:
            self._whose[assignee] = self._found(assignee)
        return self._whose[assignee]

    def _found(self, assignee: str) -> Team | Person | None:
        if not self.is_local:
            return self.roster.of_launchpad(assignee)
        team = self.roster.teams.get(assignee)
        if team is not None and not team.is_retired:
            return team
        named = self.roster.person(assignee)
        return named if named is not None else self.roster.of_launchpad(assignee)

    def shown_owner(self, item: Item) -> dict[str, str | None]:
        """The team that the tracker shows to own a blueprint, or none, by the blueprint's name; nothing where
        it shows a person.
        """
        if not item.assignee:
            return {item.name: None}
        whose = self.whose(item.assignee)
        return {item.name: whose.name} if isinstance(whose, Team) else {}

    def assignee(self, who: Team | Person) -> str:
        """What the tracker calls a team or a person; nothing where Launchpad knows them by no name yet."""
        return who.name if self.is_local else who.launchpad
