"""The index on PostgreSQL: a ``tsvector`` for each document, made here word by word, and a GIN index on them.

Where words are common, PostgreSQL walks along the ids and looks whether each document has them; where they
are rare, it asks the GIN index. It chooses by its statistics of the words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.search.entry import Entry, Looked
from bot.search.words import Part

PLACEHOLDER = "%s"
"""What stands for a parameter in the driver's SQL."""

_MOST_PLACES = 250  # of one word in a tsvector (PostgreSQL's manual, 12.11)
_LOCK = 0x736561  # the first half of our advisory locks' keys; the other is the room's number


def add(session: Session, entries: Sequence[Entry]) -> None:
    """Take documents in, each with all its words."""
    rows = [{"id": one.id, "words": _vector(one)} for one in entries]
    session.execute(text("INSERT INTO search_text (id, words) VALUES (:id, CAST(:words AS tsvector))"), rows)


def _vector(entry: Entry) -> str:
    places: dict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(entry.words, 1):
        if len(places[word]) < _MOST_PLACES:
            places[word].append(place)
    words = (f"'{word}':{','.join(map(str, where))}" for word, where in places.items())
    return " ".join((*words, *(f"'{mark}'" for mark in entry.marks)))


def remove(session: Session, entries: Sequence[Entry]) -> None:
    """Take documents out."""
    session.execute(
        text("DELETE FROM search_text WHERE id = ANY(:ids)"), {"ids": [one.id for one in entries]}
    )


def find(session: Session, looked: Looked) -> list[int]:
    """The ids of the documents that are looked for, in the order that is wanted."""
    where, values = _where(looked)
    order = "ASC" if looked.is_ascending else "DESC"
    query = f"SELECT id FROM search_text WHERE {where} ORDER BY id {order} LIMIT %s"  # noqa: S608 - ours
    rows = session.connection().exec_driver_sql(query, (*values, looked.limit)).fetchall()
    return [id_ for (id_,) in rows]


def rows_of(session: Session, query: str, columns: Sequence[str], values: Sequence[str | int]) -> list[Any]:
    """The rows of a query of these columns."""
    names = ", ".join(columns)
    whole = f"SELECT {names} FROM ({query}) AS found"  # noqa: S608 - ours
    return list(session.connection().exec_driver_sql(whole, tuple(values)).fetchall())


def count(session: Session, looked: Looked) -> int:
    """How many documents are looked for, no further than the limit."""
    where, values = _where(looked)
    query = f"SELECT count(*) FROM (SELECT 1 FROM search_text WHERE {where} LIMIT %s) AS found"  # noqa: S608 - ours
    return int(session.connection().exec_driver_sql(query, (*values, looked.limit)).scalar_one())


def _where(looked: Looked) -> tuple[str, list[str | int]]:
    where: list[str] = ["words @@ CAST(%s AS tsquery)"]
    values: list[str | int] = [expression(looked)]
    for condition, value in (("id >= %s", looked.first), ("id <= %s", looked.last)):
        if value is not None:
            where.append(condition)
            values.append(value)
    return " AND ".join(where), values


def expression(looked: Looked) -> str:
    """What is looked for, in the words of a ``tsquery``. Between its quotes are letters and digits alone."""
    wanted = [
        *("(" + " | ".join(f"'{mark}'" for mark in marks) + ")" for marks in looked.marks),
        *map(_part, looked.query.wanted),
        *(f"!{_part(part)}" for part in looked.query.unwanted),
    ]
    return " & ".join(wanted)


def _part(part: Part) -> str:
    words = [f"'{word}'" for word in part.words]
    if part.is_prefix:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"


def clear(session: Session) -> None:
    """Take all out."""
    session.execute(text("DELETE FROM search_text"))


def hold(session: Session, room_id: int) -> None:
    """Until this transaction ends, let no other that holds this room see or change what is kept of it: what
    is redacted by one must not be taken into the index by another that has read it before.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:lock, :room)"), {"lock": _LOCK, "room": room_id})
