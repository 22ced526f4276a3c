"""Turns as iCalendar (RFC 5545). Pure.

Rules:

1. The same data give the same text: ``DTSTAMP`` is when it was last said whose a turn is, never now.
2. A turn has the same ``UID`` before and after it began, whoever has it.
3. Texts are in one line each and escaped by the library, so that no title or name can be more than a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from bot.text import one_line
from plugins.duty.rotation import Turn


def calendar(
    team: str, title: str, turns: Iterable[tuple[Turn, datetime]], name: Callable[[int | None], str]
) -> bytes:
    """The turns of a team, each with when it was last said whose it is (UTC)."""
    made = Calendar()
    made.add("PRODID", "-//Muster//duty//EN")
    made.add("VERSION", "2.0")
    made.add("CALSCALE", "GREGORIAN")
    called = one_line(f"On duty for {title or team}")
    made.add("NAME", called)  # RFC 7986, 5.1
    made.add("X-WR-CALNAME", called)
    made.add("REFRESH-INTERVAL", timedelta(hours=6), {"VALUE": "DURATION"})  # RFC 7986, 5.7
    for turn, said_at in turns:
        event = Event()
        event.add("UID", f"duty-{one_line(team)}-{turn.begins:%Y%m%dT%H%M%SZ}@muster")
        event.add("DTSTAMP", said_at.replace(microsecond=0))
        event.add("DTSTART", turn.begins)
        event.add("DTEND", turn.ends)
        for_ = f" (for {name(turn.due)})" if turn.due not in {turn.person, None} else ""
        event.add("SUMMARY", one_line(f"{team}: {name(turn.person)}{for_} on duty"))
        event.add("TRANSP", "TRANSPARENT")  # nobody is busy by it
        made.add_component(event)
    return bytes(made.to_ical())
