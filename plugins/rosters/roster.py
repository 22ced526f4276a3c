"""Teams and people as they stand, as one value that answers who is who. Pure.

Rules:

1. A :class:`Roster` is never changed: each change in the database makes another.
2. People are known by accounts, never by nicks: :meth:`Roster.person_of` asks for the account alone. Accounts
   are compared as :func:`bot.text.fold_nick` folds them, so that two people's are never taken for one.
3. A team's name is a word that never changes; what people type is found by name, Launchpad handle or title.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from bot.model import Actor
from bot.text import fold_nick, nearest


class LeadState(enum.StrEnum):
    """How sure a team's lead is. The values are stored."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    VACANT = "vacant"


class Phase(enum.StrEnum):
    """What a team is at. Only one that builds is asked about code. The values are stored."""

    RESEARCH = "research"
    PLANNING = "planning"
    BUILDING = "building"


@dataclass(frozen=True, slots=True)
class Former:
    """As whom somebody was known, before they proved to be one whom we knew."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody. ``name`` is what people call them; ``launchpad`` their Launchpad id, once it is proven;
    ``accounts`` are ``(network, account)``; ``zone`` an IANA name. ``away_until`` is the last day of being
    away, and ``None`` where that is not known. ``former`` is as whom they were known too.
    """

    id: int
    name: str
    launchpad: str = ""
    zone: str = ""
    accounts: tuple[tuple[str, str], ...] = ()
    is_coordinator: bool = False
    is_away: bool = False
    away_until: date | None = None
    away_why: str = ""
    former: tuple[Former, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """All ids under which something may be noted of them."""
        return (*(one.id for one in self.former), self.id)

    @property
    def names(self) -> tuple[str, ...]:
        """All names by which they were known, and at the end that by which they are."""
        return (*(one.name for one in self.former), self.name)

    def away_on(self, day: date) -> bool:
        """Whether they said that they are away on a day."""
        return self.is_away and (self.away_until is None or day <= self.away_until)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody's place on a team; ``role`` is in the team's own words, mostly nothing."""

    person: int
    role: str = ""


@dataclass(frozen=True, slots=True)
class Meets:
    """When a team meets, again and again: ``rule`` is an RRULE (RFC 5545) whose first date and local time is
    ``start`` (ISO 8601, without a zone) in ``zone``; ``words`` are what was typed. ``cancelled`` are
    dates there that are left out; ``moved`` says for some dates when they are instead (ISO 8601, local).
    """

    id: int
    rule: str
    start: str
    zone: str
    minutes: int = 60
    words: str = ""
    cancelled: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Team:
    """A team. ``name`` is its short name for ever; ``channel`` its room as ``network/#room``; ``lead`` the id
    of a person. ``wanted`` says, if anything, what volunteers are wanted for.
    """

    id: int
    name: str
    title: str = ""
    about: str = ""
    channel: str = ""
    launchpad: str = ""
    mailing_list: str = ""
    tags: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    phase: Phase = Phase.BUILDING
    lead: int | None = None
    lead_state: LeadState = LeadState.VACANT
    wanted: str = ""
    members: tuple[Member, ...] = ()
    volunteers: tuple[int, ...] = ()
    meets: tuple[Meets, ...] = ()
    zone: str = ""
    is_retired: bool = False

    def __str__(self) -> str:
        return self.name

    def has(self, person: Person) -> bool:
        """Whether somebody is on the team; its lead is."""
        return person.id == self.lead or any(member.person == person.id for member in self.members)


class Roster:
    """All teams and people."""

    def __init__(self, teams: Iterable[Team] = (), people: Iterable[Person] = ()) -> None:
        self.teams: Mapping[str, Team] = {team.name: team for team in sorted(teams, key=lambda one: one.name)}
        self.people: Mapping[int, Person] = {person.id: person for person in people}
        self._by_account = {
            (network, fold_nick(account)): person
            for person in self.people.values()
            for network, account in person.accounts
        }
        self._by_handle = {
            team.launchpad: team for team in self.teams.values() if team.launchpad and not team.is_retired
        }
        self._by_launchpad = {person.launchpad: person for person in self.people.values() if person.launchpad}
        self._by_name = {fold_nick(name): person for person in self.people.values() for name in person.names}
        self._active = [team for team in self.teams.values() if not team.is_retired]

    def says_the_same(self, other: Roster) -> bool:
        """Whether another has just these teams and people."""
        return self.teams == other.teams and self.people == other.people

    def active(self) -> Sequence[Team]:
        """The teams that are not retired, by name."""
        return self._active

    @cached_property
    def _on(self) -> Mapping[int, Sequence[Team]]:
        """The teams that people are on or lead, by name."""
        found: dict[int, list[Team]] = {}
        for team in self._active:
            leads = () if team.lead is None else (team.lead,)
            for person in dict.fromkeys((*leads, *(member.person for member in team.members))):
                found.setdefault(person, []).append(team)
        return found

    @cached_property
    def _members(self) -> Mapping[str, Sequence[Person]]:
        """Who is on each team."""
        return {name: self._members_of(team) for name, team in self.teams.items()}

    def team(self, word: str) -> Team | None:
        """The team of that name, handle or title, or whose name alone begins so; ``None`` where none does."""
        wanted = word.lower().lstrip("~")
        found = self.teams.get(wanted) or self._by_handle.get(wanted)
        if found is not None:
            return found
        active = self.active()
        begun = [team for team in active if team.name.startswith(wanted)] if wanted else []
        if len(begun) == 1:
            return begun[0]
        return next((team for team in active if team.title.lower() == wanted), None)

    def near_teams(self, word: str) -> list[str]:
        """At most three names of teams that may have been meant."""
        names = [team.name for team in self.active()]
        wanted = word.lower()
        within = [name for name in names if wanted in name or wanted in (self.teams[name].title.lower())]
        return [*within, *(name for name in nearest(wanted, names) if name not in within)][:3]

    def person_of(self, actor: Actor) -> Person | None:
        """Who an actor is, by account; ``None`` for one without, or whom no team knows."""
        if actor.account is None:
            return None
        return self.with_account(actor.network, actor.account)

    def with_account(self, network: str, account: str) -> Person | None:
        """Whose an account is; ``None`` where no person's that is known."""
        return self._by_account.get((network, fold_nick(account)))

    def with_id(self, id_: int) -> Person | None:
        """Who has an id now, also one that they had before; ``None`` where nobody has."""
        return self.people.get(id_) or next((one for one in self.people.values() if id_ in one.ids), None)

    def person(self, word: str) -> Person | None:
        """The person who is or was known by that name, or with that Launchpad id, which alone is meant by
        ``~id``; ``None`` where there is none.
        """
        if word.startswith("~"):
            return self._by_launchpad.get(word[1:].lower())
        return self._by_name.get(fold_nick(word)) or self._by_launchpad.get(word.lower())

    def named(self, name: str) -> Person | None:
        """The person who is or was known by that name."""
        return self._by_name.get(fold_nick(name))

    def of_launchpad(self, handle: str) -> Team | Person | None:
        """The team or person that a name on Launchpad belongs to."""
        return self._by_handle.get(handle) or self._by_launchpad.get(handle)

    def near_people(self, word: str) -> list[str]:
        """At most three names of people that may have been meant."""
        return nearest(word.lower(), [person.name for person in self.people.values()])

    def teams_of(self, person: Person) -> list[Team]:
        """The teams that somebody is on or leads, by name."""
        return list(self._on.get(person.id, ()))

    def led_by(self, person: Person) -> list[Team]:
        """The teams that somebody leads, confirmed or not."""
        return [team for team in self._on.get(person.id, ()) if team.lead == person.id]

    def members(self, team: Team) -> Sequence[Person]:
        """Who is on a team, its lead first, by name."""
        known = self.teams.get(team.name) is team  # and not one of another time
        return self._members[team.name] if known else self._members_of(team)

    def _members_of(self, team: Team) -> Sequence[Person]:
        ids = {member.person for member in team.members} | ({team.lead} if team.lead is not None else set())
        found = [self.people[one] for one in ids if one in self.people]
        return sorted(found, key=lambda one: (one.id != team.lead, one.name.lower()))

    def grants(self, person: Person, needs: str) -> bool:
        """Whether somebody has a capability: ``coordinator``, ``lead:TEAM`` (its confirmed lead, and each
        coordinator) or ``member:TEAM`` (whoever is on it, its lead, and each coordinator).
        """
        kind, _, name = needs.partition(":")
        if kind not in {"coordinator", "lead", "member"}:
            return False
        if person.is_coordinator:
            return True
        team = self.teams.get(name)
        if team is None or team.is_retired:
            return False
        if kind == "lead":
            return team.lead == person.id and team.lead_state is LeadState.CONFIRMED
        return kind == "member" and team.has(person)
