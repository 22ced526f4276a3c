"""When, as people type it: a time, again and again, before a milestone, when somebody is here. Pure.

    in 20 minutes                    in 1h30m
    tomorrow 9:00                    friday at 2:30pm Europe/Berlin
    2026-12-24 18:00 UTC             at 17:00
    every weekday at 09:30           every 2 weeks on thursday 21:00
    2 days before essex-2            1 week before essex-2 at 9:00
    when bob is next here

Rules:

1. The words stand at the beginning of a text (:func:`split_when`); of all beginnings that can be read, the
   longest counts. What follows is the text, whole and unchanged, but for one ``to``, ``that`` or ``:``
   between the two. ``:`` behind a word ends what is read.
2. What can be read in two ways (``1/2``, ``9`` without am or pm, ``IST``, an hour that the clock skips or has
   twice), and what is past, is asked and not guessed: a :class:`WhenError` says the readings, and how to say
   each.
3. A day without an hour is meant at the hour that the caller gives. ``24`` hours are the clock's, days and
   weeks are the calendar's: ``in 1 day`` is at the same local time.
4. What was understood is said back with its zone (:func:`said_time`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from bot.dates import whole_date
from bot.recurrence import YEARS, first_day, next_time, read_rule, said_rule
from bot.text import counted, listed, nearest, shorten
from bot.zones import ABBREVIATIONS, SEVERAL, zone_names

EXAMPLES = "in 20 minutes, tomorrow 9:00, friday 14:30 Europe/Berlin or every weekday 9:30"
_MOST_WORDS = 14
"""So many words may say when."""


class WhenError(ValueError):
    """Said to whoever typed it: what is not clear, and how to say it."""


@dataclass(frozen=True, slots=True)
class At:
    """A time: aware, in its zone."""

    time: datetime


@dataclass(frozen=True, slots=True)
class Again:
    """Again and again: see :class:`bot.recurrence.Recurs`. ``words`` read as the same again."""

    rule: str
    start: str
    zone: str
    words: str


@dataclass(frozen=True, slots=True)
class Bound:
    """So many days before a milestone's date (after it, where negative), at a local time ``HH:MM``."""

    milestone: str
    days: int
    clock: str
    zone: str

    def __str__(self) -> str:
        if self.days == 0:
            return f"on the day of {self.milestone}"
        side = "before" if self.days > 0 else "after"
        return f"{counted(abs(self.days), 'day')} {side} {self.milestone}"

    def time(self, due: date) -> datetime:
        """When that is, for the milestone's date; aware, in its zone."""
        return local_time(due - timedelta(days=self.days), time.fromisoformat(self.clock), self.zone)


@dataclass(frozen=True, slots=True)
class Present:
    """When somebody, by the name that was typed, is here the next time."""

    who: str


When: TypeAlias = At | Again | Bound | Present


@dataclass(frozen=True, slots=True)
class Asked:
    """Against what words are read: the time now, the asker's zone (IANA), the hour of a day without one, the
    milestones with their dates, and what the words stand behind (``!remind me``), for examples.
    """

    now: datetime
    zone: str
    hour: time = time(9)
    milestones: Mapping[str, date | None] = field(default_factory=dict)
    before: str = ""


def split_when(text: str, asked: Asked) -> tuple[When, str]:
    """The time that ``text`` begins with, and the text behind it. Raises :class:`WhenError`."""
    words = list(re.finditer(r"\S+", text))
    for count in range(min(len(words), _MOST_WORDS), 0, -1):
        said = text[: words[count - 1].end()]
        found = _read(said.removesuffix(":"), asked)
        if found is not None:
            rest = text[len(said) :]
            return found, rest.strip() if said.endswith(":") else _text_behind(rest)
    raise WhenError(_not_read(text, words, asked))


def read_when(text: str, asked: Asked) -> When:
    """The time that all of ``text`` says. Raises :class:`WhenError`."""
    found = _read(text, asked)
    if found is None:
        raise WhenError(f"{shorten(text.strip(), 60)!r} says no time that I can read: write {EXAMPLES}.")
    return found


