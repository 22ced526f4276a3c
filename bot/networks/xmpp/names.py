"""Nicks of rooms as the rest of Muster sees them.

Rules of this file:

1. What is shown of a nick is one line of characters that can be seen, with single blanks inside it. A nick
   that had to be changed for that is marked with U+FFFD, so that it passes for nobody else's.
2. ``<`` and ``>`` become ``‹`` and ``›``: a nick must not look like the end of a nick in a log.
3. The rest of Muster compares nicks by :func:`bot.text.fold_nick`, rooms do not. So the first of a room whose
   shown nick folds to something keeps it, and each other one gets a mark and a number.
4. What was given once stays given, through reconnects and while its holder is away, until far more nicks were
   seen than a room has: what somebody may do by nick and address must not pass to another by their order.
"""

from __future__ import annotations

from collections.abc import Container

from bot.text import fold_nick, plain, visible

MOST = 4000
"""Nicks that are remembered of a room."""
_MARK = "\N{REPLACEMENT CHARACTER}"
_LONGEST = 64
_ANGLES = str.maketrans("<>", "‹›")


def clean(nick: str) -> str:
    """A nick by rules 1 and 2."""
    words = (visible(word) for word in plain(nick).split(" "))
    seen = " ".join(word for word in words if word)
    if len(seen) > _LONGEST:
        seen = seen[: _LONGEST - 1] + "…"
    elif seen != nick:
        seen += _MARK
    return seen.translate(_ANGLES)


class Names:
    """The nicks of one room."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}  # by the nick as it is, the longest unused first
        self._taken: dict[str, str] = {}  # what each shown one folds to: whose it is
        self._numbers: dict[str, int] = {}

    def shown(self, nick: str, present: Container[str] = ()) -> str:
        """What is shown of a nick. ``present`` are those in the room, which are not forgotten."""
        known = self._shown.pop(nick, None)
        if known is not None:
            self._shown[nick] = known
            return known
        if len(self._shown) >= MOST:
            self._forget(present)
        first = candidate = clean(nick)
        while fold_nick(candidate) in self._taken:
            number = self._numbers[fold_nick(first)] = self._numbers.get(fold_nick(first), 1) + 1
            candidate = f"{first}{_MARK}{number}"
        self._shown[nick] = candidate
        self._taken[fold_nick(candidate)] = nick
        return candidate

    def nick(self, shown: str) -> str | None:
        """The nick of which that is shown."""
        return self._taken.get(fold_nick(shown))

    def _forget(self, present: Container[str]) -> None:
        for nick in [nick for nick in self._shown if nick not in present][: MOST // 2]:
            del self._taken[fold_nick(self._shown.pop(nick))]
        self._numbers = {name: number for name, number in self._numbers.items() if name in self._taken}
