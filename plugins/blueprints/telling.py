"""What Muster tells by itself: what a blueprint is that somebody mentions, and what changed in the tracker.

Rules:

1. A mention is answered where people talk, and only there: not to bots, commands or history, not off the
   record, not in quiet rooms.
2. What is seen to change in the tracker is gathered for :data:`GATHER` from the first change on, and told in
   the owning teams' rooms, one line each. What Muster was told here was said here.
3. What was gathered and not told yet when Muster ends is not told: ``!history`` and briefings have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.model import Entry, Kind, Line, Room
from bot.plugin import Bot, Timer
from bot.text import fold_nick
from plugins.blueprints.foundation import Foundation
from plugins.blueprints.mentions import Told, mentioned
from plugins.blueprints.news import Gathered, News, by_team, told
from plugins.blueprints.owning import Owning
from plugins.blueprints.showing import listed_line
from plugins.rosters import Person, Team
from plugins.tracker import ItemKind, Seen

GATHER = timedelta(minutes=1)
_OFF = "[off]"


class Telling(Foundation):
    """Answers mentions, and tells what changed."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.told = Told()
        self._news = Gathered()
        self._timer: Timer | None = None

    async def stop(self) -> None:
        """Leave no timer behind."""
        if self._timer is not None:
            self._timer.cancel()
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
        if line.kind not in {Kind.SAID, Kind.ACTED} or line.own or line.history or line.actor.bot:
            return False
        if line.room.private or "to" in line.data or line.text.lstrip().lower().startswith(_OFF):
            return False
        if self._is_command(line):
            return False
        room = self.bot.room_settings(line.room)
        return room.commands and not room.quiet

    def _is_command(self, line: Line) -> bool:
        text = line.text.lstrip()
        prefixes = (self.bot.prefix, "#")
        if any(text.startswith(prefix) and text[len(prefix) :][:1].isalpha() for prefix in prefixes):
            return True
        nick = self.bot.nick(line.room.network)
        head, after = text[: len(nick)], text[len(nick) : len(nick) + 1]
        return fold_nick(head) == fold_nick(nick) and after in {":", ","}

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
                self._news.add(News(one.before, one.after, before, after))
        if self._news and self._timer is None:
            self._timer = self.bot.at(self.bot.now() + GATHER, self._tell)

    def _tell(self) -> None:
        self._timer = None
        names, rooms = self._names(), self._rooms()
        for team, news in by_team(self._news.take()).items():
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