def _text_behind(rest: str) -> str:
    """A text without what joins it to the words before it."""
    return re.sub(r"^\s*(?::|(?:to|that)(?=\s|$))?\s*", "", rest, flags=re.IGNORECASE).rstrip()


def _not_read(text: str, words: list[re.Match[str]], asked: Asked) -> str:
    """What to say of a text that begins with no time: perhaps it ends with one."""
    for first in words[1:][-_MOST_WORDS:]:
        tail = text[first.start() :]
        try:
            is_time = _read(tail, asked) is not None
        except WhenError:
            is_time = True
        if is_time:
            head = re.sub(r"^to\s+", "", text[: first.start()].strip(), flags=re.IGNORECASE)
            order = " ".join(part for part in (asked.before, tail.strip(), shorten(head, 120)) if part)
            return f"Say when first: {order}"
    begun = f"{shorten(text.strip(), 40)!r} begins with no time that I can read" if words else "When?"
    return f"{begun}: write {EXAMPLES}." if words else f"When? Write {EXAMPLES}."


# Reading

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks", "mo": "months", "s": "seconds"}
_AMOUNT = re.compile(
    r"(?P<number>[0-9]{1,5}|an?|half an?|one|two|three)\s*"
    r"(?P<unit>minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|months?|seconds?|secs?|s)(?![a-z])"
)
_JOINED = re.compile(r"\s*(?:,|and)?\s*")
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}
_CLOCK = r"[0-9]{1,2}(?::[0-9]{2})?\s?(?:am|pm)|[0-9]{1,2}:[0-9]{2}|noon|midnight"
_TIME = re.compile(
    rf"(?:at )?(?P<clock>{_CLOCK})(?P<zone> \(?[a-z][a-z0-9_+/-]+\)?)?(?:,? (?:on )?(?P<date>.+))?"
)
_DATE_TIME = re.compile(
    rf"(?:on )?(?P<date>.+?),? (?:at )?(?P<clock>{_CLOCK})(?P<zone> \(?[a-z][a-z0-9_+/-]+\)?)?"
)
_BARE = re.compile(
    r"(?:(?!at )(?:on )?(?P<date>.+?),? )?(?P<at>at )?(?P<hour>[0-9]{1,2})(?P<zone> [a-z][a-z0-9_+/-]+)?"
)
_DAYTIME = re.compile(
    r"(?:(?:on )?(?P<date>.+?) |this )(?:in the )?(?P<part>morning|afternoon|evening|night)"
)
_SLASHED = re.compile(r"(?P<a>[0-9]{1,2})[/.](?P<b>[0-9]{1,2})(?:[/.](?P<year>[0-9]{2,4})?)?")
_BOUND = re.compile(
    r"(?:(?P<number>[0-9]{1,3}|an?|the|one|two|three) (?P<unit>days?|weeks?) (?P<side>before|after)"
    r"|on(?: the day of)?|at) (?P<name>[a-z0-9][a-z0-9+.-]*)"
    rf"(?:,? (?:at )?(?P<clock>{_CLOCK})(?P<zone> \(?[a-z][a-z0-9_+/-]+\)?)?)?"
)
_PRESENT = re.compile(
    r"when(?:ever)? (?P<who>\S+) (?:is|comes) (?:next )?(?:here|back|around|online|in)", re.IGNORECASE
)
_AGAIN = re.compile(r"(?:every|each|daily|weekdays|weekly|monthly|fortnightly|biweekly|bi-weekly)\b")
_HALVES = {"tonight": "20:00", "eod": "17:00"}


def _read(text: str, asked: Asked) -> When | None:
    """What all of a text says; ``None`` where it says no time. Raises :class:`WhenError`."""
    said = " ".join(text.split())
    words = said.lower()
    if not words or words.endswith((" at", " on", " and", ",", " the")):
        return None
    if found := _PRESENT.fullmatch(said):
        return Present(found["who"])
    if words.startswith("in "):
        return _read_in(words[3:], asked)
    if _AGAIN.match(words):
        return _read_again(said, asked)
    if (bound := _BOUND.fullmatch(words)) and (again := _read_bound(bound, said, asked)):
        return again
    return _read_time_of_day(said, asked)


