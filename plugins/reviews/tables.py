"""The tables of reviews, and the transactions on them.

Rules:

1. What a source has is kept as it was last seen, so that look-ups answer while it is away; what is over, for
   :data:`KEPT`.
2. What happened is found by comparing what is seen with what is kept, in the transaction that keeps it, and
   noted there for each room that asked: so it is noted once, whichever process looks. A look that began
   before the last one that was kept says nothing new.
3. What is noted for a room is told by a process that is in it, which claims it for :data:`LEASE` and deletes
   it once it is said. What nobody could tell for :data:`STALE` is told no more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Index, Integer, String, Text, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import Actor, Room
from bot.plugin import By, record
from bot.store import Base, Utc
from plugins.reviews.events import Event, Kind, differences
from plugins.reviews.review import Review, State, carried, in_order
from plugins.reviews.storing import read, written
from plugins.reviews.teams import Rule
from plugins.reviews.watching import Watch

KEPT = timedelta(days=30)
LEASE = timedelta(minutes=2)
STALE = timedelta(days=1)
ASKED = timedelta(days=1)
"""So long somebody who was asked for a review is not asked for it again."""
WATCHES = 20
"""So many things one room may watch."""


class ReviewRow(Base):
    """A review as it was last seen, as JSON; ``over`` is since when it is merged or given up."""

    __tablename__ = "review"
    source: Mapped[str] = mapped_column(String(30), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    over: Mapped[datetime | None] = mapped_column(Utc)


class SourceRow(Base):
    """A source: when the last look that went well began and when the next one is due; ``failures`` in a row
    since then, and the reason of the last one; ``version`` counts the changes of what is kept of it.
    """

    __tablename__ = "review_source"
    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    seen: Mapped[datetime | None] = mapped_column(Utc)
    due: Mapped[datetime | None] = mapped_column(Utc)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    why: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(Integer, default=0)


class TakenRow(Base):
    """Who does a review: a person's id in the rosters, and since when."""

    __tablename__ = "review_taken"
    source: Mapped[str] = mapped_column(String(30), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    person: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(Utc)


class AskedRow(Base):
    """That somebody was asked to do a review, by ``!review pick``, and when."""

    __tablename__ = "review_asked"
    source: Mapped[str] = mapped_column(String(30), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    person: Mapped[int] = mapped_column(Integer, primary_key=True)
    time: Mapped[datetime] = mapped_column(Utc)


class RuleRow(Base):
    """Which reviews are for a team, as was said in chat."""

    __tablename__ = "review_rule"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    team: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    branch: Mapped[str] = mapped_column(Text)
    project: Mapped[str] = mapped_column(Text)


class WatchRow(Base):
    """What a room asked to be told of. ``events`` are kinds with commas between."""

    __tablename__ = "review_watch"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    network: Mapped[str] = mapped_column(String(64))
    room: Mapped[str] = mapped_column(Text)
    project: Mapped[str] = mapped_column(Text)
    branch: Mapped[str] = mapped_column(Text)
    events: Mapped[str] = mapped_column(Text)
    team: Mapped[str] = mapped_column(Text)
    pattern: Mapped[str] = mapped_column(Text)


class NewsRow(Base):
    """An event that a room is to be told of: its kind, who is meant (JSON), the review as it was then.
    ``holder`` is the process that tells it, until ``leased_until``.
    """

    __tablename__ = "review_news"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    network: Mapped[str] = mapped_column(String(64))
    room: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(20))
    who: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(Utc)
    holder: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(Utc)
    __table_args__ = (Index(None, "network", "room"),)


Key = tuple[str, str]
"""A review's source and number."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Who does a review, by the id in the rosters, and since when."""

    person: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a source, as :class:`SourceRow` has it."""

    name: str
    seen: datetime | None = None
    due: datetime | None = None
    failures: int = 0
    why: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is kept, as it stands. ``reviews`` is ``None`` where it is as it was."""

    looked: Mapping[str, Looked]
    taken: Mapping[Key, Taken]
    asked: Mapping[tuple[Key, int], datetime]
    rules: tuple[Rule, ...]
    watches: Mapping[Room, tuple[Watch, ...]]
    reviews: Mapping[Key, Review] | None


def subject(key: Key) -> str:
    """A review, as changes are recorded."""
    return f"review:{key[0]}/{key[1]}"


def kept(session: Session, versions: Mapping[str, int] | None) -> Kept:
    """All that is kept; the reviews only where a source's version is not what it was."""
    looked = {row.name: _looked(row) for row in session.scalars(select(SourceRow))}
    reviews = None
    if versions is None or versions != {name: one.version for name, one in looked.items()}:
        found = [read(body) for body in session.scalars(select(ReviewRow.body))]
        reviews = {review.key: review for review in found}
    taken = {
        (row.source, row.number): Taken(row.person, row.since) for row in session.scalars(select(TakenRow))
    }
    asked = {((row.source, row.number), row.person): row.time for row in session.scalars(select(AskedRow))}
    watches: dict[Room, list[Watch]] = {}
    for row in session.scalars(select(WatchRow).order_by(WatchRow.id)):
        watches.setdefault(Room(row.network, row.room), []).append(_watch(row))
    return Kept(
        looked,
        taken,
        asked,
        rules(session),
        {room: tuple(found) for room, found in watches.items()},
        reviews,
    )


def _looked(row: SourceRow) -> Looked:
    return Looked(row.name, row.seen, row.due, row.failures, row.why, row.version)


# Looking


def begin(session: Session, names: Collection[str], now: datetime) -> dict[str, datetime]:
    """Keep a row for each source, and none for others; which of them are to be looked at when, as far as that
    is not set yet.
    """
    rows = {row.name: row for row in session.scalars(select(SourceRow))}
    dues: dict[str, datetime] = {}
    for name in names:
        row = rows.get(name)
        if row is None:
            row = SourceRow(name=name, failures=0, why="", version=0)
            session.add(row)
        if row.due is None:
            row.due = dues[name] = now
    for name, row in rows.items():
        if name not in names:
            row.due = None
    return dues


def unused(session: Session, names: Collection[str]) -> list[str]:
    """The sources that are kept and not there any more."""
    return [name for name in session.scalars(select(SourceRow.name)) if name not in names]


def open_numbers(session: Session, source: str) -> list[str]:
    """The numbers of what is kept of a source as open."""
    chosen = select(ReviewRow.number).where(ReviewRow.source == source, ReviewRow.over.is_(None))
    return list(session.scalars(chosen))


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a source came to: all that it lists, what became of others, and which are not there any
    more. ``began`` is when it began, ``due`` when the next one is.
    """

    source: str
    listed: Sequence[Review]
    others: Sequence[Review]
    gone: Collection[str]
    began: datetime
    due: datetime


Wants = Callable[[Watch, Event], bool]
IsDone = Callable[[Review, Taken], bool]


def take_in(session: Session, look: Look, now: datetime, wants: Wants, is_done: IsDone) -> list[Event]:
    """Keep what was seen; what happened, which is noted for the rooms that want it."""
    row = session.get_one(SourceRow, look.source)
    row.due = look.due
    if row.seen is not None and row.seen >= look.began:
        return []
    is_first = row.seen is None
    row.seen, row.failures, row.why = look.began, 0, ""
    rows = {
        one.number: one for one in session.scalars(select(ReviewRow).where(ReviewRow.source == look.source))
    }
    before = {number: read(one.body) for number, one in rows.items()}
    after = [carried(before.get(one.number), one) for one in (*look.listed, *look.others)]
    for review in after:
        _keep(session, rows.get(review.number), review, now)
    gone = [rows[number] for number in look.gone if number in rows]
    for one in gone:
        session.delete(one)
    if gone or any(review != before.get(review.number) for review in after):
        row.version += 1
    events = [] if is_first else differences(before, in_order(after))
    _note(session, events, now, wants)
    _end(session, look.source, {one.number: one for one in after}, look.gone, is_done, now)
    over = ReviewRow.over.is_not(None)
    session.execute(delete(ReviewRow).where(over, ReviewRow.over < now - KEPT))
    session.execute(delete(AskedRow).where(AskedRow.time < now - KEPT))
    return events


def _keep(session: Session, row: ReviewRow | None, review: Review, now: datetime) -> None:
    over = None if review.is_open else now
    if row is None:
        session.add(ReviewRow(source=review.source, number=review.number, body=written(review), over=over))
        return
    row.body = written(review)
    row.over = (row.over or over) if over is not None else None


def _note(session: Session, events: Sequence[Event], now: datetime, wants: Wants) -> None:
    if not events:
        return
    watches = [(row.network, row.room, _watch(row)) for row in session.scalars(select(WatchRow))]
    rooms = dict.fromkeys((network, room) for network, room, _ in watches)
    for network, room in rooms:
        mine = [watch for *where, watch in watches if tuple(where) == (network, room)]
        for event in events:
            if any(wants(watch, event) for watch in mine):
                session.add(
                    NewsRow(
                        network=network,
                        room=room,
                        kind=event.kind.value,
                        who=json.dumps(list(event.who), ensure_ascii=False),
                        body=written(event.review),
                        time=now,
                    )
                )


def _end(
    session: Session,
    source: str,
    after: Mapping[str, Review],
    gone: Collection[str],
    is_done: IsDone,
    now: datetime,
) -> None:
    """Let nobody have what is over, and what they have voted on."""
    for row in list(session.scalars(select(TakenRow).where(TakenRow.source == source))):
        review = after.get(row.number)
        if row.number in gone or (
            review is not None and (not review.is_open or is_done(review, Taken(row.person, row.since)))
        ):
            session.delete(row)
            why = "done" if review is None or review.is_open else review.state.value
            by = By(Actor("", source), None, now)
            record(session, by, subject((source, row.number)), "taken by", row.person, why)


def failed(session: Session, source: str, why: str, due: datetime) -> None:
    """A look at a source failed, and the next one is due then."""
    row = session.get_one(SourceRow, source)
    row.failures += 1
    row.why, row.due = why, due


def failures(session: Session, source: str) -> int:
    """How often it failed in a row."""
    row = session.get(SourceRow, source)
    return row.failures if row is not None else 0


def put_off(session: Session, source: str, due: datetime) -> bool:
    """Look at a source no later than then; whether that is sooner than it was."""
    row = session.get(SourceRow, source)
    if row is None or (row.due is not None and row.due <= due):
        return False
    row.due = due
    return True


def closed(reviews: Iterable[Review]) -> list[Review]:
    """These are open no more, and nobody knows why."""
    return [replace(one, state=State.CLOSED) for one in reviews if one.is_open]


def kept_reviews(session: Session, source: str, numbers: Collection[str]) -> list[Review]:
    """The reviews of these numbers, as they were last seen."""
    chosen = select(ReviewRow.body).where(ReviewRow.source == source, ReviewRow.number.in_(list(numbers)))
    return [read(body) for body in session.scalars(chosen)]


# Who does one


def take(session: Session, by: By, key: Key, person: int) -> Taken:
    """Let somebody do a review, unless somebody does; who does it then."""
    row = session.get(TakenRow, key)
    if row is None:
        row = TakenRow(source=key[0], number=key[1], person=person, since=by.time)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # another process was quicker
            row = session.get_one(TakenRow, key)
        else:
            record(session, by, subject(key), "taken by", None, person)
    return Taken(row.person, row.since)


def release(session: Session, by: By, key: Key, person: int) -> bool:
    """Let somebody not do a review any more; whether they did."""
    row = session.get(TakenRow, key)
    if row is None or row.person != person:
        return False
    session.delete(row)
    record(session, by, subject(key), "taken by", person, None)
    return True


def ask(session: Session, by: By, key: Key, person: int) -> None:
    """Somebody is asked to do a review."""
    row = session.get(AskedRow, (*key, person))
    if row is None:
        session.add(AskedRow(source=key[0], number=key[1], person=person, time=by.time))
    else:
        row.time = by.time
    record(session, by, subject(key), "asked", None, person)


# Rules and watches


def rules(session: Session) -> tuple[Rule, ...]:
    """The rules that were said in chat, the oldest first."""
    rows = session.scalars(select(RuleRow).order_by(RuleRow.id))
    return tuple(Rule(row.team, row.topic, row.path, row.branch, row.project, row.id) for row in rows)


def add_rule(session: Session, by: By, rule: Rule) -> int:
    """Add a rule; its number. One that is there already is there once."""
    for one in rules(session):
        if replace(one, id=None) == replace(rule, id=None):
            return cast("int", one.id)
    row = RuleRow(team=rule.team, topic=rule.topic, path=rule.path, branch=rule.branch, project=rule.project)
    session.add(row)
    session.flush()
    record(session, by, f"team:{rule.team}", "reviews", None, rule.text)
    return row.id


def remove_rule(session: Session, by: By, id_: int) -> bool:
    """Take a rule away; whether it was there."""
    row = session.get(RuleRow, id_)
    if row is None:
        return False
    text = Rule(row.team, row.topic, row.path, row.branch, row.project).text
    record(session, by, f"team:{row.team}", "reviews", text, None)
    session.delete(row)
    return True


def _watch(row: WatchRow) -> Watch:
    events = tuple(Kind(one) for one in row.events.split(",") if one)
    return Watch(row.project, row.branch, events, row.team, row.pattern, row.id)


def add_watch(session: Session, by: By, room: Room, watch: Watch) -> int | None:
    """Let a room be told of something; its number, ``None`` where the room has too many. What it watches
    already it watches once.
    """
    rows = list(
        session.scalars(select(WatchRow).where(WatchRow.network == room.network, WatchRow.room == room.name))
    )
    for row in rows:
        if replace(_watch(row), id=0) == replace(watch, id=0):
            return row.id
    if len(rows) >= WATCHES:
        return None
    made = WatchRow(
        network=room.network,
        room=room.name,
        project=watch.project,
        branch=watch.branch,
        events=",".join(watch.events),
        team=watch.team,
        pattern=watch.pattern,
    )
    session.add(made)
    session.flush()
    record(session, by, f"room:{room.network}/{room.name}", "watches reviews", None, watch.text)
    return made.id


def remove_watch(session: Session, by: By, room: Room, id_: int) -> Watch | None:
    """Let a room be told of something no more; what it was, ``None`` where the room watches no such thing."""
    row = session.get(WatchRow, id_)
    if row is None or (row.network, row.room) != (room.network, room.name):
        return None
    found = _watch(row)
    record(session, by, f"room:{room.network}/{room.name}", "watches reviews", found.text, None)
    session.delete(row)
    return found


# News


@dataclass(frozen=True, slots=True)
class Burst:
    """What a room is to be told of at once."""

    room: Room
    events: tuple[Event, ...]
    ids: tuple[int, ...]


def claim_news(session: Session, rooms: Collection[Room], holder: str, now: datetime) -> list[Burst]:
    """Claim what is to be told in these rooms and nobody tells; by rooms."""
    session.execute(delete(NewsRow).where(NewsRow.time < now - STALE))
    free = or_(NewsRow.leased_until.is_(None), NewsRow.leased_until <= now)
    found: list[Burst] = []
    chosen = select(NewsRow.network, NewsRow.room).where(free).distinct()
    waiting = {(network, room) for network, room in session.execute(chosen)}
    for room in sorted(rooms, key=str):
        if (room.network, room.name) not in waiting:
            continue
        mine = session.scalars(
            update(NewsRow)
            .where(NewsRow.network == room.network, NewsRow.room == room.name, free)
            .values(holder=holder, leased_until=now + LEASE)
            .returning(NewsRow.id)
        ).all()
        rows = list(session.scalars(select(NewsRow).where(NewsRow.id.in_(mine)).order_by(NewsRow.id)))
        events = tuple(Event(Kind(row.kind), read(row.body), tuple(json.loads(row.who))) for row in rows)
        if events:
            found.append(Burst(room, events, tuple(row.id for row in rows)))
    return found


def finish_news(session: Session, ids: Collection[int], holder: str, *, told: bool) -> None:
    """These were told, or they could not be and are free again."""
    mine = NewsRow.id.in_(list(ids)), NewsRow.holder == holder
    if told:
        session.execute(delete(NewsRow).where(*mine))
    else:
        session.execute(update(NewsRow).where(*mine).values(holder=None, leased_until=None))
