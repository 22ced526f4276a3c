"""Bugs that people mention: which. Pure.

Rules:

1. Only what is surely meant counts: ``bug 12``, ``bug #12``, ``bugs 12``, ``LP: #12``, ``lp:12``, the address
   that the tracker gives a bug, and Launchpad's forms of it; alone ``#`` and at least :data:`LONG` digits.
   A bare number is a number like any other, and ``#12`` may be an action.
2. Only bugs that are known are told, and how many and how often is as for all mentions
   (:mod:`bot.mentions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.mentions import MOST, bare, pieces
from bot.text import plain
from plugins.tracker import Item

LONG = 5
_SHORT = re.compile(
    rf"(?<![\w/.:#+-])(?:bugs?[ :]{{0,2}}#?|lp:? ?#?|#(?=\d{{{LONG}}}))(\d{{1,12}})(?![\w#-]|\.\d)",
    re.IGNORECASE | re.ASCII,
)
_LAUNCHPAD = re.compile(r"(?:bugs\.)?launchpad\.net/(?:bugs/|(?:[^/]+/)*\+bug/)(\d{1,12})(?:/.*)?", re.ASCII)
_NUMBER = re.compile(r"(\d{1,12})\Z", re.ASCII)


def may_mention(text: str) -> bool:
    """Whether it is worth to look closely. All lines of all rooms come by here."""
    small = text.lower()
    if not ("bug" in small or "lp" in small or "#" in small):
        return False
    # Signs that are not shown may stand between a word and its number.
    return "://" in text or not text.isprintable() or _SHORT.search(text) is not None


def mentioned(text: str, bugs: Mapping[str, Item]) -> list[Item]:
    """The bugs that a line mentions, each once, in their order; at most :data:`~bot.mentions.MOST`."""
    found: dict[str, Item] = {}
    for number in _in_order(plain(text), bugs):
        item = bugs.get(number)
        if item is not None:
            found.setdefault(number, item)
        if len(found) == MOST:
            break
    return list(found.values())


def _in_order(text: str, bugs: Mapping[str, Item]) -> Iterator[str]:
    for piece, is_address in pieces(text):
        if is_address:
            yield _of_address(piece, bugs)
        else:
            yield from (str(int(match[1])) for match in _SHORT.finditer(piece))


def _of_address(url: str, bugs: Mapping[str, Item]) -> str:
    address = bare(url)
    launchpad = _LAUNCHPAD.fullmatch(address)
    if launchpad is not None:
        return str(int(launchpad[1]))
    number = _NUMBER.search(address)
    item = bugs.get(number[1]) if number is not None else None
    return item.name if item is not None and item.url and bare(item.url) == address else ""
