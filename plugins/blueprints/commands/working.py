"""Work items: the steps of a blueprint, and which are done."""

from __future__ import annotations

import re
from typing import Literal

from bot.plugin import Context, Text, UserError, command
from bot.text import one_line, shorten
from plugins.blueprints.arguments import Blueprint, whom
from plugins.blueprints.changing import Changing
from plugins.blueprints.foundation import checked
from plugins.blueprints.rights import why_not_touch
from plugins.blueprints.showing import counted
from plugins.blueprints.wishes import Wish
from plugins.blueprints.workitems import SAID, State, ticked, with_item, work_items
from plugins.tracker import Field

_WITH_WHO = re.compile(r"\[(?P<who>[^\]]*)\]\s*(?P<title>.*)")
_LONGEST = 200


class Working(Changing):
    """The commands on work items."""

    @command("items")
    async def show_items(self, ctx: Context, blueprint: Blueprint) -> None:
        """List a blueprint's work items, with their numbers. Example: !items zones"""
        item = blueprint.item
        found = work_items(item.work_items)
        if not found:
            ctx.reply(
                f"{item.name} has no work items; {self.bot.prefix}items add {item.name} TITLE adds one."
            )
            return
        still = sum(one.is_open for one in found)
        lines = [f"{item.name}: {counted(len(found), 'work item')}, {still} open."]
        milestone = ""
        for one in found[: self.settings.listed]:
            heading = f" [{one.milestone}]" if one.milestone != milestone else ""
            milestone = one.milestone
            lines.append(f"{shorten(one_line(str(one)), 200)}{heading}")
        if len(found) > self.settings.listed:
            lines.append(f"... and {len(found) - self.settings.listed} more")
        ctx.list(lines)

    @command("items add")
    async def add_item(self, ctx: Context, blueprint: Blueprint, title: Text) -> None:
        """Add a work item to a blueprint, to do, for somebody where a name in brackets stands first.
        Example: !items add zones [comstud] tests with two zones
        """
        item = blueprint.item
        checked(why_not_touch(self.asker(ctx), item.name, self.holding(item)))
        person = await self.person(ctx)
        who, said = await self._who_and_title(ctx, one_line(title).strip())
        if len(said) > _LONGEST:
            raise UserError(f"A work item's title has at most {_LONGEST} characters.")
        try:
            text = with_item(item.work_items, said, who)
        except ValueError:
            raise UserError(
                f"{shorten(said, 60)!r} would be read as something else; write the title alone."
            ) from None
        made = await self.make(ctx, person, [Wish(item, {Field.WORK_ITEMS: text})])
        added = next(one for one in reversed(work_items(text)) if (one.title, one.who) == (said, who))
        self.tell(ctx, made, f"{item.name}: {added}.")

    async def _who_and_title(self, ctx: Context, text: str) -> tuple[str, str]:
        """Whose a work item is, as the tracker calls them, and its title."""
        match = _WITH_WHO.fullmatch(text)
        if match is None:
            return "", text
        who = await whom(match["who"].strip(), ctx)
        return self.known_as(who), match["title"]

    @command("tick")
    async def tick_item(
        self,
        ctx: Context,
        blueprint: Blueprint,
        number: int,
        state: Literal["done", "todo", "inprogress", "blocked", "postponed"] = "done",
    ) -> None:
        """Say that a work item is done, or how it stands else. Example: !tick zones 2"""
        item = blueprint.item
        checked(why_not_touch(self.asker(ctx), item.name, self.holding(item)))
        person = await self.person(ctx)
        to = State[state.upper()]
        try:
            text = ticked(item.work_items, number, to)
        except LookupError:
            count = counted(len(work_items(item.work_items)), "work item")
            raise UserError(
                f"{item.name} has {count}; {self.bot.prefix}items {item.name} lists them."
            ) from None
        one = work_items(text)[number - 1]
        if text == item.work_items:
            raise UserError(f"{number}. {shorten(one.title, 60)} is {SAID[to]} already.")
        made = await self.make(ctx, person, [Wish(item, {Field.WORK_ITEMS: text})])
        self.tell(ctx, made, f"{item.name}: {one}.")
