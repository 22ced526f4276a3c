"""What plugins tell each other about a room, through the core and without knowing each other. Pure values."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from bot.model import Room


class Occasion(enum.Enum):
    """What briefs are asked for: it decides what is worth a line."""

    MEETING = enum.auto()
    """The agenda of a team's meeting: all that the team should look at."""
    PAGE = enum.auto()
    """The team's page: the same, but for what has a part of its own there (:class:`~bot.parts.Part`)."""
    DAILY = enum.auto()
    """The daily reminder: today's work, in a line or two of each plugin."""
    WEEKLY = enum.auto()
    """The weekly report: what came in, what was done, what is the oldest."""

    @property
    def is_whole(self) -> bool:
        """Whether all is told that the team should look at, and not what matters of a time alone."""
        return self in (Occasion.MEETING, Occasion.PAGE)


@dataclass(frozen=True, slots=True)
class Brief:
    """One thing that a team should look at now, in one line. Of briefs for one occasion those with a smaller
    ``place`` stand first, and those with the same share a line where lines are scarce. One that is ``beside``
    stands behind others, and where there are none it is not worth a line: who is on duty, say.

    Places of the daily reminder: 10 what is new and who is on duty, 20 what is next, 30 reviews, 40 actions.
    """

    text: str
    place: int = 50
    beside: bool = False


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
    """A team, as those need it who know no rosters: its short name, its title, who is on it, the IANA name of
    its time zone (nothing: Muster's), and the rooms that are its now, whether Muster is in them or not.
    """

    name: str
    title: str
    members: tuple[TeamMember, ...] = ()
    zone: str = ""
    rooms: tuple[Room, ...] = ()


@dataclass(frozen=True, slots=True)
class Nag:
    """Something that should be done, which nobody asked to be reminded of.

    ``kind`` is what ``!mute`` names: ``actions``, ``vacancies``. ``key`` tells one nag from another for ever:
    it is told once for each key, so one that is to be told again gets another (``action:12/due``, then
    ``action:12/late-1``). ``ends`` is the one command that ends it, without the prefix: ``action 12 done``.
    It is told to the people in ``to``, each alone and found by their accounts, and then never in a room;
    where ``to`` is empty, in the room.
    """

    kind: str
    key: str
    text: str
    ends: str
    to: tuple[TeamMember, ...] = ()
