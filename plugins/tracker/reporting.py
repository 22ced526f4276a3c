"""Tells in rooms what became of writes that nobody waited for.

Each is told where it was asked for, to the nick who asked, once Muster is there; it is told again rather than
not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.model import Room
from bot.plugin import Bot
from plugins.tracker.answers import named
from plugins.tracker.items import ItemKind
from plugins.tracker.queue import Act, Write
from plugins.tracker.shelf import Shelf
from plugins.tracker.telling import reports


class Reporter:
    """Tells of the writes that are left on the shelf; ``is_awaited`` says of one's id whether a command waits
    for it, and tells by itself.
    """

    def __init__(self, bot: Bot, shelf: Shelf, *, is_awaited: Callable[[int], bool]) -> None:
        self._bot = bot
        self._shelf = shelf
        self._is_awaited = is_awaited
        self._telling = asyncio.Lock()

    @property
    def has_untold(self) -> bool:
        """Whether there is something to tell."""
        return any(not write.told for write in self._shelf.left)

    async def report(self) -> None:
        """Tell what came to nothing, where Muster is."""
        async with self._telling:
            untold = [one for one in self._shelf.left if not one.told and not self._is_awaited(one.id)]
            told = [one for one in untold if one.by.room is None]
            for report in reports(untold, self._bot.prefix):
                if self._is_in(report.room):
                    self._bot.say(report.room, report.text)
                    told += report.writes
            if told:
                await self._shelf.set_told(told)

    def tell_number(self, write: Write) -> None:
        """Tell whoever made a bug that had to wait which it is, where they made it."""
        room, item = write.by.room, self._shelf.items.get(write.ref)
        is_new_bug = write.act is Act.CREATE and write.ref.kind is ItemKind.BUG
        if is_new_bug and item is not None and room is not None and self._is_in(room):
            said = f"{write.by.actor.nick}: {item.title} is {named(item.ref)} now."
            self._bot.say(room, " ".join(part for part in (said, item.url) if part))

    def _is_in(self, room: Room) -> bool:
        """Whether Muster can speak there now."""
        if room.private:
            return any(place.network == room.network for place in self._bot.places())
        return self._bot.state(room) is not None
