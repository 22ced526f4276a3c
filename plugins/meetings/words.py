"""The words of a meeting: how a command is recognised in a line, and the table of them all.

Rules:

1. A command stands at the start of a line, leading blanks allowed, in any case.
2. ``#word rest`` works everywhere; bare words and W3C's spellings where the profile has them.
3. Each word has one handler, registered by :func:`word` in the modules of ``plugins/meetings/commands``.
4. What is no command costs one look of a regular expression.
"""

from __future__ import annotations

import enum
import functools
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bot.model import Line
from bot.text import plain
from plugins.meetings.effects import Effect
from plugins.meetings.profiles import Profile, profile_named

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting
    from plugins.meetings.people import Connection, Person


class Who(enum.Enum):
    """Who may use a word."""

    ANYONE = "anyone"
    SCRIBE = "chair, scribe"
    CHAIR = "chair"


class Style(enum.Enum):
    """How a word is typed."""

    HASH = "#"
    BARE = "bare"  # q+, agenda?
    URL = "url"
    SUBSTITUTION = "s/old/new/"


@dataclass(frozen=True, slots=True)
class Said:
    """A command as somebody said it. ``rest`` is what follows the word, without blanks around it."""

    line: Line
    number: int
    connection: Connection
    name: str
    rest: str
    is_chair: bool

    @property
    def person(self) -> Person:
        """Who said it."""
        return self.connection.person

    @property
    def nick(self) -> str:
        """The nick under which it was said."""
        return self.line.actor.nick


Handler: TypeAlias = "Callable[[Meeting, Said], Iterator[Effect]]"


@dataclass(frozen=True, slots=True)
class Word:
    """A row of the table of commands. ``syntax``, ``example`` have no prefix; ``meaning`` is one sentence."""

    name: str
    aliases: tuple[str, ...]
    who: Who
    style: Style
    syntax: str
    meaning: str
    example: str
    run: Handler

    def typed(self, prefix: str) -> str:
        """The word as people type it."""
        return prefix + self.name if self.style is Style.HASH else self.name

    def usage(self, prefix: str) -> str:
        """How it is written, for people."""
        if self.style is Style.HASH:
            return prefix + self.syntax
        return self.syntax if self.is_typed else self.syntax.removeprefix(self.name).lstrip()

    def explained(self, prefix: str) -> str:
        """In one line: how it is written, who may, what it does, and an example."""
        example = prefix + self.example if self.style is Style.HASH else self.example
        about = f"({self.who.value}, in a meeting): {self.meaning}"
        return f"{self.usage(prefix)} {about} Example: {example}"

    @property
    def takes_text(self) -> bool:
        """Whether what stands behind the word means anything."""
        return self.syntax != self.name

    @property
    def is_typed(self) -> bool:
        """Whether people type the name; else it stands for a form of line, which the syntax shows."""
        return self.name not in _FORMS


_FORMS = frozenset({"agenda=", "s", "bare ballot"})


TABLE: list[Word] = []
"""Every word once, in the order in which the modules register them."""

WORDS: dict[str, Word] = {}
"""By name and by each other spelling."""


def word(
    *names: str,
    who: Who = Who.ANYONE,
    style: Style = Style.HASH,
    syntax: str = "",
    meaning: str,
    example: str = "",
) -> Callable[[Handler], Handler]:
    """Register the handler of a word, with its other spellings. Where no ``example`` is given it is the word
    alone.
    """

    def register(run: Handler) -> Handler:
        written = f"{names[0]} {syntax}".strip()
        entry = Word(names[0], names[1:], who, style, written, meaning, example or names[0], run)
        TABLE.append(entry)
        for name in names:
            if name in WORDS:
                raise ValueError(f"{name} has two handlers")
            WORDS[name] = entry
        return run

    return register


@dataclass(frozen=True, slots=True)
class Found:
    """What a line holds: a word (known or not) and the rest."""

    name: str
    rest: str
    style: Style


