"""What all commands on blueprints stand on: what the tracker and the rosters know, and what is kept here.

Rules:

1. A look-up reads what is in memory: the tracker's blueprints with the writes that wait, the roster, the
   teams that keep blueprints, and what is proposed. The database is the truth, and is read at each start;
   from then on memory follows each transaction once it is committed, in order (:meth:`Foundation.once`).
2. A team that the tracker shows as assignee keeps the blueprint when it goes to a person, also where that was
   done in the tracker; it loses it when nobody has it any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.derived import Derived
from bot.model import Actor
from bot.plugin import Bot, By, Context, UserError
from plugins.blueprints import tables
from plugins.blueprints.filters import Filter
from plugins.blueprints.finding import Found, find, not_found
from plugins.blueprints.held import Held
from plugins.blueprints.owning import Holding, Owning
from plugins.blueprints.rights import Asker
from plugins.blueprints.settings import BlueprintSettings
from plugins.rosters import Person, Team, UsesRosters
from plugins.tracker import Item, ItemKind, Ref, Seen, UsesTracker

_NOTHING: Mapping[str, tables.Proposal | None] = MappingProxyType({})


class Foundation(UsesTracker, UsesRosters):
    """What the commands of this plugin share."""

    requires = ("rosters", "tracker")
    Settings = BlueprintSettings
    settings: BlueprintSettings

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.kept: dict[str, str] = {}
        self._kept_changes = 0
        self.proposals: dict[str, tables.Proposal] = {}
        self._known_held: Derived[Held] = Derived()

    async def load(self) -> None:
        """Read what is kept, for pages."""
        kept, self.proposals = await self.store.read(tables.all_kept)
        if kept != self.kept:
            self.kept = kept
            self._kept_changes += 1

    async def start(self) -> None:
        """Read what is kept."""
        self._loop = asyncio.get_running_loop()
        self.tracker.listen(self._seen)  # first: the tracker may be read already
        await self.store.write(self._read)  # in its turn among the changes of what is read
        self.tracker.listen_to_failures(self._not_made)
        self.rosters.add_work(self.work_of)

    async def stop(self) -> None:
        """Ask and tell nothing more: another of this plugin may be started."""
        self.rosters.remove_work(self.work_of)
        self.tracker.unlisten(self._seen)
        self.tracker.unlisten_to_failures(self._not_made)
        await super().stop()

    def work_of(self, person: Person) -> list[str]:
        """The open blueprints that somebody has, the most pressing first."""
        return [item.name for item in self.holdings().chosen(Filter(person))]

    def _read(self, session: Session) -> None:
        self.once(session, *tables.all_kept(session))

    def once(
        self,
        session: Session,
        owners: Mapping[str, str | None],
        proposals: Mapping[str, tables.Proposal | None] = _NOTHING,
    ) -> None:
        """Within a transaction that changes what is kept: let memory follow once it is committed. What awaits
        the transaction finds it so.
        """

        def committed(_session: Session) -> None:
            # One thread commits, one after the other; the loop takes these calls in the same order.
            self._loop.call_soon_threadsafe(self._remember, dict(owners), dict(proposals))

        event.listen(session, "after_commit", committed, once=True)

    def _remember(
        self, owners: Mapping[str, str | None], proposals: Mapping[str, tables.Proposal | None]
    ) -> None:
        self._kept_changes += 1
        for name, team in owners.items():
            if team is None:
                self.kept.pop(name, None)
            else:
                self.kept[name] = team
        for name, proposal in proposals.items():
            if proposal is None:
                self.proposals.pop(name, None)
            else:
                self.proposals[name] = proposal

    @property
    def blueprints(self) -> Mapping[str, Item]:
        """All blueprints by name, as far as Muster has seen them."""
        return self.tracker.items.blueprints

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown."""
        return ZoneInfo(self.bot.zone)

    def today(self) -> date:
        """The date in that zone."""
        return self.bot.now().astimezone(self.zone).date()

    def owning(self) -> Owning:
        """Who is who, as far as blueprints need it."""
        return Owning(self.roster, self.kept, self.tracker.is_local)

    def holdings(self) -> Held:
        """Whose all blueprints are now."""
        items = self.tracker.items
        stands_on = (self.roster, self._kept_changes, items, items.changes)
        return self._known_held.of(stands_on, lambda: Held(self.owning(), items))

    def holding(self, item: Item) -> Holding:
        """Whose a blueprint is."""
        return self.owning().holding(item)

    def teams(self) -> dict[str, str]:
        """The team that owns each blueprint that one owns: by their names."""
        held = ((name, one.team) for name, one in self.holdings().of.items())
        return {name: team.name for name, team in held if team is not None}

    def one(self, text: str) -> Item:
        """The blueprint that a text means. Raises :class:`UserError` with the nearest."""
        found = find(text, self.blueprints)
        if isinstance(found, Found):
            return found.item
        age = self.tracker.as_of()
        raise UserError(" ".join(part for part in (not_found(text, found), age) if part))

    def asker(self, ctx: Context) -> Asker:
        """Who asks, and what they may."""
        return Asker(self.roster.person_of(ctx.actor), ctx.allows, self.bot.prefix)

    async def person(self, ctx: Context) -> Person:
        """Who asks, by a verified account. Raises :class:`UserError` for somebody without."""
        return await self.rosters.known(ctx)

    def known_as(self, who: Team | Person) -> str:
        """What the tracker calls somebody. Raises :class:`UserError` where it knows them by no name."""
        known = self.owning().assignee(who)
        if known:
            return known
        prefix, title = self.bot.prefix, self.tracker.title
        if isinstance(who, Team):
            raise UserError(
                f"{title} does not know {who}; {prefix}team set {who} launchpad HANDLE says its name there."
            )
        raise UserError(
            f"{title} does not know {who}; they say who they are there by {prefix}link launchpad ID."
        )

    def _seen(self, seen: Sequence[Seen]) -> None:
        """Take in what others changed in the tracker."""
        owning = self.owning()
        owners: dict[str, str | None] = {}
        for one in seen:
            for item in (one.before, one.after):
                if item is not None and item.ref.kind is ItemKind.BLUEPRINT:
                    owners |= owning.shown_owner(item)
        changed = {name: team for name, team in owners.items() if self.kept.get(name) != team}
        if changed:
            self.bot.spawn(self._follow(changed), "blueprints that the tracker gave to teams")

    def _not_made(self, ref: Ref, asked: By) -> None:
        """Take note that the tracker did not make after all what was said to wait."""
        person = self.roster.person_of(asked.actor)
        if person is not None and ref.kind is ItemKind.BLUEPRINT:
            by = By(Actor("", self.tracker.title), None, self.bot.now())
            work = self.store.write(self._give_back, by, person.id, asked.time, ref.name)
            self.bot.spawn(work, "what the tracker did not make of blueprints")

    def _give_back(self, session: Session, by: By, person: int, when: datetime, name: str) -> None:
        """Keep of a blueprint what was kept before a person's command of that time. A transaction."""
        deed = tables.deed_at(session, person, when)
        steps = [step for step in deed.steps if step.name == name] if deed is not None else []
        if deed is not None and steps:
            proposed = tables.proposed_before(session, steps)
            self.once(session, *tables.put_back(session, by, steps, proposed))
            tables.leave_out(session, deed.id, {name})

    async def _follow(self, owners: Mapping[str, str | None]) -> None:
        await self.store.write(self.keep, self.bot.now(), owners)

    def keep(self, session: Session, time: datetime, owners: Mapping[str, str | None]) -> None:
        """Let teams own blueprints, or none. A transaction."""
        tables.keep(session, time, owners)
        self.once(session, owners)


def checked(refusal: str) -> None:
    """Refuse, if there is a reason. Raises :class:`UserError`."""
    if refusal:
        raise UserError(refusal)
