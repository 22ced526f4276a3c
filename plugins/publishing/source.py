"""What goes out of a meeting, made of the meeting as it stands: its forms, its addresses, and for whom. What
the plugin asks of the meetings and of the rosters stands here and nowhere else.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.model import Room
from bot.plugin import Bot
from plugins.meetings import HeldMeeting, Meetings, meeting_by_key, public_meetings
from plugins.publishing.addresses import read_address
from plugins.publishing.message import Content
from plugins.publishing.prints import Print, print_of
from plugins.publishing.settings import PublishingSettings
from plugins.publishing.tables import Ended
from plugins.rosters import Rosters, Team

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Material:
    """A public meeting as it stands: what a mail says of it, and its print."""

    content: Content
    print: Print


def ended(held: HeldMeeting) -> Ended:
    """What the outbox wants to know of a meeting."""
    return Ended(held.key, held.room, held.ended)


def public(session: Session, key: str) -> HeldMeeting | None:
    """The meeting of that id, if it is over and everybody may read it. A transaction."""
    held = meeting_by_key(session, key)
    return None if held is None or held.restricted else held


def all_public(session: Session, after: int = 0) -> Iterator[HeldMeeting]:
    """All meetings behind an id that are over and that everybody may read. Within a transaction."""
    while found := public_meetings(session, after, _AT_ONCE):
        yield from found
        after = found[-1].id


class Source:
    """Where the plugin takes from what it sends."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @property
    def rosters(self) -> Rosters:
        """Who is who."""
        return self._bot.plugin(Rosters)

    def team_of(self, room: Room) -> Team | None:
        """The team whose room this is."""
        return self.rosters.team_of(room)

    def recipients(self, room: Room, settings: PublishingSettings) -> tuple[str, ...]:
        """To whom the minutes of a room's meetings are mailed; see ``rooms``, ``teams`` and ``to`` of the
        settings. A list whose address is none counts as no list.
        """
        team = self.team_of(room)
        here = self._places(room)
        if settings.rooms or settings.teams:
            is_wanted = any(self._named(name) in here for name in settings.rooms)
            if not is_wanted and (team is None or team.name not in settings.teams):
                return ()
        own = [to for to in settings.to if self._named(to.room) in here]
        if own:
            return tuple(dict.fromkeys(to.address for to in own if to.address))
        try:
            return (read_address(team.mailing_list),) if team is not None and team.mailing_list else ()
        except ValueError:
            return ()

    def _places(self, room: Room) -> set[Room | None]:
        """A room, and those that are linked with it; a meeting is one of them all."""
        return {room, *map(self._named, self._bot.room_settings(room).at)}

    def _named(self, name: str) -> Room | None:
        return self._bot.room_named(name)

    async def material(self, key: str) -> Material | None:
        """A meeting as it stands; ``None`` where it is not over, or not for everybody."""
        held = await self._bot.store.read(public, key)
        if held is None:
            return None
        try:
            forms = await self._bot.plugin(Meetings).forms(key)
        except LookupError:
            return None
        team = self.team_of(held.room)
        called = (team.title or team.name) if team is not None else ""
        addresses = self.addresses(held)
        minutes = forms.minutes
        if minutes.restricted or minutes.ended is None:
            return None
        return await asyncio.to_thread(_made, forms.texts, called, addresses)

    def addresses(self, held: HeldMeeting) -> dict[str, str]:
        """Where more of a meeting is to be read; nothing without ``base_url``."""
        base = self._bot.base_url.rstrip("/")
        if not base:
            return {}
        page = f"{base}{held.path}"
        return {"Minutes": page, "Log": f"{page}log"}


def _made(texts: Mapping[str, str], team: str, addresses: Mapping[str, str]) -> Material:
    record: dict[str, Any] = json.loads(texts[".json"])
    return Material(Content(record, texts[".txt"], team, addresses), print_of(record))
