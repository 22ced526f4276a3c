"""Members in step with the tracker's teams, both ways where that is permitted.

Rules:

1. Once a day, and where a team gets another team of the tracker's, members there become members here.
2. Who joins or leaves here is told to the tracker at once, if it knows them and lets Muster; whoever it is
   about hears what did not work. While it is away that waits, and is done when it is back. Once it has done
   that, what it lists counts: whom it takes off its team thereafter is not put back.
3. The tracker's own rules hold beside ours: what it refuses is said, and asked again the next day at most.
4. One task follows, however often that is asked for. Muster's end does not wait for it: the next start begins
   anew.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import date, timedelta

from bot.model import Actor
from bot.plugin import Bot, By, Context, Timer, daily
from plugins.rosters.base import RostersBase
from plugins.rosters.following import follow, told
from plugins.rosters.roster import Person, Team
from plugins.rosters.settings import RosterSettings
from plugins.tracker import AwayError, BackendError, Capability, Refused

log = logging.getLogger(__name__)

_AGAIN = timedelta(minutes=15)
"""So long it waits before a tracker is asked again that was away."""


class Membership(RostersBase):
    """What follows the tracker, and what it is told."""

    def __init__(self, bot: Bot, settings: RosterSettings) -> None:
        super().__init__(bot, settings)
        self._following: asyncio.Task[None] | None = None
        self._is_wanted = False
        self._timer: Timer | None = None

    async def stop(self) -> None:
        """Leave the rest for the next start."""
        if self._timer is not None:
            self._timer.cancel()
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        await super().stop()

    async def idle(self) -> None:
        """Wait until nothing is being followed."""
        if self._following is not None:
            await asyncio.wait([self._following])

    @daily("04:00")
    async def follow_daily(self, day: date) -> None:
        """Let the members of all teams follow the tracker."""
        self.begin_following()

    def begin_following(self) -> None:
        """Follow beside the chat, now; while that goes on already, once more after it."""
        if self.tracker.is_local:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._is_wanted = True
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follow(), name="members of the tracker's teams")

    async def _follow(self) -> None:
        try:
            while self._is_wanted:
                self._is_wanted = False
                await self.follow_all()
        except Exception:
            log.exception("The members of the tracker's teams could not be followed")

    def _follow_later(self) -> None:
        if self._timer is None:
            self._timer = self.bot.at(self.bot.now() + _AGAIN, self.begin_following)

    async def follow_all(self) -> None:
        """Let the members of all teams follow the tracker; where it is away, again later."""
        if self.tracker.is_local:
            return
        for team in self.roster.active():
            if not team.launchpad:
                continue
            try:
                await self.follow_team(team)
            except AwayError as error:
                log.info("The members of %s are asked for again later: %s", team, error)
                self._follow_later()
                return
            except BackendError as error:
                log.warning("The members of %s (~%s) cannot be had: %s", team, team.launchpad, error)

    async def follow_team(self, team: Team) -> None:
        """Let a team's members follow the tracker, and the tracker ours. Raises
        :class:`~plugins.tracker.BackendError`.
        """
        listed = await self.tracker.members(team.launchpad)
        if listed is None:
            log.warning("%s has no team ~%s, which %s is to be", self.tracker.title, team.launchpad, team)
            return
        by = By(Actor("", self.tracker.title), None, self.bot.now())
        untold = await self.change(follow, by, team.id, team.launchpad, listed)
        if not self.tracker.can(Capability.EDIT_MEMBERS):
            return
        for ids, on in ((untold.on, True), (untold.off, False)):
            for one in ids:
                refused = await self._set_member(team, one, on=on)
                if refused is not None:
                    log.info("~%s does not follow %s for ~%s: %s", team.launchpad, team, one, refused.why)

    def send_place(self, ctx: Context, team: Team, person: Person, *, on: bool) -> None:
        """Tell the tracker's team that somebody joined or left; what hinders that, they hear."""
        if not team.launchpad or self.tracker.is_local:
            return
        title, there = self.tracker.title, f"https://launchpad.net/~{team.launchpad}"
        if not person.launchpad:
            if on:
                how = f"{self.bot.prefix}link launchpad ID says so"
                ctx.reply(f"{title} does not hear of it, as I do not know who you are there: {how}.")
        elif not self.tracker.can(Capability.EDIT_MEMBERS):
            what = "Join" if on else "Leave"
            ctx.reply(f"I may not change who is on ~{team.launchpad} in {title}. {what} there too: {there}")
        else:
            self.bot.spawn(self._send(ctx, team, person, on=on), f"membership of ~{team.launchpad}")

    async def _set_member(self, team: Team, id_: str, *, on: bool) -> Refused | None:
        """Have somebody on the tracker's team, or off it, and note that it is so there."""
        refused = await self.tracker.set_member(team.launchpad, id_, on=on)
        if refused is None:
            await self.store.write(told, team.id, id_, on=on)
        return refused

    async def _send(self, ctx: Context, team: Team, person: Person, *, on: bool) -> None:
        title = self.tracker.title
        try:
            refused = await self._set_member(team, person.launchpad, on=on)
        except AwayError:
            ctx.reply(f"{title} is away; ~{team.launchpad} there follows when it is back.")
            self._follow_later()
        except BackendError as error:
            ctx.reply(f"~{team.launchpad} in {title} does not follow: {error}")
        else:
            if refused is not None:
                ctx.reply(f"~{team.launchpad} in {title} does not follow: {refused.why}.")
