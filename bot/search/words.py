"""The words of a text, and what people type to find them. Pure.

Both databases index the words that are made here and nothing else, and hits are marked by the same words: so
what one finds, the other finds, and what is found is marked.

Rules:

1. A word is a run of letters and digits. It is compared without regard to case, accents, width and ligatures
   (``Straße`` is ``strasse``, ``Müller`` is ``muller``). Signs between words do not matter. A Chinese or
   Japanese character is a word by itself, since nothing stands between words there.
2. What is typed is taken apart at blanks; every part must be there. A part of several words
   (``live-migration``, an address, all that stands in ``"quotes"``) wants them next to each other, in that
   order. ``migrat*`` is any word that begins so. ``-word`` and ``-"some words"`` must not be there.
3. Any text can be typed. What makes no sense is taken for what it may have meant: a quote that is never
   closed ends at the end, a star after fewer than :data:`LEAST_PREFIX` letters is no star, and signs alone
   are nothing.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from bot.text import one_line

LEAST_PREFIX = 3
"""Letters that stand before a star at least: what begins with one is nearly everything."""
MOST_PARTS = 12
"""Parts of what is typed that are looked for; the rest is left out."""
_MOST_TYPED = 400  # characters
_MOST_IN_PART = 16  # words next to each other
_MOST_WORDS = 4_000  # of one text that can be found
_LONGEST = 64  # letters of a word that are compared

_SINGLE = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LATIN = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ħ": "h", "ı": "i", "ŧ": "t"}
)
"""Letters that no rule of Unicode takes apart, as people write them who have no such key."""
_ASCII = re.compile(r"[a-z0-9]+")
_TYPED = re.compile(r'(-?)"([^"]*)"?(\*?)|(\S+)')


class Word(NamedTuple):
    """A word of a text: as it is compared, and where it stands."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """Words next to each other; with ``is_prefix`` the last may go on."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: all of ``wanted`` and nothing of ``unwanted``. ``is_cut``: more was typed than is
    looked for.
    """

    wanted: tuple[Part, ...] = ()
    unwanted: tuple[Part, ...] = ()
    is_cut: bool = False


@functools.cache
def _pattern() -> re.Pattern[str]:
    # Marks that are written over or beside a letter are part of it; the module "re" has no name for them.
    ranges: list[list[int]] = []
    for code in range(0x300, 0x10000):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    marks = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    return re.compile(rf"[{_SINGLE}][{marks}]*|(?:[^\W_{_SINGLE}][{marks}]*)+")


@functools.lru_cache(4096)
def _folded(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(sign for sign in apart if unicodedata.category(sign)[0] != "M").casefold()
    return "".join(filter(str.isalnum, bare.translate(_LATIN)))[:_LONGEST]


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared, in order."""
    if text.isascii():
        found = _ASCII.findall(text.lower())
        if len(text) > _LONGEST:
            return [word[:_LONGEST] for word in found[:_MOST_WORDS]]
        return found
    return [word.folded for word in _placed(text)]


def _placed(text: str) -> list[Word]:
    if text.isascii():  # nearly every line
        matches = islice(_ASCII.finditer(text.lower()), _MOST_WORDS)
        return [Word(match[0][:_LONGEST], *match.span()) for match in matches]
    matches = islice(_pattern().finditer(text), _MOST_WORDS)
    return [Word(folded, *match.span()) for match in matches if (folded := _folded(match[0]))]


def read_query(typed: str) -> Query:
    """What somebody typed, as rules 2 and 3 have it."""
    wanted: dict[Part, None] = {}
    unwanted: dict[Part, None] = {}
    is_cut = len(typed) > _MOST_TYPED
    for match in _TYPED.finditer(one_line(typed[:_MOST_TYPED])):
        sign, quoted, star, bare = match.groups()
        if bare is not None:
            sign, quoted = ("-", bare[1:]) if bare.startswith("-") else ("", bare)
            star = "*" if quoted.rstrip("\"'.,;:!?").endswith("*") else ""
        words = words_of(quoted)
        if not words:
            continue
        is_cut = is_cut or len(words) > _MOST_IN_PART
        is_prefix = bool(star) and len(words[-1]) >= LEAST_PREFIX and len(words) <= _MOST_IN_PART
        part = Part(tuple(words[:_MOST_IN_PART]), is_prefix)
        if len(wanted) + len(unwanted) == MOST_PARTS:
            is_cut = True
            break
        (unwanted if sign else wanted)[part] = None
    return Query(tuple(wanted), tuple(unwanted), is_cut)


