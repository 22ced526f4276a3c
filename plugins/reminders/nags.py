"""People are reminded of what should be done, unasked: each nag once, to whom it is for, where they are.

Rules:

1. Nags are asked for when a team hears what waits for it today, and told to each alone, by a notice in a room
   where they are; those for nobody in particular in the team's room.
2. Said first, then stored, as :mod:`plugins.reminders.telling` has it.
3. Whoever is not there is told when they are next here that day, if it is to be done still; after that it is
   asked again. What a nag says is not stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.model import Actor, Room
from bot.plugin import Bot, Nag, TeamMember
from plugins.reminders import nag_tables
from plugins.reminders.daily import CODE_KINDS
from plugins.reminders.nag_tables import NagState
from plugins.reminders.nagging import For, Mute, choose, digest_text, is_muted, nag_text
from plugins.reminders.presence import Here
from plugins.reminders.teams import Teams
from plugins.reminders.telling import Telling
from plugins.rosters import Person, Phase, Team


class Nagging(Teams, Telling):
    """Tells nags."""

    def read_awaited(self, session: Session) -> tuple[set[int], set[str]]:
        """Whose coming something waits for: reminders, and nags of today."""
        people, places = super().read_awaited(session)
        yesterday = (self.bot.now() - timedelta(days=1)).date()  # it is still today somewhere
        return people | nag_tables.kept_for(session, yesterday.isoformat()), places

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self._nagging: set[tuple[str, str]] = set()

    async def nag(self, rooms: Mapping[str, Room], mutes: Sequence[Mute]) -> None:
        """Remind people on these teams, whose rooms these are, of what should be done."""
        wanted = [one for name, room in rooms.items() for one in await self.wanted_nags(name, room)]
        mine = [one for one in wanted if one.name not in self._nagging]
        if not mine:
            return
        names = {one.name for one in mine}
        self._nagging |= names
        try:
            await self._tell_nags(mine, rooms, mutes)
        finally:
            self._nagging -= names

    async def wanted_nags(self, name: str, room: Room) -> list[For]:
        """What people on a team, whose room this is, should be reminded of today."""
        team = self.roster.teams[name]
        found: list[For] = []
        for nag in await self.bot.nags(room, self.today(team)):
            if team.phase is Phase.BUILDING or nag.kind not in CODE_KINDS:
                found += await self._for(nag, team, room)
        return found

    async def _tell_nags(
        self, wanted: Sequence[For], rooms: Mapping[str, Room], mutes: Sequence[Mute]
    ) -> None:
        now = self.bot.now()
        days = {name: self.today(self.roster.teams[name]) for name in rooms}
        iso = {name: day.isoformat() for name, day in days.items()}
        told, counts, held_before = await self.store.read(self._look_up, wanted, set(iso.values()))
        today = {one.who: counts.get((one.who, iso[one.team]), 0) for one in wanted}
        chosen = choose(
            wanted,
            day=lambda one: days[one.team],
            told=told,
            told_today=today,
            mutes=mutes,
            is_away=self._is_away,
            at_most=self.settings.nags_a_day,
        )
        presence = self.presence()
        said: dict[Room, list[For]] = {}
        kept: list[For] = []
        for one in chosen.told:
            text = nag_text(one.nag, self.prefix)
            if one.person is None:
                room = rooms[one.team]
                self.bot.say(room, text)
                said.setdefault(room, []).append(one)
                continue
            person = self.person(one.person)
            here = presence.find(person.accounts, rooms[one.team]) if person else None
            if here is None:
                kept.append(one)
            else:
                self.bot.tell(here.actor, text)
                said.setdefault(here.room, []).append(one)
        self._say_digests(chosen.held, held_before, iso, rooms)
        heard: list[For] = []
        for room, nags in said.items():
            (heard if await self.bot.sent(room) else kept).extend(nags)

        def store(session: Session) -> None:
            nag_tables.store(session, heard, iso, NagState.TOLD, now)
            nag_tables.store(session, kept, iso, NagState.KEPT, now)
            nag_tables.store(session, chosen.held, iso, NagState.HELD, now)

        await self.write(store)

    @staticmethod
    def _look_up(
        session: Session, wanted: Sequence[For], days: set[str]
    ) -> tuple[set[tuple[str, str]], dict[tuple[str, str], int], set[tuple[str, str]]]:
        told = nag_tables.names_told(session, [one.nag.key for one in wanted])
        return told, nag_tables.told_on(session, days), nag_tables.held_on(session, days)

    def _say_digests(
        self,
        held: Iterable[For],
        held_before: set[tuple[str, str]],
        days: Mapping[str, str],
        rooms: Mapping[str, Room],
    ) -> None:
        """Say once a day to whoever is here how much more waits for them."""
        presence = self.presence()
        counts: dict[int, list[For]] = {}
        for one in held:
            if one.person is not None and (one.who, days[one.team]) not in held_before:
                counts.setdefault(one.person, []).append(one)
        for id_, nags in counts.items():
            person = self.person(id_)
            here = presence.find(person.accounts, rooms[nags[0].team]) if person else None
            if here is not None:
                self.bot.tell(here.actor, digest_text(len(nags), self.prefix))

    async def _for(self, nag: Nag, team: Team, room: Room) -> list[For]:
        """A nag for each of whom it is for, as far as they can be told apart."""
        if not nag.to:
            quiet = self.bot.room_settings(room).quiet
            return [] if quiet else [For(nag, team.name, str(room), None)]
        people = [await self._member(one) for one in nag.to]
        return [For(nag, team.name, str(room), one.id) for one in dict.fromkeys(people) if one is not None]

    async def _member(self, member: TeamMember) -> Person | None:
        """Who a member is; somebody whom only an account is known of is known from now on."""
        for network, account in member.accounts:
            found = self.roster.with_account(network, account)
            if found is not None:
                return found
        if not member.accounts:
            return self.roster.named(member.name)
        network, account = member.accounts[0]
        return await self.rosters.known_as(Actor(network, member.name, account), self.myself())

    def _is_away(self, id_: int) -> bool:
        person = self.person(id_)
        return person is not None and self.rosters.is_away(person)

    async def met(self, person: Person, here: Here) -> None:
        """Tell somebody what was kept for them today, if it is still to be done."""
        told: list[int] = []
        found = await self.waiting_nags(person, NagState.KEPT)
        names = {one.name for _, one in found}
        if self._nagging.isdisjoint(names):
            self._nagging |= names
            try:
                for kept, one in found:
                    text = nag_text(one.nag, self.prefix)
                    if here.room.private:
                        self.bot.say(here.room, text, notice=True)
                    else:
                        self.bot.tell(here.actor, text)
                    told.append(kept.id)
                if told and await self.bot.sent(here.room):
                    await self.write(nag_tables.tell, told, self.bot.now())
            finally:
                self._nagging -= names
        await super().met(person, here)

    async def waiting_nags(self, person: Person, *states: NagState) -> list[tuple[nag_tables.Kept, For]]:
        """What waits for somebody today, and is still to be done, not muted, and theirs."""
        rows, mutes = await self.store.read(self._kept, person, states)
        by_team: dict[str, dict[tuple[str, str], For]] = {}
        homes = self.homes() if rows else {}
        found: list[tuple[nag_tables.Kept, For]] = []
        for row in rows:
            team = self.roster.teams.get(row.team)
            if team is None or row.team not in homes or row.day != self.today(team):
                continue
            if is_muted(mutes, row.kind, row.team, person.id, row.day):
                continue
            if row.team not in by_team:
                by_team[row.team] = {
                    one.name: one for one in await self.wanted_nags(row.team, homes[row.team])
                }
            now = by_team[row.team].get((row.key, f"person {person.id}"))
            if now is not None:
                found.append((row, now))
        return found

    @staticmethod
    def _kept(
        session: Session, person: Person, states: Sequence[NagState]
    ) -> tuple[list[nag_tables.Kept], list[Mute]]:
        found = [one for state in states for one in nag_tables.waiting(session, person.ids, state)]
        return found, nag_tables.mutes(session)
