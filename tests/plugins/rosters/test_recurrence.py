"""When a team meets: what is read, what is not, what is said back, and which dates it comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from bot.recurrence import days_of
from plugins.rosters.recurrence import on_day, read_all_meets, read_meets, upcoming
from plugins.rosters.roster import Meets

SUNDAY = date(2026, 11, 22)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def meets(text: str, today: date = SUNDAY) -> Meets:
    return read_meets(text, today, "UTC").meets


@pytest.mark.parametrize(
    ("text", "rule", "start", "words"),
    [
        ("every thursday 21:00 Europe/Berlin", "WEEKLY;BYDAY=TH", "2026-11-26T21:00", None),
        ("Thursdays at 20:00 UTC", "WEEKLY;BYDAY=TH", "2026-11-26T20:00", "every thursday 20:00 UTC"),
        ("weekly on thu 8pm", "WEEKLY;BYDAY=TH", "2026-11-26T20:00", "every thursday 20:00 UTC"),
        (
            "every other tuesday 15:00 UTC",
            "WEEKLY;INTERVAL=2;BYDAY=TU",
            "2026-11-24T15:00",
            "every other tuesday 15:00 UTC",
        ),
        (
            "fortnightly on Tuesday, 15:00",
            "WEEKLY;INTERVAL=2;BYDAY=TU",
            "2026-11-24T15:00",
            "every other tuesday 15:00 UTC",
        ),
        (
            "every 3 weeks on mon, thu and fri 7am",
            "WEEKLY;INTERVAL=3;BYDAY=MO,TH,FR",
            "2026-11-23T07:00",
            "every 3 weeks on monday, thursday and friday 07:00 UTC",
        ),
        (
            "first monday 20:00 America/New_York",
            "MONTHLY;BYDAY=1MO",
            "2026-12-07T20:00",
            "first monday of the month 20:00 America/New_York",
        ),
        (
            "on the second and 4th wed of the month at 9:30",
            "MONTHLY;BYDAY=2WE,4WE",
            "2026-11-25T09:30",
            "second and fourth wednesday of the month 09:30 UTC",
        ),
        (
            "every last friday 12pm",
            "MONTHLY;BYDAY=-1FR",
            "2026-11-27T12:00",
            "last friday of the month 12:00 UTC",
        ),
        (
            "monthly on the 15th 12am",
            "MONTHLY;BYMONTHDAY=15",
            "2026-12-15T00:00",
            "monthly on the 15th 00:00 UTC",
        ),
        ("last day of the month 10:00 UTC", "MONTHLY;BYMONTHDAY=-1", "2026-11-30T10:00", None),
        ("daily 10:00", "DAILY", "2026-11-22T10:00", "every day 10:00 UTC"),
        ("weekdays 10:00", "WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-11-23T10:00", "every weekday 10:00 UTC"),
        (
            "every sunday 10:00 berlin",
            "WEEKLY;BYDAY=SU",
            "2026-11-22T10:00",
            "every sunday 10:00 Europe/Berlin",
        ),
        ("every monday 10:00 from jan 5", "WEEKLY;BYDAY=MO", "2027-01-11T10:00", "every monday 10:00 UTC"),
    ],
)
def test_what_people_type_is_read_and_said_back(text: str, rule: str, start: str, words: str | None) -> None:
    found = meets(text)
    assert (found.rule, found.start, found.words) == (f"FREQ={rule}", start, words or text)


def test_how_long_it_takes_is_an_hour_where_nothing_is_said() -> None:
    assert meets("every monday 10:00").minutes == 60
    assert meets("every monday for 90 minutes 10:00").minutes == 90
    assert meets("every monday 10:00 UTC for 2 hours from dec 1").minutes == 120


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("every second tuesday 10:00", "write every other tuesday, or second tuesday of the month"),
        ("every third thu 10:00", "write every other thursday, or third thursday of the month"),
        ("biweekly on tuesday 10:00", "that can be twice or every other"),
        ("every thursday", "at what time?"),
        ("every thursday 21", "at what time?"),
        ("every thursday 25:00", "25:00 is no time of day"),
        ("every thursday 13pm", "13pm is no time of day"),
        ("every thursday 0am", "0am is no time of day"),
        ("every thursday 21:00 EST", "'est' is no time zone"),
        ("every thursday 21:00 Europe/Berlni", "write one like Europe/Berlin"),
        ("every thursday 21:00 from someday", "'someday' is no date to begin on"),
        ("every thursday 21:00 for 2 minutes", "from 5 minutes to 24 hours"),
        ("every 0 weeks on monday 10:00", "at least every 12"),
        ("monthly on the 31st 10:00", "not every month has that day"),
        ("monthly 10:00", "says no days that I can read"),
        ("now and then 10:00", "says no days that I can read"),
        ("thursday and then 10:00", "says no days that I can read"),
        ("10:00", "says no days that I can read"),
        ("", "at what time?"),
        ("every monday " * 50, "too long"),
    ],
)
def test_what_cannot_be_read_or_in_two_ways_is_refused_with_what_to_write(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("?", r"\?")):
        meets(text)


DAYS = st.sampled_from(["monday", "tue", "wednesdays", "thu", "friday", "sat", "sunday"])
CLOCK = st.times().map(lambda time: f"{time:%H:%M}")
ZONE = st.sampled_from(["", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"])
EVERY = st.one_of(
    DAYS.map("every {}".format),
    DAYS.map("every other {}".format),
    st.lists(DAYS, min_size=1, max_size=3).map(lambda days: " and ".join(days)),
    st.builds("every {} weeks on {}".format, st.integers(1, 12), DAYS),
    st.builds("{} {} of the month".format, st.sampled_from(["first", "2nd", "third", "4th", "last"]), DAYS),
    st.integers(1, 28).map("monthly on the {}".format),
    st.sampled_from(["daily", "every weekday", "last day of the month"]),
)
SAID = st.builds("{} {} {}".format, EVERY, CLOCK, ZONE)
TODAY = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(SAID, TODAY)
def test_what_is_said_back_means_the_same(text: str, today: date) -> None:
    found = meets(text, today)
    again = meets(found.words, today)
    assert again == found
    assert (
        rrulestr(found.rule, dtstart=datetime.fromisoformat(found.start))[0].isoformat()[:16] == found.start
    )
    assert found.start[:10] >= today.isoformat()


@given(st.text(max_size=60), TODAY)
def test_any_text_is_read_or_refused(text: str, today: date) -> None:
    try:
        found = read_all_meets(text, today, "UTC")
    except ValueError:
        return
    assert all(meets(one.meets.words, today).rule == one.meets.rule for one in found)


@given(SAID, TODAY)
def test_the_local_time_stays_whatever_the_clocks_do(text: str, today: date) -> None:
    found = meets(text, today)
    zone = ZoneInfo(found.zone)
    for one in upcoming([found], datetime.combine(today, datetime.min.time(), UTC), 60):
        assert one.start.tzinfo is UTC
        local = one.start.astimezone(zone)
        assert local == one.local
        wanted = datetime.fromisoformat(f"{one.date}{found.start[10:]}")
        naive = local.replace(tzinfo=None)
        # Where the clock jumps over the time, it is later by as much as the clock was put on.
        assert naive == wanted or timedelta(0) < naive - wanted <= timedelta(hours=24)


def test_across_the_end_of_summer_time_it_is_the_same_hour_there() -> None:
    series = meets("every sunday 21:00 Europe/Berlin", date(2026, 10, 18))
    found = upcoming([series], datetime(2026, 10, 18, tzinfo=UTC), 2)
    assert [f"{one.start:%m-%d %H:%M}" for one in found] == ["10-18 19:00", "10-25 20:00"]


def test_a_time_that_does_not_exist_is_later_and_of_two_the_first_is_meant() -> None:
    series = meets("every sunday 02:30 Europe/Berlin", date(2027, 3, 28))
    assert f"{upcoming([series], LONG_AGO, 1)[0].local:%d %H:%M}" == "28 03:30"
    series = meets("every sunday 02:30 Europe/Berlin", date(2026, 10, 25))
    assert f"{upcoming([series], LONG_AGO, 1)[0].start:%d %H:%M}" == "25 00:30"


def test_every_other_week_is_counted_from_the_first_one() -> None:
    series = meets("every other tuesday 15:00")
    days = [one.date.day for one in upcoming([series], datetime(2026, 11, 22, tzinfo=UTC), 3)]
    assert days == [24, 8, 22]
    assert not list(on_day([series], date(2026, 12, 1)))


def test_what_is_cancelled_is_left_out_and_what_is_moved_comes_in_its_turn() -> None:
    series = Meets(
        1,
        "FREQ=WEEKLY;BYDAY=TH",
        "2026-11-26T21:00",
        "UTC",
        cancelled=("2026-12-03",),
        moved={"2026-11-26": "2026-12-11T10:00", "2026-12-17": "2026-12-01T10:00"},
    )
    found = upcoming([series], datetime(2026, 11, 22, tzinfo=UTC), 4)
    assert [(f"{one.start:%m-%d %H}", one.is_moved) for one in found] == [
        ("12-01 10", True),
        ("12-10 21", False),
        ("12-11 10", True),
        ("12-24 21", False),
    ]
    assert on_day([series], date(2026, 12, 11)) == [(series, date(2026, 11, 26))]
    assert on_day([series], date(2026, 12, 3)) == [(series, date(2026, 12, 3))]
    assert on_day([series], date(2026, 12, 4)) == []


def test_the_meeting_that_is_on_is_among_those_to_come() -> None:
    series = meets("every thursday 21:00 for 90 minutes")
    during = datetime(2026, 11, 26, 22, 29, tzinfo=UTC)
    assert upcoming([series], during, 1)[0].date == date(2026, 11, 26)
    assert upcoming([series], during + timedelta(minutes=1), 1)[0].date == date(2026, 12, 3)


def test_several_series_come_in_the_order_of_their_times() -> None:
    both = [one.meets for one in read_all_meets("every thursday 21:00; first friday 09:00", SUNDAY, "UTC")]
    found = upcoming(both, datetime(2026, 11, 27, tzinfo=UTC), 3)
    assert [f"{one.start:%m-%d}" for one in found] == ["12-03", "12-04", "12-10"]


def test_a_series_ends_with_the_calendar_and_not_in_an_error() -> None:
    series = replace(meets("every thursday 21:00"), start="9999-12-23T21:00")
    assert len(list(days_of(series, date(9999, 12, 1)))) == 2


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO,TH",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU",
        "FREQ=MONTHLY;BYDAY=1MO,-1TH",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
    ],
)
def test_the_days_of_a_long_series_are_those_counted_from_its_start(rule: str) -> None:
    meets = Meets(0, rule, "2019-12-29T21:00", "UTC")  # a Sunday
    counted = rrulestr(rule, dtstart=datetime.fromisoformat(meets.start))
    for since in (date(2019, 12, 1), date(2019, 12, 29), date(2020, 1, 1), date(2026, 11, 22)):
        after = datetime.combine(since, time())
        expected = [found.date() for found in counted.xafter(after, count=20, inc=True)]
        assert list(islice(days_of(meets, since), 20)) == expected
