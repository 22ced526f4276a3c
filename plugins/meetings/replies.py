"""What Muster answers: one line, short enough to be one message on every network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.text import split
from plugins.meetings.effects import Say

_BYTES = 380
"""Of 512 that an IRC message has, so that what the server puts before it fits as well."""

MOST_LINES = 4
"""More lines than these are said as one."""


def cut(text: str) -> str:
    """``text`` as one reply: what is too long for one message ends in an ellipsis."""
    if len(text) * 4 <= _BYTES and text == text.strip(" "):
        return text
    return next(iter(split(text, _BYTES, at_most=1)), "")


def say(text: str) -> Say:
    """Say one line in the room."""
    return Say(cut(text))


def say_words(text: str) -> Iterator[Say]:
    """Say a list of words whole, in as few lines as hold it."""
    for part in split(text, _BYTES):
        yield Say(part)


def few(lines: Iterable[str]) -> list[str]:
    """A few lines as they are; many are put into one."""
    rows = list(lines)
    return ["; ".join(rows)] if len(rows) > MOST_LINES else rows
