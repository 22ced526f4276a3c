"""What plugins tell each other about a room, through the core and without knowing each other. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Brief:
    """One thing that a team should look at now, in one line."""

    text: str


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting that was held: when it began, in UTC, and how many of the team ``came`` and ``missed`` it;
    both are 0 where the meeting was no team's.
    """

    when: datetime
    came: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class TeamMember:
    """Somebody on a team: the name that people know, ``(network, account)`` pairs that prove who it is, and
    whether they said that they are away.
    """

    name: str
    accounts: tuple[tuple[str, str], ...] = ()
    is_away: bool = False


@dataclass(frozen=True, slots=True)
class RoomTeam:
    """A team, as those need it who know no rosters: its short name, its title, who is on it, and the IANA
    name of its time zone (nothing: Muster's).
    """

    name: str
    title: str
    members: tuple[TeamMember, ...] = ()
    zone: str = ""
