"""The text of a log that is an HTML page, in time linear in the page, however broken its markup is."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

_TAG = re.compile(r"<(?P<closes>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)[^<>]*>|<[!?][^<>]*>")
_NO_CHARACTER = re.compile(r"&#[0-9]{8,};?")  # Python turns no number of thousands of digits into one


@dataclass(frozen=True, slots=True)
class Piece:
    """A tag and the text behind it, up to the next. ``name`` is empty for what is not an element's tag, and
    for the text before the first; ``row`` is the number of the tag's row in the file, from 1.
    """

    row: int
    name: str
    closes: bool
    text: str


def pieces(page: str) -> Iterator[Piece]:
    """The page, taken apart; character references are read."""
    row, done = 1, 0
    before: re.Match[str] | None = None
    for match in (*_TAG.finditer(page), None):
        end = match.start() if match is not None else len(page)
        name = (before["name"] or "").lower() if before is not None else ""
        text = _NO_CHARACTER.sub("\ufffd", page[before.end() if before is not None else 0 : end])
        yield Piece(row, name, before is not None and bool(before["closes"]), html.unescape(text))
        row += page.count("\n", done, end)
        before, done = match, end
