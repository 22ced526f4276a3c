"""Blueprints, and what became of them, in one line each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.model import Json
from bot.plugin import Change
from bot.text import counted as _counted
from bot.text import one_line, shorten
from plugins.blueprints.owning import Holding
from plugins.tracker import Item

_TITLE = 120
_LISTED_TITLE = 60
_VALUE = 60
_NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is shown of a blueprint beside itself: whose it is, the milestone proposed for it (``""``: none at
    all; ``None``: nothing is proposed) and by whom, and what is waiting or old about it.
    """

    held: Holding
    proposed: str | None = None
    proposer: str = ""
    age: str = ""


def whole(item: Item, standing: Standing) -> str:
    """All that one asks of a blueprint: ``zones: Distributed zones. Started, High; nova-scaling (comstud);
    essex-2. https://...``
    """
    parts = [f"{item.state}, {item.priority}", str(standing.held), item.milestone or "no milestone"]
    if standing.proposed is not None:
        parts.append(f"{standing.proposed or 'no milestone'} proposed by {standing.proposer}")
    if not item.direction_approved and item.is_open:
        parts.append("not approved")
    title = shorten(one_line(item.title), _TITLE).rstrip(".")
    said = f"{item.name}: {title}. {'; '.join(parts)}."
    return " ".join(part for part in (said, standing.age, item.url) if part)


def listed_line(item: Item, held: Holding) -> str:
    """A blueprint among others: ``zones (Started, High; nova-scaling; essex-2): Distributed zones``."""
    parts = [f"{item.state}, {item.priority}", str(held), *([item.milestone] if item.milestone else [])]
    return f"{item.name} ({'; '.join(parts)}): {shorten(one_line(item.title), _LISTED_TITLE)}"


def counted(number: int, what: str = "blueprint") -> str:
    """``1 blueprint``, ``7 blueprints``."""
    return _counted(number, what)


def names(of: Sequence[str], most: int = 6) -> str:
    """``a, b, c and 4 more``."""
    shown, rest = list(of[:most]), len(of) - most
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)


_WHAT = {
    "definition_status": "definition",
    "implementation_status": "implementation",
    "direction_approved": "direction",
    "specification_url": "address",
    "workitems_text": "work items",
}
"""Fields as they are said, where Launchpad's name is not."""

_LONG = frozenset({"whiteboard", "workitems_text", "summary"})
"""Fields of which it is only said that they changed."""


def history_line(change: Change, zone: ZoneInfo) -> str:
    """A change: ``2026-11-22 20:00 UTC, alice in #nova: milestone essex-1 -> essex-2``."""
    where = ""
    if change.by.room is not None:
        where = " privately" if change.by.room.private else f" in {change.by.room.name}"
    who = f"{change.by.actor.nick}{where}"
    return f"{local(change.by.time, zone)}, {who}: {turned(change)}"


def turned(change: Change) -> str:
    """What was changed, and how: ``milestone essex-1 -> essex-2``."""
    what = _WHAT.get(change.what, change.what.replace("_", " "))
    return what if change.what == "created" else f"{what} {_turned(change)}"


def _turned(change: Change) -> str:
    if change.what in _LONG:
        return "changed"
    return f"{_value(change.before)} -> {_value(change.after)}"


def _value(value: Json) -> str:
    if isinstance(value, bool):
        return "approved" if value else "not approved"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or _NOTHING
    return shorten(one_line(str(value)), _VALUE) if value not in {None, ""} else _NOTHING


def local(time: datetime, zone: ZoneInfo) -> str:
    """A time in a zone, with the zone's name: ``2026-11-22 20:00 UTC``."""
    return time.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
