"""Milestones: how far they are, and which there are."""

from __future__ import annotations

import re
from datetime import date

from bot.dates import whole_date
from bot.plugin import Context, UserError, command
from bot.text import shorten
from plugins.blueprints.changing import Changing
from plugins.blueprints.progress import Progress, in_order, progress, when
from plugins.blueprints.showing import counted, names
from plugins.blueprints.targets import NoSuchMilestoneError, milestone_named
from plugins.tracker import Milestone, is_name

_RESERVED = frozenset({"add", "close", "none", "all", "open", "me"})
_TEAMS = 12
_LIKE_A_DATE = re.compile(r"[0-9]+[-/.][0-9]+[-/.][0-9]+$")
"""What is meant for a date, such as ``2026-13-01``: no series is called so.
"""


class Milestones(Changing):
    """The commands on milestones."""

    @command("milestone")
    async def show_milestone(self, ctx: Context, name: str) -> None:
        """Show how far a milestone is: by state, by team, and the days left. Example: !milestone essex-2"""
        found = self.milestone_named(name)
        far = progress(found, self.blueprints.values(), self.owning())
        lines = [self._headline(far)]
        if far.teams:
            shown = [f"{team} {done} of {all_}" for team, done, all_ in far.teams[:_TEAMS]]
            more = len(far.teams) - _TEAMS
            lines.append(f"Done by team: {', '.join(shown)}{f' and {more} teams more' if more > 0 else ''}.")
        proposed = [one.name for one in self.proposals.values() if one.milestone == found.name]
        if proposed:
            lines.append(f"Proposed besides: {names(sorted(proposed))}; see {self.bot.prefix}target confirm.")
        ctx.list(lines)

    def milestone_named(self, name: str) -> Milestone:
        """The milestone that a word means, of all. Raises :class:`UserError`."""
        try:
            return milestone_named(name, self.tracker.milestones)
        except NoSuchMilestoneError as error:
            raise UserError(str(error)) from None

    def _headline(self, far: Progress) -> str:
        """``essex-2 (essex), due 2011-12-15, in 23 days: 10 of 40 blueprints done; 8 Started, 22 New.``"""
        states = ", ".join(f"{count} {state}" for state, count in far.states)
        done = f"{far.done} of {counted(far.all)} done" if far.all else "no blueprints"
        age = self.tracker.as_of()
        said = f"{_named(far.milestone, self.today())}: {done}{f'; {states}' if states else ''}."
        return " ".join(part for part in (said, age) if part)

    @command("milestones")
    async def show_milestones(self, ctx: Context) -> None:
        """List the milestones that take blueprints, as they come. Example: !milestones"""
        series = self.tracker.series
        active = in_order(
            one for one in self.tracker.milestones if one.is_active and series in {"", one.series}
        )
        if not active:
            ctx.reply("There are no milestones that take blueprints.")
            return
        owning, items = self.owning(), list(self.blueprints.values())
        lines = []
        for one in active[: self.settings.listed]:
            far = progress(one, items, owning)
            lines.append(f"{_named(one, self.today())}: {far.done} of {counted(far.all)} done")
        ctx.list(lines)

    @command("milestone add", needs="coordinator")
    async def add_milestone(self, ctx: Context, name: str, words: tuple[str, ...] = ()) -> None:
        """Add a milestone to Muster's own tracker, with its date and its series, where there are such.
        Example: !milestone add essex-2 2011-12-15 essex
        """
        name = name.lower()
        if not is_name(name) or name in _RESERVED:
            raise UserError(
                f"{shorten(name, 40)!r} is no name for a milestone: small letters, digits, + . and -."
            )
        if any(one.name == name for one in self.tracker.milestones):
            raise UserError(f"There is a milestone {name} already.")
        due, series = _due_and_series(words, self.today())
        if series and (not is_name(series) or _LIKE_A_DATE.match(series)):
            raise UserError(
                f"{shorten(series, 40)!r} is neither a date nor a series; write it like 2011-12-15."
            )
        milestone = Milestone(name, series or self.tracker.series, due)
        await self.tracker.add_milestone(milestone, ctx.by)
        ctx.say(f"New milestone {_named(milestone, self.today())}.")

    @command("milestone close", needs="coordinator")
    async def close_milestone(self, ctx: Context, name: str) -> None:
        """Let a milestone of Muster's own tracker take nothing more. Example: !milestone close essex-1"""
        found = self.milestone_named(name)
        far = progress(found, self.blueprints.values(), self.owning())
        await self.tracker.close_milestone(found.name, ctx.by)
        still = f" {counted(far.open)} of it {'is' if far.open == 1 else 'are'} not done." if far.open else ""
        ctx.say(f"{found.name} takes nothing more.{still}")


def _named(milestone: Milestone, today: date) -> str:
    """``essex-2 (essex), due 2011-12-15, in 23 days``."""
    series = f" ({milestone.series})" if milestone.series else ""
    due = when(milestone, today)
    return f"{milestone.name}{series}{f', {due}' if due else ''}"


def _due_and_series(words: tuple[str, ...], today: date) -> tuple[date | None, str]:
    """The date that words begin with, if they do, and what stands behind it."""
    for count in range(len(words), 0, -1):
        due = whole_date(" ".join(words[:count]), today)
        if due is not None:
            return due, " ".join(words[count:]).lower()
    return None, " ".join(words).lower()
