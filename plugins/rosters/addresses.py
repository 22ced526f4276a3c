"""Where the pages of teams and people are. Pure.

Rules:

1. A page's address has the name as it is known; whoever asks in other capitals is led there.
2. Somebody whose name cannot stand in an address, or would tell a mail or chat address (``jabber/a@b.org``,
   which is one's name where another has the short one), has a page under ``:`` and their id: no name begins
   so. Nor is more shown of such a name than what stands before the ``@``.
"""

from __future__ import annotations

from urllib.parse import quote

from plugins.rosters.roster import Person, Roster

_DIGITS = 18


def team_path(name: str) -> str:
    """The page of a team."""
    return f"/teams/{quote(name, safe='')}/"


def person_path(person: Person) -> str:
    """The page of a person."""
    return f"/people/{quote(person_word(person), safe=':')}/"


def person_word(person: Person) -> str:
    """What stands for a person in addresses: the name, or ``:`` and the id."""
    is_plain = not set(person.name) & set("/@\\") and person.name.strip(".") != ""
    return person.name if is_plain else f":{person.id}"


def person_at(roster: Roster, word: str) -> Person | None:
    """Who is meant by what stands in an address; ``None`` where nobody is."""
    if not word.startswith(":"):
        return roster.named(word)
    number = word[1:]
    is_number = number.isascii() and number.isdecimal() and len(number) < _DIGITS
    return roster.people.get(int(number)) if is_number else None


def shown_name(person: Person) -> str:
    """What somebody is called on pages."""
    return person.name.partition("@")[0] or f"person {person.id}"
