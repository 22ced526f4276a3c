"""Which lines of a room's record stand on which day, and how what was said is shown as a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.pool import StaticPool

from bot.model import SPEECH, Actor, Kind, Line, Room
from bot.plugin import LineRow, RoomRow, Spoken, read_shown
from bot.store import Base, to_stamp
from plugins.meetings.forms import NumberedLine, Times
from plugins.meetings.pages.days import lines_of, month_of, numbered, place_at, places_of, record_of
from plugins.meetings.pages.rows import Rows

ROOM = Room("test", "#room")
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe")
START = datetime(2026, 3, 28, 12, tzinfo=UTC)


def row(seq: int, time: datetime, **more: object) -> dict[str, object]:
    """A line of the room as the database has it."""
    plain = {"kind": "said", "nick": "alice", "bot": False, "text": f"line {seq}", "own": False}
    kept = {"room_id": 1, "seq": seq, "time": to_stamp(time), "history": False, "lasting": True}
    return {**plain, **kept, "account": None, "address": None, "msgid": None, "data": None, **more}


@contextmanager
def kept(rows: Sequence[dict[str, object]]) -> Iterator[Connection]:
    """A database with these lines."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        Base.metadata.create_all(engine)
        with engine.begin() as connection:
            room = {"id": 1, "network": ROOM.network, "name": ROOM.name, "private": False}
            connection.execute(insert(RoomRow), room)
            connection.execute(insert(LineRow), list(rows))
            yield connection
    finally:
        engine.dispose()


steps = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 40_000)), min_size=1, max_size=40)


@given(steps, st.integers(-100_000, 900_000), st.sampled_from(ZONES))
def test_the_first_line_said_at_a_time_or_later_is_found(
    steps: list[tuple[int, int]], after: int, zone: str
) -> None:
    places, seq, time = {}, 0, START
    for gap, seconds in steps:
        seq, time = seq + gap, time + timedelta(seconds=seconds)
        places[seq] = time
    with kept([row(seq, time) for seq, time in places.items()]) as connection:
        record = record_of(connection, ROOM)
        assert record is not None
        when = START + timedelta(seconds=after)
        place = place_at(connection, record, when)
        assert all((seq >= place) == (time >= when) for seq, time in places.items())
        # Each line is on one day, and every day that has any is listed with as many.
        here = ZoneInfo(zone)
        listed: dict[date, int] = {}
        months = month_of(connection, record, None, here)
        assert months is not None
        for month in months.months:
            of = month_of(connection, record, month, here)
            assert of is not None
            listed |= dict(of.days)
        for day, count in listed.items():
            first, end = places_of(connection, record, day, here)
            found = lines_of(connection, ROOM, first, end - 1)
            assert len(found) == count > 0
            days = {numbered(one, ROOM).line.time.astimezone(here).date() for one in found}
            assert days == {day}
        assert sum(listed.values()) == len(places)


said = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(sorted(SPEECH)),
        "nick": st.text(max_size=8),
        "text": st.one_of(
            st.text(max_size=30),
            st.sampled_from(["see https://example.org/<a>?b&c", "[redacted by bob]", 'a "b" <c> & d']),
        ),
        "own": st.booleans(),
    }
)


@given(st.lists(st.tuples(said, st.integers(0, 50_000)), max_size=12), st.sampled_from(ZONES))
def test_what_was_said_is_shown_alike_however_it_was_read(
    lines: list[tuple[dict[str, object], int]], zone: str
) -> None:
    time, quick, whole = START, [], []
    for seq, (one, seconds) in enumerate(lines, 1):
        time += timedelta(seconds=seconds)
        kind, nick, text, own = one["kind"], str(one["nick"]), str(one["text"]), bool(one["own"])
        quick.append(Spoken(seq, to_stamp(time), str(kind), nick, text, int(own)))
        line = Line(ROOM, time, Kind(str(kind)), Actor(ROOM.network, nick), text, own=own)
        whole.append(NumberedLine(seq, line))
    shown = [
        "".join([*rows.pieces(read), rows.end()])
        for rows, read in ((Rows(Times(zone)), quick), (Rows(Times(zone)), whole))
    ]
    assert shown[0] == shown[1]
    assert [numbered(one, ROOM) for one in quick] == whole


@pytest.mark.parametrize("first", [1, 2])
def test_lines_of_all_kinds_are_read_in_their_order(first: int) -> None:
    rows = [
        row(1, START),
        row(2, START, kind="joined", nick="bob"),
        row(3, START, kind="note", text="not shown"),
        row(4, START, data='{"reply_to": "x"}', text="of which more is known"),
        row(5, START, kind="acted", own=True),
    ]
    with kept(rows) as connection:
        read = read_shown(connection, ROOM, first, 5)
        assert [one.seq for one in read] == [1, 2, 4, 5][first - 1 :]
        assert [isinstance(one, Spoken) for one in read] == [True, False, False, True][first - 1 :]
        assert read_shown(connection, Room("test", "#other"), 1, 5) == []
