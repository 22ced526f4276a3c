"""What ended meetings came to, as rows: their items and who was there, so that pages, a search and a mail
need not fold them again.

Rules:

1. The rows of a meeting, and its pages (:mod:`plugins.meetings.rendered`), are put in the transaction that
   says that its minutes are written, and put anew whenever these are written again: after a reopening, an
   edit, a redaction elsewhere.
2. A redaction, and ``#restrictlogs``, take them away in the very transaction that commits it; they come back
   with the minutes.
3. Restricted meetings have rows too: whoever reads them for everybody asks for ``restricted`` first.
4. All of it can be made again from the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.model import Entry, Room
from bot.store import Base, Utc, insert_rows
from bot.text import fold_nick
from plugins.meetings import rendered
from plugins.meetings.forms import NumberedLine
from plugins.meetings.indexed import look_again
from plugins.meetings.minutes import Attendee, Item, Minutes, Section
from plugins.meetings.rendered import Rendered
from plugins.meetings.tables import MeetingRow


class ItemRow(Base):
    """An item of a meeting that is over, as its minutes show it. ``line`` is the N of ``l-N``, ``place`` that
    of the line in its room's journal.
    """

    __tablename__ = "meeting_item"
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    nick: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(Utc)
    line: Mapped[int] = mapped_column(Integer)
    place: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (Index(None, "time"),)


class AttendeeRow(Base):
    """Somebody who was at a meeting, or sent regrets, under one of their names: ``name`` is a nick, an
    account or what ``#here`` said, folded; ``shown`` the first nick, ``lines`` how many they said.
    """

    __tablename__ = "meeting_attendee"
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    shown: Mapped[str] = mapped_column(Text)
    lines: Mapped[int] = mapped_column(Integer)
    regrets: Mapped[bool] = mapped_column(Boolean)
    __table_args__ = (Index(None, "name"),)


@dataclass(frozen=True, slots=True)
class Results:
    """What a meeting's lines came to. ``team`` is the name of the team that it is of, or empty; ``places``
    says where in its room's journal the lines of items stand, by their N; ``rendered`` are its pages, if it
    has any.
    """

    minutes: Minutes
    team: str
    places: Mapping[int, int]
    rendered: Rendered | None


def results_of(
    minutes: Minutes, team: str, entries: Iterable[Entry], lines: Sequence[NumberedLine]
) -> Results:
    """What is stored of a meeting; ``lines`` are those of the ``entries``, with their numbers."""
    # Not before a meeting is over: a Muster without pages needs none of it before.
    from plugins.meetings.pages.rendering import render

    wanted = {item.line for item in items_of(minutes.sections)}
    pairs = zip(entries, lines, strict=True)
    places = {line.number: entry.seq for entry, line in pairs if line.number in wanted}
    known = {number: place for number, place in places.items() if number is not None}
    return Results(minutes, team, known, render(minutes, lines))


def items_of(sections: Sequence[Section]) -> Iterator[Item]:
    """Topics and items, in the order of the minutes."""
    for section in sections:
        if section.topic is not None:
            yield section.topic
        yield from section.items
        yield from items_of(section.sections)


def put(session: Session, key: str, results: Results, now: datetime) -> bool:
    """Store what a meeting came to, in place of what is there; whether it is the first time.

    ``now`` is when its minutes were written; it is stored as a later time than any before. A transaction.
    Raises :class:`LookupError` where there is no such meeting.
    """
    row = session.scalar(select(MeetingRow).where(MeetingRow.key == key))
    if row is None:
        raise LookupError(f"meeting {key} is not in the database")
    _clear(session, row.id)
    items = {item.number: item for item in items_of(results.minutes.sections)}
    insert_rows(session, ItemRow, [_item(row.id, item, results.places) for item in items.values()])
    people: dict[str, dict[str, object]] = {}
    for person in results.minutes.attendees:
        for name in _names(person):
            people.setdefault(name, _attendee(row.id, name, person))
    insert_rows(session, AttendeeRow, list(people.values()))
    rendered.put(session, row.id, results.rendered)
    look_again(session, key, Room(row.network, row.room))
    is_first = row.told is None
    row.told = now if row.told is None else max(now, row.told + timedelta(microseconds=1))
    row.team = results.team
    return is_first


def take_away(session: Session, key: str) -> bool:
    """Forget what a meeting came to, until its minutes are written again; whether anything was known. A
    transaction.
    """
    row = session.scalar(select(MeetingRow).where(MeetingRow.key == key))
    if row is None or row.told is None:
        return False
    _clear(session, row.id)
    return True


def untold(session: Session, limit: int) -> list[int]:
    """The ids of some meetings that are over, with their files, whose results were never stored: they are
    older than the tables, or were imported. A transaction.
    """
    query = select(MeetingRow.id).where(MeetingRow.ended.is_not(None), MeetingRow.told.is_(None))
    query = query.where(MeetingRow.written.is_(True)).order_by(MeetingRow.id.desc()).limit(limit)
    return list(session.scalars(query))


def _clear(session: Session, meeting_id: int) -> None:
    session.execute(delete(ItemRow).where(ItemRow.meeting_id == meeting_id))
    session.execute(delete(AttendeeRow).where(AttendeeRow.meeting_id == meeting_id))
    rendered.clear(session, meeting_id)


def _item(meeting_id: int, item: Item, places: Mapping[int, int]) -> dict[str, object]:
    return {
        "meeting_id": meeting_id,
        "number": item.number,
        "kind": item.kind.value,
        "text": item.text,
        "url": item.url,
        "nick": item.nick,
        "time": item.time,
        "line": item.line,
        "place": places.get(item.line, 0),
    }


def _names(person: Attendee) -> Iterator[str]:
    for name in (person.nick, *person.nicks, person.account, person.name):
        if name:
            yield fold_nick(name)


def _attendee(meeting_id: int, name: str, person: Attendee) -> dict[str, object]:
    return {
        "meeting_id": meeting_id,
        "name": name,
        "shown": person.nick,
        "lines": person.lines,
        "regrets": person.regrets,
    }
