"""Bugs one by one: looked up, looked for, reported."""

from __future__ import annotations

import asyncio

from bot.plugin import Context, Text, UserError, command
from bot.text import counted, one_line, shorten
from plugins.tracker import Capability, Diverged, Done, Item, ItemKind, New, Refused, Waiting
from plugins.triage.arguments import Bug
from plugins.triage.search import search
from plugins.triage.showing import found_line, whole
from plugins.triage.telling import Telling

_FOUND = 5


class Finding(Telling):
    """The commands on single bugs."""

    @command("bug")
    async def show_bug(self, ctx: Context, bug: Bug) -> None:
        """Show a bug: what it is, whose, who looks at it, how old. Example: !bug 12"""
        await self.look()
        self.told.note(ctx.room, bug.item.name, self.bot.now())
        ctx.reply(self.line(bug.item))

    def line(self, item: Item) -> str:
        """All that is shown of a bug, in one line."""
        route, now = self.route_of(item), self.bot.now()
        take = self.kept.takes.get(item.name)
        holder = take.name if take is not None and take.until > now and self.waits(item) else ""
        waits = self.tracker.items.is_waiting(item.ref)
        waiting = f"(waits to be written to {self.tracker.title})" if waits else ""
        return whole(
            item,
            f"{route.team or 'no team'} ({route.why})",
            holder,
            now,
            self.bot.related(str(item.ref)),
            " ".join(part for part in (waiting, self.tracker.as_of()) if part),
        )

    @command("bugs")
    async def find_bugs(self, ctx: Context, words: Text) -> None:
        """Look for bugs by words; open ones come first. Example: !bugs paging servers"""
        await self.look()
        found = await asyncio.to_thread(search, words, list(self.bugs.values()))
        if not found:
            ctx.reply(f"No bug says {shorten(one_line(words), 60)!r}.")
            return
        shown = [found_line(item, self.route_of(item).team) for item in found[:_FOUND]]
        more = len(found) - len(shown)
        head = f"{counted(len(found), 'bug')}{f', the first {len(shown)}' if more else ''}:"
        if age := self.tracker.as_of():
            head = f"{head} {age}"
        ctx.list([head, *shown] if len(found) > 1 else shown)

    @command("bug new")
    async def new_bug(self, ctx: Context, title: Text) -> None:
        """Report a bug, by its title. Example: !bug new Volumes cannot be detached"""
        if ctx.actor.account is None:
            raise UserError("Log in to this network first, so that the bug has somebody to ask.")
        if not self.tracker.can(Capability.CREATE_BUG):
            raise UserError(f"I cannot report bugs in {self.tracker.title}; do it there, and I see it.")
        answer = await self.tracker.create(New(ItemKind.BUG, "", one_line(title).strip()), ctx.by)
        match answer:
            case Done(item=item):
                self.told.note(ctx.room, item.name, self.bot.now())
                ctx.say(f"New bug {item.name}: {item.title}{f' {item.url}' if item.url else ''}")
                await self.settle(fresh={item.name}, said_in=f"{ctx.room.network}/{ctx.room.name}")
            case Waiting(item=item, why=why):
                ctx.say(f"New bug: {item.title} ({why}; it gets its number then.)")
            case Diverged(why=why) | Refused(why=why):
                raise UserError(f"The bug was not reported: {why}.")
