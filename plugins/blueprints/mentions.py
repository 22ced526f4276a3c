"""Blueprints that people mention: which, and whether to say what they are. Pure.

Rules:

1. Only what is surely meant counts: ``bp/live-migration``, ``blueprint/live-migration``, and the address that
   the tracker gives a blueprint. A bare name is a word like any other.
2. How many of one line are told, and how often in a room, is as for all mentions (:mod:`bot.mentions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.mentions import MOST, bare, pieces
from bot.text import plain
from plugins.tracker import Item

_SHORT = re.compile(r"(?<![\w/.:+-])(?:bp|blueprint)/([a-z0-9][a-z0-9+.-]*)(?!/)", re.IGNORECASE)
_BEHIND = ".+-"  # characters of a name that may also end a sentence


def mentioned(text: str, blueprints: Mapping[str, Item]) -> list[Item]:
    """The blueprints that a line mentions, each once, in their order; at most :data:`MOST`."""
    found: dict[str, Item] = {}
    for item in _in_order(plain(text), blueprints):
        found.setdefault(item.name, item)
        if len(found) == MOST:
            break
    return list(found.values())


def _in_order(text: str, blueprints: Mapping[str, Item]) -> Iterator[Item]:
    """What is mentioned, from left to right."""
    for piece, is_address in pieces(text):
        if not is_address:
            yield from _by_short_form(piece, blueprints)
        elif (item := _by_address(piece, blueprints)) is not None:
            yield item


def _by_short_form(text: str, blueprints: Mapping[str, Item]) -> Iterator[Item]:
    for match in _SHORT.finditer(text):
        name = match[1].lower()
        item = blueprints.get(name) or blueprints.get(name.rstrip(_BEHIND))
        if item is not None:
            yield item


def _by_address(url: str, blueprints: Mapping[str, Item]) -> Item | None:
    address = bare(url)
    item = blueprints.get(address.rpartition("/")[2])
    return item if item is not None and item.url and bare(item.url) == address else None
