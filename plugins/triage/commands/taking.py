"""Who looks at which bug: taking, giving back, passing over."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from bot.dates import whole_date
from bot.plugin import By, Context, Text, UserError, command
from bot.text import one_line
from plugins.rosters import day_text
from plugins.triage import tables
from plugins.triage.ages import left, spoken
from plugins.triage.arguments import Bug
from plugins.triage.foundation import checked
from plugins.triage.queue import Skip, Take
from plugins.triage.rights import Asker, why_not_release
from plugins.triage.showing import title
from plugins.triage.telling import BACK, REMIND, Telling

_DATE_WORDS = 5
_LONGEST_WHY = 200


class Taking(Telling):
    """The commands by which people share the work."""

    @command("take")
    async def take(self, ctx: Context, bug: Bug) -> None:
        """Take a bug for triage, so that nobody else looks at it meanwhile. Example: !take 12"""
        asker = await self.asker(ctx)
        await self.look()
        item = bug.item
        self.must_wait(item)
        by, hold = ctx.by, self.settings.hold
        person = asker.person
        wanted = Take(
            item.name,
            person.id,
            person.name,
            by.time,
            by.time + hold,
            ctx.room.network,
            ctx.room.name,
            ctx.room.private,
            ctx.actor.nick,
        )
        taken = await self.change(self._take, wanted, by, person.ids)
        if taken.person not in person.ids:
            raise UserError(
                f"{taken.name} has bug {item.name}, for {left(taken.until - by.time)} at most; "
                f"{asker.prefix}triage shows another."
            )
        ctx.say(
            f"{person} has bug {item.name}, {title(item, 60)}, for {spoken(hold)}. "
            f"{asker.prefix}triaged {item.name} says what it is."
        )

    def _take(self, session: Session, wanted: Take, by: By, person: tuple[int, ...]) -> Take:
        """Give a bug to somebody unless another has it, and see to it that it comes back. A transaction."""
        taken = tables.take(session, by, wanted, person)
        if taken == wanted:
            self.set_alarms(session, BACK, {wanted.bug: wanted.until})
            before = wanted.until - self.settings.remind_before
            if before > wanted.since:
                self.set_alarms(session, REMIND, {wanted.bug: before})
        return taken

    @command("release")
    async def release(self, ctx: Context, bug: Bug) -> None:
        """Give a bug back that you took; a lead may give back what others took. Example: !release 12"""
        asker = await self.asker(ctx)
        await self.look()
        number = bug.item.name
        take = self.kept.takes.get(number)
        if take is None:
            raise UserError(f"Nobody has bug {number} for triage.")
        if take.person not in asker.person.ids:
            holder = self.roster.people.get(take.person)
            checked(why_not_release(asker, bug.item, self.team_of(bug.item), holder, self.roster))
        if await self.change(self.free, ctx.by, number) is None:
            raise UserError(f"Nobody has bug {number} for triage any more.")
        had = "" if take.person in asker.person.ids else f"; {take.name} had it"
        ctx.say(f"Bug {number} waits for anybody again{had}.")

    @command("skip")
    async def skip(
        self, ctx: Context, bug: Bug, until: Literal["until"] | None = None, why: Text = ""
    ) -> None:
        """Pass over a bug: it is offered to others, and to you again at a date, or after a while.
        Example: !skip 12 until friday
        """
        asker = await self.asker(ctx)
        await self.look()
        item, person = bug.item, asker.person
        self.must_wait(item)
        now = self.bot.now()
        when, said = now + self.settings.skip, f"in {spoken(self.settings.skip)}"
        if until:
            day, why = self._day(asker, why)
            when = datetime(day.year, day.month, day.day, tzinfo=self.rosters.zone_of(person))
            said = f"on {day_text(day)}"
        why = one_line(why).strip()
        if len(why) > _LONGEST_WHY:
            raise UserError(f"Say why in {_LONGEST_WHY} characters.")
        take = self.kept.takes.get(item.name)
        had = take is not None and take.person in person.ids and take.until > now
        await self.change(self._skip, ctx.by, Skip(item.name, person.id, when, why), person.ids, had)
        given = " You gave it back." if had else ""
        ctx.reply(f"{person}: I offer you bug {item.name} again {said}; to others I do meanwhile.{given}")

    def _skip(self, session: Session, by: By, wanted: Skip, person: tuple[int, ...], had: bool) -> None:
        if had:
            self.free(session, by, wanted.bug)
        tables.forget_skips(session, by.time)
        tables.skip(session, wanted, person)

    def _day(self, asker: Asker, text: str) -> tuple[date, str]:
        """The day that a text begins with, and the rest. Raises :class:`UserError`."""
        words = text.split()
        today = self.rosters.today(asker.person)
        for count in range(min(len(words), _DATE_WORDS), 0, -1):
            found = whole_date(" ".join(words[:count]), today)
            if found is not None and found <= today:
                raise UserError(f"{day_text(found)} is not after today; say a day that comes.")
            if found is not None:
                return found, " ".join(words[count:])
        tomorrow = today + timedelta(days=1)
        raise UserError(
            f"Until when? Write it like {asker.prefix}skip 12 until friday, or until {tomorrow}: a later day."
        )
