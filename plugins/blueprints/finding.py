"""Which blueprint is meant: a name, the beginning of one, words, a pattern, or an address. Pure.

Rules:

1. A whole name means that blueprint, also where others begin with it. Case counts not; ``bp/NAME`` and a
   blueprint's address mean its name.
2. Else the one whose name alone begins so; else the one that alone has all the words, each as the beginning
   of a word of its name or title.
3. Where several are meant none is taken: a command answers with their names. Where none is, with the nearest.
4. In a pattern ``*`` stands for anything and ``?`` for one character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate

from bot.text import listed, nearest, shorten
from plugins.tracker import Item

_SHOWN = 3
_ADDRESS = re.compile(r"(?:https?://\S*/\+spec/|bp/)([^/?#\s]+)\S*", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Found:
    """One blueprint."""

    item: Item


@dataclass(frozen=True, slots=True)
class Several:
    """More than one: their names, in order."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """None; ``near`` are at most three names that may have been meant."""

    near: tuple[str, ...]


def find(text: str, blueprints: Mapping[str, Item]) -> Found | Several | Missing:
    """The blueprint that ``text`` means, of those by name."""
    wanted = name_in(text)
    if wanted in blueprints:
        return Found(blueprints[wanted])
    if not wanted:
        return Missing(())
    begun = sorted(name for name in blueprints if name.startswith(wanted))
    if len(begun) == 1:
        return Found(blueprints[begun[0]])
    if begun:
        return Several(tuple(begun))
    return _by_words(wanted, blueprints)


def _by_words(wanted: str, blueprints: Mapping[str, Item]) -> Found | Several | Missing:
    words = _WORD.findall(wanted)
    if not words:
        return Missing(tuple(near(wanted, blueprints)))
    maybe: Iterable[Item] = blueprints.values()
    for word in words:  # quick, and leaves few to look at closely
        maybe = [item for item in maybe if word in item.name or word in item.title.lower()]
    having = sorted(item.name for item in maybe if _has(words, item))
    if len(having) == 1:
        return Found(blueprints[having[0]])
    if having:
        return Several(tuple(having))
    return Missing(tuple(near(wanted, blueprints)))


def _has(words: Sequence[str], item: Item) -> bool:
    """Whether each word begins one of the item's."""
    own = _WORD.findall(f"{item.name} {item.title}".lower())
    return all(any(one.startswith(word) for one in own) for word in words)


def near(wanted: str, blueprints: Iterable[str]) -> list[str]:
    """At most three names that may have been meant, the most likely first."""
    return nearest("-".join(wanted.split()), blueprints, _SHOWN)


def name_in(text: str) -> str:
    """The name that a text means, in small letters, if it means one: ``bp/Zones`` means ``zones``."""
    wanted = text.strip().lower()
    address = _ADDRESS.fullmatch(wanted)
    return address[1] if address else wanted


def is_pattern(word: str) -> bool:
    """Whether a word is a pattern, and not a name."""
    return "*" in word or ("?" in word and "://" not in word)


def matching(pattern: str, blueprints: Iterable[str]) -> list[str]:
    """The names that a pattern matches as a whole, in order."""
    # In fnmatch's patterns brackets have a meaning; in names there are none, and here they mean themselves.
    regex = re.compile(translate(pattern.lower().replace("[", "[[]")))
    return sorted(name for name in blueprints if regex.fullmatch(name))


def not_found(text: str, found: Several | Missing) -> str:
    """What to say where a text means no one blueprint."""
    shown = shorten(text, 60)
    if isinstance(found, Several):
        rest = len(found.names) - _SHOWN
        names = [*found.names[:_SHOWN], *([f"{rest} more"] if rest > 0 else [])]
        return f"{shown!r} may be {listed(names, 'and' if rest > 0 else 'or')}; say more of the name."
    if found.near:
        return f"There is no blueprint {shown!r}; did you mean {listed(found.near, 'or')}?"
    return f"There is no blueprint {shown!r}."
