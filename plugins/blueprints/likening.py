"""What is nearly the same as a blueprint, for other commands: so that nobody does the same work twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.plugin import Bot
from plugins.blueprints.foundation import Foundation
from plugins.blueprints.indexing import Indexing
from plugins.blueprints.showing import listed_line
from plugins.blueprints.similar import NEARLY_THE_SAME, Index
from plugins.blueprints.words import Words
from plugins.tracker import Seen

_SHOWN = 2


class Likening(Foundation):
    """Keeps the index of what blueprints are about in step with the tracker."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.indexing = Indexing(bot.spawn)

    async def start(self) -> None:
        """Begin to read the blueprints."""
        await super().start()
        self.indexing.follow(self.blueprints)

    def _seen(self, seen: Sequence[Seen]) -> None:
        super()._seen(seen)
        self.indexing.follow(self.blueprints)

    async def index(self) -> Index:
        """What all blueprints are about, as they are now."""
        self.indexing.follow(self.blueprints)
        await self.indexing.settled()
        return self.indexing.index

    async def same_work(self, words: Words, name: str) -> str:
        """What may be the same work as a blueprint of that name that is about this, in one line; nothing
        where nothing is nearly the same. What was given up is no work.
        """
        found = (await self.index()).like(words, name, least=NEARLY_THE_SAME)
        items = [self.blueprints[one.name] for one in found if one.name in self.blueprints]
        lines = [listed_line(item, self.holding(item)) for item in items if item.is_open or item.is_done]
        return "; ".join(lines[:_SHOWN])
