"""The index on PostgreSQL: a ``tsvector`` for each document, made here word by word, and a GIN index on them.

There are two ways to what is looked for: to walk along the ids and look at each document, which is quick
where it is everywhere; and to ask the GIN index, which is quick where it is rare, but finds all there is
before it gives the newest. PostgreSQL would choose by its statistics, and wrongly: of rare words it knows
nothing, it takes words for independent of each other and of time, and a statement that it has seen some times
it plans for whatever may be asked. So it is not left to choose. Rules:

1. The first documents are walked along, a few. Where enough is found among them, that is all.
2. What was found tells whether some more (:data:`_MANY`) should have enough; then these are walked along.
3. Else the GIN index is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from bot.search.entry import Entry, Looked
from bot.search.words import Part

PLACEHOLDER = "%s"
"""What stands for a parameter in the driver's SQL."""

T = TypeVar("T")

_A_SAMPLE, _A_PAGE, _MANY = 500, 2_000, 20_000
"""Documents that are walked along: to know better; to find a page of what is common; in some milliseconds."""
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


def find(connection: Connection, looked: Looked) -> list[int]:
    """The ids of the documents that are looked for, in the order that is wanted."""
    order = "ASC" if looked.is_ascending else "DESC"

    def ids(rows: _Rows) -> list[int]:
        query = f"SELECT id FROM {rows.sql} ORDER BY {rows.by} {order} LIMIT %s"  # noqa: S608 - ours
        found = connection.exec_driver_sql(query, (*rows.values, looked.limit))
        return [id_ for (id_,) in found.fetchall()]

    return _nearest(looked, ids, len, _A_PAGE)


def rows_of(
    connection: Connection, query: str, columns: Sequence[str], values: Sequence[str | int]
) -> list[Any]:
    """The rows of a query of these columns."""
    names = ", ".join(columns)
    whole = f"SELECT {names} FROM ({query}) AS found"  # noqa: S608 - ours
    return list(connection.exec_driver_sql(whole, tuple(values)).fetchall())


def count(connection: Connection, looked: Looked) -> int:
    """How many documents are looked for, no further than the limit."""

    def number(rows: _Rows) -> int:
        query = f"SELECT count(*) FROM (SELECT 1 FROM {rows.sql} LIMIT %s) AS found"  # noqa: S608 - ours
        return int(connection.exec_driver_sql(query, (*rows.values, looked.limit)).scalar_one())

    return _nearest(looked, number, int, _A_SAMPLE)


class _Rows(NamedTuple):
    """Documents that have what is looked for: what stands behind ``FROM``, and the order of their ids."""

    sql: str
    by: str
    values: tuple[str | int, ...]


def _nearest(looked: Looked, read: Callable[[_Rows], T], size: Callable[[T], int], few: int) -> T:
    """What is read of the documents that are looked for, by the shortest way to enough of them."""
    for along in (few, _MANY):
        found = read(_walked(looked, along))
        if size(found) == looked.limit:
            return found
        if size(found) * _MANY < looked.limit * along:
            break
    return read(_asked(looked))


def _walked(looked: Looked, along: int) -> _Rows:
    """Those among the first so many documents."""
    ends = _ends(looked)
    where = " AND ".join(f"id {sign} %s" for sign, _ in ends) or "TRUE"
    order = "ASC" if looked.is_ascending else "DESC"
    first = f"SELECT id, words FROM search_text WHERE {where} ORDER BY id {order} LIMIT %s"  # noqa: S608 - ours
    sql = f"({first}) AS walked WHERE words @@ CAST(%s AS tsquery)"
    return _Rows(sql, "id", (*(end for _, end in ends), along, expression(looked)))


def _asked(looked: Looked) -> _Rows:
    """All there are. They are ordered by a sum, which is no column that one could walk along. The ends are no
    parameters: PostgreSQL is to see whether a stretch is so short that all of it may be walked along.
    """
    where = "".join(f" AND id {sign} {end:d}" for sign, end in _ends(looked))
    return _Rows(f"search_text WHERE words @@ CAST(%s AS tsquery){where}", "id + 0", (expression(looked),))


def _ends(looked: Looked) -> list[tuple[str, int]]:
    """Among which documents is looked: the signs of comparisons with ids."""
    ends = ((">=", looked.first), ("<=", looked.last))
    return [(sign, end) for sign, end in ends if end is not None]


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


def compact(session: Session, *, begin: bool) -> bool:
    """Nothing more is to be done with what was taken out; but after much was taken in, let PostgreSQL know
    how much there is.
    """
    if begin:
        session.execute(text("ANALYZE search_text, search_doc, search_source"))
    return False


def hold(session: Session, room_id: int) -> None:
    """Until this transaction ends, let no other that holds this room see or change what is kept of it: what
    is redacted by one must not be taken into the index by another that has read it before.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:lock, :room)"), {"lock": _LOCK, "room": room_id})
