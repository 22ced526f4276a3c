"""Looking reviews up: a list, one."""

from __future__ import annotations

from dataclasses import dataclass

from bot.plugin import Context, UserError, command
from bot.text import counted, listed, nearest, shorten
from plugins.reviews.arguments import ReviewArg
from plugins.reviews.picking import is_by
from plugins.reviews.polling import Polling
from plugins.reviews.ranking import Ranked
from plugins.reviews.review import Review, Waits
from plugins.reviews.showing import listed_line, whole
from plugins.rosters import Person, Team


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which reviews are asked for."""

    team: Team | None = None
    project: str = ""
    source: str = ""
    me: Person | None = None

    def takes(self, review: Review) -> bool:
        """Whether a review is of the project and source."""
        return self.project in {"", review.project} and self.source in {"", review.source}

    @property
    def text(self) -> str:
        """In words: ``for nova-api in openstack/nova``."""
        team = f" for {self.team}" if self.team is not None else ""
        project = f" in {self.project}" if self.project else ""
        return f"{team}{project}{f' on {self.source}' if self.source else ''}"


class Looking(Polling):
    """The commands that change nothing."""

    @command("review")
    async def show_review(self, ctx: Context, review: ReviewArg) -> None:
        """Show a review, by its number, the beginning of its Change-Id, or its address.
        Example: !review 1234
        """
        found = review.review
        self.told.note(ctx.room, f"review:{found.source}/{found.number}", self.bot.now())
        ctx.reply(" ".join(filter(None, (self.line(found), self.as_of(found.source)))))

    def line(self, review: Review) -> str:
        """All that is shown of a review, in one line."""
        routed, holder = self.routed(review), self.holder(review)
        return whole(
            self.weighed(review),
            name=self.called(review),
            author=self.author(review),
            team=routed.team.name if routed.team is not None else "",
            why_team=routed.why,
            holder=holder.name if holder is not None else "",
        )

    @command("reviews")
    async def show_reviews(self, ctx: Context, words: tuple[str, ...] = ()) -> None:
        """List the reviews that wait, the most pressing first, and why: of a team, of a project, or me: what
        you have, were asked for, and what of yours waits for you. Without a word, those of the room's team,
        or all. Example: !reviews nova-api
        """
        await self.follow()
        if not self.sources:
            raise UserError(
                "I know no reviews: [gerrit NAME] in bot.ini names a Gerrit, [tracker] Launchpad."
            )
        wanted = self._wanted(ctx, words)
        if wanted.me is not None:
            self._list_mine(ctx, wanted.me)
            return
        found = [one for one in self.waiting(wanted.team) if wanted.takes(one.review)]
        names = [wanted.source] if wanted.source else list(self.sources)
        verb = "waits" if len(found) == 1 else "wait"
        head = (
            f"{counted(len(found), 'review')} {verb}{wanted.text}"
            if found
            else f"No review waits{wanted.text}"
        )
        self._list(ctx, head, self._lines(found), names)

    def _lines(self, found: list[Ranked], mine: Person | None = None) -> list[str]:
        shown = found[: self.settings.listed]
        lines = []
        for one in shown:
            holder = self.holder(one.review)
            name = "" if holder is None else "you have" if holder == mine else f"{holder.name} has"
            lines.append(listed_line(one, name=self.called(one.review), held=f"{name} it" if name else ""))
        if len(found) > len(shown):
            lines.append(f"... and {len(found) - len(shown)} more; a team or project narrows it.")
        return lines

    def _list(self, ctx: Context, head: str, lines: list[str], names: list[str]) -> None:
        head = " ".join(filter(None, (head, self.as_of(*names))))
        ctx.list([f"{head}{':' if lines else '.'}", *lines])

    def _list_mine(self, ctx: Context, me: Person) -> None:
        """What somebody has, was asked for, and wrote."""
        reviews = [one for one in self.reviews.values() if one.is_open]
        held = {review.key for review in self.held_by(me)}
        own = [one for one in reviews if is_by(me, one.author)]
        for_me = [
            one
            for one in reviews
            if one.waits_for_reviewers
            and one not in own
            and (one.key in held or any(is_by(me, who) for who in self._asked_of(one)))
        ]
        back = [one for one in own if one.waits_for in {Waits.AUTHOR, Waits.MERGE} and not one.is_wip]
        head = f"{counted(len(for_me), 'review')} to do" if for_me else "No review to do"
        if back:
            head += f"; of yours {listed([f'{self.called(one)} ({one.standing})' for one in back[:5]])}"
        self._list(ctx, head, self._lines(self.ranked(for_me), me), [*self.sources])

    @staticmethod
    def _asked_of(review: Review) -> tuple[str, ...]:
        """Whose turn it is: by the attention set where there is one, else all reviewers without a vote."""
        if review.attention:
            return review.attention
        voters = {vote.who for vote in review.votes if vote.value}
        return tuple(who for who in review.reviewers if who not in voters)

    def _wanted(self, ctx: Context, words: tuple[str, ...]) -> _Wanted:
        if not words:
            return _Wanted(self.rosters.team_of(ctx.room))
        found = _Wanted()
        for word in words:
            found = self._with(ctx, found, word)
        return found

    def _with(self, ctx: Context, found: _Wanted, word: str) -> _Wanted:
        if word.lower() == "me":
            me = self.roster.person_of(ctx.actor)
            if me is None:
                raise UserError(f"I do not know you yet; {self.bot.prefix}join TEAM puts you on a team.")
            return _Wanted(me=me)
        team = self.roster.team(word)
        if team is not None and not team.is_retired:
            return _Wanted(team, found.project, found.source)
        projects = sorted({review.project for review in self.reviews.values() if review.project})
        named = [one for one in projects if word in {one, one.rpartition("/")[2]}]
        if len(named) == 1:
            return _Wanted(found.team, named[0], found.source)
        if word.lower() in self.sources:
            return _Wanted(found.team, found.project, word.lower())
        near = named or [*self.roster.near_teams(word), *nearest(word, projects)][:3]
        hint = f"; did you mean {listed(near, 'or')}?" if near else "."
        raise UserError(f"There is no team or project {shorten(word, 40)!r}{hint}")
