"""Who chairs a meeting, and whether any of them is in the room."""

from __future__ import annotations

from collections.abc import Iterator

from bot.model import Actor
from bot.text import fold_nick
from plugins.meetings.people import Connection, Person, holds_chair


class Chairs:
    """The chairs, in the order in which they became chairs.

    A right given to a connection with an account is the account's; without one it is the connection's, and
    ends with it (:mod:`plugins.meetings.people`, rule 4).
    """

    def __init__(self) -> None:
        self._all: dict[Person, None] = {}
        self._here: set[Person] = set()

    def __iter__(self) -> Iterator[Person]:
        return iter(self._all)

    def __contains__(self, person: object) -> bool:
        return person in self._all

    @property
    def any_here(self) -> bool:
        """Whether a chair is in the room."""
        return bool(self._here)

    def give(self, connection: Connection) -> None:
        """Make somebody in the room a chair."""
        if connection.account is not None:
            connection.person.chair = True
        else:
            connection.chair = True
        self.moved(connection.person)

    def give_account(self, person: Person) -> None:
        """Make the person of a known account a chair, in the room or not."""
        person.chair = True
        self.moved(person)

    def take(self, person: Person) -> None:
        """Somebody is a chair no longer."""
        person.chair = False
        for connection in person.connections:
            connection.chair = False
        self.moved(person)

    def moved(self, person: Person) -> None:
        """Somebody came, went, or gained or lost a right with a connection or account."""
        if holds_chair(person):
            self._all.setdefault(person)
            if person.is_here:
                self._here.add(person)
            else:
                self._here.discard(person)
        else:
            self._all.pop(person, None)
            self._here.discard(person)

    def merged(self, gone: Person, kept: Person) -> None:
        """Two persons proved to be one, who keeps the place of either."""
        if gone in self._all:
            self._all = {kept if person is gone else person: None for person in self._all}
        self._here.discard(gone)

    def may(self, connection: Connection, actor: Actor) -> bool:
        """Whether ``actor``, whose connection this is, may act as a chair now."""
        return connection.chair or (
            connection.person.chair
            and actor.account is not None
            and (actor.network, fold_nick(actor.account)) in connection.person.accounts
        )
