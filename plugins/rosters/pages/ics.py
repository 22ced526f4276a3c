"""When teams meet, and when milestones are due, as iCalendar (RFC 5545). Pure.

Rules:

1. A series of meetings is one recurring event in its own zone, which stands beside it as VTIMEZONE: 21:00
   stays 21:00 when clocks are changed, in whichever program. What is cancelled is an EXDATE; what is moved is
   an event of its own with the RECURRENCE-ID of what it stands for (RFC 5545, 3.8.4.4).
2. The same data give the same text. DTSTAMP and LAST-MODIFIED are when the series was last changed, never
   now; SEQUENCE counts the changes of when the team meets. A series keeps its UID for as long as it lasts.
3. A milestone is an event of its whole day.
4. Texts are in one line each; the library escapes and folds them, so that no title or name can be more than a
   text.
5. The library's own VTIMEZONE has the beginning of summer time an hour late (it writes DTSTART in the new
   time; by RFC 5545, 3.6.5, it is in the time before). So :func:`timezone` says when clocks are changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vRecur

from bot.recurrence import at_local
from bot.text import one_line
from plugins.rosters.roster import Meets, Team

_YEARS = 5
"""So many years ahead it is said when clocks are changed."""


@dataclass(frozen=True, slots=True)
class TeamMeets:
    """A team that meets: how often it was changed when, and the last time (UTC), as far as that is known;
    where it meets, and the address of its page, if there is one.
    """

    team: Team
    changes: int = 0
    changed_at: datetime | None = None
    room: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A milestone, when it is due, since when that is known (UTC), and the address of its page."""

    name: str
    day: date
    known_at: datetime | None = None
    url: str = ""


@dataclass(slots=True)
class _Zones:
    """The zones of a calendar's events, and the first year in each."""

    first: dict[str, int] = field(default_factory=dict)

    def at(self, local: str, zone: str) -> datetime:
        """A local time in its zone, which is noted."""
        found = at_local(local, zone)
        if zone == "UTC":
            return found.replace(tzinfo=UTC)
        self.first[zone] = min(self.first.get(zone, found.year), found.year)
        return found


def calendar(title: str, teams: Iterable[TeamMeets], milestones: Iterable[Due], today: date) -> bytes:
    """A calendar of these teams' meetings and these milestones. ``today`` tells how far ahead zones are
    described.
    """
    made = Calendar()
    made.add("PRODID", "-//Muster//rosters//EN")
    made.add("VERSION", "2.0")
    made.add("CALSCALE", "GREGORIAN")
    made.add("NAME", one_line(title))  # RFC 7986, 5.1
    made.add("X-WR-CALNAME", one_line(title))
    made.add("REFRESH-INTERVAL", timedelta(hours=6), {"VALUE": "DURATION"})  # RFC 7986, 5.7
    zones = _Zones()
    events = [event for one in teams for series in one.team.meets for event in _events(one, series, zones)]
    for zone in sorted(zones.first):
        made.add_component(timezone(zone, zones.first[zone], today.year + _YEARS))
    for event in events:
        made.add_component(event)
    for milestone in milestones:
        made.add_component(_due(milestone))
    return bytes(made.to_ical())


def _events(one: TeamMeets, series: Meets, zones: _Zones) -> Iterable[Event]:
    """A series, and those of it that are moved."""
    usual = _event(one, series, zones.at(series.start, series.zone))
    usual.add("RRULE", vRecur.from_ical(series.rule))
    if series.cancelled:
        usual.add("EXDATE", [zones.at(day + series.start[10:], series.zone) for day in series.cancelled])
    yield usual
    for day, to in sorted(series.moved.items()):
        moved = _event(one, series, zones.at(to, series.zone))
        moved.add("RECURRENCE-ID", zones.at(day + series.start[10:], series.zone))
        yield moved


def _event(one: TeamMeets, series: Meets, start: datetime) -> Event:
    team = one.team
    event = Event()
    event.add("UID", f"meets-{series.id}-{one_line(team.name)}@muster")
    changed = (one.changed_at or at_local(series.start, series.zone)).astimezone(UTC).replace(microsecond=0)
    event.add("DTSTAMP", changed)
    event.add("LAST-MODIFIED", changed)
    event.add("SEQUENCE", one.changes)
    event.add("DTSTART", start)
    event.add("DURATION", timedelta(minutes=series.minutes))
    event.add("SUMMARY", one_line(f"{team.title or team.name} meeting"))
    event.add("DESCRIPTION", one_line(f"{team.name} meets {series.words}"))
    if one.room:
        event.add("LOCATION", one_line(one.room))
    if one.url:
        event.add("URL", one.url)
    return event


def _due(milestone: Due) -> Event:
    event = Event()
    event.add("UID", f"milestone-{one_line(milestone.name)}@muster")
    known = milestone.known_at or datetime.combine(milestone.day, datetime.min.time(), UTC)
    event.add("DTSTAMP", known.astimezone(UTC).replace(microsecond=0))
    event.add("DTSTART", milestone.day)
    event.add("DTEND", milestone.day + timedelta(days=1))
    event.add("SUMMARY", one_line(f"Milestone {milestone.name}"))
    event.add("TRANSP", "TRANSPARENT")  # nobody is busy by it
    if milestone.url:
        event.add("URL", milestone.url)
    return event


# Zones


@dataclass(frozen=True, slots=True)
class _Change:
    """That clocks are changed: at which local time, as it was until then, and from and to which offset."""

    local: datetime
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool

    @property
    def kind(self) -> tuple[timedelta, timedelta, str, bool]:
        """Changes of one kind stand together."""
        return self.before, self.after, self.name, self.is_summer


def timezone(zone: str, first: int, last: int) -> Timezone:
    """A zone, as it is from the year ``first`` to the year ``last``."""
    made = Timezone()
    made.add("TZID", zone)
    kinds: dict[tuple[timedelta, timedelta, str, bool], list[datetime]] = {}
    for change in _changes(zone, first, last):
        kinds.setdefault(change.kind, []).append(change.local)
    for (before, after, name, is_summer), times in kinds.items():
        part = TimezoneDaylight() if is_summer else TimezoneStandard()
        part.add("DTSTART", times[0])
        if times[1:]:
            part.add("RDATE", times[1:])
        part.add("TZOFFSETFROM", before)
        part.add("TZOFFSETTO", after)
        part.add("TZNAME", name)
        made.add_component(part)
    return made


@lru_cache(maxsize=256)
def _changes(zone: str, first: int, last: int) -> Sequence[_Change]:
    """How clocks stand when a year begins, and when they are changed from then to another year's end."""
    info = ZoneInfo(zone)
    begin, end = datetime(first, 1, 1, tzinfo=UTC) - timedelta(days=1), datetime(last + 1, 1, 1, tzinfo=UTC)

    def offset(when: datetime) -> tuple[timedelta, str]:
        local = when.astimezone(info)
        return local.utcoffset() or timedelta(), local.tzname() or zone

    def made(when: datetime, before: timedelta) -> _Change:
        after, name = offset(when)
        local = (when + before).replace(tzinfo=None)
        return _Change(local, before, after, name, bool(when.astimezone(info).dst()))

    found = [made(begin, offset(begin)[0])]
    day = timedelta(days=1)
    known, when = offset(begin), begin
    while when < end:
        then = offset(when + day)
        if then != known:
            low, high = when, when + day
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset(middle) == known else (low, middle)
            found.append(made(high.replace(microsecond=0), known[0]))
            known = then
        when += day
    return tuple(found)
