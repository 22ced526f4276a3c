"""When teams meet: ``!meeting``, one of a series cancelled or moved, a series set."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from bot.dates import whole_date
from bot.plugin import Context, Text, UserError, command
from bot.recurrence import YEARS, at_local
from bot.text import counted, listed, shorten
from plugins.rosters import meets_changes
from plugins.rosters.arguments import TeamArg
from plugins.rosters.base import RostersBase
from plugins.rosters.recurrence import Occurrence, on_day, read_all_meets, upcoming
from plugins.rosters.roster import Meets, Team
from plugins.rosters.telling import day_text, sentence

_CLOCK = re.compile(r"(.*?)(?:,? (?:at )?([0-9]{1,2}):([0-9]{2}))?", re.DOTALL)


class Calendar(RostersBase):
    """The commands, and what others ask about meetings."""

    def next_meetings(self, team: Team, count: int = 1) -> list[Occurrence]:
        """A team's next meetings, that which is on included."""
        return upcoming(team.meets, self.bot.now(), count)

    def next_text(self, team: Team) -> str:
        """When a team meets and when next, in a sentence; nothing where it has no meetings."""
        found = self.next_meetings(team)
        if not found:
            return ""
        series = listed(meets.words for meets in team.meets)
        return f"Meets {series}, next {when_text(found[0], self.bot.now())}."

    async def set_meets(self, ctx: Context, team: Team, words: str) -> None:
        """Set when a team meets, from words; none ends its meetings."""
        zone = team.zone or self.bot.zone
        try:
            series = read_all_meets(words, self.today(team=team), zone)
        except ValueError as error:
            raise UserError(sentence(error)) from error
        if not await self.change(meets_changes.set_meets, ctx.by, team.id, series):
            ctx.reply(f"{team} meets so already. {self.next_text(team)}".strip())
            return
        now = self.roster.teams[team.name]
        self.tell_of(ctx, team, f"{team}: {self.next_text(now) or 'Meets no more.'}")

    @command("meeting")
    async def meeting(self, ctx: Context, team: TeamArg | None = None) -> None:
        """Say when a team meets next; without a name, that of this room. Example: !meeting nova-api"""
        found = self.asked_team(ctx, team)
        text = self.next_text(found)
        how = f"{self.bot.prefix}team set {found} meets every thursday 21:00 UTC sets a time."
        ctx.reply(f"{found}: {text}" if text else f"{found} has no meeting times; {how}")

    @command("meeting cancel")
    async def cancel(self, ctx: Context, team: TeamArg, date: Text) -> None:
        """Cancel one meeting of a series; the team's lead may, and coordinators.
        Example: !meeting cancel nova-api next thursday
        """
        self.must_lead(ctx, team)
        day = self._meeting_day(team, date)
        chosen = [(meets, was) for meets, was in self._meant(team, day) if str(was) not in meets.cancelled]
        if not chosen:
            raise UserError(f"The meeting of {team} on {day_text(day)} is cancelled already.")
        for meets, was in chosen:
            await self.change(meets_changes.set_exception, ctx.by, meets.id, was.isoformat(), None)
        self.tell_of(ctx, team, f"{team} does not meet on {day_text(day)}. {self._next_after(team)}")

    @command("meeting move")
    async def move(self, ctx: Context, team: TeamArg, when: Text) -> None:
        """Move one meeting of a series to another day or time; the team's lead may, and coordinators.
        Example: !meeting move nova-api 2026-12-24 to 2026-12-22 20:00
        """
        self.must_lead(ctx, team)
        old, separator, new = f" {when} ".partition(" to ")
        found = _CLOCK.fullmatch(new.strip())
        if not separator or found is None:
            how = f"{self.bot.prefix}meeting move {team} 2026-12-24 to 2026-12-22 20:00"
            raise UserError(f"To which day? Write it like: {how}")
        day = self._meeting_day(team, old)
        chosen = self._meant(team, day)
        if len(chosen) > 1:
            raise UserError(
                f"{team} has two meetings on {day_text(day)}: cancel the one, and set the other's time."
            )
        meets, was = chosen[0]
        to = self._moved(team, meets, self._meeting_day(team, found[1]), found[2], found[3])
        if not await self.change(meets_changes.set_exception, ctx.by, meets.id, was.isoformat(), to):
            raise UserError(f"That is when {team} meets already.")
        shown = at_local(to, meets.zone)
        usual = to == f"{was}{meets.start[10:]}"
        instead = "after all" if usual else f"instead of {day_text(day)}"
        self.tell_of(
            ctx,
            team,
            f"{team} meets on {day_text(shown.date())} at {shown:%H:%M} {meets.zone} {instead}. "
            f"{self._next_after(team)}".strip(),
        )

    def _moved(self, team: Team, meets: Meets, day: date, hour: str | None, minute: str | None) -> str:
        """The local time that a meeting is moved to. Raises :class:`~bot.plugin.UserError`."""
        clock = datetime.fromisoformat(meets.start).time()
        if hour is not None and minute is not None:
            try:
                clock = time(int(hour), int(minute))
            except ValueError:
                raise UserError(f"{hour}:{minute} is no time of day; write one like 20:00.") from None
        to = datetime.combine(day, clock).isoformat(timespec="minutes")
        if at_local(to, meets.zone) < self.bot.now():
            raise UserError(f"{day_text(day)}, {clock:%H:%M} {meets.zone} is past.")
        return to

    def _meeting_day(self, team: Team, words: str) -> date:
        """The day that is meant, not before today. Raises :class:`~bot.plugin.UserError`."""
        zone = team.meets[0].zone if team.meets else ""
        today = (
            self.bot.now().astimezone(at_local("2000-01-01T00:00", zone).tzinfo).date()
            if zone
            else self.today()
        )
        found = whole_date(words, today)
        if found is None:
            raise UserError(f"{shorten(words.strip(), 40)!r} is no date; write one like friday, or {today}.")
        if found < today:
            raise UserError(f"{day_text(found)} is past.")
        if found.year not in YEARS:
            raise UserError(f"{day_text(found)} is too far away.")
        return found

    def _meant(self, team: Team, day: date) -> list[tuple[Meets, date]]:
        """The meetings on a day. Raises :class:`~bot.plugin.UserError` with the next where there is none."""
        found = on_day(team.meets, day)
        if found:
            return found
        days = [day_text(one.local.date()) for one in self.next_meetings(team, 3)]
        hint = f"it meets on {listed(days)}" if days else "it has no meeting times"
        raise UserError(f"{team} has no meeting on {day_text(day)}; {hint}.")

    def _next_after(self, team: Team) -> str:
        found = self.next_meetings(self.roster.teams[team.name])
        return f"The next meeting is {when_text(found[0], self.bot.now())}." if found else ""


def when_text(found: Occurrence, now: datetime) -> str:
    """``Thu 26 November 2026 21:00 Europe/Berlin (20:00 UTC), in 4 days``."""
    zone = str(found.local.tzinfo)
    utc = "" if zone == "UTC" else f" ({found.start:%H:%M} UTC)"
    return f"{day_text(found.local.date())} {found.local:%H:%M} {zone}{utc}, {_until(found, now)}"


def _until(found: Occurrence, now: datetime) -> str:
    left = found.start - now
    if left >= timedelta(days=1):
        days = (found.local.date() - now.astimezone(found.local.tzinfo).date()).days
        return f"in {counted(days, 'day')}"
    minutes = int(left.total_seconds() // 60)
    for size, name in ((60, "hour"), (1, "minute")):
        count = minutes // size
        if count >= 1:
            return f"in {counted(count, name)}"
    return "now"
