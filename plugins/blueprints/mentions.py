"""Blueprints that people mention: which, and whether to say what they are. Pure.

Rules:

1. Only what is surely meant counts: ``bp/live-migration``, ``blueprint/live-migration``, and the address that
   the tracker gives a blueprint. A bare name is a word like any other.
2. Of one line at most :data:`MOST` are told, in the order in which they stand.
3. What was told in a room is not told there again within :data:`AGAIN`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.model import Room
from bot.text import find_urls, plain
from plugins.tracker import Item

MOST = 3
AGAIN = timedelta(minutes=10)
_REMEMBERED = 2_000
"""More than that are told in no ten minutes; past them the oldest are forgotten."""

_SHORT = re.compile(r"(?<![\w/.:+-])(?:bp|blueprint)/([a-z0-9][a-z0-9+.-]*)(?!/)", re.IGNORECASE)
_BEHIND = ".+-"  # characters of a name that may also end a sentence
_SCHEME = re.compile("https?://", re.IGNORECASE)


def mentioned(text: str, blueprints: Mapping[str, Item]) -> list[Item]:
    """The blueprints that a line mentions, each once, in their order; at most :data:`MOST`."""
    found: dict[str, Item] = {}
    for item in _in_order(plain(text), blueprints):
        found.setdefault(item.name, item)
        if len(found) == MOST:
            break
    return list(found.values())


def _in_order(text: str, blueprints: Mapping[str, Item]) -> Iterator[Item]:
    """What is mentioned, from left to right. Nothing within an address is a mention by itself."""
    at = 0
    for start, end in find_urls(text):
        yield from _by_short_form(text[at:start], blueprints)
        item = _by_address(text[start:end], blueprints)
        if item is not None:
            yield item
        at = end
    yield from _by_short_form(text[at:], blueprints)


def _by_short_form(text: str, blueprints: Mapping[str, Item]) -> Iterator[Item]:
    for match in _SHORT.finditer(text):
        name = match[1].lower()
        item = blueprints.get(name) or blueprints.get(name.rstrip(_BEHIND))
        if item is not None:
            yield item


def _by_address(url: str, blueprints: Mapping[str, Item]) -> Item | None:
    address = _bare(url)
    item = blueprints.get(address.rpartition("/")[2])
    return item if item is not None and item.url and _bare(item.url) == address else None


def _bare(url: str) -> str:
    """An address by what makes it another: no scheme, query, fragment or slash at its end."""
    return _SCHEME.sub("", url).partition("#")[0].partition("?")[0].rstrip("/").lower()


class Told:
    """What was told in which room, and when."""

    def __init__(self) -> None:
        self._last: dict[tuple[Room, str], datetime] = {}

    def may(self, room: Room, name: str, now: datetime) -> bool:
        """Whether a blueprint was not told in a room within :data:`AGAIN`; then it counts as told now."""
        last = self._last.get((room, name))
        if last is not None and now - last < AGAIN:
            return False
        self.note(room, name, now)
        return True

    def note(self, room: Room, name: str, now: datetime) -> None:
        """A blueprint was told in a room, however that came."""
        self._last.pop((room, name), None)
        self._last[room, name] = now
        while len(self._last) > _REMEMBERED:
            del self._last[next(iter(self._last))]
