"""``!mail``: what is in the outbox, for who answers for it."""

from __future__ import annotations

from abc import ABC
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.plugin import Context, UserError, command, known_as
from bot.text import counted, listed, shorten
from plugins.publishing import tables
from plugins.publishing.addresses import HookUrl
from plugins.publishing.sending import Sending
from plugins.publishing.tables import MAIL, OPEN, Out, State

_SHOWN = 10
_WEEK = timedelta(days=7)


class Commands(Sending, ABC):
    """The commands."""

    @command("mail")
    async def state(self, ctx: Context) -> None:
        """Tell how the outbox of minutes stands. For coordinators and leads. Example: !mail"""
        found = await self._mine(ctx)
        waiting = [out for out in found if out.state in OPEN]
        failed = len(found) - len(waiting)
        sent = await self.store.read(tables.sent_since, self.bot.now() - _WEEK)
        if not self.targets():
            ctx.reply("No minutes are mailed or posted: bot.ini has no smtp and no hooks.")
            return
        parts = [f"{counted(len(waiting), 'edition')} of minutes to go out"]
        parts += [f"{failed} failed"] if failed else []
        parts += [f"{sent} went out in the last 7 days"]
        more = f" {self.bot.prefix}mail queue lists them." if found else ""
        ctx.reply(f"{', '.join(parts)}.{more}")

    @command("mail queue")
    async def queue(self, ctx: Context) -> None:
        """List what is still to go out, and what failed. For coordinators and leads. Example: !mail queue"""
        found = await self._mine(ctx)
        if not found:
            ctx.reply("Nothing waits, and nothing failed.")
            return
        now = self.bot.now()
        lines = [self._shown(out, now) for out in found[-_SHOWN:]]
        if len(found) > _SHOWN:
            lines.insert(0, f"{len(found) - _SHOWN} older ones, and:")
        ctx.list(lines)

    @command("mail retry")
    async def retry(self, ctx: Context, number: int) -> None:
        """Try at once to send something again. For coordinators and leads. Example: !mail retry 12"""
        await self._one(ctx, number)
        out = await self.store.write(self._retried, number)
        if out is None:
            raise UserError(f"{number} went out, or is just on its way.")
        ctx.reply(f"{number} is tried again now.")

    @command("mail drop")
    async def drop(self, ctx: Context, number: int) -> None:
        """Send something never. For coordinators and leads. Example: !mail drop 12"""
        await self._one(ctx, number)
        out = await self.store.write(tables.drop, number)
        if out is None:
            raise UserError(f"{number} does not wait: it went out, or was given up.")
        may = " It may have gone out already." if out.may_be_out else ""
        ctx.reply(f"{number} is not sent.{may}")

    def _retried(self, session: Session, number: int) -> Out | None:
        out = tables.again(session, number, self.bot.now())
        if out is not None:
            self.ring(session, out.target, out.id, self.bot.now())
        return out

    async def _mine(self, ctx: Context) -> list[Out]:
        """What is for whoever asks. Raises :class:`~bot.plugin.UserError` where nothing could be."""
        found = await self.store.read(tables.queue)
        if ctx.allows("coordinator"):
            return found
        led = {team.name for team in self.source.rosters.roster.active() if ctx.allows(f"lead:{team.name}")}
        if not led:
            raise UserError(f"That is for coordinators and leads; you are {known_as(ctx.actor)}.")
        return [out for out in found if self._team(out) in led]

    async def _one(self, ctx: Context, number: int) -> None:
        """Raises :class:`~bot.plugin.UserError` where there is no such one for whoever asks."""
        out = await self.store.read(tables.get, number)
        if not ctx.allows("coordinator"):
            team = self._team(out) if out is not None else ""
            if not team or not ctx.allows(f"lead:{team}"):
                raise UserError(
                    f"That is for coordinators, and for the lead of its team; you are {known_as(ctx.actor)}."
                )
        if out is None:
            raise UserError(f"There is no {number} in the outbox: {self.bot.prefix}mail queue lists it.")

    def _team(self, out: Out) -> str:
        team = self.source.team_of(out.room)
        return team.name if team is not None else ""

    def _shown(self, out: Out, now: datetime) -> str:
        to = listed(out.left or out.recipients) if out.target == MAIL else HookUrl(out.target).host
        why = f": {shorten(out.answer, 80)}" if out.answer else ""
        what = f"{out.id}: {shorten(out.meeting, 60)} to {shorten(to, 80)}"
        if out.state is State.FAILED:
            return f"{what}, failed{why}"
        tried = f", tried {counted(out.attempts, 'time')}" if out.attempts else ""
        due = f", next in {_in(out.due - now)}" if out.due is not None and out.due > now else ", now"
        return f"{what}{tried}{due}{why}"


def _in(length: timedelta) -> str:
    minutes = max(round(length.total_seconds() / 60), 1)
    return counted(minutes, "minute") if minutes < 120 else f"{round(minutes / 60)} hours"
