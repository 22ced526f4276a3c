"""Rotations made, changed and ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from sqlalchemy.orm import Session

from bot.plugin import By, Context, UserError, command, record
from bot.text import listed
from plugins.duty import tables, words
from plugins.duty.commands.asking import Asking
from plugins.duty.foundation import TURN
from plugins.duty.rotation import Rhythm, Standing, Turn, turns
from plugins.duty.tables import Rotation
from plugins.rosters import PersonArg, Team, TeamArg

_MOST_MEMBERS = 40


class Setting(Asking):
    """The commands of leads and coordinators."""

    @command("duty set")
    async def set_(
        self, ctx: Context, team: TeamArg, how: Literal["weekly", "daily"], people: tuple[str, ...]
    ) -> None:
        """Let people of a team take turns, in this order; its lead may, and coordinators. Before the names
        may stand when turns begin: a weekday, a time, or of daily turns mon-fri. Who has the turn now keeps
        it. Example: !duty set nova-api weekly monday 10:00 anna bob carol
        """
        self.rosters.must_lead(ctx, team)
        zone = str(self.rosters.zone_of(team=team))
        usual = words.usual_rhythm(self.settings.turns_at.time, self.settings.turns_on, zone)
        try:
            rhythm, named = words.read_rhythm(how, people, usual)
        except ValueError as error:
            raise UserError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
        members = await self._members(ctx, team, named)
        new = await self.change_of([team], self._set, ctx.by, team, rhythm, members)
        if not new:
            ctx.reply(f"{team}: turns go round so already; {self.now_text(team, self.must_rotate(team))}")
            return
        rotation = self.must_rotate(team)
        said = f"{team}: turns go round {words.rhythm_text(rhythm)}, {self._names(rotation.members)}"
        self.rosters.tell_of(ctx, team, f"{said}; {self.now_text(team, rotation)}")

    async def _members(self, ctx: Context, team: Team, named: list[str]) -> tuple[int, ...]:
        """The people that words name. Raises :class:`~bot.plugin.UserError`."""
        people = [await PersonArg.from_word(word, ctx) for word in named]
        if not people:
            raise UserError(
                f"Who? Name them in their order: {self.bot.prefix}duty set {team} weekly NICK NICK."
            )
        if len(people) > _MOST_MEMBERS:
            raise UserError(f"At most {_MOST_MEMBERS} people take turns.")
        ids = [one.id for one in people]
        twice = [str(one) for one in dict.fromkeys(people) if ids.count(one.id) > 1]
        if twice:
            raise UserError(f"{listed(twice)} {'is' if len(twice) == 1 else 'are'} named twice.")
        others = [str(one) for one in people if not team.has(one)]
        if others:
            are = "is" if len(others) == 1 else "are"
            raise UserError(
                f"{listed(others)} {are} not on {team}; who is to be says {self.bot.prefix}join {team}."
            )
        return tuple(ids)

    def _names(self, members: tuple[int, ...]) -> str:
        return ", ".join(self.called(one) for one in members)

    def _said(self, rotation: Rotation | None) -> str | None:
        """A rotation for the record."""
        if rotation is None:
            return None
        return f"{words.rhythm_text(rotation.rhythm)} {self._names(rotation.members)}"

    def _set(self, session: Session, by: By, team: Team, rhythm: Rhythm, members: tuple[int, ...]) -> bool:
        """Let these people take turns in this rhythm; whether that is new. A transaction."""
        now = by.time
        old = self.locked(session, team, now)
        if old is not None and (old.rhythm, old.members) == (rhythm, members):
            return False
        new = self._begun(
            session, team, old, Rotation(team.id, rhythm, members, Standing(date.min), now), now
        )
        tables.keep(session, new, now)
        kept = {one.id for one in new.standing.covers}
        if old is not None:
            gone = [one.id for one in old.standing.covers if one.id not in kept]
            tables.drop_covers(session, gone)
        self.wake(session, [new])
        record(session, by, f"team:{team.name}", "duty", self._said(old), self._said(new))
        return True

    def _begun(
        self, session: Session, team: Team, old: Rotation | None, new: Rotation, now: datetime
    ) -> Rotation:
        """A new rotation with its place in time: whoever has the turn keeps it, if they are in the new one
        too. Else the turn ends now, and the first who is there begins at once.
        """
        rhythm, members = new.rhythm, new.members
        before = old.standing if old is not None else Standing(date.min)
        covers = tuple(one for one in before.covers if {one.of, one.by} <= set(members))
        owing = tuple(one for one in before.owing if one in members)
        next_ = before.next if before.next in members else None
        day = rhythm.first_day(now)
        standing = Standing(day, next_, owing, covers)
        running = next((one.turn for one in (old.had if old else ())[-1:] if one.turn.ends > now), None)
        if rhythm.begin(day) > now:  # no turn runs in the new rhythm
            if running is not None:
                tables.keep_turn(session, team.id, replace(running, ends=now), now)
            return replace(new, standing=standing)
        after = rhythm.next_day(date.fromordinal(day.toordinal() + 1))
        if running is not None and running.person in members and not running.stands_in:
            kept: Turn = replace(running, day=day, ends=rhythm.end(day))
            if next_ is None:
                place = members.index(running.due if running.due in members else running.person)
                next_ = members[(place + 1) % len(members)]
            standing = replace(standing, day=after, next=next_)
        else:
            if running is not None:
                tables.keep_turn(session, team.id, replace(running, ends=now), now)
            first, standing = next(turns(rhythm, self.crew(new, team), standing))
            kept = replace(first, begins=now)
        tables.keep_turn(session, team.id, kept, now)
        tables.tell(session, team.id, [kept], now)  # whoever sets it says so
        return replace(new, standing=standing)

    @command("duty stop")
    async def stop_(self, ctx: Context, team: TeamArg) -> None:
        """Let a team have no duty rotation any more; its lead may, and coordinators.
        Example: !duty stop nova-api
        """
        self.rosters.must_lead(ctx, team)
        rotation = self.must_rotate(team)
        await self.change_of([team], self._stop, ctx.by, team)
        again = f"{self.bot.prefix}duty set {team} {words.rhythm_text(rotation.rhythm)} "
        again += " ".join(self.called(one) for one in rotation.members)
        self.rosters.tell_of(ctx, team, f"{team} has no duty rotation any more; {again} makes it again.")

    def _stop(self, session: Session, by: By, team: Team) -> None:
        """Let a team have no rotation. A transaction."""
        old = self.locked(session, team, by.time)
        if old is None:
            return
        for one in old.had[-1:]:
            if one.turn.ends > by.time:
                tables.keep_turn(session, team.id, replace(one.turn, ends=by.time), by.time)
        tables.end(session, team.id)
        self.clear_alarms(session, TURN, [str(team.id)])
        record(session, by, f"team:{team.name}", "duty", self._said(old), None)
