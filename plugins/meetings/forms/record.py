"""``.json``: everything, so that reading it back gives the same minutes.

Two things are left out. Who cast a secret ballot: the notes of single ballots are never written; in their
place, for each vote, one note ``meetings.ballots`` says how many chose what. It stands where the last of
them stood before the vote closed. And who is in other rooms: of the accounts that the opening note knows,
those stay that are named in what was said; and of accounts that are one person's, those that somebody had
here, or is named by.

Schema, version 1: ``{"muster": 1, "name", "minutes": {...}, "lines": [...]}``. ``minutes`` has the fields
of :class:`~plugins.meetings.minutes.Minutes`; times are ISO 8601 in UTC. A line has ``time``, ``kind`` and
``nick``, its number ``n`` unless it is a note, and of ``text``, ``account``, ``address``, ``id``,
``data``, ``own``, ``history``, ``bot`` those that are not empty; ``room`` and ``network`` only where they
are not the meeting's.
"""

from __future__ import annotations

import dataclasses
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime
from itertools import chain, repeat

from bot.model import SPEECH, Actor, Json, Kind, Line
from bot.text import fold_nick
from plugins.meetings.forms.lines import NumberedLine, in_pieces
from plugins.meetings.minutes import Minutes, Vote
from plugins.meetings.notes import BALLOT, BALLOTS, KNOWN, OPENED
from plugins.meetings.opening import pairs_in

SCHEMA = 1
_WORDS = re.compile(r"[^\s,]+")

_compact = json.JSONEncoder(separators=(", ", ": "), check_circular=False).encode


def write_record(minutes: Minutes, lines: Iterable[NumberedLine], name: str) -> list[str]:
    """The meeting's record, in pieces; ``name`` is what the files are called, without an ending."""
    fields = json_of_minutes(minutes)
    told = without_strangers(list(without_ballots(minutes, list(lines))))
    return list(in_pieces(_written(name, fields, (_line(numbered, minutes) for numbered in told))))


def json_of_minutes(minutes: Minutes) -> dict[str, Json]:
    """The fields of the minutes as JSON has them, without the lines."""
    return {field.name: json_of(getattr(minutes, field.name)) for field in dataclasses.fields(minutes)}


def _written(name: str, fields: Mapping[str, Json], rows: Iterable[Json]) -> Iterator[str]:
    yield f'{{\n  "muster": {SCHEMA},\n  "name": {_compact(name)},\n  "minutes": {{\n'
    for comma, (key, value) in zip(chain([""], repeat(",\n")), fields.items(), strict=False):
        yield f'{comma}    "{key}": '
        yield from _encoded(value)
    yield '\n  },\n  "lines": ['
    for comma, row in zip(chain(["\n"], repeat(",\n")), rows, strict=False):
        yield comma + _compact(row)
    yield "\n  ]\n}\n"


def _encoded(value: Json) -> Iterator[str]:
    """A value as JSON, in parts where it has parts: the encoder lets nothing run before it is done."""
    commas = chain([""], repeat(", "))
    if isinstance(value, list) and any(isinstance(part, list | dict) for part in value):
        yield "["
        for comma, part in zip(commas, value, strict=False):
            yield comma
            yield from _encoded(part)
        yield "]"
    elif isinstance(value, dict) and any(isinstance(part, list | dict) for part in value.values()):
        yield "{"
        for comma, (key, part) in zip(commas, value.items(), strict=False):
            yield f"{comma}{_compact(key)}: "
            yield from _encoded(part)
        yield "}"
    else:
        yield _compact(value)


