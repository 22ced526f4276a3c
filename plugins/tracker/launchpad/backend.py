"""Launchpad as a tracker: its blueprints and bugs, for one project.

Rules:

1. The event loop never waits: everything happens in the :class:`Worker`, the log-in too, which comes with the
   first thing that is asked, and again after it failed.
2. Nothing is tried again here, and nothing kept.
3. A change carries the version that was seen, and is refused by Launchpad where that is past.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import random
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from plugins.tracker.backend import (
    AwayError,
    BackendError,
    Capability,
    Outcome,
    UnauthorizedError,
    UnsupportedError,
)
from plugins.tracker.items import (
    Changes,
    Item,
    ItemKind,
    MergeProposal,
    Milestone,
    New,
    Ref,
    TrackerMember,
)
from plugins.tracker.launchpad import jobs
from plugins.tracker.launchpad.addresses import VERSION, Addresses, root_of
from plugins.tracker.launchpad.reading import Entry
from plugins.tracker.launchpad.refusals import RefusedError, why_not_read
from plugins.tracker.launchpad.worker import Pace, Worker
from plugins.tracker.launchpad.writing import blueprint_fields, bug_fields

if TYPE_CHECKING:
    from plugins.tracker.launchpad.session import Session

log = logging.getLogger(__name__)

T = TypeVar("T")

GRACE = 1.0
"""So many seconds what has begun may still take when Muster ends: its other parts have to end too."""

AT_ONCE = 60
"""Of so many merge proposals a time the votes are read, and what they are about: that is four requests for
each.
"""

_UNTOLD = {
    ItemKind.BLUEPRINT: frozenset({"depends_on"}),
    ItemKind.BUG: frozenset({"summary", "tags", "duplicate_of", "own_version", "updated"}),
}


class Launchpad:
    """A project in Launchpad. Implements :class:`plugins.tracker.backend.Backend`.

    ``service_root`` is ``production``, ``staging`` or a URL (:func:`root_of`); ``credentials`` the file that
    ``muster tracker login`` makes (none: anonymous, and read-only), which is read when there is need of it;
    ``cache`` a folder for Launchpad's description; ``timeout`` the seconds to wait for Launchpad; ``rate``
    how many requests a second are sent at most, in the long run.
    """

    def __init__(
        self,
        project: str,
        *,
        cache: Path,
        service_root: str = "production",
        consumer: str = "muster",
        credentials: Path | None = None,
        timeout: float = 10.0,
        rate: float = 10.0,
    ) -> None:
        self._root = root_of(service_root)
        self._service_root = service_root
        self._consumer = consumer
        self._credentials = credentials
        self._cache = cache
        self._timeout = timeout
        self._at = Addresses(f"{self._root}{VERSION}/", project)
        self._worker = Worker("launchpad", Pace(rate, burst=20))
        self._session: Session | None = None

    @property
    def name(self) -> str:
        """``Launchpad (production)``, or its address."""
        return f"Launchpad ({self._service_root})"

    @property
    def key(self) -> str:
        """What tells it from other trackers and projects."""
        return f"launchpad {self._at.target}"

    def capabilities(self) -> Collection[str]:
        """Without credentials it can only be read."""
        if self._credentials is None:
            return frozenset({Capability.CHANGES, Capability.MEMBERS, Capability.REVIEWS})
        return frozenset(
            {
                Capability.CHANGES,
                Capability.CREATE_BLUEPRINT,
                Capability.CREATE_BUG,
                Capability.UPDATE,
                Capability.COMMENT,
                Capability.MEMBERS,
                Capability.REVIEWS,
                Capability.EDIT_MEMBERS,
            }
        )

    def untold(self, kind: ItemKind) -> Collection[str]:
        """On what a blueprint depends, and what a bug's task does not know, takes a request for each."""
        return _UNTOLD[kind]

    async def get(self, ref: Ref) -> Item | None:
        """The item as it is now; ``None`` where there is none."""
        return await self._do(lambda session: jobs.item(session, self._at, ref))

    async def find(self, kind: ItemKind, since: datetime | None = None) -> AsyncIterator[Sequence[Item]]:
        """All of the project's items of a kind, in pages of 50. Where Launchpad is changed meanwhile, one may
        be missing or come twice. With ``since`` of bugs those that were changed since then, in whatever way.
        """
        address = jobs.first_page(self._at, kind, since)
        while address:
            items, address = await self._do(
                functools.partial(jobs.page, kind=kind, address=address), urgent=False
            )
            yield items

    async def update(self, ref: Ref, version: str, changes: Changes, own_version: str = "") -> Outcome:
        """Change an item that still has this version. Of a bug its task in the project is changed first,
        which is refused more often, then the bug itself.
        """
        self._need(Capability.UPDATE)
        if ref.kind is ItemKind.BLUEPRINT:
            fields = blueprint_fields(changes, self._at)
            return await self._do(
                lambda session: jobs.update_blueprint(session, self._at, ref, version, fields)
            )
        task, own = bug_fields(changes, self._at)
        return await self._do(
            lambda session: jobs.update_bug(session, self._at, ref, (version, own_version), task, own)
        )

    async def create(self, new: New) -> Outcome:
        """Make a blueprint or a bug. Launchpad wants a summary of each: where there is none, the title is."""
        is_blueprint = new.kind is ItemKind.BLUEPRINT
        self._need(Capability.CREATE_BLUEPRINT if is_blueprint else Capability.CREATE_BUG)
        return await self._do(lambda session: jobs.create(session, self._at, new))

    async def comment(self, ref: Ref, text: str) -> Outcome:
        """Add a line at the end of a blueprint's whiteboard, or a comment to a bug."""
        self._need(Capability.COMMENT)
        return await self._do(lambda session: jobs.comment(session, self._at, ref, text))

    async def reviews(self) -> Sequence[MergeProposal]:
        """The project's merge proposals that wait for a review or are approved. Their votes, and what they
        are about, take requests for each: of more than :data:`AT_ONCE` of them that is left out, each time
        of others.
        """
        base, address = self._at.base, jobs.first_proposals(self._at)
        listed: list[tuple[Entry, MergeProposal]] = []
        while address:
            page, address = await self._do(
                functools.partial(jobs.proposals, base=base, address=address), urgent=False
            )
            listed += page
        found = [one for _, one in listed]
        chosen = random.sample(range(len(found)), min(AT_ONCE, len(found)))
        if len(chosen) < len(found):
            left = len(found) - len(chosen)
            log.info("Of %d of %d merge proposals the votes are read another time", left, len(found))
        for n in chosen:
            whole = functools.partial(jobs.whole_proposal, base=base, entry=listed[n][0])
            found[n] = await self._do(whole, urgent=False)
        return found

    async def milestones(self) -> Sequence[Milestone]:
        """The project's milestones, those of all series."""
        return await self._do(lambda session: jobs.milestones(session, self._at))

    async def focus(self) -> str:
        """The project's focus of development."""
        return await self._do(lambda session: jobs.focus(session, self._at))

    async def members(self, team: str) -> Sequence[TrackerMember] | None:
        """Who is on a team itself; ``None`` where there is no such team. By which nicks they are known
        :meth:`person` tells.
        """
        return await self._do(lambda session: jobs.members(session, self._at, team))

    async def person(self, id_: str) -> TrackerMember | None:
        """A person; ``None`` where there is none, or a team of that name."""
        return await self._do(lambda session: jobs.person(session, self._at, id_))

    async def set_member(self, team: str, person: str, *, on: bool) -> Outcome | None:
        """Add somebody to a team or take them off; ``None`` where it is done, or was already."""
        self._need(Capability.EDIT_MEMBERS)
        work = jobs.add_member if on else jobs.remove_member
        return await self._do(lambda session: work(session, self._at, team, person))

    async def close(self) -> None:
        """Let go of it, once what has begun is done, or :data:`GRACE` seconds later: then nobody hears what
        came of it.
        """
        if not await asyncio.to_thread(self._worker.close, GRACE):
            return  # the session is still used; the thread keeps no process from ending
        if self._session is not None:
            self._session.close()  # the thread that used it has ended
            self._session = None

    def _need(self, capability: str) -> None:
        if capability not in self.capabilities():
            raise UnsupportedError(
                "Muster reads Launchpad without an account, and can change nothing: `muster tracker login`."
            )

    async def _do(self, work: Callable[[Session], T], *, urgent: bool = True) -> T:
        """Do something with Launchpad, in its thread."""
        try:
            future = self._worker.do(lambda: self._with_session(work), urgent=urgent)
        except RuntimeError as error:
            raise AwayError("Muster is ending.") from error
        return await asyncio.wrap_future(future)

    def _with_session(self, work: Callable[[Session], T]) -> T:
        """Runs in the thread."""
        try:
            if self._session is None:
                self._session = self._log_in()
            return work(self._session)
        except RefusedError as refused:
            error = why_not_read(refused, datetime.now(UTC))
            if isinstance(error, UnauthorizedError):
                self._log_out()
            raise error from refused
        except UnauthorizedError:
            self._log_out()
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise BackendError(f"Launchpad answered what Muster does not understand: {error!r}.") from error

    def _log_in(self) -> Session:
        from plugins.tracker.launchpad.session import Session

        def on_request() -> None:
            self._worker.pace.take(self._worker.clock())

        return Session.log_in(
            self._root, self._consumer, self._credentials, self._cache, self._timeout, on_request
        )

    def _log_out(self) -> None:
        """Read the credentials anew next time: there may be new ones."""
        if self._session is not None:
            self._session.close()
            self._session = None
