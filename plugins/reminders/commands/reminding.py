"""Reminders that people ask for: ``!remind``, ``!reminders``, ``!snooze``, ``!cancel``.

Who may:

1. Anybody with an account, for themselves.
2. For somebody else: who shares the room with them, both with an account; so many in a day. The reminder says
   who set it, and whoever it is for may end it.
3. For a team: its members. For a room: who is in it; for another than where it is said, leads and
   coordinators.
4. In private only for oneself; such a reminder is told, and listed, in private alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.orm import Session

from bot.plugin import Context, Text, UserError, command, known_as, record
from bot.recurrence import next_time
from bot.text import fold_nick, listed, one_line, shorten
from bot.when import Again, Asked, At, Bound, Present, When, WhenError, read_when, said_when, split_when
from plugins.reminders import tables
from plugins.reminders.foundation import Foundation
from plugins.reminders.reminder import Reminder, State, To
from plugins.rosters import Person, PersonArg, Team, present

_LONGEST = 300
"""Characters of a reminder's text."""
_LISTED = 80
_TAKEN_UP = timedelta(days=7)
"""So long after it was told a reminder may be put off."""


@dataclass(frozen=True, slots=True)
class _For:
    """Whom a reminder is for, and how that is said."""

    to: To
    person: Person | None = None
    team: Team | None = None
    target: str = ""
    said: str = ""


