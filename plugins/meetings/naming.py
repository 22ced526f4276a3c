"""How people are called in minutes where a room is linked: two with the same nick, one with two."""

from __future__ import annotations

from bot.text import fold_nick
from plugins.meetings.people import People, Person

_SEVERAL = 2


def shown(people: People, person: Person, nick: str) -> str:
    """A nick of somebody's: with its network where somebody else has the same on another."""
    if not people.is_linked:
        return nick
    bearers = people.bearers().get(fold_nick(nick), {})
    if len(bearers) < _SEVERAL or len(set(bearers.values())) < _SEVERAL:
        return nick
    return f"{nick} ({bearers.get(person, person.network)})"


def owner_names(people: People, owners: tuple[str, ...]) -> tuple[str, ...]:
    """Whose an action is: who is here on several networks goes by one name, the first that was seen."""
    if not people.is_linked:
        return owners
    return tuple(dict.fromkeys(_one_name(people, owner) for owner in owners))


def _one_name(people: People, owner: str) -> str:
    folded = fold_nick(owner)
    bearers = people.bearers().get(folded, {}).keys() | {
        person for person in people if any(account == folded for _, account in person.accounts)
    }
    if len(bearers) != 1:
        return owner
    (person,) = bearers
    return person.first_nick if len(set(person.nicks.values())) >= _SEVERAL else owner
