"""What Muster advises about blueprints: what is nearly the same, which team one is for, what no team has.

Rules:

1. Advice is asked of what is in memory; what goes over many blueprints lets others have their turn after
   each.
2. ``!suggest`` only answers; what it offers to a coordinator is done on ``!yes``, as one change that
   ``!undo`` takes back whole.
3. Each time that a person gives a team a blueprint, the team that would have been suggested is kept with it:
   from that later suggestions learn, for as long as the team has the blueprint.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bot.plugin import Bot, By, Context, Text, command
from plugins.blueprints.changing import Changing, command_of
from plugins.blueprints.finding import name_in
from plugins.blueprints.foundation import checked
from plugins.blueprints.lessons import all_lessons, learn
from plugins.blueprints.likening import Likening
from plugins.blueprints.rights import why_not_coordinate
from plugins.blueprints.showing import counted, listed_line, names
from plugins.blueprints.similar import Alike, Index
from plugins.blueprints.suggest import Lesson, Lessons, Suggestion, Teams
from plugins.blueprints.tables import TEAM, Deed
from plugins.blueprints.unowned import Fitting, Unowned, unowned, without_team
from plugins.blueprints.wishes import Made, Wish
from plugins.blueprints.words import words_of, words_of_item
from plugins.rosters import Person, Roster, genitive
from plugins.tracker import Field, Item

_ALL_HAVE = "Every open blueprint has a team."
_ALIKE = 3
"""Blueprints like one that count for a suggestion."""
_NAMED = 8
"""So many blueprints are named in one line; of more it says how many."""


class Advisor:
    """Who suggests teams, knowing them, the blueprints that they have (``owners``), what those are about, and
    what was learned so far.
    """

    def __init__(self, index: Index, teams: Teams, owners: Mapping[str, str], lessons: Lessons) -> None:
        self.owners = owners
        self._index = index
        self._teams = teams
        self._lessons = lessons

    def suggest(self, item: Item) -> list[Suggestion]:
        """The teams that a blueprint fits, the fittest first."""
        words = words_of_item(item)
        alike = []
        if self.owners:
            found = self._index.like(words, item.name)
            alike = [(one, self.owners[one.name]) for one in found if one.name in self.owners][:_ALIKE]
        return self._teams.suggest(words, alike, self._lessons)

    def best(self, item: Item) -> Suggestion | None:
        """The team that a blueprint fits best; ``None`` where none does."""
        return next(iter(self.suggest(item)), None)


class Advising(Changing, Likening):
    """``!similar``, ``!suggest`` and ``!unowned``."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self._lessons: list[Lesson] = []
        self._stand_for: tuple[Roster, Teams] | None = None

    async def start(self) -> None:
        """Read what was learned."""
        await super().start()
        self._lessons = await self.store.read(all_lessons)

    async def advisor(self) -> Advisor:
        """Who suggests teams, as all stands now."""
        index, roster = await self.index(), self.roster
        if self._stand_for is None or self._stand_for[0] is not roster:
            self._stand_for = (roster, Teams(roster.active()))
        owners = self.teams()
        learned = [one for one in self._lessons if owners.get(one.blueprint) == one.chosen]
        lessons = await asyncio.to_thread(Lessons, learned)  # of 5,000 it takes a tenth of a second
        return Advisor(index, self._stand_for[1], owners, lessons)

    # Learning

    async def make(
        self,
        ctx: Context,
        person: Person,
        wishes: Sequence[Wish],
        *,
        said: str = "",
        undoes: Deed | None = None,
    ) -> Made:
        """Do what is wanted, and learn from it, beside the chat, which teams were chosen."""
        chosen = {wish.name: team for wish in wishes if (team := wish.kept.get(TEAM)) and undoes is None}
        advisor = await self.advisor() if chosen else None
        made = await super().make(ctx, person, wishes, said=said, undoes=undoes)
        if advisor is not None:
            given = [
                (wish.item, chosen[wish.name])
                for wish in wishes
                if wish.name in chosen and wish.name in made.taken
            ]
            self.bot.spawn(self._learn(ctx.by, advisor, given), "lessons about blueprints")
        return made

    async def _learn(self, by: By, advisor: Advisor, given: Sequence[tuple[Item, str]]) -> None:
        """Learn from blueprints that were given to teams; ``advisor`` knows how all was before."""
        lessons = []
        for item, team in given:
            if advisor.owners.get(item.name) == team:
                continue  # from a person back to the team, say
            best = advisor.best(item)
            terms = frozenset(words_of_item(item).headline)
            lessons.append(Lesson(item.name, best.team if best else "", team, terms))
            await asyncio.sleep(0)  # others have their turn
        if lessons:
            await self.store.write(learn, by, lessons)
            self._lessons += lessons

    # Commands

    @command("similar")
    async def similar(self, ctx: Context, what: Text) -> None:
        """List blueprints nearly the same as one, or as some words. Example: !similar iscsi multipath"""
        index = await self.index()
        item = self.blueprints.get(name_in(what))
        words = words_of(title=what) if item is None else words_of_item(item)
        found = index.like(words, "" if item is None else item.name)
        lines = [self._alike_line(one) for one in found if one.name in self.blueprints]
        ctx.list(lines or [f"No blueprint is like {'that' if item is None else item.name}."])

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
            ctx.reply(_ALL_HAVE)
            return
        lines = _shortened([_team_line(team, fit) for team, fit in found.fit.items()], self.settings.listed)
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
            made = await self.make(answer, person, wishes, said=command_of(ctx))
            taken = [wish for wish in wishes if wish.name in made.taken]
            self.tell(answer, made, f"Assigned {_by_team(taken)}. {self.bot.prefix}undo takes it back.")

        ctx.ask(f"Assign the {counted(len(wishes))} that fit for sure: {_by_team(wishes)}?", do)

    @command("suggest")
    async def suggest(self, ctx: Context, bp: Text) -> None:
        """Say which team a blueprint is for, and why. Example: !suggest vol-iscsi-multipath"""
        item = self.one(bp)
        found = (await self.advisor()).suggest(item)
        team = self.holding(item).team
        if team is not None:
            fits = next((one for one in found if one.team == team.name), None)
            why = f", which fits: {fits.why}" if fits else ""
            ctx.reply(f"{item.name} is {genitive(team)}{why}.")
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
            by_team = names([f"{team} {count}" for team, count in idle.most_common()])
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
        advisor = await self.advisor()
        items = list(self.blueprints.values())
        best: dict[str, Suggestion | None] = {}
        for item in without_team(items, advisor.owners):
            best[item.name] = advisor.best(item)
            await asyncio.sleep(0)  # others have their turn
        return unowned(items, advisor.owners, lambda item: best[item.name])


