"""The speakers' queue: who wants to speak, in which order, and what for.

It answers as W3C's Zakim does. Every method that changes the queue returns the one line to say, which is
empty where silence is the answer. Names are compared without regard to ASCII case. Who is known goes by a
key of their own, and so keeps the place through renames and on each network of a linked room, and shares it
with nobody who has the same name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.text import fold_nick, split

MAX_WAITING = 100
MAX_PURPOSE = 300
"""Bytes of UTF-8 that are kept of a purpose: it is said again when its speaker's turn comes."""

_PURPOSE = re.compile(r"(?:(?P<names>.*?)\s+)?(?P<purpose>(?:to|about|re:?|regarding)\s+\S.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody on the queue; ``purpose`` is a phrase such as ``to say X`` or ``about X``, or empty, and
    ``line`` the number of the line that gave it.
    """

    name: str
    purpose: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Floor:
    """Who speaks now, or ``None`` when nobody could be called, and the ``text`` to say."""

    speaker: str | None
    text: str


class SpeakersQueue:
    """The queue of one meeting. It begins empty and open."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}  # a person's key, or a folded name -> who
        self.closed = False
        self.was_used = False
        """Whether anybody was ever on it."""

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """Who waits, the next to speak first."""
        return tuple(self._waiting.values())

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._found(name) is not None

    def _found(self, name: str, key: str = "") -> str | None:
        """Where somebody waits: by their key, else by a name, as it is spelled if it can be."""
        if key:
            named = self._waiting.get(fold_nick(name))  # by a name alone, before they were known
            return f" {key}" if f" {key}" in self._waiting else fold_nick(name) if named else None
        found = [place for place, who in self._waiting.items() if fold_nick(who.name) == fold_nick(name)]
        return next((place for place in found if self._waiting[place].name == name), next(iter(found), None))

    def add(self, name: str, purpose: str = "", *, front: bool = False, key: str = "", line: int = 0) -> str:
        """Put somebody on the queue, at its end or (``qq+``) its front.

        Who waits already keeps their place, with a new purpose where one is given; ``front`` moves them.
        ``key`` names the person, where it is known who that is; ``line`` is the number of the line that asks.
        """
        folded = self._found(name, key) or (f" {key}" if key else fold_nick(name))
        purpose = _purpose(purpose)
        before = self._waiting.get(folded)
        if before is None and self.closed:
            return f"{name}, the speaker queue is closed. A chair opens it with: open queue"
        if before is None and len(self._waiting) >= MAX_WAITING:
            return f"{name}, the speaker queue is full ({MAX_WAITING}). Ask again when some have spoken."
        self.was_used = True
        kept = before if before is not None and not purpose else None
        entry = Waiting(name, purpose, line) if kept is None else replace(kept, name=name)
        if front:
            self._waiting = {folded: entry} | {
                key: who for key, who in self._waiting.items() if key != folded
            }
            return ""
        self._waiting[folded] = entry
        if before is not None and not purpose:
            return f"{name} is on the speaker queue already."
        return ""

    def correct(self, name: str, purpose: str, line: int, key: str = "") -> bool:
        """The line that put somebody on the queue gives another purpose; ``False`` where another line did, or
        they do not wait any more.
        """
        found = self._found(name, key)
        if found is None or self._waiting[found].line != line:
            return False
        self._waiting[found] = replace(self._waiting[found], purpose=_purpose(purpose))
        return True

    def remove(self, name: str, key: str = "") -> str:
        """Take somebody off the queue."""
        found = self._found(name, key)
        if found is None:
            return f"{name} is not on the speaker queue."
        del self._waiting[found]
        return ""

    def clear(self) -> None:
        """Take everybody off the queue."""
        self._waiting.clear()

    def ack(self, name: str, key: str = "") -> Floor:
        """Call somebody on the queue to speak."""
        who = self._waiting.pop(self._found(name, key) or "", None)
        if who is None:
            return Floor(None, f"{name} is not on the speaker queue. {self.show()}")
        wanted = f"{who.name}, you wanted {_wish(who.purpose)}. " if who.purpose else ""
        return Floor(who.name, wanted + self.show())

    def ack_next(self) -> Floor:
        """Call the first on the queue to speak."""
        first = next(iter(self._waiting.values()), None)
        return Floor(None, self.show()) if first is None else self.ack(first.name)

    def close(self) -> str:
        """Take nobody more; those who wait stay."""
        self.closed = True
        return "The speaker queue is closed."

    def open(self) -> str:
        """Take speakers again."""
        self.closed = False
        return "The speaker queue is open."

    def show(self) -> str:
        """Who waits, in one line (``I see alice, bob on the speaker queue``)."""
        names = ", ".join(who.name for who in self._waiting.values())
        return f"I see {names or 'no one'} on the speaker queue."

    def merge(self, gone: str, kept: str) -> None:
        """Two keys are one person's, who waits once."""
        places = {f" {gone}", f" {kept}"}
        first = next((place for place in self._waiting if place in places), None)
        if first is not None:
            self._waiting = {
                f" {kept}" if place == first else place: who
                for place, who in self._waiting.items()
                if place == first or place not in places
            }

    def rename(self, old: str, new: str, key: str = "") -> None:
        """Somebody goes by another name now. Their place stays; if both names wait, it is the only one."""
        if f" {key}" in self._waiting:
            self._waiting[f" {key}"] = replace(self._waiting[f" {key}"], name=new)
            return
        before, after = fold_nick(old), fold_nick(new)
        if before not in self._waiting:
            return
        renamed = {}
        for key, who in self._waiting.items():
            if key == before:
                renamed[after] = replace(who, name=new)
            elif key != after:
                renamed[key] = who
        self._waiting = renamed


def parse_queued(rest: str) -> tuple[tuple[str, ...], str]:
    """What follows ``q+`` or ``qq+``: who is to wait (empty: who said it), and what for.

    ``to say X`` and ``about X`` are purposes, ``bob, carol`` are names, ``bob to say X`` is both; anything
    else of several words is a purpose too.
    """
    rest = " ".join(rest.split())
    names, purpose = rest, ""
    if (match := _PURPOSE.fullmatch(rest)) is not None:
        names, purpose = (match["names"] or "").strip(" ,"), match["purpose"]
    parts = [part.strip() for part in names.split(",") if part.strip()]
    if any(" " in part for part in parts):
        return (), rest
    return tuple(dict.fromkeys(parts)), purpose


def _purpose(text: str) -> str:
    return " ".join(split(" ".join(text.split()), MAX_PURPOSE, at_most=1))


def _wish(purpose: str) -> str:
    """``to say X``, whatever way the purpose was put."""
    first = purpose.split(" ", 1)[0].lower()
    if first == "to":
        return purpose
    return f"to speak {purpose}" if first in {"about", "re", "re:", "regarding"} else f"to say: {purpose}"
