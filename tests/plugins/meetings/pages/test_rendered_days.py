"""Days of logged rooms that are kept as they were made: as they would be made anew, and gone with what must
be seen no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from bot.lines import purge, redact
from bot.model import Kind, Room
from bot.plugin import LineRow, RoomRow
from bot.store import Base
from bot.testing import Stage
from plugins.meetings import daily_pages, rendered, rendered_days, tables
from plugins.meetings.daily_pages import DailyPages, _missing
from plugins.meetings.forms import Times
from plugins.meetings.pages import day_rows, rooms
from plugins.meetings.pages.day_rows import sealed
from plugins.meetings.pages.days import (
    count_in,
    hidden_in,
    lines_of,
    month_of,
    months_of,
    numbered,
    places_of,
    record_of,
)
from plugins.meetings.pages.rows import Rows
from plugins.meetings.plugin import Meetings
from plugins.meetings.rendered import expand
from plugins.meetings.rendered_days import DayRow, Span, find, forget_spans, keep_places, put
from tests.plugins.meetings.pages.client import BEGUN, OVER, get
from tests.plugins.meetings.pages.test_days import row
from tests.plugins.meetings.scenes import say_in

LOGGED = "log = always\n"
PATH = "/rooms/test/%23stage/2026-11-22"
SAID = "\n".join(f"<alice> line {number} of <many> & <bob> https://example.org/?a&b" for number in range(30))


def kept(session: Session) -> dict[str, str]:
    """The days that are stored, and what they show."""
    rows = session.scalars(select(DayRow).where(DayRow.edition != ""))
    return {one.day: expand(one.body).decode() for one in rows}


async def stored(stage: Stage) -> dict[str, str]:
    return await stage.app.store.read(kept)


def pages(stage: Stage) -> DailyPages:
    return stage.app.hub.plugin(Meetings).daily_pages


async def is_over(stage: Stage) -> None:
    """A day goes by, and what was said on it is stored."""
    stage.clock._now += timedelta(days=1)
    await pages(stage).make()


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendered_days, "LEAST", 3)


@pytest.mark.parametrize("whole", [2_000, 10])
async def test_a_day_is_as_it_would_be_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int
) -> None:
    monkeypatch.setattr(day_rows, "WHOLE", whole)
    monkeypatch.setattr(day_rows, "AT_ONCE", 7)
    async with Stage(tmp_path, settings=LOGGED, web=True) as stage:
        await stage.play(SAID)
        before = await get(stage, PATH)
        await is_over(stage)
        assert list(await stored(stage)) == ["2026-11-22"]

        async def never(*_values: object) -> None:
            raise AssertionError("the lines were read")

        with monkeypatch.context() as patch:
            patch.setattr(day_rows, "in_pieces", never)
            after = await get(stage, f"{PATH}?stored")
        anew = await get(stage, f"{PATH}?anew")
        for page in (after, anew):
            assert page.content == before.content
            told = {name: value for name, value in page.headers.items() if name != "date"}
            assert told == {name: value for name, value in before.headers.items() if name != "date"}
        tag = after.headers.get("etag")
        assert (tag is not None) == (whole == 2_000)
        if tag is not None:
            assert (await get(stage, f"{PATH}?again", **{"if-none-match": tag})).status_code == 304
        said = await get(stage, PATH, accept="application/json")
        assert len(said.json()) >= 30


async def test_what_is_stored_is_shown_only_where_it_is_of_this_edition_and_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(tmp_path, settings=LOGGED, web=True) as stage:
        await stage.play(SAID)
        await is_over(stage)
        was = (await get(stage, PATH)).text

        def spoil(session: Session, /, **values: object) -> None:
            session.execute(update(DayRow).values(**values))

        await stage.app.store.write(spoil, body=rendered.compress(["spoilt"]))
        assert "spoilt" in (await get(stage, f"{PATH}?1")).text
        for values in ({"edition": "another"}, {"zone": "Asia/Kathmandu"}, {"first": 2}, {"behind": 3}):
            await stage.app.store.write(spoil, **values)
            assert (await get(stage, f"{PATH}?{next(iter(values))}")).text == was
            await pages(stage).make()
            assert "spoilt" not in (await stored(stage))["2026-11-22"]
            assert (await get(stage, f"{PATH}?{next(iter(values))}made")).text == was
            await stage.app.store.write(spoil, body=rendered.compress(["spoilt"]))


async def test_today_and_small_days_and_rooms_without_pages_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(tmp_path, settings=LOGGED, web=True) as stage:
        await stage.play(SAID)
        await pages(stage).make()
        assert await stored(stage) == {}
        with monkeypatch.context() as patch:
            patch.setattr(rendered_days, "LEAST", 1_000)
            await is_over(stage)
        with monkeypatch.context() as patch:
            patch.setattr(rendered_days, "MOST", 10)
            await pages(stage).make()
        with monkeypatch.context() as patch:
            patch.setattr(daily_pages, "is_shown", lambda *_: False)
            await pages(stage).make()
        assert await stored(stage) == {}
        await pages(stage).make()
        assert list(await stored(stage)) == ["2026-11-22"]


async def test_some_days_are_stored_at_once_and_none_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily_pages, "_AT_ONCE", 2)
    async with Stage(tmp_path, settings=LOGGED, web=True) as stage:
        for _ in range(5):
            await stage.play("<alice> one\n<bob> two\n<carol> three")
            stage.clock._now += timedelta(days=6)
        await pages(stage).make()
        days = ["2026-11-22", "2026-11-28", "2026-12-04", "2026-12-10", "2026-12-16"]
        assert sorted(await stored(stage)) == days
        commits = stage.app.store.commits
        await pages(stage).make()
        assert stage.app.store.commits == commits


async def test_each_night_the_day_that_is_over_is_stored(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings=LOGGED, web=True) as stage:
        for day in (22, 23):
            await stage.play("<alice> one\n<bob> two\n<carol> three")
            await stage.clock.advance(timedelta(days=1), stage.settled)
            await stage.app.hub.idle()
            assert max(await stored(stage)) == f"2026-11-{day}"


@pytest.mark.parametrize("word", ["#redact", "#restrictlogs"])
async def test_what_must_be_seen_no_more_is_gone_with_the_line_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    async with Stage(tmp_path, settings=LOGGED, web=True) as stage:
        for text in ("#startmeeting", "#topic Release", "a secret", "#agreed to ship it"):
            await say_in(stage, stage.room, "alice", text)
        await is_over(stage)
        assert any("a secret" in page for page in (await stored(stage)).values())
        assert "a secret" in (await get(stage, PATH)).text
        place = (await get(stage, "/meetings/stage.2026-11-22-20.00/log")).text
        line = place[: place.index("a secret")].rpartition('id="l-')[2].partition('"')[0]
        await say_in(stage, stage.room, "alice", f"{word} l-{line}" if word == "#redact" else word)
        assert await stored(stage) == {}
        assert "a secret" not in (await get(stage, f"{PATH}?then")).text
        await pages(stage).make()
        assert not any("a secret" in page for page in (await stored(stage)).values())


async def test_what_was_redacted_while_a_day_was_made_is_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(tmp_path, settings=LOGGED, web=True) as stage:
        await stage.play(SAID.replace("line 7", "a secret"))
        real = DailyPages._body

        async def slow(self: DailyPages, of: Any, span: Span, zone: str) -> Any:
            body = await real(self, of, span, zone)
            assert "a secret" in expand(body.body).decode()
            place = (await get(stage, PATH)).text
            seq = int(place[: place.index("a secret")].rpartition('id="l-')[2].partition('"')[0])
            await stage.app.store.write(redact, of.room, {seq: "[redacted by bob]"})
            return body

        with monkeypatch.context() as patch:
            patch.setattr(DailyPages, "_body", slow)
            await is_over(stage)
        assert await stored(stage) == {}
        await pages(stage).make()
        assert "[redacted by bob]" in (await stored(stage))["2026-11-22"]


async def test_a_restricted_meeting_is_in_no_stored_day(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings=LOGGED, web=True) as stage:
        await stage.play(SAID)
        await stage.play(BEGUN.replace("#startmeeting", "#startmeeting --restricted"))
        await stage.play(OVER)
        await is_over(stage)
        (page,) = (await stored(stage)).values()
        assert "ship on friday" not in page
        assert "line 7" in page


# Whatever happens to a room's record, a day shows what it would show if nothing were stored.

ROOM = Room("test", "#room")
START = datetime(2026, 3, 28, 12, tzinfo=UTC)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(1, 40), st.integers(0, 60_000)),
        st.tuples(st.just("late"), st.integers(1, 6), st.integers(0, 400_000)),
        st.tuples(st.just("redact"), st.integers(1, 40), st.just(0)),
        st.tuples(st.just("restrict"), st.integers(1, 40), st.integers(0, 30)),
        st.tuples(st.just("open"), st.just(0), st.just(0)),
        st.tuples(st.just("purge"), st.integers(0, 400_000), st.just(0)),
        st.tuples(st.just("make"), st.just(0), st.just(0)),
        st.tuples(st.just("begin"), st.just(0), st.just(0)),
        st.tuples(st.just("end"), st.just(0), st.just(0)),
    ),
    max_size=25,
)


class Record:
    """A room's record in a database, in which days are stored now and then."""

    def __init__(self, session: Session, zone: str) -> None:
        self.session = session
        self.zone = zone
        self.now = START
        self.last = 0
        self.gone: set[str] = set()
        self.begun: list[tuple[Span, Any]] = []
        self.meetings = 0

    def _add(self, time: datetime) -> None:
        self.last += 1
        one = row(self.last, time, text=f"text-{self.last}-said", lasting=self.last % 3 == 0)
        self.session.execute(insert(LineRow), one)

    def say(self, lines: int, seconds: int) -> None:
        """Some lines, one after the other."""
        for _ in range(lines):
            self.now += timedelta(seconds=seconds // lines)
            self._add(self.now)

    def late(self, lines: int, seconds: int) -> None:
        """Lines that were said long ago."""
        for count in range(lines):
            self._add(max(self.now - timedelta(seconds=seconds - count), START))

    def redact(self, place: int, _: int) -> None:
        """A line's text is taken away."""
        redact(self.session, ROOM, {place: "[redacted by bob]"})
        self.gone.add(f"text-{place}-said")

    def restrict(self, first: int, lines: int) -> None:
        """Some lines are those of a restricted meeting."""
        self.meetings += 1
        self._meeting(self.meetings, first, first + lines, restricted=True)

    def open(self, _: int, __: int) -> None:
        """The first restricted meeting is public again."""
        first = self.session.scalar(select(tables.MeetingRow).where(tables.MeetingRow.restricted.is_(True)))
        if first is not None:
            ((begin, end),) = tables.spans_of(self.session, first.id)
            self._meeting(int(first.key), begin, end, restricted=False)

    def _meeting(self, number: int, first: int, last: int | None, *, restricted: bool) -> None:
        had = self.session.scalar(select(tables.MeetingRow).where(tables.MeetingRow.key == str(number)))
        meeting = tables.Meeting(
            id=had.id if had else 0,
            key=str(number),
            path=str(number),
            room=ROOM,
            name="",
            title="",
            owner="bob",
            started=START,
            ended=START,
            restricted=restricted,
            written=True,
            imported=False,
            spans=((first, last),),
        )
        tables.save(self.session, meeting)

    def purge(self, seconds: int, _: int) -> None:
        """What is old is deleted."""
        there = self._texts()
        purge(self.session, ROOM, self.now - timedelta(seconds=seconds), 0)
        self.gone |= there - self._texts()

    def _texts(self) -> set[str]:
        texts = self.session.scalars(select(LineRow.text).where(LineRow.text.startswith("text-")))
        return set(texts)

    def begin(self, _: int, __: int) -> None:
        """Days are made, and not stored yet."""
        connection = self.session.connection()
        record = record_of(connection, ROOM)
        months = month_of(connection, record, None, ZoneInfo(self.zone)) if record else None
        if record is None or months is None:
            return
        today = self.now.astimezone(ZoneInfo(self.zone)).date()
        spans = [
            one
            for month in months.months
            for one in _missing(connection, record, month, today, self.zone, "mine")
        ]
        keep_places(self.session, 1, spans, "token")
        self.begun = [(span, sealed([self.html(span)], count_in(connection, record, span))) for span in spans]

    def end(self, _: int, __: int) -> None:
        """What was made is stored."""
        put(self.session, 1, self.begun, self.zone, "mine", "token")
        self.begun = []

    def make(self, _: int, __: int) -> None:
        """Days are stored."""
        self.begin(0, 0)
        self.end(0, 0)

    def html(self, span: Span) -> str:
        """A day as it is made now."""
        rows = Rows(Times(self.zone))
        lines = lines_of(self.session.connection(), ROOM, span.first, span.behind - 1)
        return "".join([*rows.pieces(lines), rows.end()])

    def check(self) -> int:
        """That each day that is stored is right, and how many lines days have; how many are shown."""
        connection = self.session.connection()
        bodies = self.session.scalars(select(DayRow.body).where(DayRow.edition != "")).all()
        hidden = {
            f"text-{place}-said"
            for first, last in hidden_in(connection, ROOM)
            for place in range(first, min(last, self.last) + 1)
        }
        for text in map(expand, bodies):
            assert not any(f"{one}<".encode() in text for one in self.gone | hidden)
        record = record_of(connection, ROOM)
        shown = 0
        counts = self.counts("mine")
        assert counts.total() == self.counts("").total()
        for day in [START.date() + timedelta(days=count) for count in range(-2, 40)] if record else ():
            assert record is not None
            span = Span(day, *places_of(connection, record, day, ZoneInfo(self.zone)))
            body = find(connection, 1, span, self.zone, "mine")
            if body is not None:
                shown += 1
                assert expand(body.body).decode() == self.html(span)
                assert body.digest == rendered_days.digest_of(expand(body.body))
                lines = lines_of(connection, ROOM, span.first, span.behind - 1)
                # A list counts those that came late with the others of their time.
                assert counts[day] >= sum(numbered(one, ROOM).line.kind is not Kind.NOTE for one in lines)
        return shown

    def counts(self, edition: str) -> Counter[date]:
        """How many lines each day has, those counted that are not of days that an edition has stored."""
        connection, zone = self.session.connection(), ZoneInfo(self.zone)
        record = record_of(connection, ROOM)
        found: Counter[date] = Counter()
        for month in months_of(record, zone) if record else ():
            assert record is not None
            of = month_of(connection, record, month, zone, edition)
            assert of is not None
            found.update(dict(of.days))
        return found


@contextmanager
def record(zone: str) -> Iterator[Record]:
    """An empty one."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            session.add(RoomRow(id=1, network=ROOM.network, name=ROOM.name, private=False))
            session.flush()
            yield Record(session, zone)
    finally:
        engine.dispose()


@settings(deadline=None)
@given(STEPS, st.sampled_from(("UTC", "Asia/Kathmandu")))
@example([("restrict", 10, 5), ("make", 0, 0), ("open", 0, 0), ("make", 0, 0)], "UTC")
@example([("restrict", 10, 50), ("begin", 0, 0), ("open", 0, 0), ("end", 0, 0)], "UTC")
@example([("redact", 3, 0), ("begin", 0, 0), ("restrict", 10, 5), ("end", 0, 0)], "UTC")
@example([("late", 5, 90_000), ("say", 30, 50_000), ("make", 0, 0), ("late", 5, 90_000)], "UTC")
@example([("redact", 3, 0), ("begin", 0, 0), ("purge", 100_000, 0), ("end", 0, 0)], "UTC")
def test_whatever_happens_a_stored_day_shows_what_it_would_show_made_anew(
    steps: list[tuple[str, int, int]], zone: str
) -> None:
    with record(zone) as one:
        one.say(30, 50_000)
        one.say(30, 90_000)
        one.make(0, 0)
        assert one.check()
        for name, first, second in steps:
            getattr(one, name)(first, second)
            one.check()


def test_only_the_days_that_show_a_line_are_taken_away() -> None:
    with record("UTC") as one:
        for _ in range(3):
            one.say(5, 86_400)
        one.say(5, 86_400)
        one.make(0, 0)
        days = one.session.execute(select(DayRow.day, DayRow.first, DayRow.behind).order_by(DayRow.day)).all()
        assert len(days) > 2
        forget_spans(one.session, ROOM, [(days[1].behind - 1, days[1].behind - 1)])
        left = one.session.scalars(select(DayRow.day).order_by(DayRow.day)).all()
        assert left == [day.day for day in days if day != days[1]]
        forget_spans(one.session, ROOM, [(days[2].first, None)])
        assert one.session.scalars(select(DayRow.day)).all() == [days[0].day]
        forget_spans(one.session, Room("test", "#other"), [(1, None)])
        assert one.session.scalars(select(DayRow.day)).all() == [days[0].day]


def test_a_day_of_no_room_and_no_place_is_not_found() -> None:
    with record("UTC") as one:
        connection = one.session.connection()
        assert find(connection, 1, Span(date(2026, 3, 28), 1, 1), "UTC", "mine") is None
        assert find(connection, 7, Span(date(2026, 3, 28), 1, 900), "UTC", "mine") is None
        assert rooms._span(connection, ROOM, date(2026, 3, 28), "UTC", is_made=True) == (None, None)


def test_of_two_who_make_a_day_the_one_that_began_last_stores_it() -> None:
    with record("UTC") as one:
        span, body = Span(date(2026, 3, 28), 1, 9), sealed(["<ol></ol>\n"], 0)
        for token in ("first", "last"):
            keep_places(one.session, 1, [span], token)
        for token, days in (("first", {}), ("last", {"2026-03-28": "<ol></ol>\n"}), ("first", None)):
            put(one.session, 1, [(span, body)], "UTC", token, token)
            assert days is None or kept(one.session) == days
        assert one.session.scalars(select(DayRow.edition)).all() == ["last"]
