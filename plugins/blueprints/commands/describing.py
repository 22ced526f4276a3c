"""What a blueprint is like: a new one, its state, priority, direction and notes."""

from __future__ import annotations

from bot.plugin import Context, Text, UserError, command
from bot.text import one_line, shorten
from plugins.blueprints.arguments import Blueprint
from plugins.blueprints.changing import Changing, command_of
from plugins.blueprints.foundation import checked
from plugins.blueprints.likening import Likening
from plugins.blueprints.rights import why_not_touch
from plugins.blueprints.states import NoSuchWordError, priority, state
from plugins.blueprints.tables import Step, remember
from plugins.blueprints.wishes import Wish, later
from plugins.blueprints.words import words_of
from plugins.rosters import Person
from plugins.tracker import Capability, Changes, Diverged, Field, ItemKind, New, Refused, Waiting, is_name

RESERVED = frozenset({"new", "confirm", "refuse", "add", "all", "none", "me", "open"})
"""Words that mean something of their own to the commands here, and so name no blueprint."""
_LONGEST_NAME = 64
_LONGEST_NOTE = 1000


class Describing(Changing, Likening):
    """The commands that say what a blueprint is like."""

    @command("bp new")
    async def new_blueprint(self, ctx: Context, name: str, title: Text) -> None:
        """Make a blueprint: its name and its title. Where there is nearly the same, you are asked first.
        Example: !bp new vol-clone Cloning of volumes
        """
        person = await self.person(ctx)
        name, title = name.lower(), one_line(title)
        if not self.tracker.can(Capability.CREATE_BLUEPRINT):
            raise UserError(f"I cannot make blueprints in {self.tracker.title}; make it there, and I see it.")
        if not is_name(name) or len(name) > _LONGEST_NAME:
            raise UserError(
                f"{shorten(name, 60)!r} is no name: small letters, digits and + . - behind the first, "
                f"at most {_LONGEST_NAME} of them."
            )
        if name in RESERVED:
            raise UserError(f"{name!r} means something else to me; give it another name.")
        said = command_of(ctx)

        async def do(asking: Context) -> None:
            await self._make(asking, person, said, name, title)

        if name in self.blueprints:
            raise UserError(f"There is a blueprint {self.line_of(name)}")
        same = await self.same_work(words_of(name, title), name)
        if same:
            ctx.ask(f"Nearly the same as {name}: {same}. Make it all the same?", do)
        else:
            await do(ctx)

    async def _make(self, ctx: Context, person: Person, said: str, name: str, title: str) -> None:
        """Make a blueprint, unless somebody did meanwhile."""
        if name in self.blueprints:
            raise UserError(f"There is a blueprint {self.line_of(name)}")
        answer = await self.tracker.create(New(ItemKind.BLUEPRINT, name, title), ctx.by)
        if isinstance(answer, Refused | Diverged):
            raise UserError(f"{name} was not made: {answer.why}.")
        await self.store.write(remember, person.id, said, ctx.by.time, [])
        waits = f" ({later(answer.why)})" if isinstance(answer, Waiting) else ""
        ctx.say(f"New blueprint {name}: {title}{waits}")

    def line_of(self, name: str) -> str:
        """A blueprint of that name, with its title."""
        return f"{name} already: {shorten(one_line(self.blueprints[name].title), 120)}"

    @command("status")
    async def set_state(self, ctx: Context, blueprint: Blueprint, state_: Text) -> None:
        """Set how far a blueprint is, by any of Launchpad's words or the beginning of one: members may, and
        whoever has it. Example: !status zones started
        """
        item = blueprint.item
        checked(why_not_touch(self.asker(ctx), item.name, self.holding(item)))
        try:
            field, word = state(state_)
        except NoSuchWordError as error:
            raise UserError(str(error)) from None
        await self._set(ctx, Wish(item, {field: word}), f"is {word}")

    @command("priority", needs="coordinator")
    async def set_priority(self, ctx: Context, blueprint: Blueprint, priority_: str) -> None:
        """Set how pressing a blueprint is: essential, high, medium, low, undefined or not.
        Example: !priority zones high
        """
        try:
            word = priority(priority_)
        except NoSuchWordError as error:
            raise UserError(str(error)) from None
        await self._set(ctx, Wish(blueprint.item, {Field.PRIORITY: word}), f"has priority {word}")

    @command("approve", needs="coordinator")
    async def approve_direction(self, ctx: Context, blueprint: Blueprint) -> None:
        """Approve the direction that a blueprint takes. Example: !approve zones"""
        await self._set(ctx, Wish(blueprint.item, {Field.DIRECTION: True}), "has its direction approved")

    async def _set(self, ctx: Context, wish: Wish, what: str) -> None:
        """Change one field of one blueprint."""
        person = await self.person(ctx)
        before = {field: wish.item.value(field) for field in wish.changes}
        if before == dict(wish.changes):
            raise UserError(f"{wish.name} {what} already.")
        made = await self.make(ctx, person, [wish])
        self.tell(ctx, made, f"{wish.name} {what} now{_was(before)}.")

    @command("note")
    async def add_note(self, ctx: Context, blueprint: Blueprint, text: Text) -> None:
        """Add a line to a blueprint's whiteboard, with your name and the date.
        Example: !note zones see the list
        """
        item = blueprint.item
        checked(why_not_touch(self.asker(ctx), item.name, self.holding(item)))
        person = await self.person(ctx)
        if len(text) > _LONGEST_NOTE:
            raise UserError(f"A note has at most {_LONGEST_NOTE} characters.")
        by = ctx.by
        line = f"{by.time.astimezone(self.zone):%Y-%m-%d} {person.name}: {one_line(text)}"
        answer = await self.tracker.comment(item.ref, line, by)
        if isinstance(answer, Refused | Diverged):
            raise UserError(f"{item.name} was not changed: {answer.why}.")
        after = self.blueprints[item.name].whiteboard
        step = Step(item.name, Field.WHITEBOARD.value, item.whiteboard, after)
        steps = [step] if after != item.whiteboard else []
        await self.store.write(remember, person.id, command_of(ctx), by.time, steps)
        waits = f" ({later(answer.why)})" if isinstance(answer, Waiting) else ""
        ctx.reply(f"Noted on {item.name}.{waits}")


def _was(before: Changes) -> str:
    """What a field was, where that says something: `` (was Started)``."""
    said = [value for value in before.values() if isinstance(value, str) and value]
    return f" (was {said[0]})" if said else ""