def _read_in(words: str, asked: Asked) -> At | None:
    """``20 minutes``, ``1h30m``, ``an hour and 5 minutes``; ``2 days at 9:00``."""
    amounts: dict[str, float] = {}
    at = 0
    while found := _AMOUNT.match(words, at):
        number, unit = found["number"], found["unit"]
        half = number.startswith("half")
        key = _UNITS["mo" if unit.startswith("mo") else unit[0]]
        if key in amounts or (half and key != "hours"):
            return None
        amounts[key] = 0.5 if half else _NUMBERS.get(number) or int(number)
        at = found.end()
        joined = _JOINED.match(words, at)
        if joined is None or not _AMOUNT.match(words, joined.end()):
            break
        at = joined.end()
    if not amounts:
        return None
    rest = words[at:].strip()
    zone = ZoneInfo(asked.zone)
    days = {key: int(value) for key, value in amounts.items() if key in {"days", "weeks", "months"}}
    clock = {key: value for key, value in amounts.items() if key not in days}
    if rest and (clock or not days):
        return None
    try:
        local = asked.now.astimezone(zone).replace(tzinfo=None) + relativedelta(**days)  # type: ignore[arg-type]
        if rest:
            return _at_clock(local.date(), re.sub("^at ", "", rest), asked)
        at_day = local.replace(tzinfo=zone) if days else asked.now
        found_time = (at_day.astimezone(UTC) + timedelta(**clock)).astimezone(zone)
    except WhenError:
        raise
    except (OverflowError, ValueError):
        raise WhenError("That is too far away.") from None
    if found_time.year not in YEARS:
        raise WhenError("That is too far away.")
    if found_time <= asked.now:
        raise WhenError("That is now; say a time that is to come.")
    return At(found_time)


def _at_clock(day: date, words: str, asked: Asked) -> At | None:
    """A day at ``9:00 UTC``."""
    found = _TIME.fullmatch(words)
    if found is None or found["date"]:
        return None
    zone = _zone_named(found["zone"], words, asked)
    if zone is None:
        return None
    return _at(day, _clock_of(found["clock"]), zone, asked)


def _read_again(said: str, asked: Asked) -> Again | None:
    words = said.lower()
    found = re.fullmatch(
        rf"(?P<rule>.+?)(?:,? (?:at )?(?P<clock>{_CLOCK})(?P<zone> \(?[a-z][a-z0-9_+/-]+\)?)?)?", words
    )
    if found is None:
        return None
    if re.fullmatch(r"(?:every|each) (?:[0-9]+ )?(?:minutes?|hours?|mins?)", found["rule"]):
        raise WhenError("I remind once a day at most: write every day 9:00, or every weekday 9:30.")
    bare = re.fullmatch(r"(?P<rule>.+?),? (?:at )(?P<hour>[0-9]{1,2})", words)
    try:
        if bare is not None and found["clock"] is None:
            read_rule(bare["rule"])
            raise _which_hour(int(bare["hour"]), f"{bare['rule']} ")
        rule = read_rule(found["rule"])
    except WhenError:
        raise
    except ValueError as error:
        if "can be" in str(error) or "not every month" in str(error) or "every so many" in str(error):
            raise WhenError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
        return None
    zone = _zone_named(found["zone"], words, asked) if found["clock"] else asked.zone
    if zone is None:
        return None
    clock = _clock_of(found["clock"]) if found["clock"] else asked.hour
    today = asked.now.astimezone(ZoneInfo(zone)).date()
    start = first_day(rule, today, clock).isoformat(timespec="minutes")
    return Again(rule, start, zone, said_rule(rule, clock, zone))


