"""The tables of triage, and the transactions on them.

What a bug is, is the tracker's to keep. These rows hold what it cannot: whose queue it is in and why, who has
it for triage, who skips it, the rules, and what was learned from corrections. Who gets a bug that two take at
once is decided here, whichever processes they ask.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Boolean, Integer, String, Text, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.plugin import By, record
from bot.store import Base, Utc
from bot.tallies import follow
from plugins.tracker import ItemKind, Ref
from plugins.triage.queue import Kept, Skip, Take
from plugins.triage.routing import Lesson, Route, Source
from plugins.triage.rules import Conditions, NoRuleError, Rule, parse


class RouteRow(Base):
    """Whose queue a bug is in (nothing: the coordinator's), from what that is known, and since when."""

    __tablename__ = "triage_route"
    bug: Mapped[str] = mapped_column(Text, primary_key=True)
    team: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(Utc)


class TakeRow(Base):
    """Who has a bug for triage. ``person`` is the id in the rosters; the room is where they took it."""

    __tablename__ = "triage_take"
    bug: Mapped[str] = mapped_column(Text, primary_key=True)
    person: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(Utc)
    until: Mapped[datetime] = mapped_column(Utc)
    network: Mapped[str] = mapped_column(String(64))
    room: Mapped[str] = mapped_column(Text)
    private: Mapped[bool] = mapped_column(Boolean)
    nick: Mapped[str] = mapped_column(Text)


class SkipRow(Base):
    """That a bug is not offered to a person until then."""

    __tablename__ = "triage_skip"
    person: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    bug: Mapped[str] = mapped_column(Text, primary_key=True)
    until: Mapped[datetime] = mapped_column(Utc)
    why: Mapped[str] = mapped_column(Text)


class RuleRow(Base):
    """A rule, as it is written; who added it, and when."""

    __tablename__ = "triage_rule"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (a number is given once)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    team: Mapped[str] = mapped_column(Text)
    conditions: Mapped[str] = mapped_column(Text)
    nick: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(Utc)


class LessonRow(Base):
    """A correction. ``before`` and ``chosen`` are teams' names, or nothing; ``features`` a JSON list."""

    __tablename__ = "triage_lesson"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    bug: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(Text)
    chosen: Mapped[str] = mapped_column(Text)
    features: Mapped[str] = mapped_column(Text)
    nick: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(Utc)


FOLLOWED = follow(RouteRow, TakeRow, SkipRow, RuleRow, LessonRow)
"""The tables that :func:`kept` reads."""


TEAM = "team"
TAKEN = "taken for triage"
RULE = "rule"


def subject(bug: str) -> str:
    """A bug, as changes are recorded."""
    return str(Ref(ItemKind.BUG, bug))


def kept(session: Session) -> Kept:
    """All that is kept, as it is now. A transaction."""
    skips = (Skip(row.bug, row.person, row.until, row.why) for row in session.scalars(select(SkipRow)))
    return Kept(
        routes={row.bug: _route(row) for row in session.scalars(select(RouteRow))},
        takes={row.bug: _take(row) for row in session.scalars(select(TakeRow))},
        skips={(skip.person, skip.bug): skip for skip in skips},
        rules=tuple(rules(session)),
        lessons=tuple(
            Lesson(row.bug, row.before, row.chosen, tuple(json.loads(row.features)))
            for row in session.scalars(select(LessonRow).order_by(LessonRow.id))
        ),
    )


def rules(session: Session) -> list[Rule]:
    """The rules, by their numbers. One that nobody could write any more is left out. A transaction."""
    found = []
    for row in session.scalars(select(RuleRow).order_by(RuleRow.id)):
        try:
            found.append(Rule(row.id, row.team, parse(row.conditions.split())))
        except NoRuleError:
            continue  # what a rule may ask for was another when it was written
    return found


def _route(row: RouteRow) -> Route:
    return Route(row.bug, row.team, Source(row.source), row.why)


def _take(row: TakeRow) -> Take:
    return Take(
        row.bug, row.person, row.name, row.since, row.until, row.network, row.room, row.private, row.nick
    )


# Routes


def keep_routes(session: Session, now: datetime, routes: Iterable[Route]) -> list[Route]:
    """Keep to which teams bugs go, but for those that somebody routed by hand; those of them that are new or
    another team's now.
    """
    changed = []
    for route in routes:
        row = session.get(RouteRow, route.bug)
        if row is None:
            if _added(session, route, now):
                changed.append(route)
        elif row.source != Source.HAND and (row.team, row.source, row.why) != (
            route.team,
            route.source.value,
            route.why,
        ):
            if row.team != route.team:
                changed.append(route)
                row.time = now
            row.team, row.source, row.why = route.team, route.source.value, route.why
    return changed


def _added(session: Session, route: Route, now: datetime) -> bool:
    """Whether this transaction routed a bug that nobody had; another process may do so at once."""
    try:
        with session.begin_nested():
            session.add(_row(route, now))
            session.flush()
    except IntegrityError:
        return False
    return True


def _row(route: Route, now: datetime) -> RouteRow:
    return RouteRow(bug=route.bug, team=route.team, source=route.source.value, why=route.why, time=now)


def route_by_hand(session: Session, by: By, route: Route, before: str, lesson: Lesson | None) -> None:
    """Let a bug be a team's, and learn from it."""
    session.merge(_row(route, by.time))
    record(session, by, subject(route.bug), TEAM, before or None, route.team or None)
    if lesson is not None and lesson.features:
        session.add(
            LessonRow(
                bug=lesson.bug,
                before=lesson.before,
                chosen=lesson.chosen,
                features=json.dumps(lesson.features, ensure_ascii=False),
                nick=by.actor.nick,
                time=by.time,
            )
        )


# Takes and skips


def take(session: Session, by: By, wanted: Take, person: Collection[int]) -> Take:
    """Give a bug to somebody, by their ids, unless another has it; who has it then."""
    values = {
        "person": wanted.person,
        "name": wanted.name,
        "since": wanted.since,
        "until": wanted.until,
        "network": wanted.network,
        "room": wanted.room,
        "private": wanted.private,
        "nick": wanted.nick,
    }
    free = (TakeRow.until <= by.time) | TakeRow.person.in_(list(person))
    changed = session.execute(
        update(TakeRow).where(TakeRow.bug == wanted.bug, free).values(values).returning(TakeRow.bug)
    ).all()
    if not changed:
        try:
            with session.begin_nested():
                session.add(TakeRow(bug=wanted.bug, **values))
                session.flush()
        except IntegrityError:
            row = session.get(TakeRow, wanted.bug, populate_existing=True)
            if row is not None:
                return _take(row)
            raise
    session.execute(delete(SkipRow).where(SkipRow.bug == wanted.bug, SkipRow.person.in_(list(person))))
    record(session, by, subject(wanted.bug), TAKEN, None, wanted.name)
    return wanted


def release(session: Session, by: By, bug: str) -> Take | None:
    """Let go of a bug; whose it was."""
    row = session.get(TakeRow, bug, populate_existing=True)
    if row is None:
        return None
    found = _take(row)
    session.delete(row)
    record(session, by, subject(bug), TAKEN, found.name, None)
    return found


def give_back(session: Session, by: By, bugs: Collection[str]) -> list[Take]:
    """Let go of those of these bugs whose time is up; whose they were."""
    chosen = select(TakeRow).where(TakeRow.bug.in_(list(bugs)), TakeRow.until <= by.time)
    rows = list(session.scalars(chosen.order_by(TakeRow.since)))
    found = [_take(row) for row in rows]
    for row in rows:
        session.delete(row)
        record(session, by, subject(row.bug), TAKEN, row.name, None)
    return found


def skip(session: Session, wanted: Skip, person: Collection[int]) -> None:
    """Let a bug not be offered to somebody, by their ids."""
    session.execute(delete(SkipRow).where(SkipRow.bug == wanted.bug, SkipRow.person.in_(list(person))))
    session.add(SkipRow(person=wanted.person, bug=wanted.bug, until=wanted.until, why=wanted.why))


def forget_skips(session: Session, now: datetime) -> None:
    """Drop the skips that are over."""
    session.execute(delete(SkipRow).where(SkipRow.until <= now))


# Rules


def add_rule(session: Session, by: By, team: str, conditions: Conditions) -> Rule:
    """Add a rule; it has a number then."""
    row = RuleRow(team=team, conditions=str(conditions), nick=by.actor.nick, time=by.time)
    session.add(row)
    session.flush()
    record(session, by, f"triage:{team}", RULE, None, str(conditions))
    return Rule(row.id, team, conditions)


def remove_rule(session: Session, by: By, number: int) -> bool:
    """Remove a rule; whether it was there."""
    row = session.get(RuleRow, number)
    if row is None:
        return False
    session.delete(row)
    record(session, by, f"triage:{row.team}", RULE, row.conditions, None)
    return True
