"""What happens again and again: read from what people type, said back, and counted out in dates. Pure.

    every weekday at 09:30 Europe/Berlin
    every other tuesday 15:00 UTC
    first and third monday 20:00 America/New_York
    monthly on the 15th at 9pm

Rules:

1. It is a rule of RFC 5545 (RRULE) over *local* times in one zone: 21:00 stays 21:00 when clocks are
   changed. A local time that does not exist is as much later as the clock was put on; of two that are the
   same, the first is meant (RFC 5545, section 3.3.5).
2. What can be read in two ways (``every second tuesday``, ``biweekly``) is not read: the answer says what to
   write instead. A mistake is a ``ValueError``.
3. What was read is said back in one form (:func:`said_rule`), which reads as the same rule again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from bot.text import listed, shorten

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SHORT = {day[:3]: code for day, code in zip(_DAYS, _CODES, strict=True)}
_NAMES = dict(zip(_CODES, _DAYS, strict=True))
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?"
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "last": -1,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
}
_ORDINAL_NAMES = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_WEEKDAYS = "MO,TU,WE,TH,FR"

YEARS = range(1970, 3000)
"""In which a meeting may be: far enough from the ends of the calendar that each zone has such a day."""


_TIME = re.compile(r"(?:\bat )?\b(\d{1,2})(?::(\d\d) ?(am|pm)?| ?(am|pm))(?![\w:])")
_SEPARATED = re.compile(r"(?:, ?and |, ?| and | & )")
_ON_DAYS = re.compile(rf"{_DAY}(?:(?:, ?and |, ?| and | & ){_DAY})*")
_EVERY_N = re.compile(r"(?:every|each) (?:(other|\d{1,2}) )?weeks? (?:on )?")
_NTH = re.compile(
    rf"(?P<which>{'|'.join(_ORDINALS)})(?P<more>(?:(?:, ?and |, ?| and | & )(?:{'|'.join(_ORDINALS)}))*)"
    rf" (?P<day>{_DAY})"
)
_MONTHDAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_INTERVAL = re.compile("INTERVAL=([0-9]+)")
_OF_MONTH = re.compile(r" (?:of|in) (?:the|each|every|a) month$")

EXAMPLE = "write it like: every thursday 21:00 Europe/Berlin, or: first monday 20:00 UTC"


class Recurs(Protocol):
    """What happens again and again."""

    @property
    def rule(self) -> str:
        """Its RRULE."""

    @property
    def start(self) -> str:
        """Its first local date and time, without a zone (ISO 8601)."""

    @property
    def zone(self) -> str:
        """Its zone, an IANA name."""


def find_time(words: str) -> re.Match[str] | None:
    """Where a time of day stands in words in small letters, for :func:`read_time`."""
    return _TIME.search(words)


def read_time(found: re.Match[str]) -> time:
    """The time of day that :func:`find_time` found. Raises ``ValueError``."""
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3] or found[4]
    if half and not 1 <= hour <= 12:
        hour = 99
    elif half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError(f"{found[0].removeprefix('at ')} is no time of day: write one like 21:00") from None


def read_rule(words: str) -> str:
    """The RRULE of ``every other tuesday``, ``first monday of the month`` and so on; words in small letters.
    Raises ``ValueError``.
    """
    if words in {"daily", "every day", "each day"}:
        return "FREQ=DAILY"
    if words in {"weekdays", "every weekday", "each weekday", "every working day", "on weekdays"}:
        return f"FREQ=WEEKLY;BYDAY={_WEEKDAYS}"
    if words.startswith(("biweekly", "bi-weekly", "bimonthly", "bi-monthly")):
        raise ValueError("that can be twice or every other: write every other tuesday, or tuesday and friday")
    monthly = re.sub(r"^(?:monthly|every month|each month) ?", "", words)
    is_monthly = monthly != words or _OF_MONTH.search(words) is not None
    plain = _OF_MONTH.sub("", re.sub(r"^(?:on )?(?:the )?", "", monthly))
    return _read_weekly(words) or _read_monthly(plain, is_monthly) or _unread(words)


def _unread(words: str) -> str:
    raise ValueError(f"{shorten(words, 60)!r} says no days that I can read: {EXAMPLE}")


def _read_weekly(words: str) -> str | None:
    interval = 1
    if found := _EVERY_N.match(words):
        interval = 2 if found[1] == "other" else int(found[1] or 1)
        words = words[found.end() :]
    elif words.startswith(("every other ", "fortnightly ")):
        interval = 2
        words = re.sub(r"^(?:every other|fortnightly) (?:on )?", "", words)
    else:
        words = re.sub(r"^(?:every|each|weekly(?: on)?|on) ", "", words)
    if not _ON_DAYS.fullmatch(words):
        return None
    if not 1 <= interval <= 12:
        raise ValueError("every so many weeks is at least every 12")
    codes = {_SHORT[day[:3]] for day in _SEPARATED.split(words)}
    days = ",".join(code for code in _CODES if code in codes)
    return f"FREQ=WEEKLY;BYDAY={days}" if interval == 1 else f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={days}"


def _read_monthly(words: str, is_monthly: bool) -> str | None:
    words, each = re.subn(r"^(?:every|each) ", "", words)
    if found := _NTH.fullmatch(words):
        which = [found["which"], *(one for one in _SEPARATED.split(found["more"]) if one)]
        numbers = sorted({_ORDINALS[one] for one in which}, key=lambda one: one % 10)
        code = _SHORT[found["day"][:3]]
        if each and not is_monthly and numbers[0] not in {1, -1}:
            day = _NAMES[code]
            raise ValueError(
                f"that can be every so many weeks or once a month: write every other {day}, or "
                f"{found['which']} {day} of the month"
            )
        return f"FREQ=MONTHLY;BYDAY={','.join(f'{number}{code}' for number in numbers)}"
    if is_monthly and words == "last day":
        return "FREQ=MONTHLY;BYMONTHDAY=-1"
    if is_monthly and (found := _MONTHDAY.fullmatch(words)):
        if not 1 <= int(found[1]) <= 28:
            raise ValueError(
                "not every month has that day: write one from 1 to 28, or: last day of the month"
            )
        return f"FREQ=MONTHLY;BYMONTHDAY={int(found[1])}"
    return None


def said_rule(rule: str, clock: time, zone: str) -> str:
    """A rule in words that read as the same rule."""
    parts = dict(part.split("=") for part in rule.split(";"))
    if parts["FREQ"] == "DAILY":
        days = "every day"
    elif parts["FREQ"] == "WEEKLY":
        names = listed(_NAMES[code] for code in parts["BYDAY"].split(","))
        interval = int(parts.get("INTERVAL", 1))
        every = {1: "every", 2: "every other"}.get(interval, f"every {interval} weeks on")
        days = "every weekday" if (parts["BYDAY"], interval) == (_WEEKDAYS, 1) else f"{every} {names}"
    elif "BYDAY" in parts:
        which = parts["BYDAY"].split(",")
        ordinals = listed(_ORDINAL_NAMES[int(one[:-2])] for one in which)
        days = f"{ordinals} {_NAMES[which[0][-2:]]} of the month"
    else:
        day = int(parts["BYMONTHDAY"])
        days = "last day of the month" if day == -1 else f"monthly on the {day}{_suffix(day)}"
    return f"{days} {clock:%H:%M} {zone}"


def _suffix(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def first_day(rule: str, day: date, clock: time) -> datetime:
    """The local time at which a series begins, on its first day from a day on. Raises ``ValueError``."""
    begun = datetime.combine(day, clock)
    # The first such day begins the series, and every other week is counted from there.
    rule = re.sub("INTERVAL=[0-9]+;", "", rule)
    found = rrulestr(rule, dtstart=begun).after(begun, inc=True)
    if found is None:
        raise ValueError("there is no such day to come")
    return found


def at_local(text: str, zone: str) -> datetime:
    """A local time (ISO 8601) as an aware time in its zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def days_of(series: Recurs, since: date) -> Iterator[date]:
    """The days of a series from a day on, by its rule alone."""
    begun, after = datetime.fromisoformat(series.start), datetime.combine(since, time())
    if after > begun:
        # Counted from its start, a long series would take longer each day. Every so many weeks stay the same.
        interval = _INTERVAL.search(series.rule)
        step = timedelta(weeks=int(interval[1]) if interval else 1)
        begun += (after - begun) // step * step
    rule = rrulestr(series.rule, dtstart=begun)
    return (found.date() for found in rule.xafter(after, inc=True))


def is_day_of(series: Recurs, day: date) -> bool:
    """Whether a day is one of a series, by its rule alone."""
    return next(days_of(series, day), None) == day


def next_time(series: Recurs, after: datetime) -> datetime:
    """When it happens next, strictly after a time: aware, in its zone. Raises ``ValueError`` where that is
    never.
    """
    zone = ZoneInfo(series.zone)
    for day in days_of(series, after.astimezone(zone).date() - timedelta(days=1)):
        found = at_local(day.isoformat() + series.start[10:], series.zone).astimezone(UTC)
        if found > after:
            return found.astimezone(zone)
    raise ValueError("there is no such day to come")
