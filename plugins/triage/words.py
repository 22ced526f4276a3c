"""What stands behind ``!triaged N``, in any order: importance, status, team, tags, ``dup M``. Pure.

Rules:

1. Importances and statuses are the tracker's words in any case; a status may have blanks (``won't fix``) or
   not (``wontfix``). A team is meant by its name, its handle, or the beginning of its name alone.
2. ``+tag`` adds a tag and ``-tag`` takes one off; ``dup M`` (or ``duplicate of M``) says that the bug repeats
   M. Said twice is said once.
3. Two importances, statuses, teams or duplicates contradict each other, as do ``+tag`` and ``-tag``. What is
   not understood is named, with the nearest. Nothing is guessed, and then nothing is done.
4. Milestones are for the tracker: they are refused with a hint.
5. Whoever rates a new bug, or says nothing at all, has triaged it: its status is Triaged then, unless another
   is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.text import nearest, shorten
from plugins.tracker import BUG_STATUSES, IMPORTANCES, Changes, Field, Item, Value, is_name

_DUPLICATE = frozenset({"dup", "duplicate"})
_DIGITS = 12


class NotUnderstoodError(Exception):
    """What was said is not understood, or contradicts itself; says what, in one line."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody says of a bug; nothing of what is empty. ``team`` and ``duplicate`` are a name and a
    number.
    """

    importance: str = ""
    status: str = ""
    team: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    duplicate: str = ""


def _folded(word: str) -> str:
    """A word as statuses are compared: no case, blanks or apostrophes."""
    return "".join(one for one in word.lower() if one not in " '’`-_")


_STATUSES = {_folded(status): status for status in BUG_STATUSES if status != "Unknown"}
_RATINGS = {_folded(rating): rating for rating in IMPORTANCES if rating != "Unknown"}
_LONGEST_STATUS = max(len(status.split()) for status in BUG_STATUSES)


def read(
    words: Sequence[str],
    number: str,
    team: Callable[[str], str],
    *,
    teams: Iterable[str] = (),
    milestones: Collection[str] = (),
) -> Wanted:
    """What is said of bug ``number``; ``team`` gives the name of the team that a word means, or nothing.
    Raises :class:`NotUnderstoodError`.
    """
    said = _Said(number)
    rest = [word.strip(",;") for word in words]
    rest = [word for word in rest if word]
    while rest:
        rest = rest[said.take(rest, team, list(teams), milestones) :]
    return said.wanted()


class _Said:
    """What was understood so far."""

    def __init__(self, number: str) -> None:
        self._number = number
        self._one: dict[str, str] = {}
        self._add: dict[str, None] = {}
        self._remove: dict[str, None] = {}

    def take(
        self,
        rest: Sequence[str],
        team: Callable[[str], str],
        teams: Sequence[str],
        milestones: Collection[str],
    ) -> int:
        """Take in what the rest begins with; how many words that are."""
        word = rest[0]
        if word[0] in "+-":
            self._tag(word)
            return 1
        if word.lower() in _DUPLICATE:
            return self._duplicate(rest)
        for count in range(min(_LONGEST_STATUS, len(rest)), 0, -1):
            folded = _folded(" ".join(rest[:count]))
            if folded in _STATUSES:
                self._set("status", _STATUSES[folded], "statuses")
                return count
        if _folded(word) in _RATINGS:
            self._set("importance", _RATINGS[_folded(word)], "importances")
            return 1
        if word.lower() == "milestone" or word.lower() in milestones:
            raise NotUnderstoodError(
                f"{shorten(word, 40)!r}: a bug's milestone is set in the tracker, by who plans; triage says "
                "importance, status, team, +tag, -tag and dup."
            )
        if named := team(word):
            self._set("team", named, "teams")
            return 1
        raise NotUnderstoodError(_unknown(word, teams))

    def _set(self, what: str, value: str, several: str) -> None:
        before = self._one.setdefault(what, value)
        if before != value:
            raise NotUnderstoodError(f"{before} and {value} are two {several}; say one.")

    def _tag(self, word: str) -> None:
        tag = word[1:].lower()
        if not is_name(tag):
            raise NotUnderstoodError(
                f"{shorten(word, 40)!r} is no tag: small letters, digits and + . - behind the first."
            )
        (self._add if word[0] == "+" else self._remove)[tag] = None
        if tag in self._add and tag in self._remove:
            raise NotUnderstoodError(f"+{tag} and -{tag} contradict each other.")

    def _duplicate(self, rest: Sequence[str]) -> int:
        count = 2 if len(rest) > 1 and rest[1].lower() == "of" else 1
        of = number_in(rest[count]) if len(rest) > count else ""
        if not of:
            raise NotUnderstoodError(f"{rest[0]} of which bug? Say its number behind it, like dup 12.")
        if of == self._number:
            raise NotUnderstoodError(f"Bug {of} cannot repeat itself.")
        self._set("duplicate", of, "bugs that it repeats")
        return count + 1

    def wanted(self) -> Wanted:
        """All of it."""
        return Wanted(add=tuple(self._add), remove=tuple(self._remove), **self._one)


def _unknown(word: str, teams: Sequence[str]) -> str:
    near = nearest(word, [*_STATUSES.values(), *_RATINGS.values(), *teams], 1)
    hint = f"did you mean {near[0]}?" if near else "say an importance, a status, a team, +tag, -tag or dup M."
    return f"{shorten(word, 40)!r} is neither importance, status nor team; {hint}"


def number_in(word: str) -> str:
    """The number of a bug that a word is (``12``, ``#12``, ``lp:12``), as the tracker writes it; nothing
    where it is none.
    """
    digits = word.lower().removeprefix("lp:").removeprefix("#")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > _DIGITS:
        return ""
    return str(int(digits)) if int(digits) else ""


def changes(wanted: Wanted, item: Item) -> Changes:
    """What that changes of a bug as it is; nothing where it is so already."""
    made: dict[Field, Value] = {}
    status = wanted.status
    is_triage = wanted.importance or wanted == Wanted()
    if not status and is_triage and not wanted.duplicate and item.definition == "New":
        status = "Triaged"
    if status:
        made[Field.DEFINITION] = status
    if wanted.importance:
        made[Field.PRIORITY] = wanted.importance
    if wanted.duplicate:
        made[Field.DUPLICATE] = wanted.duplicate
    kept = [tag for tag in item.tags if tag not in wanted.remove]
    tags = (*kept, *(tag for tag in wanted.add if tag not in kept))
    if wanted.add or wanted.remove:
        made[Field.TAGS] = tags
    return {field: value for field, value in made.items() if item.value(field) != value}
