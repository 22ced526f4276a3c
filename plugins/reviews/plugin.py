"""Changes that wait for a review: the plugin, put together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.model import Room
from bot.plugin import Bot, Brief, Config, Nag, Occasion, Part, Problem, Setup, Subject, TeamMember
from bot.text import shorten
from plugins.reviews.commands.looking import Looking
from plugins.reviews.commands.taking import Taking
from plugins.reviews.commands.watching import Watching
from plugins.reviews.gerrit import GerritSettings
from plugins.reviews.gerrit import mistakes as gerrit_mistakes
from plugins.reviews.ranking import spoken
from plugins.reviews.showing import daily_line, meeting_line, related_line

if TYPE_CHECKING:
    from bot.web import Reader
    from plugins.reviews.pages.views import Views

PLACE = 30
"""Where reviews stand in the daily reminder."""
_RELATED = 3
_TITLE = 60


class Reviews(Looking, Taking, Watching):
    """Changes that wait for a review, and who could do it."""

    sections = MappingProxyType({"gerrit NAME": GerritSettings})

    @classmethod
    def mistakes(cls, config: Config, networks: Collection[str]) -> Iterable[Problem]:
        """What contradicts in ``[gerrit NAME]``."""
        return gerrit_mistakes(config)

    @classmethod
    def problems(cls, setup: Setup) -> Sequence[str]:
        """Whether each Gerrit answers."""
        if not setup.config.sections.get("gerrit"):
            return ()
        from plugins.reviews.gerrit.checking import problems  # with it comes httpx

        return problems(setup)

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self._views: Views | None = None

    async def parts(self, subject: Subject, reader: Reader) -> list[Part]:
        """What waits longest, on a team's page; what somebody does and wrote, on theirs."""
        if self._views is None:
            from plugins.reviews.pages.views import Views  # with it come templates

            self._views = Views(self)
        return await self._views.parts(subject, reader)

    def related(self, subject: str) -> Sequence[str]:
        """The reviews of a blueprint or a bug: ``review 1234 (needs review, +1)``."""
        found = self.about(subject)
        said = [related_line(review, self.called(review)) for review in found[:_RELATED]]
        if len(found) > _RELATED:
            said.append(f"{len(found) - _RELATED} more reviews")
        return said

    async def briefing(self, room: Room, occasion: Occasion) -> Sequence[Brief]:
        """Which reviews wait for the room's team: each day, and when it meets."""
        team = self.rosters.team_of(room)
        if team is None or not self.sources or occasion is Occasion.WEEKLY:
            return ()
        if occasion.is_whole:
            await self.glance()  # a page may ask
        else:
            await self.follow()
        waiting = self.waiting(team)
        names = {one.review.key: self.called(one.review) for one in waiting}
        say = meeting_line if occasion.is_whole else daily_line
        said = " ".join(
            filter(None, (say(waiting, names), self.as_of(*(one.review.source for one in waiting))))
        )
        return [Brief(said, PLACE)] if said else ()

    async def nags(self, room: Room, day: date) -> Sequence[Nag]:
        """The reviews that somebody of the room's team has, and that wait for them for long."""
        team = self.rosters.team_of(room)
        if team is None:
            return ()
        await self.follow()
        now = self.bot.now()
        found: list[Nag] = []
        for person in self.roster.members(team):
            for review in self.held_by(person):
                held = now - self.taken[review.key].since
                times = held // self.settings.nag_after
                if not times or not review.waits_for_reviewers:
                    continue
                name = self.called(review)
                since = self.taken[review.key].since
                title = shorten(review.title, _TITLE).rstrip(".")
                found.append(
                    Nag(
                        "reviews",
                        f"review:{review.source}/{review.number}/{since:%Y%m%d%H%M}/{times}",
                        f"You have had review {name} for {spoken(held)}: {title}. {review.url}".rstrip(),
                        f"review release {name}",
                        (TeamMember(person.name, person.accounts, self.rosters.is_away(person)),),
                    )
                )
        return found
