"""Two people swap turns: both say so, or the team's lead does."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from bot.dates import whole_date
from bot.plugin import By, Context, UserError, command, record
from bot.text import shorten
from plugins.duty import tables, words
from plugins.duty.commands.asking import Asking
from plugins.duty.rotation import Turn
from plugins.duty.swaps import exchange, taker_of, why_not
from plugins.duty.tables import Rotation
from plugins.rosters import PersonArg, Team, TeamArg

_FAR = timedelta(days=366)


class Outcome(enum.Enum):
    """What came of the wish to swap."""

    ASKED = enum.auto()
    ASKED_BEFORE = enum.auto()
    DONE = enum.auto()
    UNDONE = enum.auto()


@dataclass(frozen=True, slots=True)
class Swapped:
    """What came of it, and the turn as it was before."""

    outcome: Outcome
    turn: Turn


class Swapping(Asking):
    """The command."""

    @command("duty swap")
    async def swap(self, ctx: Context, date_and_nick: tuple[str, ...]) -> None:
        """Swap the turn of a date with somebody: whoever takes it gives their next one for it. It counts once
        both have said so; a lead's word is enough. Said again by the same two, it is taken back. A team may
        stand before the date. Example: !duty swap 2026-12-07 bob
        """
        asker = await self.rosters.known(ctx)
        team, day, nick = await self._meant(ctx, list(date_and_nick))
        other = await PersonArg.from_word(nick, ctx)
        await self.refresh()
        self.must_rotate(team)
        leads = ctx.allows(f"lead:{team.name}")
        swapped = await self.change_of([team], self._swap, ctx.by, team, day, asker.id, other.id, leads)
        turn = swapped.turn
        taker = taker_of(turn, asker.id, other.id)
        said = words.day_text(turn.day)
        agree = f"{self.bot.prefix}duty swap {team} {turn.day} {asker}"
        if swapped.outcome is Outcome.ASKED_BEFORE:
            raise UserError(f"{other} has not said yes yet, by {agree}")
        if swapped.outcome is Outcome.ASKED:
            if taker == other.id:
                what = f"asks you to take {team}'s turn of {said} for your next one"
            else:
                what = f"offers to take {team}'s turn of {said} from you, for {asker}'s next one"
            text = f"{self.nick_of(team, other)}: {asker} {what}. {agree} says yes."
        elif swapped.outcome is Outcome.UNDONE:
            text = f"{team}: {self.called(taker)} has the turn of {said} again; the swap is taken back."
        else:
            text = (
                f"{team}: {self.called(taker)} has the turn of {said} instead of {self.called(turn.person)}"
            )
            text += self._in_return(team, turn, taker)
        self.rosters.tell_of(ctx, team, text)

    def _in_return(self, team: Team, turn: Turn, taker: int) -> str:
        """The other half of a swap, in words."""
        to_come = self.to_come(team, self.must_rotate(team))
        near = (one for _, one in zip(range(200), to_come, strict=False))
        back = next(
            (one for one in near if one.cover and (one.cover.of, one.person) == (taker, turn.person)), None
        )
        when = f", {words.day_text(back.day)}" if back is not None else ""
        return f", who has {self.called(taker)}'s next one{when}."

    async def _meant(self, ctx: Context, said: list[str]) -> tuple[Team, date, str]:
        """The team, the date and the nick that words name. Raises :class:`~bot.plugin.UserError`."""
        how = f"{self.bot.prefix}duty swap DATE NICK"
        named = None
        if len(said) > 2 and said[0].lower() in self.roster.teams:
            named = await TeamArg.from_word(said.pop(0), ctx)
        team = self.rosters.asked_team(ctx, named)
        if len(said) < 2:
            raise UserError(f"Which turn, with whom? Write it like {how}.")
        *dated, nick = said
        today = self.rosters.today(team=team)
        day = whole_date(" ".join(dated), today)
        if day is None:
            text = shorten(" ".join(dated), 40)
            raise UserError(f"{text!r} is no date; write it like {self.bot.prefix}duty swap {today} NICK.")
        if day > today + _FAR:
            raise UserError(f"{words.day_text(day)} is too far away.")
        return team, day, nick

    def _turn_of(self, team: Team, rotation: Rotation, day: date, by: By) -> Turn:
        """The turn of a date, which is not over. Raises :class:`~bot.plugin.UserError`."""
        rhythm = rotation.rhythm
        slot = rhythm.day_at(rhythm.begin(day))
        if slot is None:
            raise UserError(f"No turn of {team} is on {words.day_text(day)}.")
        running = self.turn_at(team, rotation, by.time)
        if running is not None and running.day == slot:
            return running
        if rhythm.begin(slot) <= by.time:
            raise UserError(f"The turn of {words.day_text(slot)} is over.")
        return next(one for one in self.to_come(team, rotation) if one.day >= slot)

    def _swap(
        self, session: Session, by: By, team: Team, day: date, asker: int, other: int, leads: bool
    ) -> Swapped:
        """Swap the turn of a date, or ask for it. A transaction. Raises :class:`~bot.plugin.UserError`."""
        rotation = self.locked(session, team, by.time)
        if rotation is None:
            raise UserError(f"{team} has no duty rotation any more.")
        turn = self._turn_of(team, rotation, day, by)
        if asker == other:
            raise UserError("Name whom to swap with.")
        crew = self.crew(rotation, team)
        said = words.day_text(turn.day)
        refusal = why_not(turn, asker, other, crew, said, self.called, leads=leads)
        if refusal or turn.person is None:
            raise UserError(refusal)
        taker = taker_of(turn, asker, other)
        if not leads and not tables.is_offered(session, team.id, turn.day, other, asker, turn.person):
            new = tables.offer(session, team.id, turn.day, asker, other, turn.person, by.time)
            return Swapped(Outcome.ASKED if new else Outcome.ASKED_BEFORE, turn)
        has_begun = turn.begins <= by.time
        done = exchange(turn, taker, rotation.standing.covers, has_begun=has_begun)
        tables.drop_covers(session, done.drop)
        tables.keep_covers(session, team.id, done.add)
        if has_begun:
            tables.keep_turn(session, team.id, replace(turn, person=taker), by.time)
        else:
            tables.keep(session, rotation, by.time)  # when it changed
        tables.drop_offer(session, team.id, turn.day, (taker, turn.person))
        giver = self.called(turn.person)
        what = f"duty on {turn.day}"
        record(session, by, f"team:{team.name}", what, giver, self.called(taker))
        return Swapped(Outcome.UNDONE if done.is_undone else Outcome.DONE, turn)
