"""A tracker that is Launchpad as far as rosters ask it: people with the names that they list, and teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from plugins.tracker import AwayError, Capability, Refused, Tracker, TrackerMember


@dataclass
class There:
    """What there is on Launchpad, and how it answers."""

    people: dict[str, TrackerMember] = field(default_factory=dict)
    teams: dict[str, set[str]] = field(default_factory=dict)
    may_edit: bool = True
    is_away: bool = False
    refuses: str = ""
    asked: list[str] = field(default_factory=list)

    def add(self, id_: str, *, irc: str = "", jabber: str = "", zone: str = "UTC") -> None:
        """Somebody; ``irc`` is ``NETWORK/NICK``."""
        network, _, nick = irc.partition("/")
        names = ((network, nick),) if irc else ()
        self.people[id_] = TrackerMember(id_, irc=names, jabber=(jabber,) if jabber else (), zone=zone)


class LaunchpadTracker(Tracker):
    """The tracker, over :data:`there`."""

    there = There()

    @property
    def is_local(self) -> bool:
        return False

    @property
    def title(self) -> str:
        return "Launchpad"

    def can(self, capability: str) -> bool:
        return self.there.may_edit if capability == Capability.EDIT_MEMBERS else super().can(capability)

    def _ask(self, what: str) -> None:
        self.there.asked.append(what)
        if self.there.is_away:
            raise AwayError("Launchpad does not answer")

    async def members(self, team: str) -> Sequence[TrackerMember] | None:
        self._ask(f"members {team}")
        ids = self.there.teams.get(team)
        return None if ids is None else [self.there.people[one] for one in sorted(ids)]

    async def person(self, id_: str) -> TrackerMember | None:
        self._ask(f"person {id_}")
        return self.there.people.get(id_)

    async def set_member(self, team: str, person: str, *, on: bool) -> Refused | None:
        self._ask(f"{'add' if on else 'remove'} {person} {team}")
        if self.there.refuses:
            return Refused(self.there.refuses)
        (self.there.teams[team].add if on else self.there.teams[team].discard)(person)
        return None
