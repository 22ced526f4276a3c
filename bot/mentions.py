"""Things that people mention: whether a line is talk, what in it is an address, what was told of late. Pure.

Rules:

1. A mention is answered where people talk, and only there: not to bots, commands or history, not off the
   record, not in private.
2. Of one line at most :data:`MOST` things are told, in the order in which they stand.
3. What was told in a room is not told there again within :data:`AGAIN`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.model import Kind, Line, Room
from bot.text import find_urls, fold_nick

MOST = 3
AGAIN = timedelta(minutes=10)
_REMEMBERED = 2_000
"""More than that are told in no ten minutes; past them the oldest are forgotten."""
_OFF = "[off]"
_SCHEME = re.compile("https?://", re.IGNORECASE)


def is_talk(line: Line, prefix: str, nick: str) -> bool:
    """Whether a line is what people say to each other in a room; ``prefix`` begins commands, ``nick`` is
    Muster's there.
    """
    if line.kind not in {Kind.SAID, Kind.ACTED} or line.own or line.history or line.actor.bot:
        return False
    if line.room.private or "to" in line.data or line.text.lstrip().lower().startswith(_OFF):
        return False
    return not _is_command(line.text.lstrip(), prefix, nick)


def _is_command(text: str, prefix: str, nick: str) -> bool:
    if any(text.startswith(one) and text[len(one) :][:1].isalpha() for one in (prefix, "#")):
        return True
    head, after = text[: len(nick)], text[len(nick) : len(nick) + 1]
    return fold_nick(head) == fold_nick(nick) and after in {":", ","}


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """A text from left to right, in pieces: each with whether it is an address. Nothing within an address
    is a mention by itself.
    """
    at = 0
    for start, end in find_urls(text):
        yield text[at:start], False
        yield text[start:end], True
        at = end
    yield text[at:], False


def bare(url: str) -> str:
    """An address by what makes it another: no scheme, query, fragment or slash at its end."""
    return _SCHEME.sub("", url).partition("#")[0].partition("?")[0].rstrip("/").lower()


class Told:
    """What was told in which room, and when."""

    def __init__(self) -> None:
        self._last: dict[tuple[Room, str], datetime] = {}

    def may(self, room: Room, name: str, now: datetime) -> bool:
        """Whether something was not told in a room within :data:`AGAIN`; then it counts as told now."""
        last = self._last.get((room, name))
        if last is not None and now - last < AGAIN:
            return False
        self.note(room, name, now)
        return True

    def note(self, room: Room, name: str, now: datetime) -> None:
        """Something was told in a room, however that came."""
        self._last.pop((room, name), None)
        self._last[room, name] = now
        while len(self._last) > _REMEMBERED:
            del self._last[next(iter(self._last))]
