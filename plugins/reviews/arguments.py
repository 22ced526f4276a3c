"""What stands behind the commands on reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bot.plugin import Context
from plugins.reviews.foundation import Foundation
from plugins.reviews.review import Review


@dataclass(frozen=True, slots=True)
class ReviewArg:
    """One review, by its number, Change-Id or address."""

    review: Review

    @classmethod
    async def from_word(cls, word: str, ctx: Context) -> Self:
        """The review that a word means. Raises :class:`~bot.plugin.UserError`."""
        return cls(await ctx.bot.plugin(Foundation).one(word))