def _unowned_lines(found: Unowned, prefix: str) -> list[str]:
    if not found.count:
        return [_ALL_HAVE]
    lines = [f"{found.count} of {found.total} open blueprints {_has(found.count)} no team."]
    fit = sum(map(len, found.fit.values()))
    if fit:
        by_team = names([f"{team} {len(fitting)}" for team, fitting in found.fit.items()])
        lines.append(f"{fit} would fit one: {by_team}. {prefix}suggest all lists them.")
    if found.none:
        none = names([item.name for item in found.none])
        fits = "fits" if len(found.none) == 1 else "fit"
        lines.append(f"{len(found.none)} {fits} none, so {_is(len(found.none))} the coordinator's: {none}.")
    return lines


def _shortened(lines: Sequence[str], most: int) -> list[str]:
    rest = len(lines) - most
    return [*lines[:most], f"And {rest} more teams."] if rest > 0 else list(lines)


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _has(number: int) -> str:
    return "has" if number == 1 else "have"


def _team_line(team: str, fitting: Sequence[Fitting]) -> str:
    """``nova-scaling: zones-aggregates and zones-far-apart; perhaps zones-capabilities``."""
    sure = [one.item.name for one in fitting if one.best.is_sure]
    perhaps = [one.item.name for one in fitting if not one.best.is_sure]
    parts = [names(sure)] * bool(sure) + [f"perhaps {names(perhaps)}"] * bool(perhaps)
    return f"{team}: {'; '.join(parts)}"


def _by_team(wishes: Sequence[Wish]) -> str:
    """``vol-a and vol-b to openstack-volume, zones to nova-scaling``; of more than a few how many."""
    going: dict[str, list[str]] = {}
    for wish in wishes:
        going.setdefault(str(wish.kept[TEAM]), []).append(wish.name)
    if len(wishes) > _NAMED:
        return ", ".join(f"{len(which)} to {team}" for team, which in going.items())
    return ", ".join(f"{names(which)} to {team}" for team, which in going.items())
