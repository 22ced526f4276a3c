"""What looks like a command and is none: a slip, or a word of the room's own?"""

from __future__ import annotations

import functools

from bot.text import one_slip
from plugins.meetings.people import Person
from plugins.meetings.words import WORDS, Style

_REMEMBERED_WORDS = 1000
_REMEMBERED_ANSWERS = 10_000


class Slips:
    """What was answered to whom, since nobody is told the same twice; and the words a room uses.

    Both are bounded: past that nobody gets a hint, which is better than a bot that talks too much.
    """

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()  # a person's key, and what they were told
        self._used: dict[str, str] = {}  # an unknown word -> the key of who used it first

    def first_time(self, person: Person, what: str) -> bool:
        """Whether this person is told ``what`` for the first time."""
        key = (person.key, what)
        if key in self._told or len(self._told) >= _REMEMBERED_ANSWERS:
            return False
        self._told.add(key)
        return True

    def meant(self, person: Person, word: str, room: str) -> str | None:
        """The command that an unknown ``#word`` misses by one slip, if this person is to be told so.

        Not where it is the room's own name, nor where somebody else has used it before.
        """
        first = self._used.get(word)
        if first is None and len(self._used) < _REMEMBERED_WORDS:
            self._used[word] = person.key
        if first not in {None, person.key} or word == room.lstrip("#"):
            return None
        meant = one_slip(word, _typeable())
        return meant if meant is not None and self.first_time(person, word) else None


@functools.cache
def _typeable() -> frozenset[str]:
    return frozenset(
        name for entry in WORDS.values() if entry.style is Style.HASH for name in (entry.name, *entry.aliases)
    )
