"""What all of a text says, one function for each way in which a time is written."""

from __future__ import annotations

import re
from datetime import UTC, date, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from bot.dates import whole_date
from bot.recurrence import YEARS, first_day, read_rule, said_rule
from bot.text import listed, nearest, shorten
from bot.when.asking import ask_of_hour, ask_of_slashed, clock_of, coming_time, which_hour, zone_named
from bot.when.saying import said_time
from bot.when.values import Again, Asked, At, Bound, Present, When, WhenError

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


def read(text: str, asked: Asked) -> When | None:
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
    zone = zone_named(found["zone"], words, asked)
    if zone is None:
        return None
    return coming_time(day, clock_of(found["clock"]), zone, asked)


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
            raise which_hour(int(bare["hour"]), f"{bare['rule']} ")
        rule = read_rule(found["rule"])
    except WhenError:
        raise
    except ValueError as error:
        if "can be" in str(error) or "not every month" in str(error) or "every so many" in str(error):
            raise WhenError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
        return None
    zone = zone_named(found["zone"], words, asked) if found["clock"] else asked.zone
    if zone is None:
        return None
    clock = clock_of(found["clock"]) if found["clock"] else asked.hour
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
    zone = zone_named(found["zone"], said, asked) if found["clock"] else asked.zone
    if zone is None:
        return None
    clock = clock_of(found["clock"]) if found["clock"] else asked.hour
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
        ask_of_slashed(found, words)
    today = asked.now.astimezone(ZoneInfo(asked.zone)).date()
    if (day := whole_date(re.sub("^on ", "", words), today)) is not None:
        clock = asked.hour
        for word, usual in _HALVES.items():
            if words == word or (word == "eod" and words.startswith("end of") and day == today):
                clock = time.fromisoformat(usual)
        if words == "today":
            raise WhenError("Today at what time? Write it like: today 17:00")
        return coming_time(day, clock, asked.zone, asked)
    if found := _DATE_TIME.fullmatch(words):
        zone = zone_named(found["zone"], said, asked)
        if zone is not None and (at := _dated(found["date"], clock_of(found["clock"]), zone, asked)):
            return at
    if found := _TIME.fullmatch(words):
        return _read_clock_first(found, said, asked)
    if (found := _BARE.fullmatch(words)) and (found["at"] or found["date"]):
        ask_of_hour(found, said, asked)
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
        zone = zone_named(zone_word, said, asked)
        if zone is None:  # "9am next friday"
            date_words, zone = f"{zone_word} {date_words}", asked.zone
        return _dated(date_words.strip(), clock_of(found["clock"]), zone, asked)
    zone = zone_named(zone_word, said, asked)
    if zone is None and zone_word:
        return _dated(zone_word.strip(), clock_of(found["clock"]), asked.zone, asked)
    if zone is None:
        return None
    clock = clock_of(found["clock"])
    today = asked.now.astimezone(ZoneInfo(zone)).date()
    return coming_time(today, clock, zone, asked)


def _dated(words: str, clock: time, zone: str, asked: Asked) -> At | None:
    today = asked.now.astimezone(ZoneInfo(zone)).date()
    words = re.sub("^on ", "", words.strip(" ,"))
    if found := _SLASHED.match(words):
        ask_of_slashed(found, words)
    day = whole_date(words, today)
    return None if day is None else coming_time(day, clock, zone, asked)


def _bare_hour(found: re.Match[str], said: str, asked: Asked) -> At | None:
    zone = zone_named(found["zone"], said, asked)
    if zone is None:
        return None
    clock = time(int(found["hour"]))
    if found["date"]:
        return _dated(found["date"], clock, zone, asked)
    return coming_time(asked.now.astimezone(ZoneInfo(zone)).date(), clock, zone, asked)
