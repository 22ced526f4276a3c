"""What teams hear unasked: each day what waits for them, each week how it was, and that they meet soon.

Rules:

1. The alarms follow the roster, by difference: after each change of it, and after each that rang.
2. One instant's alarms are worked at together: one look, what is said, and one transaction that ends them.
3. Where Muster is not in a team's room, it tries again once it is, and ever later otherwise, and says how
   late it is; what is not true any more by then (the day is over, the meeting has begun) is dropped, and that
   is recorded.
4. A meeting that is being held already is not announced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.model import Room, RoomState
from bot.plugin import Alarm, Bot, Occasion, alarm, record
from bot.when import clock_text, said_time
from plugins.reminders import nag_tables
from plugins.reminders.daily import compose
from plugins.reminders.days import read_days
from plugins.reminders.foundation import Foundation
from plugins.reminders.nagging import Mute, is_muted
from plugins.reminders.planning import BEFORE, DAILY, DAY, SOON, WEEKLY, Rhythm, difference, following, wanted
from plugins.reminders.reminder import LATE
from plugins.rosters import Occurrence, Phase, Team

_SOONEST, _LATEST = timedelta(minutes=2), timedelta(hours=4)
"""How long until a room that Muster is not in is tried again: first, and at most."""
MUTED_AS: Mapping[str, str] = {DAILY: "daily", WEEKLY: "weekly", DAY: "meetings", SOON: "meetings"}
"""The kind by which each is muted."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that a team is to hear: its key in the plan, what kind, which team, since when it is due."""

    key: str
    kind: str
    team: str
    about: str
    since: datetime

    @classmethod
    def of(cls, key: str, since: datetime) -> Due:
        """From a key."""
        kind, _, rest = key.partition("/")
        team, _, about = rest.partition("/")
        return cls(key, kind, team, about, since)


