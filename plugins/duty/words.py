"""Rotations and turns in words, and the words in which a rotation is set. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.text import listed
from plugins.duty.rotation import WEEKDAYS, Every, Rhythm, Turn
from plugins.duty.settings import read_clock

LATE = timedelta(hours=1)
"""A turn that is told of later than this after it began is told of late."""

Name = Callable[[int | None], str]
"""What people call somebody by their id; ``None`` is nobody."""

_SPANS: dict[Every, str] = {"week": "this week", "day": "today", "working day": "today"}


def day_text(day: date) -> str:
    """``Mon 30 November 2026``."""
    return f"{day:%a} {day.day} {day:%B %Y}"


def short_day(day: date) -> str:
    """``Mon 30 Nov``."""
    return f"{day:%a} {day.day} {day:%b}"


def time_text(when: datetime, zone: str) -> str:
    """``Mon 30 November 2026 09:00 Europe/Berlin``."""
    local = when.astimezone(ZoneInfo(zone))
    return f"{day_text(local.date())} {local:%H:%M} {zone}"


def rhythm_text(rhythm: Rhythm) -> str:
    """``weekly monday 09:00``, as it may be typed."""
    if rhythm.every == "week":
        return f"weekly {WEEKDAYS[rhythm.weekday]} {rhythm.at:%H:%M}"
    return f"daily{' mon-fri' if rhythm.every == 'working day' else ''} {rhythm.at:%H:%M}"


def read_rhythm(
    kind: Literal["weekly", "daily"], words: Sequence[str], usual: Rhythm
) -> tuple[Rhythm, list[str]]:
    """The rhythm that the first words say, and the words after them, which name people. What they do not say
    is as ``usual``. Raises ``ValueError``, which says what would be right.
    """
    every: Every = "week" if kind == "weekly" else "day"
    weekday, at = usual.weekday, usual.at
    rest = list(words)
    while rest:
        word = rest[0].lower()
        clock = read_clock(word)
        if clock is not None:
            at = clock
        elif word in WEEKDAYS:
            if kind == "daily":
                raise ValueError(f"a daily turn has no weekday: leave {word} out, or write weekly {word}")
            weekday = WEEKDAYS.index(word)
        elif word == "mon-fri":
            if kind == "weekly":
                raise ValueError("a weekly turn goes over the weekend: leave mon-fri out, or write daily")
            every = "working day"
        else:
            break
        del rest[0]
    return Rhythm(every, at, usual.zone, weekday), rest


def usual_rhythm(at: time, weekday: str, zone: str) -> Rhythm:
    """The rhythm of a rotation that says none."""
    return Rhythm("week", at, zone, WEEKDAYS.index(weekday))


def begins_text(
    team: str, turn: Turn, before: Turn | None, rhythm: Rhythm, now: datetime, name: Name, called: str
) -> str:
    """What a team's room hears when a turn begins: whose it is, under which nick (``called``), and whose was
    the one before.
    """
    span = _SPANS[rhythm.every]
    if now - turn.begins > LATE:
        since = time_text(turn.begins, rhythm.zone)
        span += f", since {since} (I tell it late: I was away)"
    after = f" (after {name(before.person)})" if before is not None and before.person is not None else ""
    if turn.person is None:
        return f"{team}: nobody is on duty {span}{after}: all who could be are away."
    if turn.stands_in:
        return f"{team}: {called} stands in on duty {span}{after}, as nobody of the rotation is here."
    for_ = f" for {name(turn.due)}" if turn.due != turn.person else ""
    return f"{team}: {called} is on duty{for_} {span}{after}."


def now_text(
    turn: Turn, then: Turn, rhythm: Rhythm, name: Name, instead: str, *, nobody: bool = False
) -> str:
    """Who is on duty, until when, and who is next. ``instead`` represents whoever has the turn, if it is not
    nothing; ``nobody``: they are not there, and nobody represents them.
    """
    span = _SPANS[rhythm.every]
    not_here = f", as {name(turn.person)} is not here" if turn.person is not None else ""
    if instead:
        who = f"{instead} stands in {span}{not_here}"
    elif nobody or turn.person is None:
        who = f"nobody is on duty {span}{not_here}"
    elif turn.stands_in:
        who = f"{name(turn.person)} stands in {span}, as nobody of the rotation is here"
    else:
        for_ = f" for {name(turn.due)}" if turn.due != turn.person else ""
        who = f"{name(turn.person)} is on duty{for_} {span}"
    next_ = f"then {name(then.person)}" if then.begins <= turn.ends else _next_text(then, rhythm, name)
    return f"{who}, until {time_text(turn.ends, rhythm.zone)}; {next_}."


def idle_text(then: Turn, rhythm: Rhythm, name: Name) -> str:
    """That nobody is on duty, since no turn runs, and who is next."""
    return f"no turn runs now; {_next_text(then, rhythm, name)}."


def _next_text(then: Turn, rhythm: Rhythm, name: Name) -> str:
    return f"{name(then.person)} is next, from {time_text(then.begins, rhythm.zone)}"


def preview_text(team: str, turns: Sequence[Turn], rhythm: Rhythm, name: Name) -> str:
    """The turns to come, in one line."""
    told = [
        f"{short_day(turn.day)} {name(turn.person)}" + (f" (for {name(turn.due)})" if turn.cover else "")
        for turn in turns
    ]
    return f"{team}, from {rhythm.at:%H:%M} {rhythm.zone}: {', '.join(told)}."


def mine_text(team: str, now: Turn | None, turns: Sequence[Turn], rhythm: Rhythm) -> str:
    """Somebody's turn that runs, if one does, and those to come."""
    parts = []
    if now is not None:
        parts.append(f"you are on duty until {time_text(now.ends, rhythm.zone)}")
    if turns:
        days = listed(day_text(turn.day) for turn in turns)
        which = "your next turn begins" if len(turns) == 1 else "your next turns begin"
        parts.append(f"{which} on {days}, at {rhythm.at:%H:%M} {rhythm.zone}")
    return f"{team}: {'; '.join(parts) or 'no turn of yours is near'}."
