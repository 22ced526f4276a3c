"""What a roster's file says, as values; what it leaves open is ``None``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from plugins.rosters.recurrence import SaidMeets
from plugins.rosters.roster import LeadState


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """What is wrong, and in which line of the file, counted from 1."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Away:
    """That somebody is away; ``until`` is the last day."""

    until: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """Somebody; ``line`` is where the name stands."""

    name: str
    line: int
    launchpad: str | None = None
    zone: str | None = None
    accounts: tuple[tuple[str, str], ...] = ()
    is_coordinator: bool | None = None
    away: Away | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A person as a team names one, with the role there; ``None`` leaves that as it is."""

    name: str
    line: int
    role: str | None = None


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """A team. ``fields`` are named as those of :class:`~plugins.rosters.roster.Team`; ``lead_state`` is
    ``None`` where nothing is said of who leads; ``lines`` says where each key stands.
    """

    name: str
    line: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    lead: Named | None = None
    lead_state: LeadState | None = None
    members: tuple[Named, ...] = ()
    volunteers: tuple[Named, ...] = ()
    meets: tuple[SaidMeets, ...] | None = None
    is_retired: bool = False
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """All that a file says."""

    people: tuple[PersonEntry, ...] = ()
    teams: tuple[TeamEntry, ...] = ()
