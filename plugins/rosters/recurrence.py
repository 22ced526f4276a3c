"""When a team meets: read from what people type, said back, and counted out in dates. Pure.

    every thursday 21:00 Europe/Berlin
    every other tuesday 15:00 UTC for 90 minutes from 2026-12-01
    first and third monday 20:00 America/New_York
    monthly on the 15th at 9pm

Rules:

1. A series is a rule of RFC 5545 (RRULE) over *local* times in one zone: 21:00 stays 21:00 when clocks are
   changed. A local time that does not exist is as much later as the clock was put on; of two that are the
   same, the first is meant (RFC 5545, section 3.3.5).
2. What can be read in two ways (``every second tuesday``, ``biweekly``) is not read: the answer says what to
   write instead. A mistake is a ``ValueError``.
3. What was read is said back in one form (:attr:`~plugins.rosters.roster.Meets.words`), which reads as the
   same rule again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from bot.dates import whole_date
from bot.text import listed, shorten
from plugins.rosters.fields import read_zone
from plugins.rosters.roster import Meets

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
_LONGEST_WORDS = 200

YEARS = range(1970, 3000)
"""In which a meeting may be: far enough from the ends of the calendar that each zone has such a day."""


_TIME = re.compile(r"(?:\bat )?\b(\d{1,2})(?::(\d\d) ?(am|pm)?| ?(am|pm))(?![\w:])")
_FOR = re.compile(r"\bfor (\d{1,3}) ?(minutes?|mins?|m|hours?|h)\b")
_FROM = re.compile(r"\b(?:from|starting(?: on)?|beginning(?: on)?) (.+)$")
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

_EXAMPLE = "write it like: every thursday 21:00 Europe/Berlin, or: first monday 20:00 UTC"


@dataclass(frozen=True, slots=True)
class SaidMeets:
    """A series as somebody said it. ``has_start``: also from which day on, so that of every other week they
    mean these; else the series may have begun before.
    """

    meets: Meets
    has_start: bool = False

    def is_of(self, other: Meets) -> bool:
        """Whether a series is the one that is said."""
        mine = self.meets
        if (mine.rule, mine.zone, mine.minutes, mine.start[10:]) != (
            other.rule,
            other.zone,
            other.minutes,
            other.start[10:],
        ):
            return False
        return not self.has_start or mine.start == other.start


def read_meets(text: str, today: date, zone: str) -> SaidMeets:
    """The series that ``text`` says. ``zone`` is meant where it names none; without ``from DATE`` it begins
    on the first of its days from ``today`` on. Raises ``ValueError``.
    """
    words = " ".join(text.lower().split())
    if len(words) > _LONGEST_WORDS:
        raise ValueError(f"that is too long; {_EXAMPLE}")
    words, minutes = _read_minutes(words)
    words, first = _read_from(words, today)
    found = _TIME.search(words)
    if found is None:
        raise ValueError(f"at what time? {_EXAMPLE}")
    rule = _read_rule(words[: found.start()].strip(" ,"))
    clock = _read_time(found)
    named = read_zone(words[found.end() :].strip(" ,()")) if words[found.end() :].strip(" ,()") else zone
    start = _first_day(rule, first or today, clock)
    found_meets = Meets(
        id=0,
        rule=rule,
        start=start.isoformat(timespec="minutes"),
        zone=named,
        minutes=minutes,
        words=_said(rule, clock, named),
    )
    return SaidMeets(found_meets, has_start=first is not None)


def read_all_meets(text: str, today: date, zone: str) -> tuple[SaidMeets, ...]:
    """Several series, with ``;`` between them. Raises ``ValueError``."""
    return tuple(read_meets(part, today, zone) for part in text.split(";") if part.strip())


def _read_minutes(words: str) -> tuple[str, int]:
    found = _FOR.search(words)
    if found is None:
        return words, 60
    minutes = int(found[1]) * (60 if found[2].startswith("h") else 1)
    if not 5 <= minutes <= 24 * 60:
        raise ValueError("a meeting takes from 5 minutes to 24 hours")
    return " ".join((words[: found.start()] + words[found.end() :]).split()), minutes


def _read_from(words: str, today: date) -> tuple[str, date | None]:
    found = _FROM.search(words)
    if found is None:
        return words, None
    first = whole_date(found[1], today)
    if first is None:
        raise ValueError(f"{shorten(found[1], 40)!r} is no date to begin on: write one like 2026-12-01")
    if first.year not in YEARS:
        raise ValueError(f"{first} is too far away to begin on")
    return words[: found.start()].strip(), first


def _read_time(found: re.Match[str]) -> time:
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3] or found[4]
    if half and not 1 <= hour <= 12:
        hour = 99
    elif half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError(f"{found[0].removeprefix('at ')} is no time of day: write one like 21:00") from None


def _read_rule(words: str) -> str:
    """The RRULE of ``every other tuesday``, ``first monday of the month`` and so on."""
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
    raise ValueError(f"{shorten(words, 60)!r} says no days that I can read: {_EXAMPLE}")


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
        raise ValueError("a team that meets every so many weeks meets at least every 12")
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


def _said(rule: str, clock: time, zone: str) -> str:
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


def _first_day(rule: str, day: date, clock: time) -> datetime:
    begun = datetime.combine(day, clock)
    # The first such day begins the series, and every other week is counted from there.
    rule = re.sub("INTERVAL=[0-9]+;", "", rule)
    found = rrulestr(rule, dtstart=begun).after(begun, inc=True)
    if found is None:
        raise ValueError("there is no such day to come")
    return found


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One meeting of a series. ``start`` and ``end`` are in UTC, ``local`` is its start in the series' zone;
    ``date`` is the day in the series that it stands for, another than its own where it ``is_moved``.
    """

    start: datetime
    end: datetime
    local: datetime
    date: date
    is_moved: bool
    series: int
    words: str


