"""What stands behind the commands on blueprints: a blueprint, a team or a person, several of them.

Rules:

1. A type converts its word by itself, and complains with the nearest ones.
2. Where a team and a person have one name, the team is meant; both are named whole, or a team by the
   beginning of its name alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from bot.plugin import Context, UserError
from bot.text import fold_nick, listed, shorten
from plugins.blueprints.finding import Found, find, is_pattern, matching, not_found
from plugins.blueprints.foundation import Foundation
from plugins.rosters import Person, PersonArg, Team, present
from plugins.tracker import Item


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One blueprint, by its name or the beginning of one."""

    item: Item

    @classmethod
    async def from_word(cls, word: str, ctx: Context) -> Self:
        """The blueprint that a word means."""
        return cls(ctx.bot.plugin(Foundation).one(word))


def several(words: Sequence[str], blueprints: Mapping[str, Item]) -> list[Item]:
    """The blueprints that words mean, each once; a pattern means those that are open. Raises
    :class:`UserError` where one word means none.
    """
    found: dict[str, Item] = {}
    for word in words:
        if is_pattern(word):
            items = [blueprints[name] for name in matching(word, blueprints)]
            matched = [item for item in items if item.is_open]
            if not matched:
                closed = "; all that it matches are done or over" if items else ""
                raise UserError(f"{shorten(word, 60)!r} matches no open blueprint{closed}.")
            found |= {item.name: item for item in matched}
            continue
        one = find(word, blueprints)
        if not isinstance(one, Found):
            raise UserError(not_found(word, one))
        found[one.item.name] = one.item
    return list(found.values())


async def whom(word: str, ctx: Context) -> Team | Person:
    """The team or person that a word means; ``me`` is who asks. Raises :class:`UserError`."""
    roster = ctx.bot.plugin(Foundation).roster
    wanted = word.lower().lstrip("~")
    team = roster.team(wanted)
    if team is not None and wanted in {team.name, team.launchpad}:
        if team.is_retired:
            raise UserError(f"{team} is retired; it takes no blueprints any more.")
        return team
    asker = roster.person_of(ctx.actor)
    if wanted == "me" and asker is not None:
        return asker
    try:
        return await PersonArg.from_word(word, ctx)
    except UserError:
        if team is not None:
            return team
        if any(fold_nick(one.nick) == fold_nick(word) for one in present(ctx)):
            raise  # somebody here, of whom it says why they are not meant
        near = [*roster.near_teams(wanted), *roster.near_people(wanted)][:3]
        if not near:
            raise
        raise UserError(
            f"There is no team or person {shorten(word, 40)!r}; did you mean {listed(near, 'or')}?"
        ) from None