def json_of(value: object) -> Json:
    """A value of :mod:`plugins.meetings.minutes`, or one made of such, as JSON. Raises :class:`TypeError` for
    any other.
    """
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [json_of(part) for part in value]
    if dataclasses.is_dataclass(value):
        return {field.name: json_of(getattr(value, field.name)) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _line(numbered: NumberedLine, minutes: Minutes) -> dict[str, Json]:
    line = numbered.line
    actor = line.actor
    row: dict[str, Json] = {} if numbered.number is None else {"n": numbered.number}
    row["time"] = line.time.isoformat()
    row["kind"] = line.kind.value
    row["nick"] = actor.nick
    if line.text:
        row["text"] = line.text
    if actor.account is not None:
        row["account"] = actor.account
    if actor.address is not None:
        row["address"] = actor.address
    if line.id is not None:
        row["id"] = line.id
    if line.data:
        row["data"] = dict(line.data)
    if line.own:
        row["own"] = True
    if line.history:
        row["history"] = True
    if actor.bot:
        row["bot"] = True
    room = line.room
    if room.name != minutes.room or room.network != minutes.network or room.private:
        row["room"] = {"network": room.network, "name": room.name, "private": room.private}
    if line.place is not None:
        row["place"] = {"network": line.place.network, "name": line.place.name}
    if actor.network != room.network:
        row["network"] = actor.network
    return row


def without_ballots(minutes: Minutes, lines: Sequence[NumberedLine]) -> Iterator[NumberedLine]:
    """The lines with secret ballots told as totals only."""
    if not any(numbered.line.text == BALLOT and numbered.line.kind is Kind.NOTE for numbered in lines):
        yield from lines
        return
    totals = _totals(minutes, lines)
    for at, numbered in enumerate(lines):
        if not _is_ballot(numbered.line):
            yield numbered
        elif at in totals:
            yield NumberedLine(None, totals[at])


def without_strangers(lines: Sequence[NumberedLine]) -> Sequence[NumberedLine]:
    """The lines, with the opening's known accounts cut down to those that somebody names."""
    told = [at for at, numbered in enumerate(lines) if _knows_accounts(numbered.line)]
    if not told:
        return lines
    words = {
        fold_nick(word.lstrip("@"))
        for numbered in lines
        if numbered.line.kind in SPEECH
        for word in _WORDS.findall(numbered.line.text)
    }
    seen = {(line.line.actor.network, fold_nick(line.line.actor.account or "")) for line in lines}
    changed = [*lines]
    for at in told:
        note = lines[at].line
        data = {**note.data, **_told(note.data, words, seen)}
        changed[at] = NumberedLine(None, note.replace(data=data))
    return changed


def _told(data: Mapping[str, Json], words: Set[str], seen: Set[tuple[str, str]]) -> dict[str, Json]:
    """What of a note about accounts is told."""

    def accounts(value: Json) -> list[Json]:
        return [
            [network, account]
            for network, account in pairs_in(value)
            if (network, fold_nick(account)) in seen or fold_nick(account) in words
        ]

    found: dict[str, Json] = {}
    names, people = data.get("known_accounts"), data.get("known")
    if isinstance(names, list):
        found["known_accounts"] = [
            name for name in names if isinstance(name, str) and fold_nick(name) in words
        ]
    if isinstance(people, list):
        rows: list[dict[str, Json]] = [row for row in people if isinstance(row, dict)]
        found["known"] = [
            {**row, "accounts": told} for row in rows if (told := accounts(row.get("accounts")))
        ]
    if "accounts" in data:
        found["accounts"] = accounts(data["accounts"])
    return found


def _knows_accounts(line: Line) -> bool:
    if line.kind is not Kind.NOTE:
        return False
    return line.text == KNOWN or (
        line.text == OPENED and bool(line.data.get("known_accounts") or line.data.get("known"))
    )


def _is_ballot(line: Line) -> bool:
    return line.kind is Kind.NOTE and line.text == BALLOT


def _totals(minutes: Minutes, lines: Sequence[NumberedLine]) -> dict[int, Line]:
    """For each vote with secret ballots: the place of the note that tells their totals, and the note."""
    votes = sorted(minutes.votes, key=_opening_line)
    cast: list[list[int]] = [
        [] for _ in votes
    ]  # places of the ballots between a vote's opening and the next's
    number = 0
    for at, numbered in enumerate(lines):
        if numbered.number is not None:
            number = numbered.number
        elif _is_ballot(numbered.line):
            place = bisect_right(votes, number, key=_opening_line) - 1
            if place >= 0:
                cast[place].append(at)
    totals: dict[int, Line] = {}
    for vote, places in zip(votes, cast, strict=True):
        counted = {choice.option: choice.secret for choice in vote.choices if choice.secret}
        if not counted or not places:
            continue
        # A ballot at the closing's very time may have come after it, and would then count for nothing.
        at = max((place for place in places if lines[place].line.time < vote.ended), default=places[0])
        ballot = lines[at].line
        nobody = Actor(ballot.actor.network, "")
        totals[at] = dataclasses.replace(ballot, text=BALLOTS, actor=nobody, id=None, data={**counted})
    return totals


def _opening_line(vote: Vote) -> int:
    return vote.line
