"""Text from and for people: made clean, split, wrapped, compared.

Rules of this file:

1. Pure functions of text. Nothing imports anything of ours, nothing raises for what a text holds.
2. Every function takes time linear in the text, however hostile the text is.
3. A text is never cut inside a character or a grapheme cluster (Unicode Standard Annex 29).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from heapq import nsmallest
from unicodedata import category

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler
from wcwidth import iter_graphemes, wcswidth

# IRC formatting (https://modern.ircdocs.horse/formatting) and every other control character. The digits of
# a colour belong to it; a background needs a foreground.
_FORMATTING = re.compile(
    "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?"
    "|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"
    "|[\x00-\x08\x0e-\x1b\x1d-\x1f\x7f-\x84\x86-\x9f]"
)
_SEPARATORS = re.compile("[\t\n\v\f\r\x1c\x85\u2028\u2029]")
_NOT_CHARACTERS = re.compile("[\ud800-\udfff\ufffe\uffff]")  # neither UTF-8 nor XML 1.0 can carry them

_UNSEEN = frozenset({"Cf", "Zl", "Zp", "Zs"})
# Default_Ignorable_Code_Point of Unicode 15 as far as its category does not tell; the last two ranges are
# reserved for more of them.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\u2060-\u206f\ufff0-\ufff8\U000e0000-\U000e0fff]"
)

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_EMBEDDINGS = "\u202a\u202b"
_OVERRIDES = "\u202d\u202e"
_POP_EMBEDDING = "\u202c"
_ISOLATES = "\u2066\u2067\u2068"
_POP_ISOLATE = "\u2069"

_ELLIPSIS = "…"

_URL = re.compile(r"(?<![\w+.-])((?:https?|ircs?|ftp|ssh)://|mailto:)[^\s<>\"\x00-\x1f\x7f]+", re.IGNORECASE)
_WORD = re.compile("(?: +|^)([^ ]+)")
_AFTER_URL = ".,;:!?'"


def plain(text: str) -> str:
    """What was heard, without its formatting: one line of harmless text.

    IRC's formatting and control characters are removed, tabs and line separators become blanks, what is no
    character (a lone surrogate) becomes U+FFFD. Bidirectional overrides are dropped, and embeddings and
    isolates are closed, so that a text cannot change how what stands after it is read.
    """
    if text.isprintable():  # neither controls nor formats nor surrogates: nearly every line, at once
        return text
    text = _FORMATTING.sub("", text)
    text = _SEPARATORS.sub(" ", text)
    text = _NOT_CHARACTERS.sub("\ufffd", text)
    return _balanced(text) if _BIDI.search(text) else text


def visible(text: str) -> str:
    """``text`` as :func:`plain` has it, without anything in it that cannot be seen: for names, which are
    compared by eye.

    What cannot be seen are blanks, format characters (general category Cf: joiners, directional marks, tags)
    and what else has no glyph of its own (Default_Ignorable_Code_Point, Unicode Standard section 5.21:
    variation selectors, fillers). Letters that look like others are seen.
    """
    text = plain(text)
    if text.isascii():
        return text.replace(" ", "")
    return "".join(c for c in text if not (category(c) in _UNSEEN or _IGNORABLE.match(c)))


def one_line(text: str) -> str:
    """What can be sent as one message: a blank for each line break and NUL, else as :func:`plain` has it.

    On every network: each character of the result may stand in XML 1.0 (section 2.2), and none ends an
    IRC line.
    """
    if text.isprintable():
        return text
    return plain(text.replace("\r\n", " ").replace("\0", " "))


def _balanced(text: str) -> str:
    """``text`` with each bidirectional embedding and isolate closed in it, and no other closing (UAX 9)."""
    parts: list[str] = []
    open_: list[str] = []
    isolates = 0
    done = 0
    for match in _BIDI.finditer(text):
        parts.append(text[done : match.start()])
        done = match.end()
        mark = match.group()
        if mark in _OVERRIDES:
            open_.append(mark)
            continue
        if mark in _EMBEDDINGS:
            open_.append(mark)
        elif mark in _ISOLATES:
            open_.append(mark)
            isolates += 1
        elif mark == _POP_EMBEDDING:
            if not open_ or open_[-1] in _ISOLATES or open_.pop() in _OVERRIDES:
                continue
        else:
            if not isolates:
                continue
            while open_.pop() not in _ISOLATES:
                pass
            isolates -= 1
        parts.append(mark)
    parts.append(text[done:])
    parts += (
        _POP_ISOLATE if mark in _ISOLATES else _POP_EMBEDDING
        for mark in reversed(open_)
        if mark not in _OVERRIDES
    )
    return "".join(parts)


def split(text: str, budget_bytes: int, at_most: int | None = None) -> list[str]:
    """``text`` in parts of at most ``budget_bytes`` bytes of UTF-8 each, broken at blanks where possible.

    A word that is longer than the budget is broken between grapheme clusters; a cluster longer than the
    budget becomes U+FFFD (or ``?``). Blanks at a break are dropped, and so no part is empty. With
    ``at_most``, no more parts than that are given, and the last then ends in ``…`` to say that there was
    more. Raises ``ValueError`` for a budget or a number under one.
    """
    if budget_bytes < 1 or (at_most is not None and at_most < 1):
        raise ValueError("a part needs room for one byte, and there must be one part")
    parts: list[str] = []
    for part in _parts(text, budget_bytes):
        if len(parts) == at_most:
            parts[-1] = _ended(parts[-1], budget_bytes)
            break
        parts.append(part)
    return parts


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _parts(text: str, budget: int) -> Iterator[str]:
    if _size(text) <= budget:
        if trimmed := _trimmed(text):
            yield trimmed
        return
    words: list[str] = []
    used = 0
    for word in _words(text):
        size = _size(word)
        if words and used + 1 + size <= budget:
            words.append(word)
            used += 1 + size
            continue
        if size <= budget:
            if part := _trimmed(" ".join(words)):
                yield part
            words, used = [word], size
            continue
        # Longer than any part: it begins on what is left of this one.
        room = budget - used - 1 if words else budget
        piece: list[str] = []
        for cluster in iter_graphemes(word):
            cost = _size(cluster)
            if cost > budget:
                cluster = "\ufffd" if budget >= 3 else "?"
                cost = _size(cluster)
            if cost > room:
                words.append("".join(piece))
                if part := _trimmed(" ".join(words)):
                    yield part
                words, piece, room = [], [], budget
            piece.append(cluster)
            room -= cost
        words.append("".join(piece))
        used = budget - room
    if part := _trimmed(" ".join(words)):
        yield part


def _words(text: str) -> Iterator[str]:
    """``text`` between blanks; a blank that carries a combining mark belongs to its word."""
    held: str | None = None
    for word in text.split(" "):
        if held is not None and _combines(word):
            held = f"{held} {word}"
            continue
        if held is not None:
            yield held
        held = word
    if held is not None:
        yield held


def _combines(text: str) -> bool:
    """Whether ``text`` begins with what would make one cluster with a blank before it."""
    return bool(text) and not text[0].isascii() and next(iter_graphemes(" " + text[0])) != " "


def _trimmed(part: str) -> str:
    """``part`` without blanks around it, except one that carries a combining mark."""
    trimmed = part.strip(" ")
    return " " + trimmed if part.startswith(" ") and _combines(trimmed) else trimmed


def _ended(part: str, budget: int) -> str:
    """``part`` with an ellipsis, cut where it would not fit."""
    room = budget - 3
    if room < 0:
        return part
    if _size(part) <= room:
        return part + _ELLIPSIS
    kept: list[str] = []
    for cluster in iter_graphemes(part):
        room -= _size(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip(" ") + _ELLIPSIS


def width(text: str) -> int:
    """How many columns of a terminal ``text`` takes; what has no width of its own counts none."""
    if text.isascii() and text.isprintable():
        return len(text)
    # wcswidth takes quadratic time for a long run of regional indicators, and -1 means it met a control.
    columns = wcswidth(text) if len(text) <= 500 else -1
    return columns if columns >= 0 else sum(max(0, wcswidth(cluster)) for cluster in iter_graphemes(text))


def wrap(text: str, columns: int, indent: str = "", first: str = "") -> list[str]:
    """``text`` in lines of at most ``columns`` columns of display, broken at blanks where possible.

    The first line begins with ``first``, the others with ``indent``; both count. A word that is longer than
    a line (Chinese, say, which has no blanks) is broken between grapheme clusters, but an address in it never
    is: one that is longer than a line stands alone in one that is too long. An empty text gives one line,
    ``first``.
    """
    if len(first) + len(text) <= columns and text.isascii():
        return [(first + text.strip(" ")).rstrip(" ")]
    lines: list[str] = []
    line, room, begun = [first], columns - width(first), False
    whole = columns - width(indent)
    for match in _WORD.finditer(text.strip(" ")):
        word = match.group(1)
        blanks = match.group()[: -len(word)]
        for piece in [word] if width(word) <= whole else _breakable(word):
            size = width(piece)
            if begun and len(blanks) + size > room:
                lines.append("".join(line))
                line, room, begun = [indent], whole, False
            if begun:
                line.append(blanks)
                room -= len(blanks)
            line.append(piece)
            room -= size
            begun, blanks = True, ""
    lines.append("".join(line).rstrip(" "))
    return lines


def _breakable(word: str) -> Iterator[str]:
    """The parts of a word between which it may be broken: its grapheme clusters, and its addresses whole."""
    addresses = iter(find_urls(word))
    start, end = next(addresses, (len(word), len(word)))
    address: list[str] = []
    at = 0
    for cluster in iter_graphemes(word):
        at += len(cluster)
        if at <= start:
            yield cluster
            continue
        address.append(cluster)
        if at >= end:
            yield "".join(address)
            address = []
            start, end = next(addresses, (len(word), len(word)))


def shorten(text: str, columns: int) -> str:
    """``text`` in at most ``columns`` columns, ended with ``…`` where something was left out."""
    if width(text) <= columns:
        return text
    if columns < 1:
        return ""
    room = columns - 1
    kept: list[str] = []
    for cluster in iter_graphemes(text):
        room -= width(cluster)
        if room < 0:
            break
        kept.append(cluster)
    whole = "".join(kept)
    if not text.startswith(" ", len(whole)):
        before, blank, _ = whole.rpartition(" ")
        if blank and width(before) * 2 >= columns:  # a word's end near enough to be worth it
            whole = before
    return whole.rstrip(" ") + _ELLIPSIS


_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def fold_nick(nick: str) -> str:
    r"""``nick`` in the form in which nicks are compared outside their network: ASCII letters lower.

    Networks differ in more: under ``rfc1459`` ``[]\^`` are the capitals of ``{}|~``, under ``ascii`` they
    are not. Two nicks that this makes equal are equal under each casemapping, so that two people are never
    taken for one; at worst one person who changes the spelling is taken for two. The network's own folding,
    which knows its casemapping, stands in ``bot.networks``.
    """
    return nick.lower() if nick.isascii() else nick.translate(_ASCII_LOWER)


def one_slip(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that ``word`` misses by exactly one slip: a letter more, less, other, or two swapped.

    Candidates of under four letters are not considered, since everything is near them. ``None`` where
    nothing is that near, or ``word`` is itself a candidate. Case counts not; of several, the first in
    alphabetical order is given.
    """
    word = word.lower()
    known = set(candidates)
    if word in known:
        return None
    near = (
        candidate
        for candidate in known
        if len(candidate) >= 4
        and abs(len(candidate) - len(word)) <= 1
        and OSA.distance(word, candidate.lower(), score_cutoff=1) <= 1
    )
    found = min(near, default=None)
    return None if found is None or found.lower() == word else found


