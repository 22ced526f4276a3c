"""When sources are looked at, and what is made of it.

Rules:

1. Each source has an alarm, so that of all processes one looks at it, and goes on after a restart. A source
   that fails is looked at again later and later, and costs no other anything.
2. What is open no more is asked for once, to say what became of it. What is neither listed nor over is not
   Muster's matter any more.
3. Launchpad's word that something changed brings the next look forward to :data:`GATHER` from then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from bot.plugin import Alarm, alarm
from bot.text import fold_nick
from plugins.reviews import tables
from plugins.reviews.events import Event
from plugins.reviews.launchpad import NAME as LAUNCHPAD
from plugins.reviews.picking import names_of
from plugins.reviews.review import Review
from plugins.reviews.sources import FIRST_PAUSE, AwayError, Source, SourceError, pause
from plugins.reviews.tables import Look, Taken
from plugins.reviews.telling import Telling
from plugins.reviews.watching import Watch

log = logging.getLogger(__name__)

T = TypeVar("T")

GATHER = timedelta(minutes=1)
_MISSING = 100
"""So many reviews that are not listed any more are asked for at one look; the others at the next."""
_LOOK = "look"


class Polling(Telling):
    """Looks at the sources."""

    def __init__(self, bot: Any, settings: Any) -> None:
        super().__init__(bot, settings)
        self._leaving = asyncio.Event()

    async def start(self) -> None:
        """Let each source be looked at."""
        await super().start()
        self.tracker.listen_to_reviews(self._changed)
        await self.store.write(self._begin, self.bot.now())
        await self.follow()

    def _begin(self, session: Session, now: datetime) -> None:
        self.set_alarms(session, _LOOK, tables.begin(session, self.sources.keys(), now))
        self.clear_alarms(session, _LOOK, tables.unused(session, self.sources.keys()))

    def leaving(self) -> None:
        """Wait for no source any more."""
        self._leaving.set()

    async def stop(self) -> None:
        """Hear of nothing more."""
        self.tracker.unlisten_to_reviews(self._changed)
        await super().stop()

    def _changed(self) -> None:
        """The tracker says that something about reviews changed."""
        if LAUNCHPAD in self.sources:
            self.bot.spawn(self._come_forward(LAUNCHPAD), "a look at Launchpad's reviews")

    async def _come_forward(self, name: str) -> None:
        def run(session: Session) -> None:
            due = self.bot.now() + GATHER
            if tables.put_off(session, name, due):
                self.set_alarms(session, _LOOK, {name: due})

        await self.store.write(run)

    @alarm(_LOOK)
    async def look(self, alarms: Sequence[Alarm]) -> None:
        """Look at the sources whose time has come."""
        await asyncio.gather(
            *(self._look(self.sources[one.key]) for one in alarms if one.key in self.sources)
        )
        await self.tell()

    async def _look(self, source: Source) -> None:
        began = self.bot.now()
        try:
            look = await self._while_here(self._seen(source, began))
        except _LeavingError:
            await self.store.write(self._later, source.name, began + FIRST_PAUSE)
        except SourceError as error:
            await self._failed(source, error)
        except Exception as error:  # a mistake of ours must not end the looking
            log.exception("Reviews of %s could not be looked at", source.name)
            await self._failed(source, AwayError(f"{type(error).__name__}, see the log"))
        else:
            await self.store.write(self._take_in, look)
        await self.follow()

    async def _seen(self, source: Source, began: datetime) -> Look:
        """What a source has now, and what became of what it had."""
        seen = await source.open_reviews()
        for line in seen.bad:
            log.warning("%s: %s", source.name, line)
        listed = {one.number for one in seen.reviews}
        known = await self.store.read(tables.open_numbers, source.name)
        missing = sorted(set(known) - listed)[:_MISSING] if seen.is_whole else []
        others: Sequence[Review] = ()
        if missing and source.is_silent:
            others = tables.closed(await self.store.read(tables.kept_reviews, source.name, missing))
        elif missing:
            others = await source.missing(missing)
        gone = set(missing) - {one.number for one in others}
        return Look(source.name, seen.reviews, others, gone, began, self.bot.now() + source.every)

    async def _failed(self, source: Source, error: SourceError) -> None:
        count = await self.store.read(tables.failures, source.name) + 1
        due = self.bot.now() + pause(count, error)
        if count == 1:
            log.warning("Reviews of %s: %s; looked at again at %s", source.name, error, f"{due:%H:%M} UTC")

        def run(session: Session) -> None:
            tables.failed(session, source.name, str(error), due)
            self.set_alarms(session, _LOOK, {source.name: due})

        await self.store.write(run)

    def _later(self, session: Session, name: str, due: datetime) -> None:
        tables.put_off(session, name, due)
        self.set_alarms(session, _LOOK, {name: due})

    def _take_in(self, session: Session, look: Look) -> None:
        routing = self.routing()
        people: Mapping[int, set[str]] = {
            id_: names_of(person) for person in self.roster.people.values() for id_ in person.ids
        }

        def wants(watch: Watch, event: Event) -> bool:
            team = routing.of(event.review).team if watch.team else None
            return watch.wants(event, team.name if team is not None else "")

        def is_done(review: Review, taken: Taken) -> bool:
            names = people.get(taken.person, set())
            return any(
                vote.when is not None and vote.when > taken.since and fold_nick(vote.who) in names
                for vote in review.votes
            )

        tables.take_in(session, look, self.bot.now(), wants, is_done)
        self.set_alarms(session, _LOOK, {look.source: look.due})

    async def _while_here(self, work: Coroutine[Any, Any, T]) -> T:
        """What comes of work, as long as Muster does not end."""
        leaving = asyncio.create_task(self._leaving.wait())
        asked = asyncio.create_task(work)
        try:
            await asyncio.wait({leaving, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise _LeavingError
            return asked.result()
        finally:
            leaving.cancel()
            asked.cancel()


class _LeavingError(Exception):
    """Muster ends."""
