"""Turns begin: their room hears of it, and what others ask about duty.

Rules:

1. A room hears once of a turn that begins: from the one process in which its alarm rang, or where Muster was
   not in the room then, once it is. That it was told is stored after it was said.
2. What begins while no process runs is told late and says so, if that turn still runs; of what is over nobody
   hears. Nor is it told that somebody who was on duty still is.
3. Rooms that are quiet hear nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.model import Room, RoomState
from bot.plugin import Alarm, Brief, Nag, Occasion, TeamMember, alarm
from plugins.duty import tables, words
from plugins.duty.foundation import TURN, Foundation
from plugins.duty.rotation import Turn
from plugins.duty.tables import Rotation
from plugins.rosters import Person, Team

_FRIDAY = 4
_AT_ONCE = 20
"""The turns of so many teams are stored in one transaction, so that chat never waits long for it."""
_PAUSE = timedelta(days=4)
"""After more than a weekend without turns nobody asks whose turn was before."""
_NEW_AND_DUTY = 10
"""The place of who is on duty in the daily reminder."""


class Turning(Foundation):
    """The alarm, and what others ask."""

    @alarm(TURN)
    async def turn_begins(self, alarms: Sequence[Alarm]) -> None:
        """The turns of these teams begin."""
        for first in range(0, len(alarms), _AT_ONCE):
            await self._turns_begin(alarms[first : first + _AT_ONCE])

    async def _turns_begin(self, alarms: Sequence[Alarm]) -> None:
        found = (self.team_with(int(one.key)) for one in alarms)
        teams = [team for team in found if team is not None]
        now = self.bot.now()
        await self.change_of(teams, self._begin, teams, now)
        heard: list[tuple[Team, list[Turn]]] = []
        said: dict[Room, list[tuple[Team, list[Turn]]]] = {}
        for team in teams:
            rotation = self.rotation(team)
            untold = [one.turn for one in rotation.had if not one.is_told] if rotation is not None else []
            if rotation is None or not untold:
                continue
            text = self._news(team, rotation, untold, now)
            room = self.room_of(team)
            if not text or (room is not None and self.bot.room_settings(room).quiet):
                heard.append((team, untold))
            elif room is not None:
                self.bot.say(room, text)
                said.setdefault(room, []).append((team, untold))
        for room, what in said.items():
            if await self.bot.sent(room):
                heard += what
        await self.change_of(teams, self._told, alarms, heard, now)

    def _begin(self, session: Session, teams: Sequence[Team], now: datetime) -> None:
        for team in teams:
            self.locked(session, team, now)

    def _told(
        self,
        session: Session,
        alarms: Sequence[Alarm],
        heard: Sequence[tuple[Team, list[Turn]]],
        now: datetime,
    ) -> None:
        """Note what was told, and let the next turns ring. A transaction."""
        for team, turns in heard:
            tables.tell(session, team.id, turns, now)
        # An alarm that was set again meanwhile rings as it was set.
        found = [self.team_with(int(one.key)) for one in self.end_alarms(session, TURN, alarms)]
        rotations = [self.rotation(team) for team in found if team is not None]
        self.wake(session, [one for one in rotations if one is not None])

    def _news(self, team: Team, rotation: Rotation, untold: Sequence[Turn], now: datetime) -> str:
        """What is to be said of the turns of which nobody heard; nothing where that is not worth a line."""
        turns = [one.turn for one in rotation.had]
        turn = turns[-1]
        if team.is_retired or turn not in untold or turn.ends <= now:
            return ""
        before = turns[-2] if len(turns) > 1 and turn.begins - turns[-2].ends < _PAUSE else None
        if before is not None and (before.person, before.stands_in) == (turn.person, turn.stands_in):
            return ""
        person = self.roster.people.get(turn.person) if turn.person is not None else None
        called = self.nick_of(team, person) if person is not None else ""
        return words.begins_text(str(team), turn, before, rotation.rhythm, now, self.called, called)

    def entered(self, state: RoomState) -> None:
        """Muster is in a room: if its team has not heard who is on duty, it does now."""
        team = self.rosters.team_of(state.room)
        rotation = self.rotation(team) if team is not None else None
        if rotation is None or not rotation.had or rotation.had[-1].is_told:
            return
        now = {str(rotation.team): self.bot.now()}
        work = self.store.write(lambda session: self.set_alarms(session, TURN, now))
        self.bot.spawn(work, f"telling who is on duty for {team}")

    # What others ask

    async def briefing(self, room: Room, occasion: Occasion) -> Sequence[Brief]:
        """Who is on duty today, in a word."""
        team = self.rosters.team_of(room)
        if team is None or occasion is not Occasion.DAILY:
            return ()
        await self.refresh()
        rotation = self.rotation(team)
        if rotation is None or self.turn_at(team, rotation, self.bot.now()) is None:
            return ()
        person = self.on_duty(team)
        who = person if person is not None else "nobody"
        return (Brief(f"On duty: {who}.", _NEW_AND_DUTY, beside=person is not None),)

    async def nags(self, room: Room, day: date) -> Sequence[Nag]:
        """Whose turn begins tomorrow, or on Friday until Monday: nobody is told anything over the weekend."""
        team = self.rosters.team_of(room)
        if team is None:
            return ()
        await self.refresh()
        rotation = self.rotation(team)
        if rotation is None:
            return ()
        until = day + timedelta(days=max(1, 7 - day.weekday()) if day.weekday() >= _FRIDAY else 1)
        before = next((one.turn.person for one in reversed(rotation.had)), None)
        found = []
        for turn in self.to_come(team, rotation):
            if turn.day > until:
                break
            person = self.roster.people.get(turn.person) if turn.person is not None else None
            if turn.day > day and person is not None and turn.person != before and not turn.stands_in:
                found.append(self._nag(team, rotation, turn, person))
            before = turn.person
        return found

    def _nag(self, team: Team, rotation: Rotation, turn: Turn, person: Person) -> Nag:
        when = words.time_text(turn.begins, rotation.rhythm.zone)
        text = f"You are on duty for {team} from {when} on."
        member = TeamMember(person.name, person.accounts, self.rosters.is_away(person))
        return Nag("duty", f"duty:{team}/{turn.day}", text, f"duty swap {team} {turn.day} NICK", (member,))
