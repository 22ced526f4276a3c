"""When, as people type it: what is read, what is asked, what is said back; and the text is never cut."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.when import Again, Asked, At, Bound, Present, WhenError, read_when, said_when, split_when

SUNDAY = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
MILESTONES = {"essex-2": date(2026, 12, 15), "essex-3": None, "essex-1": date(2026, 11, 10)}

WEEKDAYS = "every weekday 09:30 Europe/Berlin, next Monday 2026-11-23 09:30 CET (Europe/Berlin), in 12 hours"


def asked(zone: str = "UTC", now: datetime = SUNDAY) -> Asked:
    return Asked(now, zone, time(9), MILESTONES, "!remind me")


def said(text: str, zone: str = "UTC", now: datetime = SUNDAY) -> str:
    how = asked(zone, now)
    return said_when(read_when(text, how), how)


def problem(text: str, zone: str = "UTC", now: datetime = SUNDAY) -> str:
    with pytest.raises(WhenError) as caught:
        split_when(text, asked(zone, now))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("in 20 minutes", "Sunday 2026-11-22 20:20 UTC, in 20 minutes"),
        ("in 2 hours", "Sunday 2026-11-22 22:00 UTC, in 2 hours"),
        ("in 1h30m", "Sunday 2026-11-22 21:30 UTC, in 90 minutes"),
        ("in an hour and 5 minutes", "Sunday 2026-11-22 21:05 UTC, in 65 minutes"),
        ("in half an hour", "Sunday 2026-11-22 20:30 UTC, in 30 minutes"),
        ("in 3 days", "Wednesday 2026-11-25 20:00 UTC, in 3 days"),
        ("in 2 weeks at 9:00", "Sunday 2026-12-06 09:00 UTC, in 13 days"),
        ("tomorrow 9:00", "Monday 2026-11-23 09:00 UTC, in 13 hours"),
        ("tomorrow at 9am", "Monday 2026-11-23 09:00 UTC, in 13 hours"),
        ("9am tomorrow", "Monday 2026-11-23 09:00 UTC, in 13 hours"),
        ("tomorrow", "Monday 2026-11-23 09:00 UTC, in 13 hours"),
        ("Friday 14:30 europe/berlin", "Friday 2026-11-27 14:30 CET (Europe/Berlin), in 4 days"),
        ("on friday, at 2:30 pm Europe/Berlin", "Friday 2026-11-27 14:30 CET (Europe/Berlin), in 4 days"),
        ("friday 14:30 CET", "Friday 2026-11-27 14:30 CET (Europe/Berlin), in 4 days"),
        ("2026-12-24 18:00 UTC", "Thursday 2026-12-24 18:00 UTC, in 31 days"),
        ("dec 1 9:00", "Tuesday 2026-12-01 09:00 UTC, in 8 days"),
        ("at 23:00", "Sunday 2026-11-22 23:00 UTC, in 3 hours"),
        ("at 23", "Sunday 2026-11-22 23:00 UTC, in 3 hours"),
        ("next monday", "Monday 2026-11-23 09:00 UTC, in 13 hours"),
        ("tonight 22:00", "Sunday 2026-11-22 22:00 UTC, in 2 hours"),
        (
            "every weekday at 09:30 Europe/Berlin",
            WEEKDAYS,
        ),
        ("every monday 10:00", "every monday 10:00 UTC, next Monday 2026-11-23 10:00 UTC, in 14 hours"),
        ("every day 8:00", "every day 08:00 UTC, next Monday 2026-11-23 08:00 UTC, in 12 hours"),
        ("every day", "every day 09:00 UTC, next Monday 2026-11-23 09:00 UTC, in 13 hours"),
        (
            "every 2 weeks on thursday 21:00",
            "every other thursday 21:00 UTC, next Thursday 2026-11-26 21:00 UTC, in 4 days",
        ),
        (
            "every month on the 1st",
            "monthly on the 1st 09:00 UTC, next Tuesday 2026-12-01 09:00 UTC, in 8 days",
        ),
        ("2 days before essex-2", "2 days before essex-2, Sunday 2026-12-13 09:00 UTC, in 20 days"),
        (
            "1 week before essex-2 at 9:30 Europe/Berlin",
            "7 days before essex-2, Tuesday 2026-12-08 09:30 CET (Europe/Berlin), in 15 days",
        ),
        ("when Bob is next here", "when Bob is next here"),
    ],
)
def test_what_is_read_is_said_back_with_its_zone(text: str, back: str) -> None:
    assert said(text) == back


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1/2 9:00 talk", "1/2 may be jan 2 or feb 1"),
        ("1/2 talk", "1/2 may be jan 2 or feb 1"),
        ("tomorrow 9 talk", "9 may be 09:00 or 21:00: write tomorrow 9:00 or tomorrow 21:00"),
        ("at 9 talk", "write at 9:00 or at 21:00"),
        ("every day at 9 talk", "write every day 9:00 or every day 21:00"),
        ("at 19:00 talk", "Sunday 2026-11-22 19:00 UTC is past; write tomorrow 19:00?"),
        ("2026-11-01 talk", "is past"),
        ("tomorrow 9:00 IST talk", "IST is Asia/Kolkata, Europe/Dublin or Asia/Jerusalem"),
        ("tomorrow 9:00 CST talk", "America/Chicago, Asia/Shanghai"),
        ("tomorrow 9:00 Europe/Berln talk", "did you mean Europe/Berlin"),
        ("tomorrow morning talk", "At which hour of the morning? Write it like: tomorrow 9:00"),
        ("today talk", "Today at what time?"),
        ("tomorrow 25:00 talk", "25:00 is no time of day"),
        ("tomorrow midnight talk", "Midnight at which end"),
        ("2 days before essex-4 talk", "There is no milestone 'essex-4'; near it:"),
        ("2 days before essex-3 talk", "essex-3 has no date yet"),
        ("2 days before essex-1 talk", "is past"),
        ("every 5 minutes talk", "once a day at most"),
        ("every second tuesday 9:00 talk", "write every other tuesday"),
        ("in 99999 weeks talk", "too far away"),
        ("look at the build in 20 minutes", "Say when first: !remind me in 20 minutes look at the build"),
        ("to look tomorrow 9:00", "Say when first: !remind me tomorrow 9:00 look"),
        ("whatever", "'whatever' begins with no time that I can read: write in 20 minutes,"),
        ("", "When? Write"),
    ],
)
def test_what_is_not_clear_or_past_is_asked(text: str, part: str) -> None:
    assert part in problem(text)


def test_an_hour_that_comes_twice_or_never_is_asked_with_ways_to_say_each() -> None:
    twice = problem("2027-10-31 2:30 x", "Europe/Berlin")
    assert "comes twice on 2027-10-31" in twice
    assert "2027-10-31 00:30 UTC or 2027-10-31 01:30 UTC" in twice
    assert said("2027-10-31 01:30 UTC") == "Sunday 2027-10-31 01:30 UTC, in 342 days"
    never = problem("2027-03-28 2:30 x", "Europe/Berlin")
    assert "write 2027-03-28 01:30 or 2027-03-28 03:30" in never


def test_days_keep_the_local_time_and_hours_are_the_clock_s() -> None:
    spring = datetime(2027, 3, 27, 11, 0, tzinfo=UTC)  # noon in Berlin, the day before summer time
    by_days, by_hours = (read_when(text, asked("Europe/Berlin", spring)) for text in ("in 1 day", "in 24h"))
    assert isinstance(by_days, At)
    assert isinstance(by_hours, At)
    assert by_days.time.hour == 12
    assert by_hours.time.hour == 13


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("in 20 minutes look at the build", "look at the build"),
        ("in 20 minutes to look at the build", "look at the build"),
        ("tomorrow 9:00 that we meet", "we meet"),
        ("tomorrow: 9 people come", "9 people come"),
        ("tomorrow 9:00 : to be or not", "to be or not"),
        ("friday 14:30 Europe/Berlin  two  blanks", "two  blanks"),
        ("every weekday at 09:30 stand up", "stand up"),
        ("2 days before essex-2 freeze", "freeze"),
        ("when bob is next here ask him", "ask him"),
        ("at 23:00 berlin calls", "berlin calls"),
        ("in 5 minutes tomorrow's list", "tomorrow's list"),
        ("tomorrow", ""),
    ],
)
def test_the_longest_time_counts_and_the_rest_is_the_text(text: str, rest: str) -> None:
    assert split_when(text, asked())[1] == rest


def test_the_kinds_of_time() -> None:
    how = asked("Europe/Berlin")
    assert read_when("at 23:00", how) == At(datetime(2026, 11, 22, 23, 0, tzinfo=ZoneInfo("Europe/Berlin")))
    again = Again("FREQ=DAILY", "2026-11-22T08:00", "Europe/Berlin", "every day 08:00 Europe/Berlin")
    assert read_when("every day 8:00", how) == again
    assert read_when("the day before essex-2", how) == Bound("essex-2", 1, "09:00", "Europe/Berlin")
    assert read_when("2 days after essex-2", how) == Bound("essex-2", -2, "09:00", "Europe/Berlin")
    assert read_when("when Bob_ comes back", how) == Present("Bob_")


HEADS = (
    "in 20 minutes",
    "in 1h30m",
    "tomorrow 9:00",
    "at 23:00 UTC",
    "every day 8:00",
    "2026-12-24 18:00 UTC",
)
words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=12)


@given(st.sampled_from(HEADS), st.sampled_from((" ", " : ", ": ", " to ", " that ", "  ")), st.lists(words))
def test_no_text_is_lost_or_cut_inside(head: str, joint: str, rest: list[str]) -> None:
    """Whatever follows a time comes out whole; or a longer time was read, and what follows that does."""
    wanted = " ".join(rest)
    text = head + joint + wanted
    try:
        _, found = split_when(text, asked())
    except WhenError:
        return  # what follows made it unclear, and it is asked
    assert text.rstrip().endswith(found)
    before = text.rstrip().removesuffix(found)
    assert not before or not found or before[-1].isspace() or before.endswith(":")
    if ":" in joint:
        assert found == wanted.strip()


@given(
    st.text(max_size=60), st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"))
)
def test_whatever_is_typed_is_read_or_asked(text: str, zone: str) -> None:
    how = asked(zone)
    try:
        found, _ = split_when(text, how)
    except WhenError:
        return
    assert said_when(found, how)


@given(st.sampled_from(["in 3 days", "every weekday 9:30", "friday 14:30", "next monday", "dec 1 9:00"]))
def test_series_read_as_the_same_again(text: str) -> None:
    found = read_when(text, asked())
    if isinstance(found, Again):
        assert read_when(found.words, asked()) == found