# Bare words, as Zakim and RRSAgent have them. Groups are joined by a blank to the rest.
_BARE: tuple[tuple[str, str], ...] = (
    ("qq+", r"qq\+(?:\s*(.*))?"),
    ("q+", r"(?:q|queue)\+(?:\s*(.*))?"),
    ("q-", r"(?:q|queue)-(?:\s+([^\s,]+(?:\s[^\s,]+){0,3}))?"),
    ("q?", r"(?:q|queue)\?"),
    ("ack", r"ack(?:\s+(\S+(?:\s\S+){0,3}))?"),
    ("close queue", r"close\s+(?:the\s+)?(?:speaker\s+)?queue"),
    ("open queue", r"(?:re)?open\s+(?:the\s+)?(?:speaker\s+)?queue"),
    ("agenda+", r"agenda\s?\+\s*(.*)"),
    ("agenda?", r"agenda\s?\?"),
    ("agenda-", r"agenda\s?-\s*(\d{1,6})"),
    ("agenda=", r"agenda\s+(\d{1,6})\s*=\s*(.*)"),
    ("next agendum", r"(?:move\s+to\s+)?next\s+(?:agendum|agenda\s+item)"),
    ("take up", r"(?:take|move)\s+(?:up|to)\s+(?:item|agendum)\s+(\d{1,6})"),
    ("present+", r"present\+\s*(.*)"),
    ("present-", r"present-\s*(.*)"),
    ("regrets+", r"regrets\+\s*(.*)"),
)
_BARE_START = r"q|ack(?:\s|$)|close\s|open\s|reopen\s|agenda|move\s|next\s|take\s|present[+-]|regrets\+"

# W3C's spellings and the words they are twins of.
_W3C = {
    "action": "action",
    "resolved": "agreed",
    "resolution": "agreed",
    "topic": "topic",
    "subtopic": "subtopic",
    "chair": "chair",
    "chairs": "chair",
    "scribe": "scribe",
    "meeting": "meeting",
    "present": "present",
    "regrets": "regrets",
    "agenda": "agenda",
}
_SUBSTITUTION = r"s/(?P<old>(?:[^/\\]|\\.)+)/(?P<new>(?:[^/\\]|\\.)*)(?:/(?P<all>[gG])?)?"
_URL = r"(?:https?|ircs?|ftp|ssh)://\S|mailto:\S"


