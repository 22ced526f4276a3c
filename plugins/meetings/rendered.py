"""The pages of meetings that are over, kept as HTML: whoever visits one waits for no fold of its lines.

Rules:

1. They are put in the transaction that says that a meeting's minutes are written, and taken away wherever
   what it came to is (:mod:`plugins.meetings.results`): by a redaction and by ``#restrictlogs``, in the very
   transaction that commits it.
2. A restricted meeting has none: each of its readers has links of their own.
3. What may change without the minutes is left out: where it belongs stands a mark. Nothing from the chat
   comes out like a mark: all of that is escaped.
4. An ``edition`` of Muster shows only what it made itself. What another made is made anew, little by little
   (:meth:`plugins.meetings.telling.Telling.catch_up`), and until then for each visit.
"""

from __future__ import annotations

import functools
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, Text, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

import bot
from bot.store import Base, from_stamp, to_stamp
from plugins.meetings.minutes import ActionState
from plugins.meetings.tables import MeetingRow

_PACKAGE = Path(__file__).parent


class PageRow(Base):
    """The pages of a meeting: ``facts`` is JSON, ``minutes`` and ``log`` are HTML, compressed (zlib)."""

    __tablename__ = "meeting_page"
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    edition: Mapped[str] = mapped_column(String(16))
    facts: Mapped[str] = mapped_column(Text)
    minutes: Mapped[bytes] = mapped_column(LargeBinary)
    log: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Task:
    """An action as the minutes have it, and its line."""

    key: str
    number: int
    text: str
    owners: tuple[str, ...]
    due: date | None
    state: ActionState
    line: int
    time: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page is made of besides its HTML: its title, the zone of its times, its actions."""

    title: str
    zone: str
    actions: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The pages of a meeting, of an edition: the HTML compressed, as it is stored."""

    edition: str
    facts: Facts
    minutes: bytes
    log: bytes


@functools.cache
def edition() -> str:
    """What tells one Muster's pages from another's: all that makes them."""
    digest = hashlib.sha256(bot.__version__.encode())
    for path in sorted(one for one in _PACKAGE.rglob("*") if one.suffix in {".py", ".html"}):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def compress(pieces: Sequence[str]) -> bytes:
    """HTML as it is stored."""
    packer = zlib.compressobj()
    return b"".join(
        [*(packer.compress(piece.encode("utf-8", "replace")) for piece in pieces), packer.flush()]
    )


def expand(stored: bytes) -> bytes:
    """HTML as it was made, in UTF-8."""
    # Room for all of it, since HTML is rarely packed that tightly: a buffer that grows is copied each time.
    return zlib.decompress(stored, bufsize=8 * len(stored) + 64)


def put(session: Session, meeting_id: int, rendered: Rendered | None) -> None:
    """Store the pages of a meeting, which has none yet. A transaction."""
    if rendered is not None:
        facts = _told(rendered.facts)
        row = PageRow(meeting_id=meeting_id, edition=rendered.edition, facts=facts)
        row.minutes, row.log = rendered.minutes, rendered.log
        session.add(row)


def clear(session: Session, meeting_id: int) -> None:
    """Forget the pages of a meeting. A transaction."""
    session.execute(delete(PageRow).where(PageRow.meeting_id == meeting_id))


def put_anew(session: Session, meeting_id: int, told: datetime | None, rendered: Rendered) -> None:
    """Store the pages of a meeting in place of another edition's, if its minutes are those of ``told`` still.
    A transaction.
    """
    now = select(MeetingRow.id).where(MeetingRow.id == meeting_id, MeetingRow.told == told, *_LASTING)
    if session.scalar(now) is not None:
        clear(session, meeting_id)
        put(session, meeting_id, rendered)


_LASTING = (
    MeetingRow.ended.is_not(None),
    MeetingRow.told.is_not(None),
    MeetingRow.written.is_(True),
    MeetingRow.restricted.is_(False),
)


def unrendered(session: Session, edition: str, limit: int) -> list[tuple[int, datetime | None]]:
    """The ids of some meetings whose pages this edition has not made, with when their minutes were written,
    the newest first. A transaction.
    """
    query = (
        select(MeetingRow.id, MeetingRow.told)
        .outerjoin(PageRow, PageRow.meeting_id == MeetingRow.id)
        .where(*_LASTING, or_(PageRow.edition.is_(None), PageRow.edition != edition))
        .order_by(MeetingRow.id.desc())
        .limit(limit)
    )
    return [(number, told) for number, told in session.execute(query)]


def _told(facts: Facts) -> str:
    actions = [
        [
            *(one.key, one.number, one.text, list(one.owners)),
            *(one.due.isoformat() if one.due else None, one.state.value, one.line, to_stamp(one.time)),
        ]
        for one in facts.actions
    ]
    return json.dumps([facts.title, facts.zone, actions])


def facts_of(told: str) -> Facts:
    """What is stored of a page besides its HTML."""
    title, zone, actions = json.loads(told)
    return Facts(title, zone, tuple(map(_task, actions)))


def _task(told: list[Any]) -> Task:
    key, number, text, owners, due, state, line, time = told
    return Task(
        *(key, number, text, tuple(owners), date.fromisoformat(due) if due else None),
        *(ActionState(state), line, from_stamp(time)),
    )