def _read_bound(found: re.Match[str], said: str, asked: Asked) -> Bound | None:
    """``2 days before essex-2``; where it names no milestone, that is asked."""
    name, number = found["name"], found["number"]
    milestones = asked.milestones
    if name not in milestones:
        if not number:
            return None
        near = nearest(name, milestones, 2)
        hint = f"near it: {listed(near, 'or')}." if near else "none has that name."
        raise WhenError(f"There is no milestone {shorten(name, 40)!r}; {hint}")
    due = milestones[name]
    if due is None:
        raise WhenError(f"{name} has no date yet.")
    zone = _zone_named(found["zone"], said, asked) if found["clock"] else asked.zone
    if zone is None:
        return None
    clock = _clock_of(found["clock"]) if found["clock"] else asked.hour
    count = {"the": 1}.get(number or "", 0) or _NUMBERS.get(number or "", 0) or int(number or 0)
    days = count * (7 if (found["unit"] or "").startswith("week") else 1)
    bound = Bound(name, -days if found["side"] == "after" else days, f"{clock:%H:%M}", zone)
    when = bound.time(due)
    if when <= asked.now:
        raise WhenError(f"{bound} ({said_time(when, asked.now)}) is past.")
    return bound


def _read_time_of_day(said: str, asked: Asked) -> At | None:
    """``tomorrow 9:00``, ``9am on friday``, ``at 17:00``, ``next monday``."""
    words = said.lower()
    if found := _SLASHED.match(words):
        _ask_of_slashed(found, words)
    today = asked.now.astimezone(ZoneInfo(asked.zone)).date()
    if (day := whole_date(re.sub("^on ", "", words), today)) is not None:
        clock = asked.hour
        for word, usual in _HALVES.items():
            if words == word or (word == "eod" and words.startswith("end of") and day == today):
                clock = time.fromisoformat(usual)
        if words == "today":
            raise WhenError("Today at what time? Write it like: today 17:00")
        return _at(day, clock, asked.zone, asked)
    if found := _DATE_TIME.fullmatch(words):
        zone = _zone_named(found["zone"], said, asked)
        if zone is not None and (at := _dated(found["date"], _clock_of(found["clock"]), zone, asked)):
            return at
    if found := _TIME.fullmatch(words):
        return _read_clock_first(found, said, asked)
    if (found := _BARE.fullmatch(words)) and (found["at"] or found["date"]):
        _ask_of_hour(found, said, asked)
        if found["at"] and 13 <= int(found["hour"]) <= 23:
            return _bare_hour(found, said, asked)
    if (found := _DAYTIME.fullmatch(words)) and (
        found["date"] is None or whole_date(found["date"], today) is not None
    ):
        day_word = found["date"] or "today"
        clock_word = {"morning": "9:00", "afternoon": "15:00", "evening": "19:00", "night": "22:00"}
        raise WhenError(
            f"At which hour of the {found['part']}? Write it like: {day_word} {clock_word[found['part']]}"
        )
    return None


def _read_clock_first(found: re.Match[str], said: str, asked: Asked) -> At | None:
    zone_word, date_words = found["zone"], found["date"]
    if date_words:
        zone = _zone_named(zone_word, said, asked)
        if zone is None:  # "9am next friday"
            date_words, zone = f"{zone_word} {date_words}", asked.zone
        return _dated(date_words.strip(), _clock_of(found["clock"]), zone, asked)
    zone = _zone_named(zone_word, said, asked)
    if zone is None and zone_word:
        return _dated(zone_word.strip(), _clock_of(found["clock"]), asked.zone, asked)
    if zone is None:
        return None
    clock = _clock_of(found["clock"])
    today = asked.now.astimezone(ZoneInfo(zone)).date()
    return _at(today, clock, zone, asked)


def _dated(words: str, clock: time, zone: str, asked: Asked) -> At | None:
    today = asked.now.astimezone(ZoneInfo(zone)).date()
    words = re.sub("^on ", "", words.strip(" ,"))
    if found := _SLASHED.match(words):
        _ask_of_slashed(found, words)
    day = whole_date(words, today)
    return None if day is None else _at(day, clock, zone, asked)


