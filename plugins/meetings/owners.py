"""Whose an action is and when it is due, read from what was typed: ``bob, carol to fix 123 by friday``.

Rules of this file:

1. Owners named at the front count first; else whoever is present and mentioned, as a whole nick.
2. The time taken grows with the text, not with how many are present.
3. Nothing raises, whatever the text holds; what cannot be understood is no owner and no date.
"""

from __future__ import annotations

import collections
import itertools
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from bot.dates import exact_date, read_date
from bot.text import fold_nick

MAX_NICK = 64
MAX_NICK_WORDS = 4  # XMPP's nicks may have blanks

NO_OWNER = frozenset({"unassigned", "nobody", "tbd", "tba", "none"})
"""Said at the front, these mean that the action has no owner, whoever else is mentioned."""

# What stands at the front of an action before "to", "will" or ":" and is hardly ever somebody's nick. Only
# somebody present under such a name is meant by it.
COMMON = frozenset(
    """
    a about above add admin admins after agree agreed all also an and another answer any anybody anyone
    apply are ask assign at attempt backport be bring bug bugs build but call chair chairs change check
    ci close come connect continue contribute convert coordinate core cores could create decide decision
    developers devs discuss do doc docs document documentation drop each email encourage everybody
    everyone expect export feature find first fix fixme folks follow for forward from get give go group
    hand have he help here hope how i idea if import in info invite is issue it its join just keep last
    later lead leads learn leave link listen look mail maintainers make manage maybe me meeting members
    merge migrate move must my need needs new next nick no note now of offer ok on one ops or other our
    people plan please point port post prepare proceed progress promise propose push put question read
    ready refer release remember reminder remove reply report request resolve respond return revert
    review reviewers schedule see send she should some somebody someone speak start step still stop
    submit subscribe summary switch talk team teams test tests thanks that the them then there these they
    this those to todo topic transition translate try turn update upgrade upload us use users volunteer
    volunteers vote wait want we website what when who whoever wiki will wish with work write yes yet you
    """.split()  # noqa: SIM905
)

_AND = frozenset({"and", "&", "+"})
_FOLLOWS = frozenset({"to", "will", "shall"})  # what makes a name of the words before it
_NICK_SHAPE = re.compile(r"(?=.*[^\W\d_])(?:[^\W\d]|[\[\]\\`^{}|])[\w\[\]\\`^{}|+.-]*(?<!\.)")
_WORD = re.compile(r"\S+")
_SMALL_BREAK = re.compile("[,;]")
_JOINT = re.compile("[/&]")
_OPENING = "@([{<\"'*“‘«„"
_CLOSING = ")]}>\"'*”’»“.,:;!?…"
_POSSESSIVE = ("'s", "’s")
_STRIPS = 4  # how many brackets, quotes and stops are looked behind on each side
_FRONT_WORDS = 64

_DUE = re.compile(r"(?<![\w-])(?:due(?:\s+(?:by|on|before))?|by|before|until)(?::\s*|\s+)", re.IGNORECASE)
_DUE_PHRASES = 20  # of one text: the last ones are read
_DUE_LENGTH = 64


@dataclass(frozen=True, slots=True)
class ActionText:
    """What ``#action`` was told: the text as it was said, whose it is (empty: nobody's), when it is due."""

    text: str
    owners: tuple[str, ...]
    due: date | None


class Nicks(Collection[str]):
    """The nicks that a mention may mean, ready to be looked up without regard to ASCII case."""

    def __init__(self, nicks: Iterable[str] = ()) -> None:
        self._spelled: dict[str, str] = {}
        self.longest = 1  # how many words the longest nick ever added has, up to MAX_NICK_WORDS
        for nick in nicks:
            self.add(nick)

    def __len__(self) -> int:
        return len(self._spelled)

    def __iter__(self) -> Iterator[str]:
        return iter(self._spelled.values())

    def __contains__(self, nick: object) -> bool:
        return isinstance(nick, str) and fold_nick(nick) in self._spelled

    def add(self, nick: str) -> None:
        """Take a nick in; of several spellings the last is the one shown."""
        self._spelled[fold_nick(nick)] = nick
        self.longest = max(self.longest, min(len(nick.split()), MAX_NICK_WORDS))

    def discard(self, nick: str) -> None:
        """Take a nick out; nothing happens when it is not there."""
        self._spelled.pop(fold_nick(nick), None)

    def spelled(self, nick: str) -> str | None:
        """This nick as it is spelled; ``None`` when it is not there."""
        return self._spelled.get(fold_nick(nick))


def parse_action(text: str, present: Collection[str], today: date) -> ActionText:
    """Whose the action ``text`` is, and when it is due.

    ``present`` are the nicks that a mention may mean: those in the room and on the team. Where many actions
    are read, give a :class:`Nicks`: any other collection is made into one first, which takes time for each
    nick in it. ``today`` is the date in the meeting's zone; a due date is never before it.

    Names at the front are owners: ``bob, carol to fix``, ``bob and carol will``, ``bob: fix``, and
    ``bob fix`` when bob is present. Nobody named there, everybody present who is mentioned is an owner. A
    nick that is also a common word needs its bearer present at the front, and an ``@`` elsewhere.
    ``UNASSIGNED: fix`` has no owner.
    """
    nicks = present if isinstance(present, Nicks) else Nicks(present)
    text = text.strip()
    owners = _front(text, nicks)
    if owners is None:
        owners = _mentions(text, nicks)
    distinct: dict[str, str] = {}
    for owner in owners:
        distinct.setdefault(fold_nick(owner), owner)
    distinct.pop("unassigned", None)
    return ActionText(text, tuple(distinct.values()), due_date(text, today))


