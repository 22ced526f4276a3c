"""Teams that ``bot.ini`` names and that are not there yet are made, as it says. One that is there, or was and
is retired, is what chat and files made of it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from bot.model import Actor
from bot.plugin import By
from plugins.rosters.base import RostersBase
from plugins.rosters.document import Document, Named, PersonEntry
from plugins.rosters.importing import apply, contradictions
from plugins.rosters.roster import LeadState
from plugins.rosters.seeds import TeamSettings, sown

log = logging.getLogger(__name__)


class Sowing(RostersBase):
    """What is done about ``[team NAME]``."""

    async def sow(self) -> None:
        """Make the teams that are not there yet."""
        seeds: Mapping[str, TeamSettings] = self.bot.config_of("team")
        for name, team in seeds.items():
            if name not in self.roster.teams:
                await self._sow(name, team)

    async def _sow(self, name: str, team: TeamSettings) -> None:
        by = By(Actor("", "bot.ini"), None, self.bot.now())
        entry = sown(name, team, self.today(), self.bot.zone)
        room = self.bot.room_named(team.channel) if team.channel else None
        if room is not None:
            entry = replace(entry, fields={**entry.fields, "channel": str(room)})
        people: tuple[PersonEntry, ...] = ()
        if team.lead:
            network, slash, account = team.lead.partition("/")
            if slash:
                lead = (await self.known_as(Actor(network, account, account), by)).name
            else:
                lead = team.lead
                people = (PersonEntry(lead, 0),)
            entry = replace(entry, lead=Named(lead, 0), lead_state=LeadState.CONFIRMED)
        document = Document(people, (replace(entry, lines=dict.fromkeys(entry.fields, 0)),))
        wrong = contradictions(document, self.roster)
        for mistake in wrong:
            log.warning("[team %s] of bot.ini makes no team: %s", name, mistake.why)
        if not wrong:
            await self.change(apply, by, document)
