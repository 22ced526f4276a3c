"""Addresses inside chat text, ready to be made into links."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from bot.text import find_urls


def split(text: str) -> Iterator[tuple[bool, str]]:
    """The pieces of ``text`` in order: whether each is an address, and the piece; together all of it."""
    at = 0
    for start, end in find_urls(text):
        if start > at:
            yield False, text[at:start]
        yield True, text[start:end]
        at = end
    if at < len(text):
        yield False, text[at:]


def encode(url: str) -> str:
    """The address in ASCII, with nothing in it that any markup could mistake: for a link's target."""
    return quote(url, safe="/:?#@!$&()+,;=%-._~")
