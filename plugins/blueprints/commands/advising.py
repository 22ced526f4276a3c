"""What Muster advises about blueprints: what is nearly the same, which team one is for, what no team has.

Rules:

1. Advice is asked of what is in memory; lists over all blueprints are made beside other work, a few
   blueprints at a time.
2. ``!suggest`` only answers; what it offers to a coordinator is done on ``!yes``, as one change that
   ``!undo`` takes back whole.
3. Each time that a person gives a team a blueprint, the team that would have been suggested is kept with it:
   from that later suggestions learn, for as long as the team has the blueprint.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.plugin import Bot, Context, Text, UserError, command
from plugins.blueprints.changing import Changing
from plugins.blueprints.finding import name_in
from plugins.blueprints.foundation import checked
from plugins.blueprints.indexing import Indexing
from plugins.blueprints.lessons import all_lessons
from plugins.blueprints.rights import why_not_coordinate
from plugins.blueprints.showing import counted, listed_line, names
from plugins.blueprints.similar import NEARLY_THE_SAME, Alike
from plugins.blueprints.suggest import Lesson, Lessons, Suggestion, Teams
from plugins.blueprints.tables import TEAM
from plugins.blueprints.unowned import Fitting, Unowned, unowned, without_team
from plugins.blueprints.wishes import Wish
from plugins.blueprints.words import Words, words_of, words_of_item
from plugins.rosters import Person, Team
from plugins.tracker import Field, Item, Seen

_AT_ONCE = 5
"""Suggestions that are made before others have their turn."""
_ALIKE = 3
"""Blueprints like one that count for a suggestion."""


class Advisor:
    """Who suggests teams: knows the teams, the blueprints that they have, and what was learned, as it stands."""

    def __init__(self, teams: Iterable[Team], owners: Mapping[str, str], lessons: Iterable[Lesson]) -> None:
        self.owners = owners
        self._teams = Teams(teams)
        self._lessons = Lessons(one for one in lessons if owners.get(one.blueprint) == one.chosen)

    def suggest(self, item: Item, indexing: Indexing) -> list[Suggestion]:
        """The teams that a blueprint fits, the fittest first."""
        words = words_of_item(item)
        alike = []
        if self.owners:
            found = indexing.index.like(words, item.name)
            alike = [(one, self.owners[one.name]) for one in found if one.name in self.owners][:_ALIKE]
        return self._teams.suggest(words, alike, self._lessons)


class Advising(Changing):
    """``!similar``, ``!suggest`` and ``!unowned``."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.indexing = Indexing(bot.spawn)
        self._lessons: list[Lesson] = []

    async def start(self) -> None:
        """Read what was learned, and begin to follow the tracker."""
        await super().start()
        self._lessons = await self.store.read(all_lessons)
        self.indexing.put(self.blueprints.values())
        self.tracker.listen(self._follow_words)

    def _follow_words(self, seen: Sequence[Seen]) -> None:
        self.indexing.put(one.after for one in seen if one.after is not None)
        self.indexing.drop(one.before.name for one in seen if one.after is None and one.before is not None)

    # For other commands

    def alike(self, words: Words, name: str = "") -> list[tuple[Alike, Item]]:
        """The blueprints nearly the same as one called ``name`` that is about this, less those given up."""
        found = self.indexing.index.like(words, name, least=NEARLY_THE_SAME)
        both = [(one, self.blueprints[one.name]) for one in found if one.name in self.blueprints]
        return [(one, item) for one, item in both if item.is_open or item.is_done]

    def same_work(self, item: Item) -> str:
        """A warning that others may do the same work as a blueprint, in one line; nothing where none does."""
        found = self.alike(words_of_item(item), item.name)
        if not found:
            return ""
        said = "; ".join(f"{listed_line(other, self.holding(other))}, {one.why}" for one, other in found[:2])
        return f"Nearly the same as {item.name}: {said}"

    def advisor(self) -> Advisor:
        """Who suggests teams, as all stands now."""
        return Advisor(self.roster.active(), self.teams(), self._lessons)

    # Learning

    def lessons_of(self, wishes: Iterable[Wish]) -> list[Lesson]:
        """What is learned from giving blueprints to teams."""
        advisor: Advisor | None = None
        lessons = []
        for wish in wishes:
            chosen = wish.kept.get(TEAM)
            if not chosen:
                continue
            advisor = advisor or self.advisor()
            found = advisor.suggest(wish.item, self.indexing)
            terms = frozenset(words_of_item(wish.item).headline)
            lessons.append(Lesson(wish.name, found[0].team if found else "", chosen, terms))
        return lessons

    # Commands

    @command("similar")
    async def similar(self, ctx: Context, what: Text) -> None:
        """List blueprints nearly the same as one, or as some words. Example: !similar iscsi multipath"""
        await self.indexing.settled()
        item = self.blueprints.get(name_in(what))
        words = words_of(title=what) if item is None else words_of_item(item)
        found = self.indexing.index.like(words, "" if item is None else item.name)
        lines = [self._alike_line(one) for one in found if one.name in self.blueprints]
        if not lines:
            raise UserError(f"No blueprint is like {'that' if item is None else item.name}.")
        ctx.list(lines)

    def _alike_line(self, one: Alike) -> str:
        item = self.blueprints[one.name]
        return f"{one.likeness:.0%} {listed_line(item, self.holding(item))}; {one.why}"

    @command("suggest all")
    async def suggest_all(self, ctx: Context) -> None:
        """List which teams what no team has would fit; a coordinator may assign what is sure.
        Example: !suggest all
        """
        found = await self._unowned()
        if not found.count:
            raise UserError("Every open blueprint has a team.")
        lines = [_team_line(team, fitting) for team, fitting in found.fit.items()]
        if found.none:
            none = names([item.name for item in found.none])
            lines.append(f"No team fits {none}: the coordinator's to assign.")
        ctx.list(lines)
        if found.sure and self.asker(ctx).coordinates:
            self._offer(ctx, await self.person(ctx), found.sure)

    def _offer(self, ctx: Context, person: Person, sure: Sequence[Fitting]) -> None:
        """Assign what is sure, once the coordinator says so."""
        owning = self.owning()
        wishes = []
        for one in sure:
            team = self.roster.teams[one.best.team]
            assignee = owning.assignee(team)
            if assignee:  # else the tracker does not know the team yet
                wishes.append(Wish(one.item, {Field.ASSIGNEE: assignee}, {TEAM: team.name}))
        wishes = wishes[: self.settings.at_once]
        if not wishes:
            return

        async def do(answer: Context) -> None:
            self.as_seen(wishes)
            checked(why_not_coordinate(self.asker(answer), "gives blueprints to teams"))
            made = await self.make(answer, person, wishes)
            taken = [wish for wish in wishes if wish.name in made.taken]
            self.tell(answer, made, f"{_by_team(taken)}. {self.bot.prefix}undo takes it back.")

        ctx.ask(f"Assign {counted(len(wishes))} that fit for sure: {_by_team(wishes)}?", do)

    @command("suggest")
    async def suggest(self, ctx: Context, bp: Text) -> None:
        """Say which team a blueprint is for, and why. Example: !suggest vol-iscsi-multipath"""
        await self.indexing.settled()
        item = self.one(bp)
        found = self.advisor().suggest(item, self.indexing)
        team = self.holding(item).team
        if team is not None:
            fits = next((one for one in found if one.team == team.name), None)
            why = f", which fits: {fits.why}" if fits else ""
            ctx.reply(f"{item.name} is {team}'s{why}.")
            return
        if not found:
            ctx.reply(f"No team fits {item.name}: it is the coordinator's to assign.")
            return
        first, *others = found
        said = f"{item.name} is for {first.team}: {first.why}."
        if others:
            said += " Or for " + " or ".join(f"{one.team}: {one.why}" for one in others[:1]) + "."
        ctx.reply(said)

    @command("unowned")
    async def show_unowned(self, ctx: Context) -> None:
        """Say what no team has, what of it fits none, and what teams have but nobody. Example: !unowned"""
        found = await self._unowned()
        lines = _unowned_lines(found, self.bot.prefix)
        idle = self._idle()
        if idle:
            by_team = ", ".join(f"{team} {count}" for team, count in idle.most_common())
            lines.append(f"{counted(idle.total())} of teams {_is(idle.total())} nobody's yet: {by_team}.")
        ctx.list(lines)

    def _idle(self) -> Counter[str]:
        """How many open blueprints each team has that no person has."""
        owning = self.owning()
        held = (owning.holding(item) for item in self.blueprints.values() if item.is_open)
        return Counter(
            one.team.name for one in held if one.team is not None and not one.person and not one.unknown
        )

    async def _unowned(self) -> Unowned:
        """What no team has, each with the team that it fits."""
        await self.indexing.settled()
        advisor = self.advisor()
        items = list(self.blueprints.values())
        best: dict[str, Suggestion | None] = {}
        for count, item in enumerate(without_team(items, advisor.owners), 1):
            best[item.name] = next(iter(advisor.suggest(item, self.indexing)), None)
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)  # others have their turn
        return unowned(items, advisor.owners, lambda item: best[item.name])


