"""Asking all plugins: one that fails costs its own answer, and the log says so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

from bot.model import Actor, Room
from bot.plugin import Brief, Held, Nag, Occasion, Part, Plugin, RoomTeam, Subject, TeamMember
from bot.store import is_unavailable

if TYPE_CHECKING:
    from bot.web import Reader

log = logging.getLogger(__name__)


@contextmanager
def _but_go_on(plugin: Plugin, what: str, *, needs_database: bool = False) -> Iterator[None]:
    """Log what a plugin raises while it is to do ``what``, and go on; unless it ``needs_database``, and that
    is away.
    """
    try:
        yield
    except Exception as error:
        if needs_database and is_unavailable(error):
            raise
        log.exception("Plugin %s could not %s", plugin.name, what)


class Asking:
    """The running plugins, and what they know together."""

    def __init__(self) -> None:
        self.plugins: list[Plugin] = []

    async def briefs(self, room: Room, occasion: Occasion = Occasion.MEETING) -> list[Brief]:
        """What all plugins think this room's team should look at now, in the order of their places."""
        found: list[Brief] = []
        for plugin in tuple(self.plugins):
            with _but_go_on(plugin, "make its briefing"):
                found += await plugin.briefing(room, occasion)
        return sorted(found, key=lambda brief: brief.place)

    async def nags(self, room: Room, day: date) -> list[Nag]:
        """What all plugins think this room's team should be reminded of on a day."""
        found: list[Nag] = []
        for plugin in tuple(self.plugins):
            with _but_go_on(plugin, "say what should be reminded of"):
                found += await plugin.nags(room, day)
        return found

    def related(self, subject: str) -> list[str]:
        """What all plugins know of something that the tracker holds."""
        found: list[str] = []
        for plugin in self.plugins:
            with _but_go_on(plugin, f"tell what is related to {subject}"):
                found += plugin.related(subject)
        return found

    async def parts(self, subject: Subject, reader: Reader) -> list[Part]:
        """What all plugins have to say on a page, in the order of their places. Raises where the database is
        away: a page of nothing would tell that there is nothing.
        """
        found: list[Part] = []
        for plugin in tuple(self.plugins):
            what = f"make its part of the page about {subject.about} {subject.name}"
            with _but_go_on(plugin, what, needs_database=True):
                found += await plugin.parts(subject, reader)
        return sorted(found, key=lambda part: part.place)

    async def held(self, room: Room, since: datetime) -> list[Held]:
        """The meetings held in a room since a time, the oldest first."""
        found: list[Held] = []
        for plugin in self.plugins:
            with _but_go_on(plugin, "tell what meetings were held"):
                found += await plugin.held(room, since)
        return sorted(found, key=lambda one: one.when)

    def in_meeting(self, room: Room) -> bool:
        """Whether a meeting is being held in a room now."""
        for plugin in self.plugins:
            with _but_go_on(plugin, "say whether a meeting is being held"):
                if plugin.in_meeting(room):
                    return True
        return False

    def team(self, room: Room) -> RoomTeam | None:
        """The team whose room this is."""
        return None if room.private else self._first_team(lambda plugin: plugin.team(room))

    def team_named(self, name: str) -> RoomTeam | None:
        """The team of that name."""
        return self._first_team(lambda plugin: plugin.team_named(name))

    def _first_team(self, ask: Callable[[Plugin], RoomTeam | None]) -> RoomTeam | None:
        # A page asks of fifty rooms: with a context for each plugin each time that took half a millisecond.
        for plugin in self.plugins:
            try:
                found = ask(plugin)
            except Exception:
                log.exception("Plugin %s could not tell of a team", plugin.name)
            else:
                if found is not None:
                    return found
        return None

    def person_of(self, actor: Actor) -> TeamMember | None:
        """Who an actor is, by account."""
        if actor.account is None:
            return None
        for plugin in self.plugins:
            with _but_go_on(plugin, "tell who somebody is"):
                found = plugin.person_of(actor)
                if found is not None:
                    return found
        return None

    def grants(self, actor: Actor, needs: str) -> bool:
        """Whether a plugin knows an actor to have a capability."""
        for plugin in self.plugins:
            with _but_go_on(plugin, f"say who has {needs!r}"):
                if plugin.grants(actor, needs):
                    return True
        return False