class Teams(Foundation):
    """Plans what teams hear, and says it."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self._planned: dict[str, tuple[Team, Rhythm]] = {}
        self._is_planning = self._plan_again = False
        self._late: set[str] = set()
        self._rhythms: Mapping[str, tuple[str, str]] = {}

    async def start(self) -> None:
        """Plan, and follow the roster."""
        await super().start()
        self._rhythms = await self.store.read(nag_tables.rhythms)
        self.rosters.listen(self.roster_changed)
        await self.plan_all()

    async def stop(self) -> None:
        """Follow no more."""
        self.rosters.unlisten(self.roster_changed)
        await super().stop()

    def roster_changed(self) -> None:
        """Plan again, once for all that changes meanwhile."""
        if self._is_planning:
            self._plan_again = True
            return
        self._is_planning = True
        self.bot.spawn(self._plan_until_done(), "the plan of what teams hear")

    async def _plan_until_done(self) -> None:
        try:
            while True:
                self._plan_again = False
                await self.plan_all()
                if not self._plan_again:
                    return
        finally:
            self._is_planning = False

    async def plan_all(self) -> None:
        """Set the alarms of all teams that have changed."""
        now = self.bot.now()
        teams = {team.name: (team, self.rhythm(team)) for team in self.roster.active()}
        changed = [name for name, known in teams.items() if self._planned.get(name) != known]
        gone = [name for name in self._planned if name not in teams]
        if changed or gone:
            want = self.wanted((teams[name][0] for name in changed), now)
            await self.store.write(self._set_plan, {*changed, *gone}, want, now)
            self._planned = teams

    def rhythm(self, team: Team) -> Rhythm:
        """When a team hears what."""
        said = self._rhythms.get(team.name)
        daily, days = self.settings.daily.clock, self.settings.days.days
        if said is not None:
            daily = None if said[0] == "off" else time.fromisoformat(said[0])
            days = read_days(said[1])
        return Rhythm(str(self.rosters.zone_of(team=team)), daily, days, self.settings.weekly.day_and_clock)

    def wanted(self, teams: Iterable[Team], now: datetime) -> dict[str, datetime]:
        """The alarms of some teams."""
        want: dict[str, datetime] = {}
        for team in teams:
            meetings = self.rosters.next_meetings(team, 2) if self.settings.meetings else ()
            want |= dict(wanted(team.name, self.rhythm(team), meetings, now))
        return want

    def _set_plan(
        self,
        session: Session,
        teams: Iterable[str],
        want: Mapping[str, datetime],
        now: datetime,
    ) -> None:
        """Let the alarms of some teams be these. A transaction."""
        names = set(teams)
        have = {key: due for key, due in nag_tables.plan(session).items() if key.split("/")[1] in names}
        setting, gone = difference(have, want, now)
        nag_tables.set_plan(session, setting, gone)
        self.set_alarms(session, "team", setting)
        self.clear_alarms(session, "team", gone)

    # What is due

    @alarm("team")
    async def ring_teams(self, alarms: Sequence[Alarm]) -> None:
        """Say what teams are to hear now."""
        now = self.bot.now()
        plan, mutes = await self.store.read(self._look, [one.key for one in alarms])
        dues = [Due.of(key, since) for key, since in plan.items()]
        homes = self.homes()
        said: dict[str, Room] = {}
        later: list[Due] = []
        dropped: list[Due] = []
        rooms: dict[str, Room] = {}
        for due in dues:
            team = self.roster.teams.get(due.team)
            room = homes.get(due.team)
            if team is None or room is None:
                continue
            if self._is_over(due, team, now):
                dropped.append(due)
            elif not self.is_in(room):
                later.append(due)
            else:
                quiet = self.bot.room_settings(room).quiet
                if not quiet and not is_muted(mutes, MUTED_AS[due.kind], due.team, None, self.today(team)):
                    for line in await self._lines(due, team, room, now):
                        self.bot.say(room, line)
                        said[due.key] = room
                if due.kind == DAILY:
                    rooms[team.name] = room
        out = {room: await self.bot.sent(room) for room in set(said.values())}
        later += [due for due in dues if due.key in said and not out[said[due.key]]]
        await self.nag(rooms, mutes)
        await self.store.write(self._end, alarms, dues, later, dropped, now)
        self._late |= {due.team for due in later}

    def entered(self, state: RoomState) -> None:
        """Say at once what the team of this room could not be told."""
        super().entered(state)
        team = self.rosters.team_of(state.room)
        if team is not None and (team.name in self._late or not self.store.is_sqlite):
            self._late.discard(team.name)
            self.bot.spawn(self.store.write(self._hurry, team.name, self.bot.now()), f"what {team} missed")

    def _hurry(self, session: Session, team: str, now: datetime) -> None:
        """Let what a team could not be told ring now. A transaction."""
        late = {
            key: now
            for key, due in nag_tables.plan(session).items()
            if key.split("/")[1] == team and now - due > LATE
        }
        self.set_alarms(session, "team", late)

    def _look(self, session: Session, keys: Sequence[str]) -> tuple[dict[str, datetime], list[Mute]]:
        return nag_tables.plan(session, keys), nag_tables.mutes(session)

    async def nag(self, rooms: Mapping[str, Room], mutes: Sequence[Mute]) -> None:
        """Remind people on these teams, whose rooms these are, of what should be done."""

    def _end(
        self,
        session: Session,
        alarms: Sequence[Alarm],
        dues: Sequence[Due],
        later: Sequence[Due],
        dropped: Sequence[Due],
        now: datetime,
    ) -> None:
        """End alarms: those that are over, and those that are tried again. A transaction."""
        mine = {one.key for one in self.end_alarms(session, "team", alarms)}
        again = {due.key for due in later} & mine
        over = [key for key in mine if key not in again]
        for due in dropped:
            if due.key in mine:
                what = f"{due.kind} reminder dropped"
                record(session, self.myself(), f"team:{due.team}", what, due.since.isoformat(), None)
        self._rhythms = nag_tables.rhythms(session)  # another process may have set one
        known = {team.name: team for team in self.roster.active()}
        setting: dict[str, datetime] = {}
        for due in dues:
            if due.key in again or due.key not in mine or due.team not in known:
                continue
            if due.kind in {DAILY, WEEKLY}:
                following_due = following(due.kind, self.rhythm(known[due.team]), now)
                if following_due is not None:
                    setting[due.key] = following_due
        nag_tables.set_plan(session, setting, over)
        self.set_alarms(session, "team", setting)
        met = {due.team for due in dues if due.kind in BEFORE and due.key in over and due.team in known}
        if met:
            self._set_plan(session, met, self.wanted((known[name] for name in sorted(met)), now), now)
        waits = {due.key: min(max(now - due.since, _SOONEST), _LATEST) for due in later if due.key in again}
        self.set_alarms(session, "team", {key: now + wait for key, wait in waits.items()})

    def homes(self) -> dict[str, Room]:
        """The room where each team hears of itself: its own, else one that is set to be the team's. A team
        whose room is another team's has none.
        """
        own = {team.name: self.rosters.room_of(team) for team in self.roster.active()}
        rooms = [room for room in own.values() if room is not None]
        found: dict[str, Room] = {}
        for room, team in self.rosters.teams_of(dict.fromkeys([*rooms, *self.bot.rooms()])).items():
            if team.name not in found or room == own[team.name]:
                found[team.name] = room
        return found

    def _is_over(self, due: Due, team: Team, now: datetime) -> bool:
        """Whether it is too late for it to be true."""
        zone = self.rosters.zone_of(team=team)
        if due.kind == DAILY:
            return due.since.astimezone(zone).date() != now.astimezone(zone).date()
        if due.kind == WEEKLY:
            return now - due.since > timedelta(days=2)
        found = self._meeting(due, team)
        return found is None or found.start <= now

    def _meeting(self, due: Due, team: Team) -> Occurrence | None:
        """The meeting that an alarm is about; ``None`` where it is cancelled, or over."""
        series, _, day = due.about.partition("/")
        for found in self.rosters.next_meetings(team, 4):
            if str(found.series) == series and found.date == date.fromisoformat(day):
                return found
        return None

    async def _lines(self, due: Due, team: Team, room: Room, now: datetime) -> list[str]:
        late = ""
        if now - due.since > LATE:
            local = due.since.astimezone(self.rosters.zone_of(team=team))
            late = f" (late: this was for {clock_text(local, now)})"
        if due.kind in {DAILY, WEEKLY}:
            occasion = Occasion.DAILY if due.kind == DAILY else Occasion.WEEKLY
            briefs = await self.bot.briefs(room, occasion)
            head = f"{team} today{late}: " if due.kind == DAILY else f"{team}, the last week{late}: "
            return compose(head, briefs, builds=team.phase is Phase.BUILDING)
        found = self._meeting(due, team)
        if found is None or self.bot.in_meeting(room):
            return []
        zone = ZoneInfo(str(found.local.tzinfo))
        where = "" if room == self.rosters.room_of(team) else f" in {team.channel}" if team.channel else ""
        return [f"{team} meets{where} {said_time(found.start.astimezone(zone), now)}."]
