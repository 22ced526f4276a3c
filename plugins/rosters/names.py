"""What teams and people may be called. Pure.

A team's name is a name as Launchpad has them, so that it can be one there, and none of the words that stand
for something else in a command.
"""

from __future__ import annotations

from collections.abc import Collection

from bot.model import Actor
from bot.text import fold_nick, shorten, visible
from plugins.tracker import is_name

LONGEST = 64
"""Characters of a name."""

RESERVED = frozenset(
    {
        "add",
        "all",
        "cancel",
        "confirm",
        "coordinator",
        "here",
        "launchpad",
        "me",
        "move",
        "new",
        "nobody",
        "none",
        "off",
        "on",
        "person",
        "remove",
        "retire",
        "set",
        "team",
        "unconfirmed",
        "until",
        "vacate",
    }
)
"""Words that say something else where a team or a person could stand."""


def is_handle(name: str) -> bool:
    """Whether a person or a team on Launchpad can have this name."""
    return len(name) <= LONGEST and is_name(name)


def team_problem(name: str) -> str | None:
    """Why a team cannot have a name; ``None`` where it can."""
    if name in RESERVED:
        return f"{name!r} is a word of a command: take another name"
    if not is_handle(name):
        return (
            f"{shorten(name, 40)!r} is no name for a team: small letters, digits and +.- only, a letter or "
            f"digit first, {LONGEST} characters at most"
        )
    return None


def person_problem(name: str) -> str | None:
    """Why a person cannot be listed under a name; ``None`` where they can."""
    if name.lower() in RESERVED:
        return f"{name!r} is a word of a command: take another name"
    if not name or visible(name) != name or name[0] in "~#!@,:" or name.endswith((",", ":", "?")):
        return f"{shorten(name, 40)!r} is no name for a person: write it as one word, such as a nick"
    return f"a person's name has {LONGEST} characters at most" if len(name) > LONGEST else None


def name_for(actor: Actor, taken: Collection[str]) -> str:
    """What to call somebody of whom only the account is known: by that, or, where another is called so
    (``taken``, folded), by ``network/account``.
    """
    account = visible(actor.account or actor.nick)
    short = account.partition("@")[0] if "@" in account else account
    for name in (short, f"{actor.network}/{account}"):
        if person_problem(name) is None and fold_nick(name) not in taken:
            return name
    return free_name(f"{actor.network}/{account}", taken)


def free_name(name: str, taken: Collection[str]) -> str:
    """``name``, or with a number behind it where that is taken (folded)."""
    found, number = name, 1
    while fold_nick(found) in taken:
        number += 1
        found = f"{name}-{number}"
    return found
