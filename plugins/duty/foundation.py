"""What all parts of duty stand on: the rotations as they stand, who can have turns, and who has one when.

Rules:

1. The database is the truth. A look-up reads what is in memory, which is what the database held after the
   last change made here; where other processes share it, commands look first whether they changed anything.
2. A turn is stored in the first transaction after it began (:meth:`Foundation.locked`): its alarm's, or that
   of whatever is asked or changed before that rings. Until then whose it is, is counted out, with the same
   outcome.
3. Whoever has a turn and is away, or has left the team, is represented meanwhile by the team's lead, else by
   a coordinator; the turn stays theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from bot.model import Room
from bot.plugin import Bot
from plugins.duty import tables
from plugins.duty.rotation import Crew, Turn, renamed, turns
from plugins.duty.settings import DutySettings
from plugins.duty.tables import Rotation
from plugins.rosters import Person, Team, UsesRosters

P = ParamSpec("P")
T = TypeVar("T")
TURN = "turn"
"""The alarms that ring when turns begin, by the ids of teams."""


class Foundation(UsesRosters):
    """What the commands of this plugin share."""

    requires = ("rosters",)
    Settings = DutySettings
    settings: DutySettings

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self._rotations: dict[int, Rotation] = {}
        self._changes = 0

    async def load(self) -> None:
        """Read the rotations, for pages, and change nothing."""
        before = self._changes
        read = await self.store.read(tables.rotations, self.bot.now())
        if self._changes == before:  # nothing was changed here since they were read
            self._rotations = read

    async def start(self) -> None:
        """Read the rotations. Their alarms have been set."""
        await self.change(_nothing)

    # What is stored

    async def change(
        self,
        transaction: Callable[Concatenate[Session, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a transaction that changes rotations; what it returned, once it is committed and all rotations
        are known as they then were. One that changes those of a few teams is for :meth:`change_of`.
        """
        return await self._changed(None, lambda session: transaction(session, *args, **kwargs))

    async def change_of(
        self,
        teams: Iterable[Team],
        transaction: Callable[Concatenate[Session, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """As :meth:`change`, where only the rotations of these teams are changed."""
        ids = [team.id for team in teams]
        return await self._changed(ids, lambda session: transaction(session, *args, **kwargs))

    async def _changed(self, teams: Sequence[int] | None, transaction: Callable[[Session], T]) -> T:
        now = self.bot.now()

        def run(session: Session) -> tuple[T, dict[int, Rotation]]:
            found = transaction(session)
            session.flush()
            return found, tables.rotations(session, now, teams)

        found, read = await self.store.write(run)  # one after the other, and so they come back
        self._changes += 1
        others = () if teams is None else (set(self._rotations) - set(teams))
        self._rotations = {**{one: self._rotations[one] for one in others}, **read}
        return found

    async def refresh(self) -> None:
        """See what other processes changed, where there may be others."""
        if not self.store.is_sqlite:
            await self.load()

    def locked(self, session: Session, team: Team, now: datetime) -> Rotation | None:
        """Within a transaction: a team's rotation with every turn stored that has begun, kept from others
        until the transaction ends; ``None`` where it has none.
        """
        if not tables.hold(session, team.id):
            return None
        rotation = self._stored(session, team, now)
        standing = rotation.standing
        for turn, after in turns(rotation.rhythm, self.crew(rotation, team), standing):
            if turn.begins > now:
                break
            tables.keep_turn(session, team.id, turn, now)
            if turn.cover is not None:
                tables.drop_covers(session, [turn.cover.id])
            standing = after
        if standing is rotation.standing:
            return rotation
        tables.keep(session, replace(rotation, standing=standing), now)
        tables.drop_offers(session, team.id, standing.day)
        return self._stored(session, team, now)

    def _stored(self, session: Session, team: Team, now: datetime) -> Rotation:
        return self._known(tables.rotations(session, now, [team.id])[team.id], team)

    def wake(self, session: Session, rotations: Iterable[Rotation]) -> None:
        """Within a transaction: let the alarms ring when the next turns begin."""
        dues = {str(one.team): one.rhythm.begin(one.standing.day) for one in rotations}
        self.set_alarms(session, TURN, dues)

    # Who is who

    def _known(self, rotation: Rotation, team: Team) -> Rotation:
        """A rotation in its team's zone, with everybody under the id that they have now."""
        now = {former.id: one.id for one in self.roster.people.values() for former in one.former}

        def who(person: int) -> int:
            return now.get(person, person)

        def renewed(turn: Turn) -> Turn:
            due = None if turn.due is None else who(turn.due)
            return replace(turn, due=due, person=None if turn.person is None else who(turn.person))

        return replace(
            tables.in_zone(rotation, str(self.rosters.zone_of(team=team))),
            members=tuple(dict.fromkeys(who(one) for one in rotation.members)),
            standing=renamed(rotation.standing, who),
            had=tuple(replace(one, turn=renewed(one.turn)) for one in rotation.had),
        )

    def crew(self, rotation: Rotation, team: Team) -> Crew:
        """Who can have a team's turns, as things stand."""
        roster = self.roster
        team = roster.teams.get(team.name, team)  # as it is now

        def belongs(person: int) -> bool:
            return person in roster.people and team.has(roster.people[person])

        def is_away(person: int, day: date) -> bool:
            return person not in roster.people or roster.people[person].away_on(day)

        def stand_ins() -> Iterator[int]:
            if team.lead is not None:
                yield team.lead
            coordinators = [one for one in roster.people.values() if self.rosters.is_coordinator(one)]
            yield from (one.id for one in sorted(coordinators, key=lambda one: one.name.lower()))

        return Crew(rotation.members, belongs, is_away, stand_ins)

    def called(self, person: int | None) -> str:
        """What people call somebody."""
        found = self.roster.people.get(person) if person is not None else None
        return str(found) if found is not None else "nobody"

    def nick_of(self, team: Team, person: Person) -> str:
        """What to call somebody in their team's room: the nick that they have there, so that they see it."""
        present = (actor for one, actor in self.rosters.members_present(team) if one.id == person.id)
        found = next(present, None)
        return found.nick if found is not None else str(person)

    def team_with(self, id_: int) -> Team | None:
        """The team with an id, be it retired; ``None`` where there is none."""
        return next((team for team in self.roster.teams.values() if team.id == id_), None)

    # Whose turn it is

    def rotation(self, team: Team) -> Rotation | None:
        """A team's rotation; ``None`` where it has none."""
        found = self._rotations.get(team.id)
        return None if found is None else self._known(found, team)

    def to_come(self, team: Team, rotation: Rotation) -> Iterator[Turn]:
        """The turns that are not stored, as things stand, without end."""
        for turn, _ in turns(rotation.rhythm, self.crew(rotation, team), rotation.standing):
            yield turn

    def turn_at(self, team: Team, rotation: Rotation, when: datetime) -> Turn | None:
        """The turn that runs at a time; ``None`` where none does, or that is long past."""
        for one in reversed(rotation.had):
            if one.turn.begins <= when:
                if when < one.turn.ends:
                    return one.turn
                break
        for turn in self.to_come(team, rotation):
            if turn.begins > when:
                return None
            if when < turn.ends:
                return turn
        return None

    def on_duty(self, team: Team, at: datetime | None = None) -> Person | None:
        """Who looks after a team's bugs at a time (aware; without one: now): whoever has the turn, or where
        they are away just now, who stands in. ``None`` where the team has no rotation, no turn runs then, or
        nobody is there. Of the past, the last two months are known.
        """
        rotation = self.rotation(team)
        if rotation is None:
            return None
        now = self.bot.now()
        when = at or now
        turn = self.turn_at(team, rotation, when)
        if turn is None:
            return None
        if turn.ends <= now:
            return self.roster.people.get(turn.person) if turn.person is not None else None
        return self.acting(team, rotation, turn, when)

    def acting(self, team: Team, rotation: Rotation, turn: Turn, when: datetime) -> Person | None:
        """Who looks after a team's bugs in a turn at a time within it; ``None`` where nobody is there."""
        crew = self.crew(rotation, team)
        day = when.astimezone(self.rosters.zone_of(team=team)).date()
        chosen = turn.person
        if chosen is None or crew.is_away(chosen, day) or not (turn.stands_in or crew.belongs(chosen)):
            chosen = crew.stand_in(day)
        return self.roster.people.get(chosen) if chosen is not None else None

    def room_of(self, team: Team) -> Room | None:
        """The room in which a team hears of its duty: its channel, else the first that ``bot.ini`` gives it;
        ``None`` where Muster is in none.
        """
        rooms = [room for room, its in self.rosters.teams_of(self.bot.rooms()).items() if its.id == team.id]
        own = self.rosters.room_of(team)
        return own if own in rooms else min(rooms, key=str, default=None)


def _nothing(_session: Session) -> None:
    """Change nothing: what is stored is read after it."""
