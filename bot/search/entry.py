"""What the two kinds of index are given. Pure values.

A mark is a word that nobody can type: it begins with a private character of Unicode. What a search is
narrowed by (a room, a team, a person, a kind) is one more word that way, and costs no more than one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.search.words import Query

_MARK = "\ue000"


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as it is indexed: its words in order, and its marks."""

    id: int
    words: Sequence[str]
    marks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked for: a query, with one of each of ``marks``, among the documents from ``first`` to
    ``last``; at most ``limit``, the newest first unless ``is_ascending``.
    """

    query: Query
    marks: Sequence[Sequence[str]]
    first: int | None
    last: int | None
    limit: int
    is_ascending: bool = False


def room_mark(room_id: int) -> str:
    """Said in that room."""
    return f"{_MARK}r{room_id}"


@lru_cache(256)
def kind_mark(kind: str) -> str:
    """Of that kind."""
    return f"{_MARK}k{named(kind)}"


@lru_cache(1_024)
def team_mark(team: str) -> str:
    """Of that team."""
    return f"{_MARK}t{named(team)}"


def person_mark(hashed: str) -> str:
    """By that person, or for them; ``hashed`` as :func:`named` makes it."""
    return f"{_MARK}p{hashed}"


def named(name: str) -> str:
    """A name as letters and digits, whatever stands in it."""
    return hashlib.blake2s(name.encode("utf-8", "replace"), digest_size=5).hexdigest()
