"""A database of a million lines in meetings: what a project has said in ten years, always the same.

Words come as often as in any language: few are said most of the time, most are rare. ``WORDS[0]`` is the most
common one, in every fifth line.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import accumulate
from pathlib import Path
from typing import Any

ROOMS = 50
PEOPLE = 20
"""In each room, of its own."""
_LINES = 1_000  # of a meeting
_ITEMS = 30  # of a meeting
_FIRST = 1_300_000_000_000_000  # microseconds since 1970: March 2011
_BETWEEN = 30 * 60 * 1_000_000  # microseconds from the end of a meeting to the next anywhere
_ABOUT = "name, title, owner, started, ended, restricted, written, imported, team, told"
_KINDS = ("topic", "info", "agreed", "action", "link", "idea", "vote", "help")

_CHANCE = random.Random(1)
_SYLLABLES = [first + second for first in "bcdfghklmnprst" for second in "aeiou"]
WORDS = tuple(
    dict.fromkeys("".join(_CHANCE.choices(_SYLLABLES, k=_CHANCE.randint(1, 4))) for _ in range(30_000))
)
_OFTEN = list(accumulate(1 / (place + 2.7) for place in range(len(WORDS))))


def room_name(number: int) -> str:
    """A room."""
    return f"#room{number}"


def team_name(number: int) -> str:
    """Whose room it is."""
    return f"team-{number:03}"


def person_name(room: int, number: int) -> str:
    """Somebody in a room."""
    return f"p{room}x{number}"


def meeting_key(number: int) -> str:
    """The id of a meeting; they are numbered from 0."""
    return f"room{number % ROOMS}.{number}"


Rows = tuple[str, str, list[tuple[Any, ...]]]
"""Rows of a table: its name, and the names of their columns."""


def fill(database: Path, lines: int, network: str = "bench") -> int:
    """Put so many lines into a new SQLite database that the migrations have made; how many meetings they are
    in.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        for table, columns, rows in tables(lines, network):
            places = ", ".join("?" * len(columns.split(", ")))
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
        connection.execute("COMMIT")
    return meetings_of(lines)


def meetings_of(lines: int) -> int:
    """How many meetings so many lines are in."""
    return max(lines // _LINES, 1)


def tables(lines: int, network: str = "bench") -> Iterator[Rows]:
    """All rows, in an order in which they may be put into a new database of whatever kind. What is true or
    false is 1 or 0.
    """
    rooms: list[tuple[Any, ...]] = [(number + 1, network, room_name(number), 0) for number in range(ROOMS)]
    yield "room", "id, network, name, private", rooms
    chance = random.Random(2)
    time = _FIRST
    for number in range(meetings_of(lines)):
        time = (yield from _meeting(chance, number, min(lines, _LINES), time, network)) + _BETWEEN


def _meeting(
    chance: random.Random, number: int, lines: int, time: int, network: str
) -> Generator[Rows, None, int]:
    """One meeting; when it ended."""
    room = number % ROOMS
    first = number // ROOMS * _LINES + 1
    rows: list[tuple[Any, ...]] = []
    items: list[tuple[Any, ...]] = []
    begun = time
    every = max(lines // _ITEMS, 2)
    for place in range(lines):
        time += int(chance.expovariate(1 / 4_000_000)) + 1
        nick = person_name(room, chance.randrange(PEOPLE))
        text = " ".join(chance.choices(WORDS, cum_weights=_OFTEN, k=chance.randint(3, 15)))
        if place == 0:
            text = "#startmeeting"
        elif place == lines - 1:
            nick, text = rows[0][4], "#endmeeting"  # who began it may end it
        elif place % every == 1:
            kind = _KINDS[len(items) % len(_KINDS)]
            items.append((number + 1, len(items) + 1, kind, text, "", nick, time, place + 1, first + place))
            text = f"#{kind} {text}"
        rows.append((room + 1, first + place, time, "said", nick, nick, 0, text, 0, 0, 1))
    yield "line", "room_id, seq, time, kind, nick, account, bot, text, own, history, lasting", rows
    key = meeting_key(number)
    yield (
        "meeting",
        f"id, key, path, network, room, {_ABOUT}",
        [
            (
                *(number + 1, key, key, network, room_name(room), team_name(room), f"The meeting {number}"),
                *(rows[0][4], begun, time, 0, 1, 1, team_name(room), time),
            )
        ],
    )
    yield "meeting_span", "meeting_id, first, last", [(number + 1, first, first + lines - 1)]
    yield "meeting_item", "meeting_id, number, kind, text, url, nick, time, line, place", items
    tasks = [(at, text, nick) for _, at, kind, text, _, nick, *_ in items if kind == "action"]
    ids = [number * _ITEMS + place + 1 for place in range(len(tasks))]
    yield (
        "action",
        "id, key, meeting_id, text, owners, state, reminded, changed_by",
        [
            (id_, f"{key}-a{at}", number + 1, text, json.dumps([nick]), "open", 1, "")
            for id_, (at, text, nick) in zip(ids, tasks, strict=True)
        ],
    )
    owned = [(nick, id_) for id_, (_, _, nick) in zip(ids, tasks, strict=True)]
    yield "action_owner", "name, action_id", owned
    return time


def questions(count: int) -> Iterator[tuple[str, dict[str, str]]]:
    """So many questions to the search, with what each is an instance of: what people ask, and the worst."""
    chance = random.Random(3)

    def word(low: int, high: int) -> str:
        return WORDS[chance.randrange(low, min(high, len(WORDS)))]

    for number in range(count):
        room = chance.randrange(ROOMS)
        yield (
            ("a common word", {"q": word(0, 20)}),
            ("a rare word", {"q": word(5_000, 20_000)}),
            ("two common words", {"q": f"{word(0, 20)} {word(0, 20)}"}),
            (
                "two common words, somebody's",
                {"q": f"{word(0, 20)} {word(0, 20)}", "person": person_name(room, chance.randrange(PEOPLE))},
            ),
            (
                "two common words of a day",
                {"q": f"{word(0, 20)} {word(0, 20)}", "from": "2011-03-20", "to": "2011-03-20"},
            ),
            ("two common words, decisions", {"q": f"{word(0, 20)} {word(0, 20)}", "kind": "decision"}),
            ("a phrase of common words", {"q": f'"{word(0, 20)} {word(0, 20)} {word(0, 20)}"'}),
            ("a beginning", {"q": f"{word(200, 3_000)[:4]}*"}),
            ("words, not others", {"q": f"{word(0, 20)} -{word(0, 20)} {word(100, 1_000)}"}),
            ("a room's decisions", {"kind": "decision", "room": room_name(room)}),
        )[number % 10]