def marked(text: str, query: Query, around: int = 300) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is what was looked for; of a long one, about ``around``
    characters with the first hit among them.
    """
    if len(text) <= around and text.isascii():  # nearly every hit
        simple = _simple(query)
        if simple is not None:
            return _split(text, *simple)
    spans = _spans(_placed(text), query)
    start, end = _window(text, spans[0][0] if spans else 0, around)
    pieces: list[tuple[str, bool]] = []
    at = start
    if start:
        pieces.append(("\N{HORIZONTAL ELLIPSIS}", False))
    for first, last in spans:
        if first >= end:
            break
        if first > at:
            pieces.append((text[at:first], False))
        pieces.append((text[first : min(last, end)], True))
        at = min(last, end)
    if at < end:
        pieces.append((text[at:end], False))
    if end < len(text):
        pieces.append(("\N{HORIZONTAL ELLIPSIS}", False))
    return pieces


@functools.lru_cache(256)
def _simple(query: Query) -> tuple[frozenset[str], tuple[str, ...]] | None:
    """The words, and the beginnings of words, that are the hits of a query in a short text of ASCII; ``None``
    for one with words next to each other, or cut off. (A regular expression would be compiled for each query:
    that takes longer than a page of hits.)
    """
    if not query.wanted or any(
        len(part.words) > 1 or len(part.words[0]) >= _LONGEST for part in query.wanted
    ):
        return None
    whole = frozenset(part.words[0] for part in query.wanted if not part.is_prefix)
    return whole, tuple(part.words[0] for part in query.wanted if part.is_prefix)


def _split(text: str, whole: frozenset[str], beginnings: tuple[str, ...]) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    at = 0
    for match in _ASCII.finditer(text.lower()):
        word = match[0]
        if word in whole or word.startswith(beginnings):
            first, last = match.span()
            if first > at:
                pieces.append((text[at:first], False))
            pieces.append((text[first:last], True))
            at = last
    if at < len(text):
        pieces.append((text[at:], False))
    return pieces


def _window(text: str, hit: int, around: int) -> tuple[int, int]:
    if len(text) <= around:
        return 0, len(text)
    start = max(0, min(hit - around // 3, len(text) - around))
    if start:  # at a blank, if there is one before the hit
        blank = text.find(" ", start, hit)
        start = blank + 1 if blank >= 0 else start
    return start, min(start + around, len(text))


def _spans(words: Sequence[Word], query: Query) -> list[tuple[int, int]]:
    """Where hits begin and end, in order; those that touch or overlap as one."""
    places: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        places.setdefault(word.folded, []).append(number)
    found = [span for part in query.wanted for span in _spans_of(words, part, places)]
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _spans_of(
    words: Sequence[Word], part: Part, places: Mapping[str, Sequence[int]]
) -> Iterator[tuple[int, int]]:
    size = len(part.words)
    starts: Iterable[int] = places.get(part.words[0], ())
    if size == 1 and part.is_prefix:
        starts = [n for word, where in places.items() if word.startswith(part.words[0]) for n in where]
    for first in starts:
        if first + size <= len(words) and all(
            _is_hit(words[first + n].folded, wanted, part.is_prefix and n == size - 1)
            for n, wanted in enumerate(part.words)
        ):
            yield words[first].start, words[first + size - 1].end


def _is_hit(word: str, wanted: str, is_prefix: bool) -> bool:
    return word.startswith(wanted) if is_prefix else word == wanted