def _front(text: str, nicks: Nicks) -> list[str] | None:
    """The owners named at the front; ``None`` when there is none, and empty when it says UNASSIGNED."""
    words = [match.group() for match, _ in zip(_WORD.finditer(text), range(_FRONT_WORDS), strict=False)]
    if words and fold_nick(words[0].strip(":,.-")) == "unassigned":
        return []
    names: list[tuple[str, bool]] = []  # with whether they are present
    index, joined, ended = 0, True, False
    while index < len(words) and not ended:
        if words[index].lower() in _AND:
            joined = True
            index += 1
            continue
        word = words[index].lower()
        if not joined and (word in _FOLLOWS or word in COMMON):  # also where somebody is called so
            break
        found, used = _present_at(words, index, nicks)
        absent = _absent(words[index]) if joined and not found else []
        if not found and not absent:
            break
        if not joined and not all(here for _, here in names):  # "tell bob": the first was no name
            break
        names += [(name, True) for name in found] + [(name, False) for name in absent]
        last = words[index + used - 1]
        joined, ended = last.endswith((",", ";")), last.endswith(":")
        index += used
    following = words[index].lower().rstrip(":") if index < len(words) else ""
    if ended or following in _FOLLOWS:
        owners = [name for name, is_present in names if is_present or fold_nick(name) not in NO_OWNER]
        return owners if names else None
    return [name for name, _ in itertools.takewhile(lambda row: row[1], names)] or None


def _mentions(text: str, nicks: Nicks) -> list[str]:
    """Whoever is present and named anywhere in the text, in the order of mention."""
    words = _WORD.findall(text)
    owners: list[str] = []
    index = 0
    while index < len(words):
        found, used = _present_at(words, index, nicks)
        owners += [name for name in found if fold_nick(name) not in COMMON or words[index][0] == "@"]
        index += used
    return owners


def _present_at(words: list[str], index: int, nicks: Nicks) -> tuple[list[str], int]:
    """Who present is named by the word at ``index`` (and those behind it), and how many words that took."""
    for count in range(min(nicks.longest, len(words) - index), 1, -1):
        if (name := _bare(" ".join(words[index : index + count]), nicks)) is not None:
            return [name], count
    word = words[index]
    if (name := _bare(word, nicks)) is not None:
        return [name], 1
    found: list[str] = []
    if "://" not in word:
        for part in _SMALL_BREAK.split(word):
            if (name := _bare(part, nicks)) is not None:
                found.append(name)
                continue
            joint = [_bare(piece, nicks) for piece in _JOINT.split(part)] if _JOINT.search(part) else []
            if all(joint):  # a/b is two people only if both are: src/bob is a path
                found += [piece for piece in joint if piece is not None]
    return found, 1


def _bare(word: str, nicks: Nicks) -> str | None:
    """Who present ``word`` names, behind as few brackets, quotes and stops as will do; else ``None``."""
    if not word or len(word) > MAX_NICK + 2 * _STRIPS + 2:
        return None
    if (name := nicks.spelled(word)) is not None:
        return name
    before = min(len(word) - len(word.lstrip(_OPENING)), _STRIPS)
    after = min(len(word) - len(word.rstrip(_CLOSING)), _STRIPS)
    for strips in range(before + after + 1):
        for left in range(max(0, strips - after), min(before, strips) + 1):
            bare = word[left : len(word) - (strips - left)]
            if (name := nicks.spelled(bare)) is not None:
                return name
            if bare.lower().endswith(_POSSESSIVE) and (name := nicks.spelled(bare[:-2])) is not None:
                return name
    return None


def _absent(word: str) -> list[str]:
    """The names in a word at the front, of people who are not here; none when it hardly is a name."""
    names = [part.removeprefix("@") for part in word.rstrip(":,;").split(",")]
    for name in names:
        if len(name) > MAX_NICK or name.lower() in COMMON or not _NICK_SHAPE.fullmatch(name):
            return []
    return names


def due_date(text: str, today: date) -> date | None:
    """The date that the text says it is due, on or after ``today``; ``None`` when it says none.

    Read are ``by``, ``due``, ``before`` and ``until`` with: ``2026-12-01``, ``Dec 1``, ``1 December 2026``,
    ``the 5th``, ``today``, ``tomorrow``, ``friday`` (the first after today), ``next friday`` (next week's),
    ``end of week`` (its Friday), ``next week`` (its Friday), ``end of month``, ``end of year``. Of several
    the last counts. What can be read in two ways (``1/2``) is not read.
    """
    phrases = collections.deque(_DUE.finditer(text), maxlen=_DUE_PHRASES)
    for phrase in reversed(phrases):
        words = text[phrase.end() : phrase.end() + _DUE_LENGTH].lower()
        try:
            due = read_date(words, today)
        except (ValueError, OverflowError):  # no such day (30 February), or past the calendar's end
            continue
        if due is not None and due >= today:
            return due
    return None


def date_missed(text: str, today: date) -> str | None:
    """The words by which a text says that it is due on a day that is past or in no calendar; ``None`` where
    :func:`due_date` finds a date, or none is meant.
    """
    if due_date(text, today) is not None:
        return None
    phrases = collections.deque(_DUE.finditer(text), maxlen=_DUE_PHRASES)
    for phrase in reversed(phrases):
        words = text[phrase.end() : phrase.end() + _DUE_LENGTH].lower()
        if (missed := exact_date(words)) is not None:
            return missed
    return None
