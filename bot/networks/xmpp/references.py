"""Which message an id means.

Rules of this file:

1. A message has up to three ids: the room's (``stanza-id``, XEP-0359), and the sender's own (the stanza's
   ``id`` and ``origin-id``). The journal knows it by one, :attr:`bot.model.Line.id`; what refers to another
   is translated.
2. A sender's own ids are the sender's alone: a correction (XEP-0308) reaches what the same occupant said, and
   nothing else. A reaction or a reply is meant by the room's id; a sender's is understood where one sender
   alone used it.
3. What a correction corrects is the first message, also where the correction names a later correction.
4. Only the latest messages of a room are remembered.
"""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 2000


class References:
    """The latest messages of one room."""

    def __init__(self) -> None:
        self.are_known = False
        """Whether what was said before we came has been looked at."""
        self._by_room: dict[str, str] = {}
        self._by_sender: dict[tuple[str, str], str] = {}
        self._parts: dict[str, tuple[str, ...]] = {}
        self._senders: dict[str, str | None] = {}  # a sender's own id: whose; None where several used it

    def note(self, line: str, sender: str, own: tuple[str, ...], room: str | None = None) -> None:
        """A message that the journal knows as ``line``. ``sender`` is what stays the same of an occupant."""
        if room is not None:
            self._by_room[room] = line
        for one in own:
            self._by_sender[sender, one] = line
            known = self._senders.get(one, sender)
            self._senders[one] = sender if known == sender else None
        _trim(self._by_room)
        _trim(self._by_sender)
        _trim(self._senders)

    def split(self, line: str, parts: tuple[str, ...]) -> None:
        """A message that is several lines of the journal says these now."""
        self._parts[line] = parts
        _trim(self._parts)

    def parts(self, line: str) -> tuple[str, ...]:
        """What a message says that is several lines; nothing for one that is one."""
        return self._parts.get(line, ())

    def of_sender(self, sender: str, own: str) -> str | None:
        """What the same sender said under an id of their own."""
        return self._by_sender.get((sender, own))

    def of(self, id_: str) -> str | None:
        """The message that anybody means by an id."""
        found = self._by_room.get(id_)
        if found is None and (sender := self._senders.get(id_)) is not None:
            found = self._by_sender.get((sender, id_))
        return found

    def has_used(self, sender: str, own: str) -> bool:
        """Whether that sender used that id before."""
        return (sender, own) in self._by_sender


def _trim(memory: dict[K, V]) -> None:
    while len(memory) > MOST:
        del memory[next(iter(memory))]