class Recogniser:
    """Finds the command in a line, for one profile and prefix."""

    def __init__(self, profile: Profile, prefix: str) -> None:
        starts = [re.escape(prefix), _URL]
        if profile.bare:
            starts.append(_BARE_START)
        if profile.w3c:
            starts += ["s/", rf"(?:{'|'.join(_W3C)})\s*:"]
        self.is_candidate = re.compile(rf"\s*(?:{'|'.join(starts)})", re.IGNORECASE).match
        """Cheap: whether :meth:`find` need look at all."""
        self._profile = profile
        self._prefix = prefix
        self._hash = re.compile(rf"{re.escape(prefix)}([^\W\d_]+):?(?:\s+(.*))?", re.DOTALL)
        self._url = re.compile(_URL, re.IGNORECASE)
        self._bare = [(name, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for name, pattern in _BARE]
        self._w3c = re.compile(rf"({'|'.join(_W3C)})\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)

    def find(self, text: str) -> Found | None:
        """What ``text`` commands; ``None`` where it is chat. Nothing of the result has blanks around it."""
        text = text.strip()
        if (match := self._hash.fullmatch(text)) is not None:
            return Found(match[1].lower(), (match[2] or "").strip(), Style.HASH)
        if self._url.match(text) is not None:
            return Found("link", text, Style.URL)
        if self._profile.w3c:
            if (match := self._w3c.fullmatch(text)) is not None:
                return Found(_W3C[match[1].lower()], match[2].strip(), Style.HASH)
            if text.startswith("s/") and _is_substitution(text) is not None:
                return Found("s", text, Style.SUBSTITUTION)
        if self._profile.bare:
            for name, pattern in self._bare:
                if (match := pattern.fullmatch(text)) is not None:
                    rest = " ".join(group for group in match.groups() if group)
                    return Found(name, rest.strip(), Style.BARE)
        return None


@functools.lru_cache(maxsize=32)
def recogniser(profile: str, prefix: str) -> Recogniser:
    """The recogniser for a profile by its name."""
    return Recogniser(profile_named(profile), prefix)


_is_substitution = re.compile(_SUBSTITUTION, re.DOTALL).fullmatch
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def substitution(text: str) -> tuple[str, str, bool] | None:
    """``s/old/new/g`` taken apart: old, new, and whether it means every item; ``None`` if it is none."""
    match = _is_substitution(text)
    if match is None:
        return None
    return _ESCAPED.sub(r"\1", match["old"]), _ESCAPED.sub(r"\1", match["new"]), match["all"] is not None


_OFF = re.compile(r"\s*[\[\uff3b\u3010]\s*off\s*[\]\uff3d\u3011]", re.IGNORECASE)
_LINK = re.compile(r"(?P<url>\S+)(?:\s+(?P<rest>.*))?", re.DOTALL)


def is_off(text: str) -> bool:
    """Whether a line is off the record: it begins with ``[off]`` and must never be kept.

    What nobody sees (formatting, a byte order mark, a mark of direction) and what only looks different
    (blanks within, an input method's wide brackets) does not count: whoever typed that meant it so.
    """
    if not text.isprintable():
        text = "".join(c for c in plain(text) if unicodedata.category(c) != "Cf")
    return _OFF.match(text) is not None


# Keyboards make one dash of two; a meeting that was meant to be private must not be public for that.
_RESTRICTED = re.compile("[-\u2010-\u2015\u2212]{1,2}restricted", re.IGNORECASE)


@functools.lru_cache(maxsize=32)
def _opener(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"\s*{re.escape(prefix)}startmeeting(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)


def opening_words(text: str, prefix: str = "#") -> tuple[str, bool] | None:
    """What ``#startmeeting`` was given, and whether ``--restricted``; ``None`` for any other line."""
    if "startmeeting" not in text.lower():
        return None
    match = _opener(prefix).fullmatch(plain(text).rstrip())
    if match is None:
        return None
    words = (match[1] or "").split()
    others = [each for each in words if _RESTRICTED.fullmatch(each) is None]
    return " ".join(others), len(others) < len(words)


def opens(text: str, profile: str | Profile = "muster", prefix: str = "#") -> bool:
    """Whether ``text``, said where no meeting is open, starts one."""
    found = opening_words(text, prefix)
    return found is not None and not is_off(text) and opening_refused(text, profile, prefix) is None


def opening_refused(text: str, profile: str | Profile = "muster", prefix: str = "#") -> str | None:
    """Why a ``#startmeeting`` starts nothing, for the one who typed it; ``None`` where all is well."""
    found = opening_words(text, prefix)
    profile = profile_named(profile) if isinstance(profile, str) else profile
    if found is not None and profile.name_required and not found[0]:
        return f"A meeting name is required, e.g., '{prefix}startmeeting Marketing Committee'"
    return None


_TRAILING = ".,;:!?'\""


def split_link(text: str) -> tuple[str, str]:
    """A link's address and the rest of its text; an empty address where the text begins with none.

    The address ends before closing punctuation and a ``)`` that it did not open.
    """
    match = _LINK.fullmatch(text.strip())
    if match is None or re.match(_URL, match["url"], re.IGNORECASE) is None:
        return "", text.strip()
    url = match["url"]
    unopened = url.count(")") - url.count("(")
    end = len(url)
    while end:
        if url[end - 1] == ")" and unopened > 0:
            unopened -= 1
        elif url[end - 1] not in _TRAILING:
            break
        end -= 1
    return url[:end], (match["rest"] or "").strip()