def nearest(word: str, candidates: Iterable[str], n: int = 3) -> list[str]:
    """At most ``n`` candidates that ``word`` may have meant, the most likely first; often none."""
    word = word.lower()
    names = list(set(candidates))
    folded = [name.lower() for name in names]
    # At its very edge a cutoff of likeness is not exact, so it lets a little more through.
    like = process.extract(
        word, folded, scorer=JaroWinkler.normalized_similarity, score_cutoff=0.79, limit=None
    )
    likeness = {place: score for _, score, place in like if score >= 0.8}
    slips = {
        place: slips
        for _, slips, place in process.extract(word, folded, scorer=OSA.distance, score_cutoff=1, limit=None)
    }
    if len(word) > 2:
        for place in slips.keys() - likeness.keys():
            likeness[place] = JaroWinkler.normalized_similarity(word, folded[place])
    scored = [(slips.get(place, 2), -score, names[place]) for place, score in likeness.items()]
    return [name for _, _, name in nsmallest(n, scored)]


def listed(names: Iterable[str], word: str = "and") -> str:
    """``a, b and c``; empty for nothing."""
    *most, last = [*names] or [""]
    return f"{', '.join(most)} {word} {last}" if most else last


def counted(number: int, what: str) -> str:
    """``1 bug``, ``2 bugs``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def find_urls(text: str) -> list[tuple[int, int]]:
    """Where the addresses in ``text`` stand, as ``(start, end)``, in order.

    Schemes: http, https, irc, ircs, ftp, ssh, mailto. An address ends before a blank, ``<``, ``>`` or ``"``;
    punctuation at its end and a ``)`` that it did not open do not belong to it.
    """
    if ":" not in text:
        return []
    found: list[tuple[int, int]] = []
    for match in _URL.finditer(text):
        url = match.group()
        unopened = url.count(")") - url.count("(")
        end = len(url)
        while end:
            last = url[end - 1]
            if last == ")" and unopened > 0:
                unopened -= 1
            elif last not in _AFTER_URL:
                break
            end -= 1
        if end > len(match.group(1)):
            found.append((match.start(), match.start() + end))
    return found
