"""Bugs in one line each. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.text import listed, one_line, shorten
from plugins.tracker import Item
from plugins.triage.ages import age_text
from plugins.triage.queue import Place, is_rated

_TITLE = 120
_LISTED_TITLE = 60
_BRIEF_TITLE = 40


def title(item: Item, columns: int = _TITLE) -> str:
    """A bug's title, in one line."""
    return shorten(one_line(item.title), columns).rstrip(".")


def importance(item: Item) -> str:
    """How important a bug is; Undecided where nobody said."""
    return item.priority if is_rated(item) else "Undecided"


def whole(
    item: Item, whose: str, holder: str, now: datetime, related: Collection[str] = (), age: str = ""
) -> str:
    """All that one asks of a bug: ``bug 7: It breaks. New, High; nova-api (its tag api); 9 days old.``"""
    parts = [f"{item.state}, {importance(item)}"]
    if item.duplicate_of:
        parts.append(f"repeats bug {item.duplicate_of}")
    parts.append(whose)
    if item.assignee:
        parts.append(f"assigned to {item.assignee}")
    if item.milestone:
        parts.append(f"for {item.milestone}")
    if item.tags:
        parts.append(f"tags {', '.join(item.tags[:6])}")
    if holder:
        parts.append(f"taken by {holder}")
    parts += [f"{age_text(item, now)} old", *related]
    said = f"bug {item.name}: {title(item)}. {'; '.join(part for part in parts if part)}."
    return " ".join(part for part in (said, age, item.url) if part)


def mention(item: Item, whose: str, now: datetime, age: str = "") -> str:
    """A bug that somebody mentions: ``bug 7 (New, High; nova-api; 9 days): It breaks https://...``"""
    parts = [f"{item.state}, {importance(item)}", whose, item.assignee, age_text(item, now)]
    if item.duplicate_of:
        parts.insert(1, f"repeats bug {item.duplicate_of}")
    said = f"bug {item.name} ({'; '.join(part for part in parts if part)}): {title(item, _LISTED_TITLE)}"
    return " ".join(part for part in (said, item.url, age) if part)


def listed_line(place: Place, now: datetime) -> str:
    """A bug in a queue: ``#7 (High, 9 days, taken by anna): It breaks``."""
    item = place.item
    parts = [importance(item), age_text(item, now)]
    if place.take is not None:
        parts.append(f"taken by {place.take.name}")
    return f"#{item.name} ({', '.join(parts)}): {title(item, _LISTED_TITLE)}"


def found_line(item: Item, whose: str) -> str:
    """A bug that was looked for: ``#7 (New, High; nova-api): It breaks``."""
    parts = [f"{item.state}, {importance(item)}", whose]
    if item.duplicate_of:
        parts.append(f"repeats #{item.duplicate_of}")
    return f"#{item.name} ({'; '.join(part for part in parts if part)}): {title(item, _LISTED_TITLE)}"


def brief(item: Item, now: datetime) -> str:
    """``#7 (9 days)``."""
    return f"#{item.name} ({age_text(item, now)})"


def names(items: Sequence[Item], most: int) -> str:
    """``#7 It breaks, #9 It breaks too and 4 more``."""
    shown = [f"#{item.name} {title(item, _BRIEF_TITLE)}" for item in items[:most]]
    more = len(items) - most
    return listed([*shown, f"{more} more"] if more > 0 else shown)