def _bare_hour(found: re.Match[str], said: str, asked: Asked) -> At | None:
    zone = _zone_named(found["zone"], said, asked)
    if zone is None:
        return None
    clock = time(int(found["hour"]))
    if found["date"]:
        return _dated(found["date"], clock, zone, asked)
    return _at(asked.now.astimezone(ZoneInfo(zone)).date(), clock, zone, asked)


# What is asked


def _ask_of_slashed(found: re.Match[str], words: str) -> None:
    """Raise :class:`WhenError` for ``1/2``."""
    months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    a, b = int(found["a"]), int(found["b"])
    if found.end() < len(words) and words[found.end()] not in " ,":
        return
    ways = []
    for day, month in ((b, a), (a, b)):
        if 1 <= month <= 12 and 1 <= day <= 31:
            ways.append(f"{months[month - 1]} {day}")
    ways = list(dict.fromkeys(ways))
    if not ways:
        return
    read = (
        f"may be {listed(ways, 'or')}: write"
        if len(ways) > 1
        else "is read differently in two countries: write"
    )
    raise WhenError(f"{found[0]} {read} {listed(ways, 'or')}.")


def _ask_of_hour(found: re.Match[str], said: str, asked: Asked) -> None:
    """Raise :class:`WhenError` for ``tomorrow 9`` and ``at 9``."""
    hour = int(found["hour"])
    today = asked.now.astimezone(ZoneInfo(asked.zone)).date()
    if hour > 23 or (found["date"] and whole_date(found["date"], today) is None):
        return
    if found["zone"] and _zone_named(found["zone"], said, asked) is None:
        return
    if hour > 12 and found["at"]:
        return
    raise _which_hour(hour, f"{found['date']} " if found["date"] else "at ")


def _which_hour(hour: int, before: str) -> WhenError:
    if not 1 <= hour <= 12:
        return WhenError(f"Is {hour} an hour? Write {before}{hour}:00, or put : behind the time.")
    morning, evening = hour % 12, hour % 12 + 12
    return WhenError(
        f"{hour} may be {morning:02}:00 or {evening:02}:00: "
        f"write {before}{morning}:00 or {before}{evening}:00."
    )


def _clock_of(text: str) -> time:
    """The time of day in ``9am``, ``14:30``, ``noon``. Raises :class:`WhenError`."""
    if text == "noon":
        return time(12)
    if text == "midnight":
        raise WhenError(
            "Midnight at which end of the day? Write 0:00 with the day that begins then, or 23:59."
        )
    found = re.fullmatch(r"([0-9]{1,2})(?::([0-9]{2}))?\s?(am|pm)?", text)
    if found is not None:
        hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
        if half is None and hour < 24 and minute < 60:
            return time(hour, minute)
        if half is not None and 1 <= hour <= 12 and minute < 60:
            return time(hour % 12 + (12 if half == "pm" else 0), minute)
    raise WhenError(f"{text} is no time of day; write one like 9:00 or 5pm.")


def _zone_named(word: str | None, said: str, asked: Asked) -> str | None:
    """The zone that a word names: the asker's for none; ``None`` where the word is no zone's name. Raises
    :class:`WhenError` for one that may mean several, or that nearly is one.
    """
    if not word:
        return asked.zone
    word = word.strip(" ()")
    found = zone_names().get(word)
    if found is not None:
        return found
    written = next(
        (one for one in said.replace("(", " ").replace(")", " ").split() if one.lower() == word), word
    )
    if written.isupper() and written in ABBREVIATIONS:
        return ABBREVIATIONS[written]
    if written.isupper() and written in SEVERAL:
        raise WhenError(f"{written} is {listed(SEVERAL[written], 'or')}: write one of these behind the time.")
    region, slash, _ = word.partition("/")
    if slash and any(name.startswith(f"{region}/") for name in zone_names()):
        near = nearest(word, zone_names().values(), 2)
        hint = f"; did you mean {listed(near, 'or')}?" if near else "."
        raise WhenError(f"There is no time zone {shorten(written, 40)!r}{hint}")
    return None


