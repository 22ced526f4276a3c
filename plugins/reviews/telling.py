"""What Muster tells by itself of reviews: what happened, and what a change is that somebody mentions.

Rules:

1. What happened is told in the rooms that asked for it, one line for each look, by a process that is in the
   room; it counts as told once it has gone out. In quiet rooms nothing is told.
2. The address of a change is answered where people talk, with one line; not again within ten minutes, and at
   most three in a message (:mod:`bot.mentions`).
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any

from bot.mentions import MOST, Told, is_talk, pieces
from bot.model import Entry, Line, Room, RoomState
from bot.plugin import Bot
from plugins.reviews import tables
from plugins.reviews.foundation import ANSWER_WITHIN, Foundation
from plugins.reviews.news import told
from plugins.reviews.review import Review
from plugins.reviews.showing import mentioned_line
from plugins.reviews.sources import SourceError
from plugins.reviews.tables import Key

log = logging.getLogger(__name__)


class Telling(Foundation):
    """Tells what happened, and answers mentions."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.told = Told()
        self._holder = uuid.uuid4().hex
        self._is_asking = False

    def entered(self, state: RoomState) -> None:
        """Tell in a room what was to be told there."""
        super().entered(state)
        if self.watches.get(state.room):
            self.bot.spawn(self.tell(), "what happened to reviews")

    async def _followed(self) -> None:
        await super()._followed()
        await self.tell()

    async def tell(self) -> None:
        """Tell what is noted for the rooms that Muster is in."""
        rooms = [room for room in self.bot.rooms() if self._may_tell(room)]
        if not rooms:
            return
        bursts = await self.store.write(tables.claim_news, rooms, self._holder, self.bot.now())
        names = self.people_names() if bursts else {}
        for burst in bursts:
            self.bot.say(burst.room, told(burst.events, names))
            for event in burst.events:
                self.told.note(burst.room, _key(event.review.key), self.bot.now())
            is_told = await self.bot.sent(burst.room)
            await self.store.write(tables.finish_news, burst.ids, self._holder, told=is_told)

    def _may_tell(self, room: Room) -> bool:
        return (
            not room.private
            and self.bot.state(room) is not None
            and not self.bot.room_settings(room).quiet
            and room in self.watches
        )

    # Mentions

    def hear(self, line: Line, entry: Entry | None) -> None:
        """Say in one line what a change is whose address somebody says."""
        super().hear(line, entry)
        # All lines of all rooms come by here, and few hold an address.
        if "://" not in line.text or not self.sources or not self._is_talk(line):
            return
        for key in self.mentioned(line.text):
            if not self.told.may(line.room, _key(key), self.bot.now()):
                continue
            review = self.reviews.get(key)
            if review is not None:
                self.say_what_it_is(line.room, review)
            elif not self._is_asking and not self.sources[key[0]].is_silent:
                self._is_asking = True
                self.bot.spawn(self._say_what_it_was(line.room, key), "a review that was mentioned")

    async def _say_what_it_was(self, room: Room, key: Key) -> None:
        """Say what a change is that is over, or of another project; nothing, where its source is away."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                found = await self.sources[key[0]].some([key[1]])
        except (SourceError, TimeoutError) as error:
            log.info("Review %s/%s was mentioned and could not be looked up: %s", *key, error)
            found = ()
        finally:
            self._is_asking = False
        for review in found:
            self.say_what_it_is(room, review)

    def say_what_it_is(self, room: Room, review: Review) -> None:
        """Say in one line what a change is."""
        holder = self.holder(review)
        said = mentioned_line(review, name=self.called(review), holder=holder.name if holder else "")
        self.bot.say(room, " ".join(filter(None, (said, self.as_of(review.source)))), notice=True)

    def mentioned(self, text: str) -> list[Key]:
        """The reviews whose addresses stand in a text, each once, by source and number."""
        found: dict[Key, None] = {}
        for piece, is_address in pieces(text):
            keys = ((name, source.number_in(piece)) for name, source in self.sources.items())
            key = next((key for key in keys if key[1]), None) if is_address else None
            if key is not None:
                found[key] = None
            if len(found) == MOST:
                break
        return list(found)

    def _is_talk(self, line: Line) -> bool:
        if not is_talk(line, self.bot.prefix, self.bot.nick(line.actor.network)):
            return False
        room = self.bot.room_settings(line.room)
        return room.commands and not room.quiet


def _key(key: Key) -> str:
    return tables.subject(key)
