"""``!page``: those of a team who are there are called by their nicks.

Rules:

1. Called is who is in the team's room now, by account, and did not say that they are away.
2. A team is paged once within ``page_every``, and nobody pages more than once within it, whatever team: what
   highlights a dozen people is no toy. A restart forgets who paged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from bot.model import Actor
from bot.plugin import Bot, Context, Text, UserError, command
from bot.text import counted, listed, one_line
from plugins.rosters.arguments import TeamArg
from plugins.rosters.base import RostersBase
from plugins.rosters.roster import Person, Team
from plugins.rosters.settings import RosterSettings

_LONGEST = 300


class PageCommands(RostersBase):
    """The command, and who of a team is there."""

    def __init__(self, bot: Bot, settings: RosterSettings) -> None:
        super().__init__(bot, settings)
        self._paged: dict[str, datetime] = {}

    def members_present(self, team: Team) -> list[tuple[Person, Actor]]:
        """Who of a team is in its room now, and as whom: known by account, the lead first."""
        room = self.room_of(team)
        state = self.bot.state(room) if room is not None else None
        here = [(self.roster.person_of(actor), actor) for actor in (state.members if state else ())]
        return [(one, actor) for one in self.roster.members(team) for who, actor in here if who == one]

    @command("page")
    async def page(self, ctx: Context, team: TeamArg, text: Text) -> None:
        """Call those of a team who are in its room and not away.
        Example: !page nova-api the gate is broken
        """
        asker = await self.known(ctx)
        text = one_line(text).strip()
        if len(text) > _LONGEST:
            raise UserError(f"Say it in {_LONGEST} characters.")
        room = self.room_of(team)
        if room is None or self.bot.state(room) is None:
            where = f"I am not in {room}, the room of {team}" if room else f"{team} has no room"
            raise UserError(f"{where}, so I can page nobody; {self.bot.prefix}team {team} says who is on it.")
        present = self.members_present(team)
        called = [actor for one, actor in present if one.id != asker.id and not self.is_away(one)]
        if not called:
            away = listed(dict.fromkeys(str(one) for one, _ in present if self.is_away(one)))
            raise UserError(f"Nobody else of {team} is in {room}{f' but {away}, away' if away else ''}.")
        self._take({f"team {team.name}": f"{team} was paged", f"person {asker.id}": "You paged a team"})
        nicks = ", ".join(dict.fromkeys(actor.nick for actor in called))
        self.bot.say(room, f"{nicks}: {text} ({asker} pages {team})")
        if ctx.room != room:
            count = len({actor.account for actor in called})
            ctx.reply(f"Paged {count} of {team} in {room}.")

    def _take(self, pages: Mapping[str, str]) -> None:
        """Use up a page of each of these (said to have been, where it was just now). Raises
        :class:`~bot.plugin.UserError` where one had its last just now, and then uses up none.
        """
        now, every = self.bot.now(), self.settings.page_every
        self._paged = {one: last for one, last in self._paged.items() if now - last < every}
        for whom, what in pages.items():
            if whom in self._paged:
                left = math.ceil((every - (now - self._paged[whom])).total_seconds() / 60)
                raise UserError(f"{what} just now; wait {counted(left, 'minute')}.")
        self._paged |= dict.fromkeys(pages, now)
