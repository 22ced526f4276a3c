"""Reminders are told: when they are due, or once somebody is there to hear them.

Rules:

1. Said first, then stored: a reminder counts as told once it has gone out. Killed in between, Muster says it
   again rather than never.
2. One for a person is told where it was asked for, if they are there; else to them alone, in another room in
   which they are; else it waits until they are next here. One that was asked for in private is told in
   private alone.
3. One for a team or a room whose room Muster is not in waits until it is.
4. What comes late says so; what is not true any more is dropped, and that is recorded.
5. While one is being told, nobody else here tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.model import Entry, Kind, Line, Room, RoomState
from bot.plugin import Alarm, Bot, alarm, record
from plugins.reminders import tables
from plugins.reminders.foundation import Foundation
from plugins.reminders.presence import Here, Presence
from plugins.reminders.reminder import Reminder, State, To, told_text
from plugins.rosters import Person

_COMING = frozenset({Kind.SAID, Kind.ACTED, Kind.JOINED, Kind.LOGIN})


@dataclass(frozen=True, slots=True)
class _Told:
    """A reminder that was said, and where; ``None``: nobody is there to hear it."""

    reminder: Reminder
    room: Room | None


class Telling(Foundation):
    """Tells what is due."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self._telling: set[int] = set()

    @alarm("reminder")
    async def ring(self, alarms: Sequence[Alarm]) -> None:
        """Tell the reminders that are due."""
        now = self.bot.now()
        found = await self.store.read(tables.these, [int(one.key) for one in alarms])
        due = (
            one
            for one in found
            if one.due is not None
            and one.due <= now
            and (one.state is State.OPEN or (one.is_open and one.again is not None))
        )
        await self.tell(due, alarms=alarms)

    async def tell(
        self, reminders: Iterable[Reminder], also: Iterable[Here] = (), alarms: Sequence[Alarm] = ()
    ) -> None:
        """Tell reminders, as far as somebody is there; the others wait. Those of ``alarms`` are over then."""
        mine = [one for one in reminders if one.id not in self._telling]
        self._telling |= {one.id for one in mine}
        try:
            await self._tell(mine, also, alarms)
        finally:
            self._telling -= {one.id for one in mine}

    async def _tell(
        self, reminders: Sequence[Reminder], also: Iterable[Here], alarms: Sequence[Alarm]
    ) -> None:
        now = self.bot.now()
        presence = self.presence(also)
        dropped = [one for one in reminders if one.is_past(now, self.settings.late_at_most)]
        late = {one.id for one in dropped}
        said = [_Told(one, self._say(one, presence, now)) for one in reminders if one.id not in late]
        if not said and not dropped:
            return
        out = {room: await self.bot.sent(room) for room in {one.room for one in said} if room is not None}
        heard = [one.reminder for one in said if one.room is not None and out[one.room]]
        told = {one.id for one in heard}
        unheard = [one.reminder for one in said if one.reminder.id not in told]
        await self.write(self._settle, now, heard, unheard, dropped, alarms)
        await self._tell_who_came([one.reminder for one in said if one.room is None])

    async def _tell_who_came(self, missed: Sequence[Reminder]) -> None:
        """Tell what was missed to those who came while it was stored that they were not there: nobody else
        will look for it then.
        """
        presence = self.presence()
        came = [one.id for one in missed if self._is_there(one, presence)]
        if came:
            waiting = await self.store.read(tables.these, came)
            await self._tell([one for one in waiting if one.state is State.WAITING], (), ())

    def _is_there(self, one: Reminder, presence: Presence) -> bool:
        if one.to is To.PERSON:
            person = self.person(one.person)
            return person is not None and presence.find(person.accounts, one.room) is not None
        room = self._room_of(one)
        return room is not None and self.is_in(room)

    def _settle(
        self,
        session: Session,
        now: datetime,
        heard: Sequence[Reminder],
        unheard: Sequence[Reminder],
        dropped: Sequence[Reminder],
        alarms: Sequence[Alarm],
    ) -> None:
        """Store what became of reminders, and end their alarms. A transaction."""
        rings: dict[str, datetime] = {}
        # What was set again meanwhile, or is another process's by now, is not for us to store.
        lost = {one.key for one in alarms} - {one.key for one in self.end_alarms(session, "reminder", alarms)}
        waits, is_past = {one.id for one in unheard}, {one.id for one in dropped}
        for one in (*heard, *unheard, *dropped):
            current = tables.one(session, one.id)
            if current is None or not current.is_open or current.due != one.due or str(one.id) in lost:
                continue  # it was cancelled or put off meanwhile
            following = one.next_due(now)
            if following is not None and one.id not in waits:
                tables.update(session, one.id, due=following, state=State.OPEN.value, told=now)
                rings[str(one.id)] = following
            elif one.id in waits:
                # One that is repeated rings on; what waits is then the later one.
                due = one.last_due(now) or now
                tables.update(session, one.id, due=due, state=State.WAITING.value)
                if following is not None:
                    rings[str(one.id)] = following
            else:
                state = State.DROPPED if one.id in is_past else State.DONE
                tables.update(session, one.id, state=state.value, told=now, due=one.due or now)
            if one.id in is_past:
                due_text = one.due.isoformat() if one.due else None
                record(session, self.myself(), f"reminder:{one.id}", "dropped", due_text, None)
        self.set_alarms(session, "reminder", rings)

    def _say(self, one: Reminder, presence: Presence, now: datetime) -> Room | None:
        """Say a reminder; where, or ``None`` where nobody is there."""
        owner = self.name_of(one.owner)
        if one.to is not To.PERSON:
            return self._say_in_room(one, owner, now)
        person = self.person(one.person)
        here = presence.find(person.accounts, one.room) if person is not None else None
        if here is None:
            return None
        text = told_text(one, here.actor.nick, owner, now, self.prefix)
        in_room = here.room == one.room and not one.room.private
        if in_room and not self.bot.room_settings(one.room).quiet:
            self.bot.say(one.room, text)
        elif here.room.private:
            self.bot.say(here.room, text, notice=True)
        else:
            self.bot.tell(here.actor, text)
        return here.room

    def _say_in_room(self, one: Reminder, owner: str, now: datetime) -> Room | None:
        room = self._room_of(one)
        if room is None or not self.is_in(room):
            return None
        name = one.target if one.to is To.TEAM else ""
        self.bot.say(room, told_text(one, name, owner, now, self.prefix))
        return room

    def _room_of(self, one: Reminder) -> Room | None:
        """The room of a reminder for a team or a room."""
        if one.to is To.ROOM:
            return self.bot.room_named(one.target)
        team = self.roster.teams.get(one.target)
        return (self.rosters.room_of(team) if team is not None else None) or one.room

    # Whoever comes

    def hear(self, line: Line, entry: Entry | None) -> None:
        """Look whether something waits for whoever speaks or joins."""
        if line.kind not in _COMING or line.actor.account is None or line.own or line.history:
            return
        is_coming = line.kind in {Kind.JOINED, Kind.LOGIN}
        if not self.people and (self.store.is_sqlite or not is_coming):
            return
        person = self.roster.person_of(line.actor)
        if person is None:
            return
        if not self.people.isdisjoint(person.ids) or (is_coming and not self.store.is_sqlite):
            self.bot.spawn(self.met(person, Here(line.room, line.actor)), f"what waits for {person}")

    def entered(self, state: RoomState) -> None:
        """Look whether something waits for this room."""
        self.bot.spawn(self._came_to(state.room), f"what waits in {state.room}")

    def identified(self, state: RoomState) -> None:
        """Look whether something waits for somebody in this room."""
        self.bot.spawn(self._met_in(state), f"what waits for those in {state.room}")

    async def _came_to(self, room: Room) -> None:
        teams = [team.name for team in self.roster.active() if self.rosters.room_of(team) == room]
        if not self.places.isdisjoint([str(room), *teams]) or not self.store.is_sqlite:
            await self.tell(await self.store.read(tables.waiting_in, str(room), teams))

    async def _met_in(self, state: RoomState) -> None:
        for actor in state.members:
            person = self.roster.person_of(actor)
            if person is not None and not self.people.isdisjoint(person.ids):
                await self.met(person, Here(state.room, actor))

    async def met(self, person: Person, here: Here) -> None:
        """Tell somebody what waits for them, and others that they are here; each once."""
        found = await self.store.read(tables.waiting_for, person.ids)
        found += await self.store.read(tables.of_guest, person.ids)
        await self.tell(found, [here])
