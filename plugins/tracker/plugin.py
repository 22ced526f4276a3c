"""The tracker, as other plugins use it: what there is, from memory; changes, recorded; what others changed.

Rules:

1. A look-up never waits. With Launchpad it answers from what was last seen, with the writes that wait laid
   over it; :meth:`Tracker.as_of` says how old that is while Launchpad is away.
2. A change is recorded in the transaction that makes it, or queues it. What the tracker then does not do is
   recorded as taken back, and told where the change was asked for.
3. Who may change what is for the plugin that asks; here only the tracker's own rules hold.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy.orm import Session

from bot.model import RoomState
from bot.plugin import (
    Bot,
    By,
    Config,
    Configured,
    Context,
    Plugin,
    Problem,
    Setup,
    UserError,
    command,
)
from bot.text import one_line
from plugins.tracker.answers import Answer, Ask, Refused, Seen, WhyNot, anything
from plugins.tracker.backend import Backend, BackendError
from plugins.tracker.contact import spoken
from plugins.tracker.index import Items
from plugins.tracker.items import Item, ItemKind, MergeProposal, Milestone, New, Ref, TrackerMember
from plugins.tracker.launchpad.hooks import Deliveries, Refusals, Reviews, Told
from plugins.tracker.local import Local
from plugins.tracker.mirror import Mirror
from plugins.tracker.settings import TrackerSettings, mistakes
from plugins.tracker.tables import FOLLOWED

if TYPE_CHECKING:
    from bot.web import BaseRoute

log = logging.getLogger(__name__)


class Tracker(Plugin):
    """The tracker: where blueprints and bugs live, and what waits to be written there."""

    sections = MappingProxyType({"tracker": TrackerSettings})
    loads_from = FOLLOWED

    @classmethod
    def mistakes(cls, config: Config, networks: Collection[str]) -> Iterable[Problem]:
        """What contradicts in ``[tracker]``."""
        return mistakes(config)

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self._config: TrackerSettings = bot.config_of("tracker")
        self._hears_reviews: list[Callable[[], None]] = []
        self._hears_milestones: list[Callable[[], None]] = []
        self._deliveries = Deliveries()
        self._refusals = Refusals()
        backend = self.backend(self._config, bot.data_dir)
        self._kept: Local | Mirror = Local(self.store)
        if backend is not None:
            self._kept = Mirror(bot, backend, self._config.project, self._config.sync_every)
        self._kept.on_milestones = self._milestones_changed

    @classmethod
    def backend(cls, config: TrackerSettings, data_dir: Path) -> Backend | None:
        """The tracker elsewhere that ``[tracker]`` names; ``None`` where Muster keeps its own."""
        if config.type != "launchpad":
            return None
        from plugins.tracker.launchpad import Launchpad

        return Launchpad(
            config.project,
            cache=config.cache_dir or data_dir / "launchpad",
            service_root=config.service_root,
            consumer=config.consumer,
            credentials=config.credentials_file,
        )

    @classmethod
    def subcommands(cls, configured: Configured) -> Sequence[click.Command]:
        """``muster sync`` and ``muster tracker``."""
        from plugins.tracker import subcommands

        return subcommands.made(configured, cls.backend)

    @classmethod
    def problems(cls, setup: Setup) -> Sequence[str]:
        """Whether Launchpad lets Muster in, if it is Launchpad."""
        from plugins.tracker import subcommands

        return subcommands.problems(setup)

    def routes(self) -> Sequence[BaseRoute]:
        """Where Launchpad's webhooks arrive, if a secret is set for them."""
        secret = self._config.webhook_secret
        if secret is None or isinstance(self._kept, Local):
            return ()
        from plugins.tracker.launchpad.receiving import Receiver

        return Receiver(
            secret, self.project, self.bot.now, self._told, self._deliveries, self._refusals
        ).routes()

    def _told(self, told: Told) -> None:
        """What a webhook says is to be looked at."""
        if isinstance(self._kept, Local):
            return
        if isinstance(told, Ref):
            self._kept.was_told(told)
        elif told is Reviews.CHANGED:
            self._kept.pass_on(self._tell_of_reviews)

    def _tell_of_reviews(self) -> None:
        for hear in list(self._hears_reviews):
            try:
                hear()
            except Exception:
                log.exception("That reviews have changed was told to one who failed")

    async def load(self) -> None:
        """Read what is kept, for pages."""
        await self._kept.load()

    async def start(self) -> None:
        """Read what is kept."""
        await self._kept.open()

    def leaving(self) -> None:
        """Let no command wait for the tracker any more."""
        self._kept.leave()

    async def stop(self) -> None:
        """Leave what waits for the next start."""
        await self._kept.close()

    def entered(self, state: RoomState) -> None:
        """Tell in a room what was to be told there."""
        self._kept.entered()

    async def idle(self) -> None:
        """Wait until nothing is being sent to the tracker or read from it."""
        await self._kept.idle()

    # What there is

    @property
    def is_local(self) -> bool:
        """Whether it is Muster's own."""
        return self._kept.is_local

    @property
    def title(self) -> str:
        """What it is called, for people: ``Launchpad``."""
        return self._kept.title

    @property
    def project(self) -> str:
        """The project's name in the tracker; nothing, where it needs none."""
        return self._config.project

    @property
    def series(self) -> str:
        """The series that is worked on: that of ``bot.ini``, else the one under development in the tracker;
        nothing, where neither is known.
        """
        return self._config.series or self._kept.focus

    @property
    def items(self) -> Items:
        """All blueprints and bugs, with the writes that wait laid over them."""
        return self._kept.items

    @property
    def milestones(self) -> Sequence[Milestone]:
        """The milestones of all series, by name."""
        return self._kept.milestones

    def milestone(self, name: str) -> Milestone | None:
        """The milestone of that name; ``None`` where there is none."""
        return next((one for one in self.milestones if one.name == name), None)

    def unasked(self, kind: ItemKind) -> int:
        """Of how many open items it may not be known yet what takes a question for each: of blueprints, on
        what they depend.
        """
        return self._kept.unasked(kind)

    def can(self, capability: str) -> bool:
        """Whether the tracker can do something (:class:`Capability`), as Muster is logged in there."""
        return capability in self._kept.capabilities()

    @property
    def synced(self) -> datetime | None:
        """When the last look at all of it began that came to its end (UTC); ``None`` where there was none, or
        where it is always as it is.
        """
        return self._kept.synced

    def age(self) -> timedelta | None:
        """How old what is kept is; ``None`` where it is always as it is."""
        return self._kept.age()

    def as_of(self) -> str:
        """To put behind an answer from what is kept: ``(Launchpad is away; as of 14 minutes ago)``; nothing,
        where it is not away.
        """
        return self._kept.as_of()

    # What is changed

    async def change(
        self, asks: Sequence[Ask], by: By, also: Callable[[Session], None] | None = None
    ) -> list[Answer]:
        """Change items; an answer to each ask, in their order. Each changed field is recorded (subject
        ``str(ref)``, what the field's value) in the transaction that makes or queues the changes, and each
        bug with it that repeated one which is made a duplicate; ``also``
        runs in it too, unless all diverged or were refused at once. Waits at most some seconds for the
        tracker.
        """
        return await self._kept.change(asks, by, also)

    async def create(self, new: New, by: By) -> Answer:
        """Make an item, and record that (what ``created``)."""
        return await self._kept.create(new, by)

    async def comment(self, ref: Ref, text: str, by: By) -> Answer:
        """Add a comment of one line: to a blueprint, at the end of its whiteboard. Recorded as its
        whiteboard, of a bug as ``comment``.
        """
        return await self._kept.comment(ref, one_line(text).strip(), by)

    async def again(self, by: By, why_not: WhyNot = anything) -> list[Answer]:
        """Make this account's changes that diverged all the same, of what is there now; ``why_not`` is asked
        of each, and what it refuses is given up.
        """
        return await self._kept.again(by, why_not)

    def listen(self, hear: Callable[[Sequence[Seen]], None]) -> None:
        """Call ``hear`` with what others changed in the tracker, as it is seen, and at once with what was
        seen while nobody listened; it must not wait.
        """
        self._kept.listen(hear)

    def unlisten(self, hear: Callable[[Sequence[Seen]], None]) -> None:
        """Call it no more."""
        self._kept.unlisten(hear)

    def listen_to_failures(self, hear: Callable[[Ref, By], None]) -> None:
        """Call ``hear`` with each change that was said to wait and came to nothing: of what, and who asked
        when. At once with those that are known still: a restart tells it twice rather than never.
        """
        self._kept.listen_to_failures(hear)

    def unlisten_to_failures(self, hear: Callable[[Ref, By], None]) -> None:
        """Call it no more."""
        self._kept.unlisten_to_failures(hear)

    async def add_milestone(self, milestone: Milestone, by: By) -> None:
        """Add a milestone to Muster's own tracker. Raises :class:`UserError` where that cannot be."""
        await self._kept.add_milestone(milestone, by)

    async def close_milestone(self, name: str, by: By) -> None:
        """Let a milestone of Muster's own tracker take nothing more. Raises :class:`UserError`."""
        await self._kept.close_milestone(name, by)

    async def whole(self, ref: Ref) -> Item | None:
        """An item of which all is known: of a bug in Launchpad that Muster never looked at alone, its tags,
        its description and what it repeats are not, until this is asked. Whoever changes those asks it first.
        Raises :class:`~plugins.tracker.backend.BackendError` where it has to look and cannot.
        """
        item = self.items.get(ref)
        if self.is_local or (item is not None and (item.own_version or ref.kind is ItemKind.BLUEPRINT)):
            return item
        return await self.refresh(ref)

    async def refresh(self, ref: Ref) -> Item | None:
        """Look at one item now, also at what a list does not tell; ``None`` where there is none. What others
        changed is heard by those who listen. Raises :class:`~plugins.tracker.backend.BackendError`.
        """
        return await self._kept.refresh(ref)

    # Milestones

    def listen_to_milestones(self, hear: Callable[[], None]) -> None:
        """Call ``hear`` after each change of :attr:`milestones` that is seen: one is new or gone, or has
        another date. It must not wait.
        """
        self._hears_milestones.append(hear)

    def unlisten_to_milestones(self, hear: Callable[[], None]) -> None:
        """Call it no more."""
        self._hears_milestones.remove(hear)

    def _milestones_changed(self) -> None:
        for hear in tuple(self._hears_milestones):
            hear()

    # Reviews

    async def reviews(self) -> Sequence[MergeProposal]:
        """The changes that wait to be reviewed or merged, as they are now. Raises likewise."""
        return await self._kept.reviews()

    def listen_to_reviews(self, hear: Callable[[], None]) -> None:
        """Call ``hear`` when the tracker says that something about reviews has changed; it must not wait."""
        self._hears_reviews.append(hear)

    def unlisten_to_reviews(self, hear: Callable[[], None]) -> None:
        """Call it no more."""
        self._hears_reviews.remove(hear)

    # Teams

    async def members(self, team: str) -> Sequence[TrackerMember] | None:
        """Who is on a team of the tracker's; ``None`` where there is no such team. Raises
        :class:`~plugins.tracker.backend.BackendError`.
        """
        return await self._kept.members(team)

    async def person(self, id_: str) -> TrackerMember | None:
        """A person by the tracker's id; ``None`` where there is none. Raises likewise."""
        return await self._kept.person(id_)

    async def set_member(self, team: str, person: str, *, on: bool) -> Refused | None:
        """Add somebody to a team of the tracker's or take them off; ``None`` where it is done. Raises
        likewise.
        """
        return await self._kept.set_member(team, person, on=on)

    # Commands

    @command("tracker")
    async def show(self, ctx: Context) -> None:
        """Say which tracker there is, how fresh what I know of it is, and what waits. Example: !tracker"""
        ctx.list([*self._kept.status(), *self._webhooks()])

    def _webhooks(self) -> list[str]:
        """How webhooks fare, if there are to be any."""
        if not self.routes():
            return []
        now, last = self.bot.now(), self._deliveries.last
        said = (
            f"the last one came {spoken(now - last)} ago ({self._deliveries.event})"
            if last
            else "none came yet"
        )
        refused = self._refusals.last
        if refused is not None:
            said += f"; something was refused {spoken(now - refused)} ago, since {self._refusals.why}"
        return [f"Webhooks: {said}."]

    @command("tracker sync", needs="coordinator")
    async def sync(self, ctx: Context) -> None:
        """Look now at all that the tracker holds. Example: !tracker sync"""
        if isinstance(self._kept, Local):
            raise UserError("There is nothing to read: Muster keeps its own tracker.")

        def tell(error: BackendError | None) -> None:
            if error is None:
                ctx.reply(f"{ctx.actor.nick}: {self._kept.status()[0]}")
            else:
                ctx.reply(f"{ctx.actor.nick}: {self.title} could not be read: {error}")

        ctx.reply(f"I read {self.title}, and say when that is done.")
        self._kept.sync(tell)
