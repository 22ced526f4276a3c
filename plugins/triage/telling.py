"""What Muster tells by itself: new bugs, bugs that somebody mentions, and whose time with a bug is up.

Rules:

1. New bugs are gathered (:mod:`bot.gathering`) and told in the owning team's room, in one line, with who is
   on duty. What fits no team is told in the rooms of ``[plugin triage] rooms``. Quiet rooms hear nothing.
2. Whoever has a bug is told some time before it goes back: alone, where they are, else in the room where they
   took it. Then it goes back, and the team's room hears that. Of a bug that does not wait for triage any more
   neither is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from bot.mentions import Told, is_talk
from bot.model import Actor, Entry, Line, Room
from bot.plugin import Alarm, Bot, By, alarm
from bot.text import listed
from plugins.rosters import Team
from plugins.triage import tables
from plugins.triage.ages import left
from plugins.triage.foundation import Foundation
from plugins.triage.mentions import may_mention, mentioned
from plugins.triage.news import NewBug, told, told_coordinator
from plugins.triage.queue import Take
from plugins.triage.showing import mention

BACK = "back"
REMIND = "remind"


class Telling(Foundation):
    """Answers mentions, and tells what is new and what is over."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.told = Told()

    # Mentions

    def hear(self, line: Line, entry: Entry | None) -> None:
        """Say in one line what a bug is that somebody mentions."""
        super().hear(line, entry)
        if not may_mention(line.text) or not self._may_put_in(line):
            return
        now = self.bot.now()
        for item in mentioned(line.text, self.bugs):
            if self.told.may(line.room, item.name, now):
                said = mention(item, self.route_of(item).team, now, self.tracker.as_of())
                self.bot.say(line.room, said, notice=True)

    def _may_put_in(self, line: Line) -> bool:
        if not is_talk(line, self.bot.prefix, self.bot.nick(line.actor.network)):
            return False
        room = self.bot.room_settings(line.room)
        return room.commands and not room.quiet

    # New bugs

    def tell_news(self, news: Sequence[NewBug]) -> None:
        """Tell the teams of new bugs."""
        by_team: dict[str, list[NewBug]] = {}
        for one in sorted(news, key=lambda one: int(one.item.name)):
            item = self.bugs.get(one.item.name)
            if item is not None and self.waits(item):
                route = self.route_of(item)
                by_team.setdefault(route.team, []).append(NewBug(item, route, one.said_in))
        rooms = self.rosters.teams_of(self.bot.rooms())
        for name, bugs in by_team.items():
            team = self.roster.teams.get(name)
            if team is None:
                for room in self.coordinators_rooms():
                    self._tell(room, bugs, None)
            else:
                for room, of in rooms.items():
                    if of.name == name:
                        self._tell(room, bugs, team)

    def _tell(self, room: Room, bugs: Sequence[NewBug], team: Team | None) -> None:
        said_here = f"{room.network}/{room.name}"
        untold = [one for one in bugs if one.said_in != said_here]
        if not untold or self.bot.state(room) is None or self.bot.room_settings(room).quiet:
            return
        for one in untold:
            self.told.note(room, one.item.name, self.bot.now())
        if team is None:
            self.bot.say(room, told_coordinator(untold, self.bot.prefix))
        else:
            self.bot.say(room, told(team.name, untold, self.on_duty(team), self.bot.prefix))

    def coordinators_rooms(self) -> list[Room]:
        """The rooms that hear of what fits no team."""
        rooms = (self.bot.room_named(name) for name in self.settings.rooms)
        return [room for room in dict.fromkeys(rooms) if room is not None]

    # Time that is up

    @alarm(REMIND)
    async def remind(self, alarms: Sequence[Alarm]) -> None:
        """Tell those whose time with a bug is nearly up."""
        await self.look()
        now = self.bot.now()
        for one in alarms:
            take = self.kept.takes.get(one.key)
            if take is not None and take.until > now and self.is_waiting(take.bug):
                time, prefix = left(take.until - now), self.bot.prefix
                self._tell_holder(
                    take,
                    f"bug {take.bug} waits for you still, and goes back to its queue in {time}. "
                    f"{prefix}triaged {take.bug} says what it is, {prefix}take {take.bug} keeps it longer.",
                )

    @alarm(BACK)
    async def put_back(self, alarms: Sequence[Alarm]) -> None:
        """Put bugs back whose holders' time is up."""
        by = By(Actor("", "triage"), None, self.bot.now())
        back = await self.change(tables.give_back, by, [one.key for one in alarms])
        rooms: dict[Room, list[Take]] = {}
        for take in back:
            item = self.bugs.get(take.bug)
            if item is not None and self.waits(item):
                for room in self._rooms_of(self.team_of(item)):
                    rooms.setdefault(room, []).append(take)
        for room, takes in rooms.items():
            if self.bot.state(room) is not None and not self.bot.room_settings(room).quiet:
                who = listed(f"bug {take.bug} ({take.name} had it)" for take in takes)
                waits = "wait" if len(takes) > 1 else "waits"
                self.bot.say(room, f"Back in the queue: {who} {waits} for triage again.")

    def free(self, session: Session, by: By, bug: str) -> Take | None:
        """Let go of a bug, whoever has it; whose it was. A transaction."""
        for name in (BACK, REMIND):
            self.clear_alarms(session, name, [bug])
        return tables.release(session, by, bug)

    def _rooms_of(self, team: Team | None) -> list[Room]:
        if team is None:
            return self.coordinators_rooms()
        of = self.rosters.teams_of(self.bot.rooms())
        return [room for room, one in of.items() if one.name == team.name]

    def _tell_holder(self, take: Take, text: str) -> None:
        """Tell somebody who has a bug: alone where they are, else where they took it, by their name."""
        taken_in = Room(take.network, take.room, take.private)
        if take.private:
            self.bot.say(taken_in, f"{take.nick}: {text}", notice=True)
            return
        for room in dict.fromkeys((taken_in, *self.bot.rooms())):
            state = self.bot.state(room)
            for actor in state.members if state is not None and not room.private else ():
                person = self.roster.person_of(actor)
                if person is not None and take.person in person.ids:
                    self.bot.tell(actor, f"{actor.nick}: {text}")
                    return
        if self.bot.state(taken_in) is not None:
            self.bot.say(taken_in, f"{take.name}: {text}")
