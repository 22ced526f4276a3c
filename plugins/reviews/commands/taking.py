"""Who does a review: taking one, giving it back, finding somebody.

Rules:

1. Whoever has a verified account may take a review that nobody has and that they did not write. It ends when
   they vote on it, when it is over, or by ``!review release``, also of the team's lead and of coordinators.
2. Nobody is put on a review by another: ``!review pick`` says who could and why, and on ``!yes`` asks them in
   the room. Who is on the review's team may do that, and coordinators.
"""

from __future__ import annotations

from datetime import datetime

from bot.plugin import Context, UserError, command, known_as
from bot.text import listed, shorten
from plugins.reviews import tables
from plugins.reviews.arguments import ReviewArg
from plugins.reviews.picking import Candidate, Circumstances, Picked, picked
from plugins.reviews.polling import Polling
from plugins.reviews.review import Review, Waits
from plugins.rosters import Team, present

_TITLE = 80


class Taking(Polling):
    """The commands on who does a review."""

    @command("review take")
    async def take_review(self, ctx: Context, review: ReviewArg) -> None:
        """Say that you do a review. Example: !review take 1234"""
        person, found = await self.rosters.known(ctx), review.review
        self._must_be_open(found)
        name = self.called(found)
        if self.is_own(person, found):
            raise UserError(f"{name} is yours; somebody else must review it.")
        taken = await self.store.write(tables.take, ctx.by, found.key, person.id)
        await self.follow()
        holder = self.roster.with_id(taken.person)
        if holder is not None and holder.id != person.id:
            raise UserError(
                f"{holder} has {name} since {self._day(taken.since)}; "
                f"ask them to say {self.bot.prefix}review release {name}."
            )
        ctx.say(f"{person} reviews {name}: {shorten(found.title, _TITLE)} {found.url}".rstrip())

    @command("review release")
    async def release_review(self, ctx: Context, review: ReviewArg) -> None:
        """Say that you do not do a review after all. Example: !review release 1234"""
        person, found = await self.rosters.known(ctx), review.review
        name, taken = self.called(found), self.taken.get(found.key)
        if taken is None:
            raise UserError(f"Nobody has {name}; {self.bot.prefix}review take {name} takes it.")
        holder = self.roster.with_id(taken.person)
        if holder != person and not self._may_decide(ctx, self.routed(found).team):
            raise UserError(
                f"{holder or 'Somebody else'} has {name}; they, their lead or a coordinator release it."
            )
        if not await self.store.write(tables.release, ctx.by, found.key, taken.person):
            raise UserError(f"Nobody has {name} any more.")
        await self.follow()
        ctx.say(f"{name} is free again: {shorten(found.title, _TITLE)}")

    @command("review pick")
    async def pick_reviewer(self, ctx: Context, review: ReviewArg) -> None:
        """Find somebody for a review: who of its team has room, knows the code and is here; on !yes I ask
        them. Example: !review pick 1234
        """
        await self.rosters.known(ctx)
        found = review.review
        self._must_want(ctx, found)
        name = self.called(found)
        routed = self.routed(found)
        if routed.team is None:
            raise UserError(
                f"{name} is for no team; "
                f"{self.bot.prefix}review route TEAM project:{found.project} says which."
            )
        team = routed.team
        if not ctx.allows(f"member:{team.name}") and not ctx.allows("coordinator"):
            raise UserError(
                f"That is for who is on {team} and for coordinators; you are {known_as(ctx.actor)}."
            )
        choice = self._picked(ctx, found, team)
        if not choice.candidates:
            raise UserError(f"Nobody of {team} has room for {name}: {_others(choice)}.")
        first, *rest = choice.candidates
        other = f" Or {rest[0].person}: {rest[0].why}." if rest else ""
        is_self = self.roster.person_of(ctx.actor) == first.person
        what = "gives it to you." if is_self else f"asks {first.person}."
        ctx.reply(f"{name} for {first.person}: {first.why}.{other} {self.bot.prefix}yes {what}")

        async def yes(again: Context) -> None:
            await self._ask_somebody(again, found, first)

        self.bot.ask(ctx.place, ctx.actor, yes)

    async def _ask_somebody(self, ctx: Context, review: Review, candidate: Candidate) -> None:
        """Ask who was picked; whoever picked themselves has it at once."""
        person, name, prefix = candidate.person, self.called(review), self.bot.prefix
        await self.follow()
        self._must_want(ctx, self.reviews.get(review.key, review))
        if self.roster.person_of(ctx.actor) == person:
            await self.take_review(ctx, ReviewArg(review))
            return
        await self.store.write(tables.ask, ctx.by, review.key, person.id)
        await self.follow()
        nick = next((one.nick for one in present(ctx) if self.roster.person_of(one) == person), person.name)
        title = f"{shorten(review.title, _TITLE)} {review.url}".rstrip()
        ctx.say(f"{nick}: could you review {name}? {title} ({prefix}review take {name} says yes.)")

    def _picked(self, ctx: Context, review: Review, team: Team) -> Picked:
        people = self.roster.people.values()
        has: dict[int, int] = {}
        for key, taken in self.taken.items():
            one = self.reviews.get(key)
            if one is not None and one.waits_for_reviewers:
                has[taken.person] = has.get(taken.person, 0) + 1
        last: dict[int, datetime] = {}
        for when, who in (
            *((taken.since, taken.person) for taken in self.taken.values()),
            *((when, who) for (_, who), when in self.asked.items()),
        ):
            last[who] = max(when, last.get(who, when))
        now = self.bot.now()
        here = {one.id for one in map(self.roster.person_of, present(ctx)) if one is not None}
        asked = {
            who for (key, who), when in self.asked.items() if key == review.key and now - when < tables.ASKED
        }
        return picked(
            review,
            self.roster.members(team),
            Circumstances(
                has,
                {one.id for one in people if self.rosters.is_away(one)},
                here,
                asked,
                last,
                list(self.reviews.values()),
                self.settings.at_once,
            ),
        )

    def _must_want(self, ctx: Context, review: Review) -> None:
        """Raise :class:`UserError` unless a review wants somebody to do it."""
        self._must_be_open(review)
        name, holder = self.called(review), self.holder(review)
        if holder is not None:
            is_self = holder == self.roster.person_of(ctx.actor)
            raise UserError(f"{'You have' if is_self else f'{holder} has'} {name} already.")
        if review.waits_for is not Waits.REVIEWERS:
            raise UserError(f"{name} does not wait for reviewers: {review.standing}.")

    def _must_be_open(self, review: Review) -> None:
        name = self.called(review)
        if not review.is_open:
            raise UserError(f"{name} is {review.standing}.")
        if review.key not in self.reviews:
            not_yet = self.as_of(review.source)
            raise UserError(
                f"{name} is not among what I watch{f' {not_yet}' if not_yet else ''}; "
                f"the projects of [gerrit {review.source}] in bot.ini say what is."
            )

    def _may_decide(self, ctx: Context, team: Team | None) -> bool:
        return ctx.allows("coordinator") or (team is not None and ctx.allows(f"lead:{team.name}"))

    def _day(self, when: datetime) -> str:
        return f"{when.astimezone(self.rosters.zone_of()):%Y-%m-%d %H:%M %Z}"


def _others(choice: Picked) -> str:
    said = [f"{listed(names)} ({why})" for why, names in choice.others.items()]
    return ", ".join(said) or "nobody is on it"
