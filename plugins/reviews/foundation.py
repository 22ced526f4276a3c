"""What all commands on reviews stand on: what the sources were seen to have, and what is kept here.

Rules:

1. A look-up answers from memory, which is what the database held when it was last read: before each command,
   after each change and each look at a source, and each :data:`FOLLOW` where other processes write to it;
   there before pages too (:meth:`Foundation.glance`).
2. While a source is away, what was seen last is shown, with its age.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.derived import Derived
from bot.glances import Glances
from bot.model import Room
from bot.plugin import Bot, Timer, UserError
from bot.text import listed, nearest, shorten
from plugins.reviews import tables
from plugins.reviews.finding import Meant, chosen, meant, name_of
from plugins.reviews.gerrit import GerritSettings
from plugins.reviews.launchpad import NAME as LAUNCHPAD
from plugins.reviews.launchpad import Proposals
from plugins.reviews.picking import is_by
from plugins.reviews.ranking import Ranked, ranked, spoken, weighed
from plugins.reviews.review import Review
from plugins.reviews.settings import ReviewSettings
from plugins.reviews.sources import Source, SourceError
from plugins.reviews.subjects import Subjects
from plugins.reviews.tables import Key, Looked, Taken
from plugins.reviews.teams import Routed, Routing, Rule
from plugins.reviews.watching import Watch
from plugins.rosters import Person, Team, UsesRosters
from plugins.tracker import UsesTracker

log = logging.getLogger(__name__)

FOLLOW = timedelta(minutes=1)
ANSWER_WITHIN = 6.0
"""Seconds that a command waits for a source."""


class Foundation(UsesTracker, UsesRosters):
    """What the commands of this plugin share."""

    requires = ("rosters", "tracker")
    Settings = ReviewSettings
    settings: ReviewSettings

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.sources: dict[str, Source] = {}
        self.reviews: Mapping[Key, Review] = {}
        self.looked: Mapping[str, Looked] = {}
        self.taken: Mapping[Key, Taken] = {}
        self.asked: Mapping[tuple[Key, int], datetime] = {}
        self.said_rules: tuple[Rule, ...] = ()
        self.watches: Mapping[Room, tuple[Watch, ...]] = {}
        self._about: dict[str, list[Key]] = {}
        self._waiting: Derived[dict[str, list[Review]]] = Derived()
        self._versions: dict[str, int] | None = None
        self._following = asyncio.Lock()
        self._follow_timer: Timer | None = None
        self._glances = Glances(self.store, self.follow)

    async def load(self) -> None:
        """Read what is kept, for pages."""
        if not self.sources:
            self.sources = self._made_sources()
        await self.follow()

    async def start(self) -> None:
        """Read what is kept."""
        await self.load()
        self.rosters.add_work(self.work_of)
        if not self.store.is_sqlite:
            self._follow_later()

    async def stop(self) -> None:
        """Let go of the sources."""
        self.rosters.remove_work(self.work_of)
        if self._follow_timer is not None:
            self._follow_timer.cancel()
        for source in self.sources.values():
            await source.close()
        await super().stop()

    def _made_sources(self) -> dict[str, Source]:
        """The Gerrits of ``bot.ini``, and the tracker where it may have merge proposals."""
        found: dict[str, Source] = {}
        gerrits: Mapping[str, GerritSettings] = self.bot.config_of("gerrit")
        if gerrits:
            from plugins.reviews.gerrit.client import Gerrit  # with it comes httpx, which takes memory

            found |= {name: Gerrit(name, settings) for name, settings in gerrits.items()}
        if not self.tracker.is_local:
            found[LAUNCHPAD] = Proposals(self.tracker, self.settings.launchpad_every, self._proposals)
        return found

    def _proposals(self) -> list[Review]:
        """The merge proposals that were seen."""
        return [one for one in self.reviews.values() if one.source == LAUNCHPAD]

    # Memory

    async def follow(self) -> None:
        """Let memory be as the database is."""
        self._glances.seen()
        async with self._following:
            kept = await self.store.read(tables.kept, self._versions)
            self.looked, self.taken, self.asked = kept.looked, kept.taken, kept.asked
            self.said_rules, self.watches = kept.rules, kept.watches
            if kept.reviews is not None:
                self.reviews = kept.reviews
                self._about = _about(kept.reviews)
                self._versions = {name: one.version for name, one in kept.looked.items()}

    async def glance(self) -> None:
        """As :meth:`follow`, for pages, of which many are asked for."""
        await self._glances.glance()

    def _follow_later(self) -> None:
        def follow() -> None:
            self.bot.spawn(self._followed(), "following the reviews")
            self._follow_later()

        self._follow_timer = self.bot.at(self.bot.now() + FOLLOW, follow)

    async def _followed(self) -> None:
        await self.follow()

    # What is known

    @property
    def subjects(self) -> Subjects:
        """What may be fixed."""
        return Subjects(self.tracker.items.bugs, self.tracker.items.blueprints)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Which reviews are for whom: what was said in chat, and what ``bot.ini`` says."""
        return (*self.said_rules, *self.settings.rules)

    def routing(self) -> Routing:
        """Which team a review is for."""
        return Routing(self.roster, self.rules, self.subjects, is_local=self.tracker.is_local)

    def routed(self, review: Review) -> Routed:
        """The team that a review is for."""
        return self.routing().of(review)

    def waiting(self, team: Team | None = None) -> list[Ranked]:
        """The reviews that wait for reviewers, the most pressing first: a team's, or all."""
        items = self.tracker.items
        stands_on = (self.reviews, self.rules, self.roster, items, items.changes)
        found = self._waiting.of(stands_on, self._by_teams)
        return self.ranked(found.get("" if team is None else team.name, []))

    def _by_teams(self) -> dict[str, list[Review]]:
        """What waits for reviewers, of each team, and all (``""``)."""
        routing = self.routing()
        found: dict[str, list[Review]] = {"": []}
        for review in self.reviews.values():
            if review.waits_for_reviewers:
                found[""].append(review)
                team = routing.of(review).team
                if team is not None:
                    found.setdefault(team.name, []).append(review)
        return found

    def ranked(self, reviews: list[Review]) -> list[Ranked]:
        """Reviews, the most pressing first."""
        return ranked(reviews, self.subjects, self.bot.now())

    def weighed(self, review: Review) -> Ranked:
        """How pressing a review is."""
        return weighed(review, self.subjects, self.bot.now())

    def called(self, review: Review) -> str:
        """What a review is called."""
        return name_of(review, self.reviews.keys(), self.sources)

    def holder(self, review: Review) -> Person | None:
        """Who does a review."""
        taken = self.taken.get(review.key)
        return self.roster.with_id(taken.person) if taken is not None else None

    def held_by(self, person: Person) -> list[Review]:
        """The reviews that somebody does, the longest first."""
        mine = [(one.since, key) for key, one in self.taken.items() if one.person in person.ids]
        return [self.reviews[key] for _, key in sorted(mine) if key in self.reviews]

    def work_of(self, person: Person) -> list[str]:
        """The reviews that somebody does, for ``!who``."""
        return [f"review {self.called(review)}" for review in self.held_by(person)]

    def people_names(self) -> dict[str, str]:
        """How people call those whom a source knows by their Launchpad id."""
        return {one.launchpad: one.name for one in self.roster.people.values() if one.launchpad}

    def author(self, review: Review) -> str:
        """What people call a review's author."""
        return self.people_names().get(review.author, review.author)

    def about(self, subject: str) -> list[Review]:
        """The reviews of something that the tracker holds (``bug:7``): those open, then those over."""
        found = [self.reviews[key] for key in self._about.get(subject, ())]
        return sorted(found, key=lambda one: (not one.is_open, one.source, len(one.number), one.number))

    def as_of(self, *sources: str) -> str:
        """That sources are away and how old what is shown is, to put behind an answer; nothing, where they
        are not away.
        """
        said = []
        for name in dict.fromkeys(sources):
            looked, source = self.looked.get(name), self.sources.get(name)
            if looked is None or source is None:
                continue
            if looked.seen is None:
                away = "is away, and " if looked.failures else ""
                said.append(f"{source.title} {away}was not read yet")
            elif looked.failures:
                said.append(f"{source.title} is away; as of {spoken(self.bot.now() - looked.seen)} ago")
        return f"({'; '.join(said)})" if said else ""

    # Finding one

    async def one(self, word: str) -> Review:
        """The review that a word means: one that is kept, else one that a Gerrit has. Raises
        :class:`UserError`.
        """
        await self.follow()
        what = self._meant(word)
        found = chosen(what, self.reviews.values())
        silent: list[str] = []
        if not found:
            found, silent = await self._asked_for(what)
        if len(found) == 1:
            return found[0]
        if found:
            names = listed([f"{one.source}/{one.number}" for one in found[:4]], "or")
            raise UserError(f"{shorten(word, 60)!r} may be {names}; say which.")
        raise UserError(self._unknown(word, what, silent))

    def _meant(self, word: str) -> Meant:
        if not self.sources:
            prefix = "[gerrit NAME]"
            raise UserError(f"I know no reviews: {prefix} in bot.ini names a Gerrit, [tracker] Launchpad.")
        for name, source in self.sources.items():
            number = source.number_in(word)
            if number:
                return Meant(number, name)
        what = meant(word, self.sources)
        if what.is_nothing:
            raise UserError(
                f"{shorten(word, 60)!r} names no review; give its number, Change-Id or address, "
                f"or {listed([f'{name}/NUMBER' for name in self.sources], 'or')}."
            )
        return what

    async def _asked_for(self, what: Meant) -> tuple[list[Review], list[str]]:
        """What sources have of what Muster has not seen (what is over, or of other projects), and the names
        of those that do not answer.
        """
        names = [what.source] if what.source else list(self.sources)
        found = await asyncio.gather(*(self._ask(self.sources[name], what) for name in names))
        silent = [self.sources[name].title for name, one in zip(names, found, strict=True) if one is None]
        return [review for one in found for review in one or ()], silent

    async def _ask(self, source: Source, what: Meant) -> Sequence[Review] | None:
        """What a source has; ``None`` where it does not answer."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                if what.number:
                    return await source.some([what.number])
                return await source.with_change_id(what.change_id)
        except (SourceError, TimeoutError) as error:
            log.info("%s was asked for a review: %s", source.name, error or "no answer in time")
            return None

    def _unknown(self, word: str, what: Meant, silent: list[str]) -> str:
        silence = f"{listed(silent)} did not answer." if silent else ""
        near = nearest(what.number, [one.number for one in self.reviews.values()]) if what.number else []
        hint = f"; did you mean {listed(near, 'or')}?" if near else "."
        return " ".join(part for part in (f"I know no review {shorten(word, 60)}{hint}", silence) if part)

    def is_own(self, person: Person, review: Review) -> bool:
        """Whether somebody may have written a review."""
        return is_by(person, review.author)


def _about(reviews: Mapping[Key, Review]) -> dict[str, list[Key]]:
    """The reviews by what they are about: ``blueprint:zones``, ``bug:7``."""
    found: dict[str, list[Key]] = {}
    for key, review in reviews.items():
        for subject in (
            *(f"blueprint:{name}" for name in review.blueprints),
            *(f"bug:{number}" for number in review.bugs),
        ):
            found.setdefault(subject, []).append(key)
    return found