def at_local(text: str, zone: str) -> datetime:
    """A series' local time (ISO 8601) as an aware time in its zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def upcoming(series: Iterable[Meets], since: datetime, count: int) -> list[Occurrence]:
    """The next meetings of several series that have not ended at ``since`` (UTC), the first first."""
    return list(islice(merge(*(_from(one, since) for one in series)), count))


def _from(meets: Meets, since: datetime) -> Iterator[Occurrence]:
    """The meetings of a series that have not ended at a time, in order."""
    moved = sorted(_occurrence(meets, date.fromisoformat(day), to) for day, to in meets.moved.items())
    usual = (_occurrence(meets, day, None) for day in days_of(meets, (since - timedelta(days=3)).date()))
    for found in merge((one for one in usual if not _is_other(meets, one.date)), moved):
        if found.end > since:
            yield found


def _is_other(meets: Meets, day: date) -> bool:
    return day.isoformat() in meets.cancelled or day.isoformat() in meets.moved


def _occurrence(meets: Meets, day: date, moved_to: str | None) -> Occurrence:
    local = at_local(moved_to or day.isoformat() + meets.start[10:], meets.zone)
    start = local.astimezone(UTC)
    return Occurrence(
        start=start,
        end=start + timedelta(minutes=meets.minutes),
        local=start.astimezone(ZoneInfo(meets.zone)),
        date=day,
        is_moved=moved_to is not None,
        series=meets.id,
        words=meets.words,
    )


def days_of(meets: Meets, since: date) -> Iterator[date]:
    """The days of a series from a day on, by its rule alone."""
    begun, after = datetime.fromisoformat(meets.start), datetime.combine(since, time())
    if after > begun:
        # Counted from its start, a long series would take longer each day. Every so many weeks stay the same.
        interval = _INTERVAL.search(meets.rule)
        step = timedelta(weeks=int(interval[1]) if interval else 1)
        begun += (after - begun) // step * step
    rule = rrulestr(meets.rule, dtstart=begun)
    return (found.date() for found in rule.xafter(after, inc=True))


def is_day_of(meets: Meets, day: date) -> bool:
    """Whether a day is one of a series, by its rule alone."""
    return next(days_of(meets, day), None) == day


def on_day(series: Sequence[Meets], day: date) -> list[tuple[Meets, date]]:
    """What is meant by the meeting on a day: the series, and the day in it. First what is held on that day;
    where nothing is, what would have been but for being moved or cancelled.
    """
    held: list[tuple[Meets, date]] = []
    other: list[tuple[Meets, date]] = []
    for one in series:
        held += (
            (one, date.fromisoformat(was)) for was, to in one.moved.items() if to[:10] == day.isoformat()
        )
        if is_day_of(one, day):
            (other if _is_other(one, day) else held).append((one, day))
    return held or other
