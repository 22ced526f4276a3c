"""Meetings as calendar programs read them: at the same times as Muster's own, with nothing but texts."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from plugins.rosters.pages.ics import Due, TeamMeets, calendar, timezone
from plugins.rosters.recurrence import read_meets, upcoming
from plugins.rosters.roster import Meets, Team

TODAY = date(2026, 11, 23)
CHANGED = datetime(2026, 11, 1, 12, 30, 5, 999, tzinfo=UTC)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
)
HOSTILE = [
    "x\r\nBEGIN:VEVENT\r\nSUMMARY:forged\r\nEND:VEVENT",
    "x\nATTACH:http://evil.example",
    "x\\nBEGIN:VALARM",
    'x";ALTREP="http://evil.example":y',
    "\u2028BEGIN:VEVENT\x85\x0b\x0c\x00",
    "<script>alert(1)</script>, ; \\",
]


def _local(year: int, month: int) -> datetime:
    return datetime(year, month, 1)  # noqa: DTZ001


def meets(words: str, zone: str = "UTC", **more: object) -> Meets:
    found = read_meets(words, TODAY, zone).meets
    return replace(found, id=7, **more)  # type: ignore[arg-type]


def team(*series: Meets, **more: object) -> Team:
    return Team(1, "nova-api", "Nova API", meets=series, **more)  # type: ignore[arg-type]


def made(one: Team, **more: object) -> bytes:
    return calendar("Meetings", [TeamMeets(one, 3, CHANGED, **more)], [], TODAY)  # type: ignore[arg-type]


def events(text: bytes) -> list[Event]:
    return [one for one in Calendar.from_ical(text).walk("VEVENT") if isinstance(one, Event)]


def starts(text: bytes, since: datetime, until: datetime) -> list[datetime]:
    """When a calendar's events begin, as a program finds them out that knows dates from dateutil alone."""
    found: dict[datetime, datetime] = {}
    moved: dict[datetime, datetime] = {}
    for event in events(text):
        start = event.decoded("DTSTART")
        zone = start.tzinfo
        if "RECURRENCE-ID" in event:
            moved[event.decoded("RECURRENCE-ID").astimezone(UTC)] = start.astimezone(UTC)
            continue
        left_out = event.get("EXDATE")
        gone = {one.dt.astimezone(UTC) for one in left_out.dts} if left_out is not None else set()
        said = event["RRULE"].to_ical()
        assert isinstance(said, bytes)
        rule = rrulestr(said.decode(), dtstart=start.replace(tzinfo=None))
        first, last = (one.astimezone(zone).replace(tzinfo=None) for one in (since, until))
        for local in rule.between(first - timedelta(days=40), last + timedelta(days=40)):
            at = local.replace(tzinfo=zone).astimezone(UTC)
            if at not in gone:
                found[at] = at
    found |= moved
    return sorted(at for at in found.values() if since <= at < until)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [
            "every thursday 21:00",
            "every other tuesday 15:00",
            "every weekday 02:30",
            "first and third monday 20:00",
            "monthly on the 15th at 9pm",
            "last friday 23:45 for 90 minutes",
        ]
    ),
    st.sampled_from(ZONES),
    st.data(),
)
def test_programs_find_the_meetings_that_muster_knows(words: str, zone: str, data: st.DataObject) -> None:
    series = meets(words, zone)
    since = datetime(2026, 11, 23, tzinfo=UTC)
    days = [one.date.isoformat() for one in upcoming([series], since, 30)]
    cancelled = data.draw(st.lists(st.sampled_from(days), unique=True, max_size=4))
    others = [day for day in days if day not in cancelled]
    at = st.datetimes(_local(2026, 12), _local(2027, 3)).map(lambda one: one.isoformat()[:16])
    moved = data.draw(st.dictionaries(st.sampled_from(others), at, max_size=3))
    series = replace(series, cancelled=tuple(cancelled), moved=moved)
    until = since + timedelta(days=400)
    expected = sorted(one.start for one in upcoming([series], since, 600) if since <= one.start < until)
    assert starts(made(team(series)), since, until) == expected


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES[1:]), st.integers(2001, 2030), st.data())
def test_clocks_are_changed_when_they_are(zone: str, first: int, data: st.DataObject) -> None:
    text = b"BEGIN:VCALENDAR\r\n" + timezone(zone, first, first + 4).to_ical() + b"END:VCALENDAR\r\n"
    read = tzical(io.StringIO(text.decode())).get()
    assert read is not None
    whens = st.datetimes(_local(first, 2), _local(first + 4, 12), timezones=st.just(UTC))
    for when in data.draw(st.lists(whens, min_size=1, max_size=40)):
        local = when.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        aware = local.replace(tzinfo=ZoneInfo(zone))
        # What comes twice in autumn, and what never comes in spring, programs read in two ways.
        if aware.replace(fold=1).utcoffset() == aware.replace(fold=0).utcoffset():
            assert local.replace(tzinfo=read).utcoffset() == aware.utcoffset(), when


