"""The index on SQLite: a table of FTS5 that holds words and marks, and no text.

FTS5 joins words with words while it walks from the newest document to older ones, so that the first page of
hits costs what it shows, however many there are. It walks twice as fast from small numbers to large ones as
the other way: so the newest document has the smallest. Its own tokenizer only takes apart what
:mod:`bot.search.words` has made: signs of ASCII stand between words, all else is of words.

What is taken out of FTS5 is no longer found, but its words stay in the pages that were written before, until
these are merged: :func:`compact` does that step by step. SQLite 3.40, Debian's, knows no better way
(https://sqlite.org/fts5.html, 6.10 is of 3.42).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from bot.search.entry import Entry, Looked
from bot.search.words import Part

PLACEHOLDER = "?"
"""What stands for a parameter in the driver's SQL."""

_FLIP = 1 << 50
"""A document's number in the table is this less its id."""
_STEP = 64
"""Pages of the index that are merged in one transaction: some milliseconds."""


def add(session: Session, entries: Sequence[Entry]) -> None:
    """Take documents in, each with all its words."""
    session.connection().exec_driver_sql(
        "INSERT INTO search_text (rowid, words) VALUES (?, ?)", _rows(entries)
    )


def remove(session: Session, entries: Sequence[Entry]) -> None:
    """Take documents out, given with the very words and marks that they were taken in with."""
    session.connection().exec_driver_sql(
        "INSERT INTO search_text (search_text, rowid, words) VALUES ('delete', ?, ?)",
        _rows(entries),
    )


def _rows(entries: Sequence[Entry]) -> list[tuple[int, str]]:
    # In their order: FTS5 writes out all it has whenever a number is smaller than the last.
    ordered = sorted(entries, key=lambda one: -one.id)
    return [(_FLIP - one.id, " ".join((*one.words, *one.marks))) for one in ordered]


def find(connection: Connection, looked: Looked) -> list[int]:
    """The ids of the documents that are looked for, in the order that is wanted."""
    where, values = _where(looked)
    order = "DESC" if looked.is_ascending else "ASC"
    query = f"SELECT rowid FROM search_text WHERE {where} ORDER BY rowid {order} LIMIT ?"  # noqa: S608 - ours
    rows = rows_of(connection, query, ("rowid",), (*values, looked.limit))
    return [_FLIP - rowid for (rowid,) in rows]


def rows_of(
    connection: Connection, query: str, columns: Sequence[str], values: Sequence[str | int]
) -> list[list[Any]]:
    """The rows of a query of these columns, fetched as one.

    Python's driver lets other threads run before each row, and waits for its turn after it: where the event
    loop is busy, a page of twenty rows took twenty times as long as the query.
    """
    whole = f"SELECT json_group_array(json_array({', '.join(columns)})) FROM ({query})"  # noqa: S608 - ours
    told = connection.exec_driver_sql(whole, tuple(values)).scalar_one()
    found: list[list[Any]] = json.loads(told)
    return found


def count(connection: Connection, looked: Looked) -> int:
    """How many documents are looked for, no further than the limit."""
    where, values = _where(looked)
    query = f"SELECT count(*) FROM (SELECT 1 FROM search_text WHERE {where} LIMIT ?)"  # noqa: S608 - ours
    return int(connection.exec_driver_sql(query, (*values, looked.limit)).scalar_one())


def _where(looked: Looked) -> tuple[str, list[str | int]]:
    where: list[str] = ["search_text MATCH ?"]
    values: list[str | int] = [expression(looked)]
    for condition, id_ in (("rowid <= ?", looked.first), ("rowid >= ?", looked.last)):
        if id_ is not None:
            where.append(condition)
            values.append(_FLIP - id_)
    return " AND ".join(where), values


def expression(looked: Looked) -> str:
    """What is looked for, in FTS5's words. Between its quotes are letters and digits alone."""
    # The narrowing first: the rest is only looked at where that leads.
    wanted = [
        *("(" + " OR ".join(f'"{mark}"' for mark in marks) + ")" for marks in looked.marks),
        *map(_part, looked.query.wanted),
    ]
    found = " AND ".join(wanted)
    unwanted = " OR ".join(map(_part, looked.query.unwanted))
    return f"({found}) NOT ({unwanted})" if unwanted else found


def _part(part: Part) -> str:
    return f'"{" ".join(part.words)}"{" *" if part.is_prefix else ""}'


def clear(session: Session) -> None:
    """Take all out."""
    session.execute(text("INSERT INTO search_text (search_text) VALUES ('delete-all')"))


def compact(session: Session, *, begin: bool) -> bool:
    """One step towards pages that hold nothing of what was taken out; whether there may be more to do.

    ``begin`` with the first step: from then on all that was written before is to be merged.
    """
    connection = session.connection()
    raw = connection.connection.driver_connection
    before = raw.total_changes if raw is not None else 0
    connection.exec_driver_sql(
        "INSERT INTO search_text (search_text, rank) VALUES ('merge', ?)", (-_STEP if begin else _STEP,)
    )
    after = raw.total_changes if raw is not None else 0
    return bool(after - before >= 2)  # the row that asks for it counts as one


def hold(_session: Session, _room_id: int) -> None:
    """Nothing: there is one writer at a time."""