class Reminding(Foundation):
    """The commands on reminders."""

    @command("remind")
    async def remind(self, ctx: Context, who: str, when_and_what: Text = "") -> None:
        """Remind me, somebody here, a team or a room of something: in 20 minutes, tomorrow 9:00, every
        weekday 9:30, 2 days before a milestone, when somebody is next here.
        Example: !remind me tomorrow 9:00 look at the build
        """
        asker = await self.rosters.known(ctx)
        for_, text = await self._whom(ctx, asker, who, when_and_what)
        asked = self.asked(ctx, asker, for_.team, f"{self.prefix}remind {who}")
        when, what = self._read(text, asked)
        what = one_line(what).strip()
        if not what:
            raise UserError(f"{said_when(when, asked)}: of what? Write that behind it.")
        if len(what) > _LONGEST:
            raise UserError(f"A reminder has {_LONGEST} characters at most.")
        new = await self._made(ctx, asker, for_, when, what, asked)
        number = await self.write(self._add, ctx, asker, new)
        whom = f" for {for_.said}" if for_.said else ""
        ctx.reply(f"{ctx.actor.nick}: reminder {number}{whom}: {said_when(when, asked)}.")

    def _read(self, text: str, asked: Asked) -> tuple[When, str]:
        try:
            return split_when(text, asked)
        except WhenError as error:
            raise UserError(str(error)) from None

    def asked(self, ctx: Context, asker: Person, team: Team | None = None, before: str = "") -> Asked:
        """Against what somebody's words are read."""
        return Asked(
            now=self.bot.now(),
            zone=str(self.zone_of(asker, ctx.room, team)),
            hour=self.settings.hour.clock or time(9),
            milestones={one.name: one.due for one in self.tracker.milestones},
            before=before,
        )

    async def _whom(self, ctx: Context, asker: Person, who: str, text: str) -> tuple[_For, str]:
        """Whom a reminder is for, and what stands behind that. Raises :class:`UserError`."""
        if who.lower() in {"me", "myself"}:
            return _For(To.PERSON, asker), text
        in_room = who[:1] in "#&" or "/" in who
        nick = next((one for one in present(ctx) if fold_nick(one.nick) == fold_nick(who)), None)
        team = None if in_room else self.roster.teams.get(who.lower())
        if not in_room and nick is None and team is None:
            try:  # "!remind in 20 minutes ..." is for whoever says it
                split_when(f"{who} {text}", self.asked(ctx, asker))
            except WhenError:
                pass
            else:
                return _For(To.PERSON, asker), f"{who} {text}"
        if ctx.room.private:
            raise UserError(
                f"In private I remind you alone: {self.prefix}remind me ...; others in their room."
            )
        if in_room:
            return self._a_room(ctx, who), text
        if nick is None and (team is not None or self.roster.team(who) is not None):
            return self._a_team(ctx, who), text
        person = await PersonArg.from_word(who, ctx)
        if person.id == asker.id:
            return _For(To.PERSON, asker), text
        if self.presence().find(person.accounts, ctx.room) is None or nick is None or nick.account is None:
            raise UserError(f"{person} is not in this room; I remind others only where they are, too.")
        return _For(To.PERSON, person, said=person.name), text

    def _a_room(self, ctx: Context, who: str) -> _For:
        room = self.bot.room_named(who, ctx.room)
        if room is None or not self.is_in(room):
            raise UserError(f"I am not in {shorten(who, 40)}.")
        if room != ctx.room and not self._leads_something(ctx):
            raise UserError(
                f"For another room that is for leads and coordinators; you are {known_as(ctx.actor)}."
            )
        return _For(To.ROOM, target=str(room), said=room.name)

    def _leads_something(self, ctx: Context) -> bool:
        return ctx.allows("coordinator") or any(ctx.allows(f"lead:{team}") for team in self.roster.active())

    def _a_team(self, ctx: Context, who: str) -> _For:
        team = self.roster.team(who)
        if team is None or team.is_retired:
            raise UserError(f"There is no team {shorten(who, 40)!r}; {self.prefix}teams lists them.")
        if not ctx.allows(f"member:{team.name}"):
            raise UserError(f"Members of {team} remind it; {self.prefix}join {team} makes you one.")
        return _For(To.TEAM, team=team, target=team.name, said=team.name)

    async def _made(
        self, ctx: Context, asker: Person, for_: _For, when: When, what: str, asked: Asked
    ) -> tables.New:
        """The reminder to be. Raises :class:`UserError`."""
        due, zone, date, guest = self._due(when, asked), asked.zone, None, None
        match when:
            case At():
                zone = str(when.time.tzinfo)
            case Again() | Bound():
                zone = when.zone
            case Present():
                guest = await PersonArg.from_word(when.who, ctx)
        if isinstance(when, Bound):
            date = asked.milestones[when.milestone]
        return tables.New(
            owner=asker.id,
            to=for_.to,
            room=ctx.room,
            text=what,
            zone=zone,
            when=when,
            due=due,
            person=for_.person.id if for_.person else None,
            target=for_.target,
            date=date,
            guest=guest.id if guest else None,
            guest_name=guest.name if guest else "",
        )

    @staticmethod
    def _due(when: When, asked: Asked) -> datetime | None:
        """When a reminder is due first, in UTC."""
        match when:
            case At():
                return when.time.astimezone(UTC)
            case Bound():
                date = asked.milestones[when.milestone]
                return when.time(date).astimezone(UTC) if date else None
            case Again():
                return next_time(when, asked.now).astimezone(UTC)
            case Present():
                return None

    def _add(self, session: Session, ctx: Context, asker: Person, new: tables.New) -> int:
        """Add a reminder, if there may be one more. A transaction."""
        most, now = self.settings.open_reminders, ctx.by.time
        if tables.count_open(session, asker.ids) >= most:
            raise UserError(f"{most} reminders wait for you already; {self.prefix}reminders lists them.")
        if new.person is not None and new.person != asker.id:
            since = now - timedelta(days=1)
            if tables.count_for_others(session, asker.ids, since) >= self.settings.for_others:
                raise UserError(
                    f"You have set {self.settings.for_others} reminders for others today; enough."
                )
            person = self.person(new.person)
            if person is not None and tables.count_open(session, person.ids) >= most:
                raise UserError(f"{most} reminders wait for {person} already.")
        number = tables.add(session, new, now)
        record(session, ctx.by, f"reminder:{number}", "set", None, new.due.isoformat() if new.due else "")
        if new.due is not None:
            self.set_alarms(session, "reminder", {str(number): new.due})
        return number

    @command("reminders")
    async def reminders(self, ctx: Context, whose: str = "me") -> None:
        """List the reminders that wait, of me, a team or a room. Example: !reminders nova-api"""
        asker = await self.rosters.known(ctx)
        to, people, target = To.PERSON, asker.ids, ""
        if whose[:1] in "#&" or "/" in whose:
            room = self.bot.room_named(whose, ctx.room)
            if room is None or (not self.is_here(ctx, room) and not self._leads_something(ctx)):
                raise UserError(f"You are not in {shorten(whose, 40)}.")
            to, target = To.ROOM, str(room)
        elif whose.lower() not in {"me", "mine"}:
            team = self.roster.team(whose)
            if team is None:
                near = self.roster.near_teams(whose)
                hint = f" near it: {listed(near, 'or')}." if near else f" {self.prefix}reminders lists yours."
                raise UserError(f"There is no team {shorten(whose, 40)!r};{hint}")
            to, target = To.TEAM, team.name
        found = await self.store.read(tables.listed_for, to, people, target)
        shown = [one for one in found if ctx.room.private or not one.room.private]
        hidden = len(found) - len(shown)
        lines = [self._listed(one, asker) for one in shown]
        if hidden:
            lines.append(f"And {hidden} that you asked for in private: ask me there.")
        whom = "you" if to is To.PERSON else target
        ctx.list(lines or [f"{ctx.actor.nick}: nothing waits for {whom}."])

    def _listed(self, one: Reminder, asker: Person) -> str:
        whom = ""
        if one.to is not To.PERSON:
            whom = f" for {one.target}"
        elif one.person not in asker.ids:
            whom = f" for {self.name_of(one.person)}"
        elif one.owner not in asker.ids:
            whom = f" from {self.name_of(one.owner)}"
        return f"{one.id}{whom}: {shorten(one.text, _LISTED)}; {one.when_text(self.bot.now())}"

    async def _mine(self, ctx: Context, number: int) -> Reminder:
        """A reminder that whoever asks may end or put off. Raises :class:`UserError`."""
        asker = await self.rosters.known(ctx)
        found = await self.store.read(tables.one, number)
        may = found is not None and (
            found.owner in asker.ids
            or found.person in asker.ids
            or (found.to is To.TEAM and ctx.allows(f"member:{found.target}"))
            or (found.to is To.ROOM and self._leads_something(ctx))
        )
        if found is None or (not may and found.room.private):
            raise UserError(f"There is no reminder {number}; {self.prefix}reminders lists those that wait.")
        if not may:
            whose = self.name_of(found.owner)
            raise UserError(f"Reminder {number} is {whose}'s; only they, and who it is for, may change it.")
        return found

    @command("cancel")
    async def cancel(self, ctx: Context, number: int) -> None:
        """End a reminder that you set, or that is for you. Example: !cancel 3"""
        found = await self._mine(ctx, number)
        if not found.is_open or not await self.write(self._cancel, ctx, number):
            raise UserError(f"Reminder {number} is over already.")
        whom = ""
        if found.is_for_another or found.to is not To.PERSON:
            whom = f" ({self.name_of(found.owner)} set it for {found.target or self.name_of(found.person)})"
        ctx.reply(f"{ctx.actor.nick}: reminder {number} is off{whom}.")

    def _cancel(self, session: Session, ctx: Context, number: int) -> bool:
        """End a reminder; whether it was there to end. A transaction."""
        found = tables.one(session, number)
        if found is None or not found.is_open:
            return False
        tables.update(session, number, state=State.CANCELLED.value)
        due = found.due.isoformat() if found.due else None
        record(session, ctx.by, f"reminder:{number}", "cancelled", due, None)
        self.clear_alarms(session, "reminder", [str(number)])
        return True

    @command("snooze")
    async def snooze(self, ctx: Context, number: int, when: Text) -> None:
        """Put a reminder off, also one that was told already. Example: !snooze 3 in 1 hour"""
        found = await self._mine(ctx, number)
        asker = await self.rosters.known(ctx)
        team = self.roster.teams.get(found.target) if found.to is To.TEAM else None
        asked = self.asked(ctx, asker, team)
        at = self._read_at(when, asked)
        is_over = found.state in {State.CANCELLED, State.DROPPED} or (
            found.state is State.DONE and (found.told is None or asked.now - found.told > _TAKEN_UP)
        )
        if is_over:
            raise UserError(f"Reminder {number} is over; {self.prefix}remind sets another.")
        number = await self.write(self._put_off, ctx, found, at.astimezone(UTC))
        also = f" Reminder {found.id} goes on as before." if number != found.id else ""
        ctx.reply(f"{ctx.actor.nick}: reminder {number}: {said_when(At(at), asked)}.{also}")

    def _read_at(self, text: str, asked: Asked) -> datetime:
        """The one time that a text says. Raises :class:`UserError`."""
        try:
            when = read_when(text, asked)
        except WhenError as error:
            try:
                when = read_when(f"in {text}", asked)
            except WhenError:
                raise UserError(str(error)) from None
        if isinstance(when, Bound) and (date := asked.milestones[when.milestone]) is not None:
            return when.time(date)
        if not isinstance(when, At):
            raise UserError("Until when? Write one time, like in 1 hour or tomorrow 9:00.")
        return when.time

    def _put_off(self, session: Session, ctx: Context, found: Reminder, due: datetime) -> int:
        """Let a reminder come later; its number, another where it goes on besides. A transaction."""
        number = found.id
        if found.again is not None:
            number = tables.again_once(session, found, due, ctx.by.time)
        else:
            tables.put_off(session, number, due)
        before = found.due.isoformat() if found.due else None
        record(session, ctx.by, f"reminder:{number}", "put off", before, due.isoformat())
        self.set_alarms(session, "reminder", {str(number): due})
        return number