def test_summer_time_begins_when_it_does() -> None:
    text = timezone("Europe/Berlin", 2026, 2026).to_ical().decode()
    assert "BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZNAME:CEST\r\nTZOFFSETFROM:+0100" in text
    assert "BEGIN:STANDARD\r\nDTSTART:20261025T030000\r\nTZNAME:CET\r\nTZOFFSETFROM:+0200" in text


class TestEvents:
    def test_a_series_is_one_event_in_its_zone(self) -> None:
        series = meets("every thursday 21:00 for 90 minutes", "Europe/Berlin")
        text = made(team(series), room="oftc/#nova", url="https://muster.example.org/teams/nova-api/")
        (event,) = events(text)
        assert event["UID"] == "meets-7-nova-api@muster"
        assert event["SEQUENCE"] == 3
        assert event.decoded("DTSTAMP") == CHANGED.replace(microsecond=0)
        assert event.decoded("DURATION") == timedelta(minutes=90)
        assert event["LOCATION"] == "oftc/#nova"
        assert event["URL"] == "https://muster.example.org/teams/nova-api/"
        assert b"DTSTART;TZID=Europe/Berlin:20261126T210000\r\n" in text
        assert text.count(b"BEGIN:VTIMEZONE") == 1
        assert text.index(b"BEGIN:VTIMEZONE") < text.index(b"BEGIN:VEVENT")

    def test_one_that_is_moved_keeps_the_uid(self) -> None:
        series = meets("every thursday 21:00", moved={"2026-12-24": "2026-12-22T20:00"})
        usual, moved = events(made(team(series)))
        assert moved["UID"] == usual["UID"]
        assert moved.decoded("RECURRENCE-ID") == datetime(2026, 12, 24, 21, tzinfo=UTC)
        assert moved.decoded("DTSTART") == datetime(2026, 12, 22, 20, tzinfo=UTC)
        assert "RRULE" not in moved

    def test_the_same_is_the_same(self) -> None:
        one = team(meets("every thursday 21:00", "Europe/Berlin"), meets("first monday 20:00"))
        assert made(one) == made(one)

    def test_utc_needs_no_zone(self) -> None:
        text = made(team(meets("every thursday 21:00")))
        assert b"VTIMEZONE" not in text
        assert b"DTSTART:20261126T210000Z" in text

    def test_a_milestone_is_a_day(self) -> None:
        text = calendar(
            "All", [], [Due("essex-2", date(2026, 12, 15), CHANGED, "https://x.example/m/")], TODAY
        )
        (event,) = events(text)
        assert (event["SUMMARY"], event["UID"]) == ("Milestone essex-2", "milestone-essex-2@muster")
        assert b"DTSTART;VALUE=DATE:20261215\r\n" in text
        assert b"DTEND;VALUE=DATE:20261216\r\n" in text
        assert event.decoded("DTSTAMP") == CHANGED.replace(microsecond=0)


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_stay_titles(title: str) -> None:
    series = replace(meets("every thursday 21:00"), words=title)
    one = team(series)
    text = calendar(title, [TeamMeets(replace(one, title=title), 0, None, title)], [Due(title, TODAY)], TODAY)
    found = Calendar.from_ical(text)
    assert [part.name for part in found.walk()] == ["VCALENDAR", "VEVENT", "VEVENT"]
    assert not [line for line in text.split(b"\r\n") if line.startswith((b"ATTACH", b"BEGIN:VALARM"))]


@given(st.text(max_size=200), st.text(max_size=60))
def test_no_title_is_more_than_a_text(title: str, room: str) -> None:
    one = replace(team(meets("every thursday 21:00", "Europe/Berlin")), title=title)
    text = calendar(title, [TeamMeets(one, 0, None, room)], [], TODAY)
    assert [part.name for part in Calendar.from_ical(text).walk("VEVENT")] == ["VEVENT"]
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    names = {
        line.split(b":")[0].split(b";")[0] for line in text.replace(b"\r\n ", b"").split(b"\r\n") if line
    }
    assert names <= {
        *b"BEGIN END VERSION PRODID CALSCALE NAME X-WR-CALNAME REFRESH-INTERVAL TZID DTSTART RDATE".split(),
        *b"TZNAME TZOFFSETFROM TZOFFSETTO UID DTSTAMP LAST-MODIFIED SEQUENCE DURATION SUMMARY".split(),
        *b"DESCRIPTION LOCATION RRULE".split(),
    }
