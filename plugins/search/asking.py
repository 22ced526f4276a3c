"""What somebody asks the search for, as they typed it, and what that means. Pure.

Rules:

1. Nothing that is typed is an error: what cannot be understood is left out, and :attr:`Asked.remarks` says
   so.
2. A day is one of the zone that pages show; ``from`` and ``to`` both belong to what is looked through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bot.model import Room
from bot.search import MOST_PARTS, Filter, Query, read_query

KINDS: Mapping[str, tuple[str, frozenset[str]]] = {
    "line": ("what was said", frozenset({"line"})),
    "decision": ("decisions", frozenset({"agreed", "accepted", "rejected", "done"})),
    "action": ("actions", frozenset({"action", "progress"})),
    "topic": ("topics", frozenset({"topic", "subtopic"})),
    "vote": ("votes", frozenset({"vote"})),
    "link": ("links", frozenset({"link"})),
    "info": ("information", frozenset({"info"})),
    "idea": ("ideas", frozenset({"idea"})),
    "help": ("calls for help", frozenset({"help"})),
}
"""What a search can be narrowed to: its name for people, and the kinds of documents that it is."""

_FIELDS = ("q", "room", "team", "person", "kind", "from", "to")
_LONGEST = 400  # characters of a field
_FIRST, _LAST = date(1970, 1, 2), date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed into the form, by field; what it means; and where the page begins."""

    typed: Mapping[str, str]
    query: Query
    kinds: frozenset[str] | None
    since: datetime | None
    until: datetime | None
    before: int | None
    after: int | None
    remarks: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is looked for."""
        narrowed = any(self.typed[name] for name in ("room", "team", "person", "kind"))
        return not self.query.wanted and not narrowed

    def chosen(
        self,
        rooms: Iterable[int] | None,
        teams: Iterable[str] | None,
        people: Iterable[str] | None,
    ) -> Filter:
        """What it is narrowed by, once it is known which rooms, teams and people are meant."""
        return Filter(
            rooms=None if rooms is None else frozenset(rooms),
            teams=None if teams is None else frozenset(teams),
            people=None if people is None else frozenset(people),
            kinds=self.kinds,
            since=self.since,
            until=self.until,
        )

    def path(self, **place: int) -> str:
        """The address of another page of the same: ``before`` or ``after`` a hit."""
        return "/search?" + urlencode({name: text for name, text in self.typed.items() if text} | place)


def read_asked(given: Mapping[str, str], zone: str) -> Asked:
    """What a request's parameters ask for; ``zone`` is the IANA name of the one that days are of."""
    typed = {name: given.get(name, "")[:_LONGEST].strip() for name in _FIELDS}
    query = read_query(typed["q"])
    remarks = []
    if query.is_cut:
        remarks.append(f"Only the beginning of what you typed is looked for: {MOST_PARTS} words at most.")
    if query.unwanted and not query.wanted:
        remarks.append("Say also what to find, and not only what to leave out.")
    if typed["kind"] and typed["kind"] not in KINDS:
        remarks.append("There is no such kind, so all are looked through.")
        typed["kind"] = ""
    days = {}
    for name in ("from", "to"):
        days[name] = _day(typed[name])
        if typed[name] and days[name] is None:
            remarks.append(f"“{typed[name]}” is no day: write one like 2026-11-22. It was left out.")
            typed[name] = ""
    last = days["to"]
    return Asked(
        typed=typed,
        query=query,
        kinds=KINDS[typed["kind"]][1] if typed["kind"] else None,
        since=_midnight(days["from"], zone),
        until=_midnight(last + timedelta(days=1) if last else None, zone),
        before=_place(given.get("before", "")),
        after=_place(given.get("after", "")),
        remarks=tuple(remarks),
    )


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return min(max(found, _FIRST), _LAST)


def _midnight(day: date | None, zone: str) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _place(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 18 else None


def rooms_meant(typed: str, known: Mapping[int, Room]) -> set[int]:
    """The numbers of the rooms that somebody means by ``#nova``, ``nova`` or ``oftc/#nova``."""
    wanted = typed.casefold()
    return {
        id_
        for id_, room in known.items()
        if wanted in {str(room).casefold(), room.name.casefold(), room.name.lstrip("#").casefold()}
    }
