"""What of a time can be read in two ways, or is past: it is asked, and not guessed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from bot.dates import whole_date
from bot.recurrence import YEARS
from bot.text import listed, nearest, shorten
from bot.when.saying import named
from bot.when.values import Asked, At, WhenError, local_time
from bot.zones import ABBREVIATIONS, SEVERAL, zone_names


def ask_of_slashed(found: re.Match[str], words: str) -> None:
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


def ask_of_hour(found: re.Match[str], said: str, asked: Asked) -> None:
    """Raise :class:`WhenError` for ``tomorrow 9`` and ``at 9``."""
    hour = int(found["hour"])
    today = asked.now.astimezone(ZoneInfo(asked.zone)).date()
    if hour > 23 or (found["date"] and whole_date(found["date"], today) is None):
        return
    if found["zone"] and zone_named(found["zone"], said, asked) is None:
        return
    if hour > 12 and found["at"]:
        return
    raise which_hour(hour, f"{found['date']} " if found["date"] else "at ")


def which_hour(hour: int, before: str) -> WhenError:
    """What to ask of an hour without am or pm, typed behind ``before``."""
    if not 1 <= hour <= 12:
        return WhenError(f"Is {hour} an hour? Write {before}{hour}:00, or put : behind the time.")
    morning, evening = hour % 12, hour % 12 + 12
    return WhenError(
        f"{hour} may be {morning:02}:00 or {evening:02}:00: "
        f"write {before}{morning}:00 or {before}{evening}:00."
    )


def clock_of(text: str) -> time:
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


def zone_named(word: str | None, said: str, asked: Asked) -> str | None:
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


def coming_time(day: date, clock: time, zone: str, asked: Asked) -> At:
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
        raise WhenError(f"{named(found)} is past{tomorrow}")
    return At(found)