def _unowned_lines(found: Unowned, prefix: str) -> list[str]:
    if not found.count:
        return ["Every open blueprint has a team."]
    lines = [f"{found.count} of {found.total} open blueprints {_has(found.count)} no team."]
    fit = sum(map(len, found.fit.values()))
    if fit:
        by_team = ", ".join(f"{team} {len(fitting)}" for team, fitting in found.fit.items())
        lines.append(f"{fit} would fit one: {by_team}. {prefix}suggest all lists them.")
    if found.none:
        none = names([item.name for item in found.none])
        fits = "fits" if len(found.none) == 1 else "fit"
        lines.append(f"{len(found.none)} {fits} none, so {_is(len(found.none))} the coordinator's: {none}.")
    return lines


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _has(number: int) -> str:
    return "has" if number == 1 else "have"


def _team_line(team: str, fitting: Sequence[Fitting]) -> str:
    sure = sum(one.best.is_sure for one in fitting)
    said = f"{team}: {names([one.item.name for one in fitting])}"
    return said if sure == len(fitting) else f"{said} ({sure} for sure)"


def _by_team(wishes: Sequence[Wish]) -> str:
    """``vol-a and vol-b to openstack-volume, zones to nova-scaling``."""
    going: dict[str, list[str]] = {}
    for wish in wishes:
        going.setdefault(str(wish.kept[TEAM]), []).append(wish.name)
    return ", ".join(f"{names(which)} to {team}" for team, which in going.items())
