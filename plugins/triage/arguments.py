"""What stands behind the commands on bugs: a bug, by its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bot.plugin import Context, UserError
from bot.text import shorten
from plugins.tracker import Item
from plugins.triage.foundation import Foundation
from plugins.triage.words import number_in


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug: ``12``, ``#12`` or ``lp:12``. One that was not seen yet is looked up in the tracker."""

    item: Item

    @classmethod
    async def from_word(cls, word: str, ctx: Context) -> Self:
        """The bug that a word means. Raises :class:`UserError`."""
        number = number_in(word)
        if not number:
            raise UserError(f"{shorten(word, 40)!r} is no bug's number; write it like 12.")
        return cls(await ctx.bot.plugin(Foundation).bug(number))