def local_time(day: date, clock: time, zone: str) -> datetime:
    """A local time as an aware one: one that the clock skips is as much later, of two the first is meant."""
    local = datetime.combine(day, clock, ZoneInfo(zone))
    return local.astimezone(UTC).astimezone(ZoneInfo(zone))


def _at(day: date, clock: time, zone: str, asked: Asked) -> At:
    """A local time that is to come, and is there once. Raises :class:`WhenError`."""
    if day.year not in YEARS:
        raise WhenError("That is too far away.")
    where = ZoneInfo(zone)
    first = datetime.combine(day, clock, where)
    second = first.replace(fold=1)
    found = local_time(day, clock, zone)
    if found.time().replace(tzinfo=None) != clock:
        before = second.astimezone(UTC).astimezone(where)
        raise WhenError(
            f"{clock:%H:%M} is skipped on {day} in {zone}, as the clock is put on: "
            f"write {day} {before:%H:%M} or {day} {found:%H:%M}, with the zone if it is not yours."
        )
    if first.utcoffset() != second.utcoffset():
        ways = [f"{one.astimezone(UTC):%Y-%m-%d %H:%M} UTC" for one in (first, second)]
        raise WhenError(
            f"{clock:%H:%M} comes twice on {day} in {zone}, as the clock is put back: "
            f"write {listed(ways, 'or')}."
        )
    if found <= asked.now:
        tomorrow = f"; write tomorrow {clock:%H:%M}?" if day == asked.now.astimezone(where).date() else "."
        raise WhenError(f"{_named(found)} is past{tomorrow}")
    return At(found)


# Saying it back


def _named(when: datetime) -> str:
    """``Tuesday 2026-12-01 09:00 CET (Europe/Berlin)``."""
    zone, short = str(when.tzinfo), when.tzname() or ""
    return (
        f"{when:%A %Y-%m-%d %H:%M} {zone}" if short == zone else f"{when:%A %Y-%m-%d %H:%M} {short} ({zone})"
    )


def clock_text(when: datetime, now: datetime) -> str:
    """A time in few words, from today on: ``09:00 CET``, on another day ``Tuesday 2026-12-01 09:00 CET``."""
    is_today = when.date() == now.astimezone(when.tzinfo).date()
    return f"{when:%H:%M} {when.tzname()}" if is_today else f"{when:%A %Y-%m-%d %H:%M} {when.tzname()}"


def said_time(when: datetime, now: datetime) -> str:
    """``Tuesday 2026-12-01 09:00 CET (Europe/Berlin), in 14 hours``; ``when`` is aware, in its zone."""
    return f"{_named(when)}, {length_text(when - now)}"


def length_text(left: timedelta) -> str:
    """``in 14 hours``, ``in 2 days``, ``3 hours ago``, ``now``."""
    minutes = round(abs(left).total_seconds() / 60)
    for size, name in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size * (2 if name != "minute" else 1) or (minutes >= size and minutes % size == 0):
            count = counted(minutes // size, name)
            return f"in {count}" if left > timedelta(0) else f"{count} ago"
    return "now"


def said_when(when: When, asked: Asked) -> str:
    """What was understood, with its zone."""
    match when:
        case At():
            return said_time(when.time, asked.now)
        case Again():
            return f"{when.words}, next {said_time(next_time(when, asked.now), asked.now)}"
        case Bound():
            due = asked.milestones.get(when.milestone)
            return f"{when}, {said_time(when.time(due), asked.now)}" if due else str(when)
        case Present():
            return f"when {when.who} is next here"


__all__ = [
    "Again",
    "Asked",
    "At",
    "Bound",
    "Present",
    "When",
    "WhenError",
    "clock_text",
    "length_text",
    "local_time",
    "read_when",
    "said_time",
    "said_when",
    "split_when",
]
