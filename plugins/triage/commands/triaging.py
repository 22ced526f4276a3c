"""What a bug is: its status and importance, its team, whether it repeats another, what it lacks."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.plugin import By, Context, Text, UserError, command
from bot.text import one_line
from plugins.rosters import Person, Team, TeamArg, genitive
from plugins.tracker import Answer, Ask, Changes, Diverged, Field, Item, Refused, Value, Waiting
from plugins.triage import tables
from plugins.triage.arguments import Bug
from plugins.triage.foundation import checked
from plugins.triage.news import NewBug
from plugins.triage.rights import SUPERVISED, Asker, why_not_change, why_not_route
from plugins.triage.routing import Lesson, Route, Source, learned, lesson_of
from plugins.triage.showing import importance
from plugins.triage.telling import Telling
from plugins.triage.words import NotUnderstoodError, Wanted, changes, read

_LONGEST_WHAT = 500
_NOBODY = frozenset({"none", "nobody", "coordinator"})


class Triaging(Telling):
    """The commands that say what a bug is."""

    @command("triaged")
    async def triaged(self, ctx: Context, bug: Bug, words: tuple[str, ...] = ()) -> None:
        """Say what a bug is, in any order: an importance, a status, a team, +tag, -tag, dup M. Alone it says
        that it is triaged. Example: !triaged 12 high confirmed +api
        """
        asker = await self.asker(ctx)
        await self.look()
        item = bug.item
        wanted = self._read(words, item)
        if wanted.add or wanted.remove or wanted.duplicate:
            item = await self.whole(item)
        if wanted == Wanted() and item.definition != "New":
            raise UserError(
                f"Bug {item.name} is {item.definition} already; say behind it what it is to be instead."
            )
        made = changes(wanted, item)
        before = self.team_of(item)
        to = self.roster.teams.get(wanted.team)
        is_moved = to is not None and (before is None or before.name != to.name)
        if not made and not is_moved:
            raise UserError(f"Bug {item.name} is so already.")
        if is_moved:
            checked(why_not_route(asker, item, before, to, self.roster))
        if made:
            checked(why_not_change(asker, item, to or before, made, self.roster))
        if wanted.duplicate:
            await self._may_repeat(item, wanted.duplicate)
        said = []
        if made:
            said.append(await self._change(ctx.by, item, made))
        if is_moved:
            said.append(f"it {await self._route(ctx, asker, item, to)}")
        else:
            await self._let_go(ctx.by, item)
        ctx.say(f"Bug {item.name}: {'; '.join(said)}.")

    def _read(self, words: Sequence[str], item: Item) -> Wanted:
        def team(word: str) -> str:
            found = self.roster.team(word)
            return found.name if found is not None and not found.is_retired else ""

        try:
            return read(
                words,
                item.name,
                team,
                teams=[one.name for one in self.roster.active()],
                milestones=[one.name.lower() for one in self.tracker.milestones],
            )
        except NotUnderstoodError as error:
            raise UserError(str(error)) from None

    async def _may_repeat(self, item: Item, number: str) -> None:
        """Refuse where a bug cannot be said to repeat another."""
        if number == item.name:
            raise UserError(f"Bug {number} cannot repeat itself.")
        other = await self.bug(number)
        if other.duplicate_of == item.name:
            raise UserError(f"Bug {number} repeats bug {item.name}, and not the other way round.")
        if other.duplicate_of:
            raise UserError(
                f"Bug {number} repeats bug {other.duplicate_of} itself; "
                f"{self.bot.prefix}dup {item.name} {other.duplicate_of} says that."
            )

    async def _change(self, by: By, item: Item, made: Changes) -> str:
        """Change a bug in the tracker; what was done, in words. Raises :class:`UserError` where nothing
        was.
        """
        (answer,) = await self.tracker.change([Ask(item, made)], by)
        self._must_be_done(answer, item, made)
        waits = f" ({answer.why}; it is done later)" if isinstance(answer, Waiting) else ""
        said = [_said(field, value, item) for field, value in made.items()]
        return f"{', '.join(said)}{waits}"

    def _must_be_done(self, answer: Answer, item: Item, made: Changes) -> None:
        match answer:
            case Refused(why=why):
                hint = ""
                if not self.tracker.is_local and _is_supervised(made):
                    hint = (
                        f" In {self.tracker.title} only the project's bug supervisors set importance and "
                        "some statuses: Muster must be one of them."
                    )
                raise UserError(f"Bug {item.name} was not changed: {why.rstrip('.')}.{hint}")
            case Diverged(why=why):
                raise UserError(
                    f"Bug {item.name} was not changed, since others changed it meanwhile: {why}. Say it "
                    "again if you want it all the same."
                )

    # Whose it is

    @command("route")
    async def route(self, ctx: Context, bug: Bug, team: str) -> None:
        """Say which team a bug is for, or none; I learn from it. Example: !route 12 nova-api"""
        asker = await self.asker(ctx)
        await self.look()
        item = bug.item
        to = None if team.lower() in _NOBODY else await TeamArg.from_word(team, ctx)
        before = self.team_of(item)
        is_by_hand = self.route_of(item).source is Source.HAND
        if (to.name if to else "") == (before.name if before else "") and is_by_hand:
            raise UserError(f"Bug {item.name} is {genitive(to or 'no team')} already.")
        checked(why_not_route(asker, item, before, to, self.roster))
        ctx.say(f"Bug {item.name} {await self._route(ctx, asker, item, to)}.")

    async def _route(self, ctx: Context, asker: Asker, item: Item, to: Team | None) -> str:
        """Give a bug to a team by hand, and learn from it; what was done, in words."""
        before, name = self.route_of(item).team, to.name if to is not None else ""
        lesson = lesson_of(item, before, name, self.tracker.project) if before or name else None
        route = Route(item.name, name, Source.HAND, f"routed by {asker.person}")
        await self.change(self._keep_route, ctx.by, route, before, lesson)
        if self.waits(item) and name != before:
            self.news.add(item.name, NewBug(item, route, f"{ctx.room.network}/{ctx.room.name}"))
        whose = f"is {genitive(to)} now" if to is not None else "is no team's now, but the coordinator's"
        what = learned(lesson) if lesson is not None else ""
        return f"{whose}; {what}" if what else whose

    def _keep_route(self, session: Session, by: By, route: Route, before: str, lesson: Lesson | None) -> None:
        self.free(session, by, route.bug)
        tables.route_by_hand(session, by, route, before, lesson)

    async def _let_go(self, by: By, item: Item) -> None:
        """Nobody has a bug for triage that waits for none any more."""
        now = self.bugs.get(item.name)
        if item.name in self.kept.takes and (now is None or not self.waits(now)):
            await self.change(self.free, by, item.name)

    # In a word

    @command("dup")
    async def duplicate(self, ctx: Context, bug: Bug, of: Bug) -> None:
        """Say that a bug repeats another one. Example: !dup 12 7"""
        asker = await self.asker(ctx)
        await self.look()
        item, other = await self.whole(bug.item), await self.whole(of.item)
        if item.duplicate_of == other.name:
            raise UserError(f"Bug {item.name} repeats bug {other.name} already.")
        made: Changes = {Field.DUPLICATE: other.name}
        await self._may_repeat(item, other.name)
        checked(why_not_change(asker, item, self.team_of(item), made, self.roster))
        said = await self._change(ctx.by, item, made)
        await self._let_go(ctx.by, item)
        ctx.say(f"Bug {item.name} {said}.")

    @command("incomplete")
    async def incomplete(self, ctx: Context, bug: Bug, what: Text) -> None:
        """Say that a bug lacks something, and ask for it there.
        Example: !incomplete 12 Which version is it?
        """
        asker = await self.asker(ctx)
        await self.look()
        item = bug.item
        what = one_line(what).strip()
        if len(what) > _LONGEST_WHAT:
            raise UserError(f"Ask in at most {_LONGEST_WHAT} characters.")
        if not item.is_open:
            raise UserError(f"Bug {item.name} is {item.definition}; nobody need answer any more.")
        made: Changes = {} if item.definition == "Incomplete" else {Field.DEFINITION: "Incomplete"}
        checked(why_not_change(asker, item, self.team_of(item), made or {Field.DEFINITION: ""}, self.roster))
        said = await self._change(ctx.by, item, made) if made else "Incomplete still"
        await self._let_go(ctx.by, item)
        text = _request(asker.person, what)
        answer = await self.tracker.comment(item.ref, text, ctx.by)
        if isinstance(answer, Refused | Diverged):
            raise UserError(f"Bug {item.name}: {said}; but I could not ask there: {answer.why}.")
        waits = f" ({answer.why}; it is written later)" if isinstance(answer, Waiting) else ""
        ctx.say(f"Bug {item.name}: {said}. I wrote there: {text}{waits}")


def _request(person: Person, what: str) -> str:
    """What is asked for in the tracker."""
    asked = what if what.endswith((".", "?", "!")) else f"{what}."
    return f"{person} asks: {asked} Once that is answered, please set the status back to New."


def _is_supervised(made: Changes) -> bool:
    return Field.PRIORITY in made or str(made.get(Field.DEFINITION, "")) in SUPERVISED


def _said(field: Field, value: Value, item: Item) -> str:
    """A field that was changed: ``status Triaged (was New)``."""
    if field is Field.DUPLICATE:
        return f"repeats bug {value}"
    if field is Field.TAGS:
        return f"tags {', '.join(value)}" if isinstance(value, tuple) and value else "no tags"
    if field is Field.PRIORITY:
        return f"importance {value} (was {importance(item)})"
    return f"status {value} (was {item.definition})"
