"""When, as people type it: a time, again and again, before a milestone, when somebody is here. Pure.

    in 20 minutes                    in 1h30m
    tomorrow 9:00                    friday at 2:30pm Europe/Berlin
    2026-12-24 18:00 UTC             at 17:00
    every weekday at 09:30           every 2 weeks on thursday 21:00
    2 days before essex-2            1 week before essex-2 at 9:00
    when bob is next here

Rules:

1. The words stand at the beginning of a text (:func:`split_when`); of all beginnings that can be read, the
   longest counts. What follows is the text, whole and unchanged, but for one ``to``, ``that`` or ``:``
   between the two. ``:`` behind a word ends what is read.
2. What can be read in two ways (``1/2``, ``9`` without am or pm, ``IST``, an hour that the clock skips or has
   twice), and what is past, is asked and not guessed: a :class:`WhenError` says the readings, and how to say
   each.
3. A day without an hour is meant at the hour that the caller gives. ``24`` hours are the clock's, days and
   weeks are the calendar's: ``in 1 day`` is at the same local time.
4. What was understood is said back with its zone (:func:`said_time`).
"""

from __future__ import annotations

import re

from bot.text import shorten
from bot.when.reading import read
from bot.when.saying import clock_text, length_text, said_time, said_when
from bot.when.values import Again, Asked, At, Bound, Present, When, WhenError, local_time

__all__ = [
    "Again",
    "Asked",
    "At",
    "Bound",
    "Present",
    "When",
    "WhenError",
    "clock_text",
    "length_text",
    "local_time",
    "read_when",
    "said_time",
    "said_when",
    "split_when",
]

EXAMPLES = "in 20 minutes, tomorrow 9:00, friday 14:30 Europe/Berlin or every weekday 9:30"
_MOST_WORDS = 14
"""So many words may say when."""


def split_when(text: str, asked: Asked) -> tuple[When, str]:
    """The time that ``text`` begins with, and the text behind it. Raises :class:`WhenError`."""
    words = list(re.finditer(r"\S+", text))
    for count in range(min(len(words), _MOST_WORDS), 0, -1):
        said = text[: words[count - 1].end()]
        found = read(said.removesuffix(":"), asked)
        if found is not None:
            rest = text[len(said) :]
            return found, rest.strip() if said.endswith(":") else _text_behind(rest)
    raise WhenError(_not_read(text, words, asked))


def read_when(text: str, asked: Asked) -> When:
    """The time that all of ``text`` says. Raises :class:`WhenError`."""
    found = read(text, asked)
    if found is None:
        raise WhenError(f"{shorten(text.strip(), 60)!r} says no time that I can read: write {EXAMPLES}.")
    return found


def _text_behind(rest: str) -> str:
    """A text without what joins it to the words before it."""
    return re.sub(r"^\s*(?::|(?:to|that)(?=\s|$))?\s*", "", rest, flags=re.IGNORECASE).rstrip()


def _not_read(text: str, words: list[re.Match[str]], asked: Asked) -> str:
    """What to say of a text that begins with no time: perhaps it ends with one."""
    for first in words[1:][-_MOST_WORDS:]:
        tail = text[first.start() :]
        try:
            is_time = read(tail, asked) is not None
        except WhenError:
            is_time = True
        if is_time:
            head = re.sub(r"^to\s+", "", text[: first.start()].strip(), flags=re.IGNORECASE)
            order = " ".join(part for part in (asked.before, tail.strip(), shorten(head, 120)) if part)
            return f"Say when first: {order}"
    begun = f"{shorten(text.strip(), 40)!r} begins with no time that I can read" if words else "When?"
    return f"{begun}: write {EXAMPLES}." if words else f"When? Write {EXAMPLES}."
