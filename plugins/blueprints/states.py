"""The words for a blueprint's state and priority, as people type them. Pure.

Rules:

1. The words are Launchpad's; case, blanks and hyphens count not, and the beginning of one word alone does:
   ``needs-c`` is *Needs Code Review*.
2. A state is either how far a blueprint is settled (its definition) or how far it is built (its
   implementation); each word belongs to one of them.
3. ``done`` is what everybody says for *Implemented*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.text import listed, nearest, shorten
from plugins.tracker import DEFINITIONS, IMPLEMENTATIONS, PRIORITIES, Field

FIELDS = {
    **dict.fromkeys(DEFINITIONS, Field.DEFINITION),
    **dict.fromkeys(IMPLEMENTATIONS, Field.IMPLEMENTATION),
}
"""The field that each state belongs to."""

STATES = tuple(FIELDS)
_ALSO = {"done": "Implemented"}
_JOINTS = re.compile(r"[\s_-]+")


class NoSuchWordError(ValueError):
    """A text is none of the words; says which there are."""


def state(text: str) -> tuple[Field, str]:
    """The field that a state belongs to, and Launchpad's word. Raises :class:`NoSuchWordError`."""
    word = _one(text, STATES, "state")
    return FIELDS[word], word


def priority(text: str) -> str:
    """Launchpad's word for a priority. Raises :class:`NoSuchWordError`."""
    return _one(text, PRIORITIES, "priority")


def exactly(text: str) -> str | None:
    """The state that a text is as a whole; ``None`` where it is none."""
    wanted = _folded(text)
    if wanted in _ALSO:
        return _ALSO[wanted]
    return next((word for word in STATES if _folded(word) == wanted), None)


def meant(text: str, words: Iterable[str]) -> list[str]:
    """The words that a text is, or else all that it is the beginning of."""
    wanted = _folded(text)
    if not wanted:
        return []
    exact = [word for word in words if _folded(word) == wanted]
    if exact:
        return exact
    if wanted in _ALSO:
        return [word for word in words if word == _ALSO[wanted]]
    return [word for word in words if _folded(word).startswith(wanted)]


def _one(text: str, words: tuple[str, ...], what: str) -> str:
    found = meant(text, words)
    if len(found) == 1:
        return found[0]
    shown = shorten(text, 40)
    if found:
        raise NoSuchWordError(f"{shown!r} may be {listed(found, 'or')}; say more of it.")
    near = nearest(text, words)
    if near:
        raise NoSuchWordError(f"There is no {what} {shown!r}; did you mean {listed(near, 'or')}?")
    raise NoSuchWordError(f"There is no {what} {shown!r}; it is one of {listed(words, 'or')}.")


def _folded(text: str) -> str:
    return _JOINTS.sub("", text.lower())
