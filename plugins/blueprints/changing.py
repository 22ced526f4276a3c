"""Changing blueprints: all that a command changes goes this way, and comes back by ``!undo``.

Rules:

1. What is asked of the tracker, what Muster keeps of it and the deed that ``!undo`` takes back are written in
   one transaction; of what the tracker then refuses nothing is kept.
2. Nothing is said before it is written. What waits for the tracker is said to wait.
3. More than one blueprint is changed only after a preview and ``!yes``, and only if all are still as they
   were seen then: all or nothing.
4. A deed is undone whole, and only while all that it changed is still as it left it, by whoever did it and
   still may. ``!undo`` again takes back the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from bot.plugin import Context, UserError, changes_of, command
from bot.text import one_line, shorten
from plugins.blueprints import tables
from plugins.blueprints.foundation import Foundation, checked
from plugins.blueprints.owning import Holding
from plugins.blueprints.rights import Undoing, why_not_again, why_not_undo
from plugins.blueprints.showing import counted, names
from plugins.blueprints.tables import PROPOSED, TEAM, Deed, Step
from plugins.blueprints.wishes import (
    Made,
    Wish,
    kept_now,
    made_of,
    needed,
    not_done,
    steps_of,
    taking_back,
    turned,
    waits,
)
from plugins.rosters import Person
from plugins.tracker import Ask, Diverged, Done, Field, Item, ItemKind, Refused, Waiting, as_json

_SAID = 80


class Changing(Foundation):
    """How blueprints are changed, and changed back."""

    async def make(
        self,
        ctx: Context,
        person: Person,
        wishes: Sequence[Wish],
        *,
        said: str = "",
        undoes: Deed | None = None,
    ) -> Made:
        """Do what is wanted of blueprints, for a person. Raises :class:`UserError` where nothing was done.
        ``said`` is the command, where that is not the line just said; ``undoes`` what this takes back.
        """
        wanted = [wish for one in wishes if (wish := needed(one, self.kept, self.proposals)) is not None]
        steps = [step for wish in wanted for step in steps_of(wish, self.kept, self.proposals)]
        by = ctx.by
        said = said or command_of(ctx)

        proposed = {wish.name: old for wish in wanted if (old := self.proposals.get(wish.name)) is not None}
        deeds: list[int] = []

        def also(session: Session) -> None:
            owners = {wish.name: wish.kept[TEAM] for wish in wanted if TEAM in wish.kept}
            tables.keep(session, by.time, owners)
            proposals = {
                wish.name: tables.propose(session, by, person.name, wish.name, wish.kept[PROPOSED])
                for wish in wanted
                if PROPOSED in wish.kept
            }
            self.once(session, owners, proposals)
            if undoes is not None:
                tables.mark_undone(session, undoes.id)
                deeds.append(undoes.id)
            elif steps:
                deeds.append(tables.remember(session, person.id, said, by.time, steps))

        def not_after_all(session: Session, failed: Collection[str]) -> None:
            lost = [step for step in steps if step.name in failed]
            self.once(session, *tables.put_back(session, by, lost, proposed))
            if undoes is not None:
                tables.leave_only(session, undoes.id, failed)
            else:
                tables.leave_out(session, deeds[-1], failed)

        asks = [Ask(wish.item, wish.changes) for wish in wanted if wish.changes]
        answers = {}
        if asks:
            given = await self.tracker.change(asks, by, also)
            answers = {ask.seen.name: answer for ask, answer in zip(asks, given, strict=True)}
        elif wanted or undoes is not None:
            await self.store.write(also)
        made = made_of(wanted, answers)
        if made.failed and deeds:
            await self.store.write(not_after_all, made.failed)
        if made.failed and not made.taken:
            raise UserError(not_done(made, self.bot.prefix))
        return made

    def tell(self, ctx: Context, made: Made, what: str) -> None:
        """Tell the room what was done, and whoever asked what was not."""
        ctx.say(" ".join(part for part in (what, waits(made)) if part))
        failed = not_done(made, self.bot.prefix)
        if failed:
            ctx.reply(f"{ctx.actor.nick}: {failed}")

    async def change(
        self,
        ctx: Context,
        wishes: Sequence[Wish],
        preview: str,
        done: Callable[[Sequence[str]], str],
        allowed: Callable[[Context], object],
    ) -> None:
        """Do what is wanted of several blueprints, or of one: of several after ``preview`` and ``!yes``, when
        ``allowed`` (which raises) is asked again. ``done`` says what was done to those named.
        """
        person = await self.person(ctx)
        if len(wishes) > self.settings.at_once:
            most = self.settings.at_once
            raise UserError(f"That is {counted(len(wishes))}; one command changes at most {most}.")
        if len(wishes) == 1:
            made = await self.make(ctx, person, wishes)
            self.tell(ctx, made, done(made.taken))
            return

        async def do(answer: Context) -> None:
            self.as_seen(wishes)
            allowed(answer)
            made = await self.make(answer, person, wishes, said=command_of(ctx))
            self.tell(answer, made, f"{done(made.taken)} {self.bot.prefix}undo takes it back.")

        ctx.ask(preview, do)

    def as_seen(self, wishes: Sequence[Wish]) -> None:
        """Refuse where a blueprint is not any more as it was seen."""
        changed = [wish.name for wish in wishes if self.blueprints.get(wish.name) != wish.item]
        if changed:
            raise UserError(f"{names(changed)} changed meanwhile; give the command again to see how.")

    @command("undo")
    async def undo(self, ctx: Context) -> None:
        """Take back your last command on blueprints, the whole of it. Example: !undo"""
        person = await self.person(ctx)
        deed = await self.store.read(tables.last_deed, person.ids)
        if deed is None:
            raise UserError("You changed no blueprint that you did not take back already.")
        if not deed.steps:
            raise UserError(f"{deed.said!r} cannot be undone; other commands change what it made.")
        await self._refuse_if_changed(deed)
        self._refuse_unless_allowed(ctx, deed)
        made = await self.make(ctx, person, taking_back(deed.steps, self.blueprints), undoes=deed)
        concerned = list(dict.fromkeys(step.name for step in deed.steps))
        self.tell(ctx, made, f"Undone: {deed.said} ({names(concerned)}).")

    async def _refuse_if_changed(self, deed: Deed) -> None:
        for step in deed.steps:
            if step.name not in self.blueprints:
                raise UserError(f"{step.name} is not in the tracker any more; it cannot be undone.")
            if self._now(step) == step.after:
                continue
            raise UserError(
                f"{step.name} was changed since {await self._by_whom(step)}; "
                f"{self.bot.prefix}history {step.name} tells, and it is not undone."
            )

    def _now(self, step: Step) -> object:
        if step.field in {TEAM, PROPOSED}:
            return kept_now(step.name, self.kept, self.proposals)[step.field]
        return as_json(self.blueprints[step.name].value(Field(step.field)))

    async def _by_whom(self, step: Step) -> str:
        """Who changed last what a step changed: ``by bob``."""
        changes = await self.store.read(changes_of, tables.subject(step.name))
        last = next((change for change in changes if change.what == step.field), None)
        if last is None or last.after != self._now(step):
            return f"in {self.tracker.title}"
        return f"by {last.by.actor.nick}"

    def _refuse_unless_allowed(self, ctx: Context, deed: Deed) -> None:
        asker = self.asker(ctx)
        for step in deed.steps:
            item = self.blueprints[step.name]
            before = self._held_before(item, deed.steps)
            checked(why_not_undo(asker, step.name, _kind(step.field), self.holding(item), before))

    def _held_before(self, item: Item, steps: Sequence[Step]) -> Holding:
        """Whose a blueprint was before these steps."""
        wish = next(wish for wish in taking_back(steps, self.blueprints) if wish.name == item.name)
        team = wish.kept.get(TEAM, self.kept.get(item.name))
        return replace(self.owning(), kept={item.name: team or ""}).holding(item.changed(wish.changes))

    @command("again")
    async def again(self, ctx: Context) -> None:
        """Write all the same what you last changed and the tracker had changed meanwhile. Example: !again"""
        person = await self.person(ctx)
        before = dict(self.blueprints)
        by = ctx.by
        asker, owning = self.asker(ctx), self.owning()
        answers = await self.tracker.again(
            by, lambda ask: why_not_again(asker, ask.seen, ask.changes, owning).rstrip(".")
        )
        if not answers:
            raise UserError("Nothing of yours was refused because it had changed meanwhile.")
        written = [answer.item for answer in answers if isinstance(answer, Done | Waiting)]
        taken = [item for item in written if item.ref.kind is ItemKind.BLUEPRINT]
        steps = [step for item in taken for step in turned(before[item.name], item)]
        shown = [owning.shown_owner(item) for item in taken]

        def note(session: Session) -> None:
            tables.remember(session, person.id, command_of(ctx), by.time, steps)
            self.keep(session, by.time, {name: team for one in shown for name, team in one.items()})

        if taken:
            await self.store.write(note)
        for answer in answers:
            match answer:
                case Done(item=item):
                    ctx.say(f"{item.name} is written.")
                case Waiting(item=item, why=why):
                    ctx.say(f"{item.name} will be written ({why}).")
                case Diverged(item=item, why=why):
                    ctx.reply(f"{ctx.actor.nick}: {item.name} has changed once more: {why}.")
                case Refused(why=why):
                    ctx.reply(f"{ctx.actor.nick}: That was not written: {why}.")


def command_of(ctx: Context) -> str:
    """The command that was given, as it is shown again."""
    return shorten(one_line(ctx.line.text), _SAID)


_KINDS = {
    TEAM: Undoing.ASSIGNING,
    Field.ASSIGNEE.value: Undoing.ASSIGNING,
    PROPOSED: Undoing.PROPOSING,
    Field.MILESTONE.value: Undoing.COORDINATING,
    Field.PRIORITY.value: Undoing.COORDINATING,
    Field.DIRECTION.value: Undoing.COORDINATING,
}


def _kind(field: str) -> Undoing:
    return _KINDS.get(field, Undoing.WORK)
