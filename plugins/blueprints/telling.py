"""What Muster tells by itself: what a blueprint is that somebody mentions, and what changed in the tracker.

Rules:

1. A mention is answered where people talk (:mod:`bot.mentions`), and not in quiet rooms.
2. What is seen to change in the tracker is gathered (:mod:`bot.gathering`), and told in the owning teams'
   rooms, one line each. What Muster was told here was said here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.gathering import Gathering
from bot.mentions import Told, is_talk
from bot.model import Entry, Line, Room
from bot.plugin import Bot
from plugins.blueprints.foundation import Foundation
from plugins.blueprints.mentions import mentioned
from plugins.blueprints.news import News, by_team, followed, told
from plugins.blueprints.owning import Owning
from plugins.blueprints.showing import listed_line
from plugins.rosters import Person, Team
from plugins.tracker import ItemKind, Seen


class Telling(Foundation):
    """Answers mentions, and tells what changed."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.told = Told()
        self._news = Gathering(bot, followed, self._tell)

    async def stop(self) -> None:
        """Leave no timer behind."""
        self._news.stop()
        await super().stop()

    # Mentions

    def hear(self, line: Line, entry: Entry | None) -> None:
        """Say in one line what a blueprint is that somebody mentions."""
        super().hear(line, entry)
        # Every mention has a slash, and few other lines do: all lines of all rooms come by here.
        if "/" not in line.text or not self._is_talk(line):
            return
        for item in mentioned(line.text, self.blueprints):
            if self.told.may(line.room, item.name, self.bot.now()):
                said = (listed_line(item, self.holding(item)), item.url, self.tracker.as_of())
                self.bot.say(line.room, " ".join(filter(None, said)), notice=True)

    def _is_talk(self, line: Line) -> bool:
        """Whether a line is what people say to each other, where Muster may put in a word."""
        if not is_talk(line, self.bot.prefix, self.bot.nick(line.actor.network)):
            return False
        room = self.bot.room_settings(line.room)
        return room.commands and not room.quiet

    # Changes

    def _seen(self, seen: Sequence[Seen]) -> None:
        self._gather(seen)  # first, while it is known which teams had them
        super()._seen(seen)

    def _gather(self, seen: Sequence[Seen]) -> None:
        owning = self.owning()
        for one in seen:
            item = one.after or one.before
            if item is None or item.ref.kind is not ItemKind.BLUEPRINT:
                continue
            before, after = _teams_of(one, owning)
            if before or after:
                self._news.add(item.name, News(one.before, one.after, before, after))

    def _tell(self, gathered: Sequence[News]) -> None:
        names, rooms = self._names(), self._rooms()
        for team, news in by_team(gathered).items():
            said = told(self.tracker.title, team, news, names)
            for room in rooms.get(team, ()) if said else ():
                self.bot.say(room, said)

    def _names(self) -> dict[str, str]:
        """How people call those whom the tracker knows by an id."""
        owning, roster = self.owning(), self.roster
        everybody: list[Person | Team] = [*roster.people.values(), *roster.active()]
        return {known: one.name for one in everybody if (known := owning.assignee(one))}

    def _rooms(self) -> dict[str, list[Room]]:
        """The teams' rooms in which Muster may speak unasked, by the teams' names."""
        rooms: dict[str, list[Room]] = {}
        for room, team in self.rosters.teams_of(self.bot.rooms()).items():
            if not self.bot.room_settings(room).quiet:
                rooms.setdefault(team.name, []).append(room)
        return rooms


def _teams_of(seen: Seen, owning: Owning) -> tuple[str, str]:
    """The names of the teams that had and have a blueprint. One that handed it to somebody in the tracker
    just now keeps it, though that is not written down yet.
    """
    before = owning.holding(seen.before).team if seen.before is not None else None
    after = None
    if seen.after is not None:
        held = owning.holding(seen.after)
        after = held.team or (before if held.person or held.unknown else None)
    return before.name if before else "", after.name if after else ""
