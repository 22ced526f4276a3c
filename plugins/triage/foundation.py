"""What all commands on bugs stand on: what the tracker and the rosters know, and what is kept of triage.

Rules:

1. What is kept is read anew for each command (:meth:`Foundation.look`), since another process may have
   changed it, and for pages, which change nothing (:meth:`Foundation.glance`); each change gives it back as
   it is then (:meth:`Foundation.change`). In between memory serves those who may not wait.
2. A bug that waits is routed as soon as it is seen, and again where what it says of itself changes, unless
   somebody routed it by hand. What fits no team is tried again as rosters, rules and lessons change. Of what
   is routed so the team's room hears, once.
3. Of bugs that were there before Muster knew of them, only those of the last day are told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.derived import Derived
from bot.gathering import Gathering
from bot.glances import Glances
from bot.model import Actor
from bot.plugin import Bot, Context, UserError
from plugins.duty import Duty
from plugins.rosters import Person, Team, UsesRosters
from plugins.tracker import BackendError, Item, ItemKind, Ref, Seen, UsesTracker
from plugins.triage import tables
from plugins.triage.days import ALL
from plugins.triage.news import NewBug, followed
from plugins.triage.queue import Kept, Lines, Place, Take, came, lines, not_waiting, queue, waits
from plugins.triage.rights import Asker
from plugins.triage.routing import Route, Router, Source, speaking
from plugins.triage.settings import TriageSettings

P = ParamSpec("P")
T = TypeVar("T")

_FRESH = timedelta(days=1)


class Foundation(UsesTracker, UsesRosters):
    """What the commands of this plugin share."""

    requires = ("rosters", "tracker", "duty")
    Settings = TriageSettings
    settings: TriageSettings

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.kept = Kept()
        self.news: Gathering[NewBug] = Gathering(bot, followed, self.tell_news)
        self._changes = 0
        self._settling = asyncio.Lock()
        self._speaking: Derived[tuple[object, ...]] = Derived()
        self._router: Derived[tuple[Router, dict[str, tuple[Item, Route]]]] = Derived()
        self._waiting: Derived[Sequence[Item]] = Derived()
        self._lines: Derived[Lines] = Derived()
        self._open: Derived[Mapping[str, Sequence[Item]]] = Derived()
        self._glances = Glances(self.store, self.see)

    async def load(self) -> None:
        """Read what is kept, for pages."""
        await self.see()

    async def start(self) -> None:
        """Read what is kept, and route what waits."""
        self.tracker.listen(self._seen)
        self.rosters.add_work(self.work_of)
        await self.look()

    async def stop(self) -> None:
        """Ask and tell nothing more: another of this plugin may be started."""
        self.news.stop()
        self.rosters.remove_work(self.work_of)
        self.tracker.unlisten(self._seen)
        await super().stop()

    def work_of(self, person: Person) -> list[str]:
        """The bugs that somebody has for triage."""
        return [f"bug {number}" for number in sorted((take.bug for take in self.takes_of(person)), key=int)]

    def takes_of(self, person: Person) -> list[Take]:
        """What somebody has for triage, as long as that lasts, of what waits."""
        now = self.bot.now()
        takes = (take for take in self.kept.takes.values() if take.person in person.ids and take.until > now)
        return [take for take in takes if self.is_waiting(take.bug)]

    def tell_news(self, news: Sequence[NewBug]) -> None:
        """Tell the teams of new bugs."""
        raise NotImplementedError

    # What is kept

    async def look(self) -> None:
        """See what is kept as it is now, whoever changed it, and route what nobody has routed."""
        await self.see()
        await self.settle()

    async def glance(self) -> None:
        """As :meth:`see`, for pages, of which many are asked for."""
        await self._glances.glance()

    async def see(self) -> None:
        """See what is kept as it is now, whoever changed it, and change nothing."""
        self._glances.seen()
        before = self._changes
        kept = await self.store.read(tables.kept)
        if self._changes == before:  # nothing was changed here since it was read
            self._remember(kept)

    def _remember(self, kept: Kept) -> None:
        """This is kept now. What decides on routes stays the same thing where it says the same."""
        before = self.kept
        if kept == before:
            return
        rules = before.rules if kept.rules == before.rules else kept.rules
        lessons = before.lessons if kept.lessons == before.lessons else kept.lessons
        self.kept = replace(kept, rules=rules, lessons=lessons)

    async def change(
        self, transaction: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a transaction that changes what is kept; what it returned, once it is committed."""

        def run(session: Session) -> tuple[T, Kept]:
            found = transaction(session, *args, **kwargs)
            session.flush()
            return found, tables.kept(session)

        found, kept = await self.store.write(run)
        self._remember(kept)
        self._changes += 1
        return found

    # Others

    @property
    def bugs(self) -> Mapping[str, Item]:
        """All bugs by number, as far as Muster has seen them."""
        return self.tracker.items.bugs

    def zone_of(self, team: Team | None = None) -> ZoneInfo:
        """The zone in which days count."""
        return self.rosters.zone_of(team=team)

    def today(self, team: Team | None = None) -> date:
        """The date there."""
        return self.rosters.today(team=team)

    def duty_of(self, team: Team) -> Person | None:
        """Who looks after a team's bugs today; ``None`` where nobody does."""
        return self.bot.plugin(Duty).on_duty(team)

    def on_duty(self, team: Team) -> str:
        """Who looks after a team's bugs today, by name; nothing where nobody does."""
        person = self.duty_of(team)
        return person.name if person is not None else ""

    async def asker(self, ctx: Context) -> Asker:
        """Who asks, by a verified account. Raises :class:`UserError` for somebody without."""
        person = await self.rosters.known(ctx)
        return Asker(person, ctx.allows, self.bot.prefix, self.tracker.is_local)

    def called(self, actor: Actor) -> str:
        """What people call somebody who did something."""
        person = self.roster.person_of(actor)
        return person.name if person is not None else actor.nick

    def called_assignee(self, assignee: str) -> str:
        """What people call whom the tracker has as assignee."""
        found = self.roster.of_launchpad(assignee)
        return found.name if found is not None else assignee

    # Bugs

    async def bug(self, number: str) -> Item:
        """The bug of that number, also one that was not seen yet. Raises :class:`UserError`."""
        item = self.bugs.get(number)
        if item is not None:
            return item
        ref = Ref(ItemKind.BUG, number)
        try:
            found = await self.tracker.refresh(ref)
        except BackendError as error:
            raise UserError(f"I know no bug {number}, and cannot ask {self.tracker.title}: {error}") from None
        if found is None:
            raise UserError(f"There is no bug {number} in {self.tracker.title}.")
        return found

    async def whole(self, item: Item) -> Item:
        """A bug with its tags and what it repeats, which lists in a tracker do not tell. Raises
        :class:`UserError` where they are not known and cannot be asked for.
        """
        try:
            found = await self.tracker.whole(item.ref)
        except BackendError as error:
            raise UserError(
                f"I do not know the tags of bug {item.name} yet, nor what it repeats, and cannot ask "
                f"{self.tracker.title}: {error}"
            ) from None
        if found is None:
            raise UserError(f"There is no bug {item.name} in {self.tracker.title} any more.")
        return found

    def assigned_team(self, assignee: str) -> str:
        """The name of the team that an assignee is; nothing where it is a person or unknown."""
        if self.tracker.is_local and assignee in self.roster.teams:
            return assignee
        found = self.roster.of_launchpad(assignee)
        return found.name if isinstance(found, Team) else ""

    def waits(self, item: Item) -> bool:
        """Whether a bug waits for triage."""
        return waits(item, lambda assignee: not self.assigned_team(assignee))

    def is_waiting(self, number: str) -> bool:
        """Whether there is a bug of that number that waits for triage."""
        item = self.bugs.get(number)
        return item is not None and self.waits(item)

    def must_wait(self, item: Item) -> None:
        """Raise :class:`UserError` unless a bug waits for triage."""
        if not self.waits(item):
            raise UserError(f"Nothing to triage: {not_waiting(item, self.called_assignee)}.")

    def waiting(self) -> Sequence[Item]:
        """All bugs that wait for triage."""
        items = self.tracker.items
        return self._waiting.of(
            (self.roster, items, items.changes),
            lambda: [item for item in items.bugs.values() if self.waits(item)],
        )

    def queue(self, teams: Collection[str] | None = None) -> list[Place]:
        """What waits for these teams (``""``: the coordinator), or for all, in order."""
        waiting = self._lines.of(self.stands_on, lambda: lines(self.waiting(), self.route_of))
        return queue(waiting, self.kept, self.bot.now(), teams)

    def open_of(self, team: Team | None) -> Sequence[Item]:
        """The open bugs of a team, or all, but for those that repeat others."""
        found = self._open.of(self.stands_on, self._open_by_team)
        return found.get(ALL if team is None else team.name, ())

    def _open_by_team(self) -> Mapping[str, Sequence[Item]]:
        return self.by_team(item for item in self.bugs.values() if item.is_open and not item.duplicate_of)

    def by_team(self, items: Iterable[Item]) -> dict[str, list[Item]]:
        """Bugs by the teams whose they are (``""``: the coordinator's), and all (:data:`ALL`)."""
        found: dict[str, list[Item]] = {ALL: []}
        for item in items:
            found[ALL].append(item)
            found.setdefault(self.route_of(item).team, []).append(item)
        return found

    @property
    def stands_on(self) -> tuple[object, ...]:
        """What all follows from that is said of bugs and teams, but for the time: for what is kept of it
        (:mod:`bot.derived`).
        """
        items = self.tracker.items
        return self.roster, items, items.changes, self.kept

    # Whose they are

    def router(self) -> Router:
        """What says whose a bug is, as things are now."""
        return self._routing()[0]

    def _routing(self) -> tuple[Router, dict[str, tuple[Item, Route]]]:
        """The router, and what it said of bugs."""
        teams = self._speaking.of((self.roster,), lambda: tuple(map(speaking, self.roster.active())))
        return self._router.of((teams, self.kept.rules, self.kept.lessons), lambda: (self._made_router(), {}))

    def _made_router(self) -> Router:
        return Router(
            self.roster.active(),
            self.kept.rules,
            self.kept.lessons,
            assigned=self.assigned_team,
            project=self.tracker.project,
        )

    def route_of(self, item: Item) -> Route:
        """Whose a bug is, and why."""
        kept = self.kept.routes.get(item.name)
        return kept if kept is not None and self._lasts(kept) else self._computed_route(item)

    def _lasts(self, route: Route) -> bool:
        """Whether a bug stays where it was routed; what fitted no team may fit one by now."""
        return route.source is Source.HAND if not route.team else self._is_active(route.team)

    def _computed_route(self, item: Item) -> Route:
        router, known = self._routing()
        computed = known.get(item.name)
        if computed is None or computed[0] is not item:
            computed = known[item.name] = (item, router.route(item))
        return computed[1]

    def team_of(self, item: Item) -> Team | None:
        """The team whose a bug is; ``None`` where it is the coordinator's."""
        return self.roster.teams.get(self.route_of(item).team)

    def _is_active(self, name: str) -> bool:
        team = self.roster.teams.get(name)
        return team is not None and not team.is_retired

    # As they come in

    def _seen(self, seen: Sequence[Seen]) -> None:
        """Take in what others changed in the tracker."""
        bugs = [one for one in seen if one.after is not None and one.after.ref.kind is ItemKind.BUG]
        if bugs:
            self.bot.spawn(self._take_in(bugs), "bugs that came in")

    async def _take_in(self, seen: Sequence[Seen]) -> None:
        fresh = {one.after.name for one in seen if one.after is not None and self._is_new_to_a_team(one)}
        again = [one.after for one in seen if one.after is not None and _says_otherwise(one)]
        await self.settle(again, fresh)

    def _is_new_to_a_team(self, seen: Seen) -> bool:
        """Whether a bug just came in, or says now that it is another team's."""
        before, after = seen.before, seen.after
        if before is None or after is None:
            return True
        if before.definition != "New" and not before.is_open:
            return True
        return self.router().route(before).team != self.router().route(after).team

    async def settle(
        self, again: Iterable[Item] = (), fresh: Collection[str] = (), said_in: str = ""
    ) -> list[Route]:
        """Route what waits and nobody routed, and ``again`` these bugs; those that are new to a team. Of
        ``fresh`` bugs it is told in any case. ``said_in`` is the room that knows of them already.
        """
        async with self._settling:
            known = self.kept.routes
            items = {item.name: item for item in self.waiting() if self._is_to_be_routed(item)}
            items |= {item.name: item for item in again if self.waits(item)}
            if not items:
                return []
            routes = [self._computed_route(item) for item in items.values()]
            changed = await self.change(tables.keep_routes, self.bot.now(), routes)
            for route in changed:
                is_moved = route.bug in known and known[route.bug].team != route.team
                if is_moved or route.bug in fresh or self._is_fresh(items[route.bug]):
                    self.news.add(route.bug, NewBug(items[route.bug], route, said_in))
            return changed

    def _is_to_be_routed(self, item: Item) -> bool:
        known = self.kept.routes.get(item.name)
        if known is None:
            return True
        return not self._lasts(known) and self._computed_route(item).team != known.team

    def _is_fresh(self, item: Item) -> bool:
        since = came(item)
        return since is not None and self.bot.now() - since < _FRESH

    def day(self, day: date, team: Team | None = None) -> datetime:
        """When a day begins for a team (UTC)."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone_of(team))


def checked(refusal: str) -> None:
    """Refuse, if there is a reason. Raises :class:`UserError`."""
    if refusal:
        raise UserError(refusal)


def _says_otherwise(seen: Seen) -> bool:
    """Whether what a bug says of itself changed."""
    before, after = seen.before, seen.after
    if before is None or after is None:
        return False
    said = [(one.title, one.summary, one.tags, one.target, one.assignee) for one in (before, after)]
    return said[0] != said[1]
