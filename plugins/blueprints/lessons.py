"""What people decided about suggestions, kept: who, when, which team was suggested and which was chosen."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.plugin import By
from bot.store import Base, Utc
from plugins.blueprints.suggest import Lesson


class LessonRow(Base):
    """One decision. ``terms`` is a JSON list; ``suggested`` and ``chosen`` are teams' names, or nothing."""

    __tablename__ = "blueprint_lesson"
    id: Mapped[int] = mapped_column(primary_key=True)
    blueprint: Mapped[str] = mapped_column(Text)
    suggested: Mapped[str] = mapped_column(Text)
    chosen: Mapped[str] = mapped_column(Text)
    terms: Mapped[str] = mapped_column(Text)
    network: Mapped[str] = mapped_column(String(64))
    nick: Mapped[str] = mapped_column(Text)
    account: Mapped[str | None] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(Utc)


def learn(session: Session, by: By, lessons: Iterable[Lesson]) -> None:
    """Keep decisions, in their order. A transaction."""
    session.add_all(
        LessonRow(
            blueprint=lesson.blueprint,
            suggested=lesson.suggested,
            chosen=lesson.chosen,
            terms=json.dumps(sorted(lesson.terms), ensure_ascii=False),
            network=by.actor.network,
            nick=by.actor.nick,
            account=by.actor.account,
            time=by.time,
        )
        for lesson in lessons
    )


def all_lessons(session: Session) -> list[Lesson]:
    """All decisions, the oldest first. A transaction."""
    rows = session.scalars(select(LessonRow).order_by(LessonRow.id))
    return [
        Lesson(row.blueprint, row.suggested, row.chosen, frozenset(json.loads(row.terms))) for row in rows
    ]
