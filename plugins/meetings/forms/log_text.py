"""``.log.txt``: the log as text, in MeetBot's and irssi's shapes.

It reads back (:mod:`plugins.meetings.logs.meetbot`) as what it was, but for accounts, message ids, notes
and fractions of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.model import Kind, Line
from bot.text import plain
from plugins.meetings.forms.lines import NumberedLine, Times, day_changed, in_pieces
from plugins.meetings.forms.versions import Versions, reactions_text

MIDNIGHT_JUMP = timedelta(hours=6)
"""A time of day this much earlier than the line before is, for whoever reads the log, the next day's."""


class _Nicks(dict[str, str]):
    """Nicks as the log writes them: one word, which no ``>`` ends early; each is made once."""

    def __missing__(self, nick: str) -> str:
        safe = plain(nick).replace(" ", "\u00a0").replace(">", "›") or "?"
        self[nick] = safe
        return safe


def write_log_text(
    lines: Iterable[NumberedLine], times: Times, versions: Versions | None = None
) -> list[str]:
    """The log, one line each, in pieces; a date line stands where the date changes. What was said stands as
    it was said first, and its correction where that was made.
    """
    return list(in_pieces(_log_text(lines, times, versions or Versions()), "\n"))


def _log_text(lines: Iterable[NumberedLine], times: Times, versions: Versions) -> Iterator[str]:
    nicks = _Nicks()
    before: datetime | None = None
    clock = times.clock
    for numbered in lines:
        line = numbered.line
        kind = line.kind
        if kind is Kind.NOTE:
            continue
        local = times.local(line.time)
        if before is not None and (local.date() != before.date() or _goes_back(before, local)):
            yield day_changed(local)
        before = local
        if kind is Kind.SAID:
            yield f"{clock(line.time)} <{nicks[line.actor.nick]}> {plain(line.text)}"
        elif kind is Kind.ACTED:
            yield f"{clock(line.time)} * {nicks[line.actor.nick]} {plain(line.text)}"
        elif kind is Kind.NOTICE:
            yield f"{clock(line.time)} -{nicks[line.actor.nick]}- {plain(line.text)}"
        elif kind is Kind.CORRECTED or kind is Kind.REACTED:
            yield f"{clock(line.time)} -!- {said_of_others(numbered, versions, nicks)}"
        else:
            yield f"{clock(line.time)} -!- {happened(line, times, nicks)}"


def _goes_back(before: datetime, local: datetime) -> bool:
    return before.replace(tzinfo=None) - local.replace(tzinfo=None) > MIDNIGHT_JUMP


def happened(line: Line, times: Times, nicks: dict[str, str]) -> str:
    """What happened that nobody said, in irssi's words."""
    nick = nicks[line.actor.nick]
    address = f" [{nicks[line.actor.address]}]" if line.actor.address else ""
    room = nicks[line.where.name]
    text = plain(line.text)
    reason = f" [{text}]" if text else ""
    match line.kind:
        case Kind.JOINED:
            return f"{nick}{address} has joined {room}"
        case Kind.LEFT if line.data.get("how") == "kick":
            return f"{nick} was kicked from {room} by {nicks[str(line.data.get('by', ''))]}{reason}"
        case Kind.LEFT if line.data.get("how") == "quit":
            return f"{nick}{address} has quit{reason}"
        case Kind.LEFT:
            return f"{nick}{address} has left {room}{reason}"
        case Kind.RENAMED:
            return f"{nick} is now known as {nicks[line.text]}"
        case Kind.TOPIC:
            return f"{nick} changed the topic of {room} to: {text}"
        case Kind.LOGIN:
            account = line.actor.account
            return f"{nick} is now logged in as {nicks[account]}" if account else f"{nick} is now logged out"
        case _:
            place = line.data.get("in")
            where = f"in {nicks[place]} " if isinstance(place, str) else ""
            return f"Nothing is known of what was said {where}{between(line, times)}"


def said_of_others(numbered: NumberedLine, versions: Versions, nicks: dict[str, str]) -> str:
    """What somebody did to a line that stands elsewhere in the log: corrected it, or reacted to it."""
    line = numbered.line
    nick = nicks[line.actor.nick]
    of = versions.of.get(numbered.number or 0)
    about = f"l-{of}" if of else "another line"
    if line.kind is Kind.CORRECTED:
        return f"{nick} corrected {about}: {plain(line.text)}"
    reactions = reactions_text(numbered)
    return f"{nick} reacted to {about}: {reactions}" if reactions else f"{nick} reacts no more to {about}"


def between(line: Line, times: Times) -> str:
    """``between 2026-11-22 20:15:00 and 2026-11-22 20:17:00 UTC``: a gap's times."""
    since, until = gap_times(line)
    return f"between {times.stamp(since)} and {times.stamp(until)} {times.name}"


def gap_times(line: Line) -> tuple[datetime, datetime]:
    """Since when and until when a gap is; where its data does not say, the line's own time."""
    return _time(line.data.get("since"), line.time), _time(line.data.get("until"), line.time)


def _time(value: object, otherwise: datetime) -> datetime:
    if isinstance(value, str):
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            return otherwise
        if time.tzinfo is not None:
            return time
    return otherwise
