"""Who is who in a meeting: connections, persons, and who may chair.

Rules:

1. A *connection* is somebody's presence under one nick at a time, followed through renames, ended by leaving.
2. A *person* is an account where one is known, else a connection. Logging in ties the two persons into one.
3. Somebody without an account who left and returns with a ``nick!user@host`` that the connection had, under
   whichever of its nicks, is the same person, but a new connection. A nick alone never makes two persons one.
4. A right given to somebody with an account follows the account; without one it belongs to the connection.
5. In a linked room somebody may be here on several networks. Two accounts are one person if rosters say so
   (:meth:`People.know`), and never because a nick or an account is spelled alike on two networks.
6. After a gap a connection without an account is only believed where the same ``user@host`` is seen again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.model import Actor
from bot.text import fold_nick
from plugins.meetings.nicks import Here
from plugins.meetings.owners import Nicks


@dataclass(eq=False, slots=True)
class Person:
    """One human being, as far as the meeting can tell. ``nicks`` in the order in which they were seen, each
    with the network that it was first seen on; ``accounts`` by network and folded account.
    """

    number: int
    network: str
    nicks: dict[str, str]
    accounts: dict[tuple[str, str], str] = field(default_factory=dict)
    name: str = ""
    lines: int = 0
    declared: bool = False  # #nick, #here or present+: listed although silent
    absent: bool = False  # present-
    regrets: bool = False
    excuses: int = 0  # lines that said so themselves
    chair: bool = False  # by the account
    connections: dict[Connection, None] = field(default_factory=dict)
    became: Person | None = None

    @property
    def account(self) -> str | None:
        """The account that was seen first, or ``None``."""
        return next(iter(self.accounts.values()), None)

    @property
    def key(self) -> str:
        """What names this person in votes."""
        return str(self.number)

    @property
    def first_nick(self) -> str:
        """The first nick seen: how the minutes name this person."""
        return next(iter(self.nicks), self.account or "?")

    @property
    def nick(self) -> str:
        """The nick in use now, or the last one."""
        for connection in self.connections:
            return connection.nick
        return next(reversed(self.nicks), self.account or "?")

    @property
    def sent_regrets(self) -> bool:
        """Whether this person is excused: not who has said anything else, and so was there."""
        return self.regrets and self.lines <= self.excuses

    @property
    def is_here(self) -> bool:
        """Whether one of the person's connections is in the room."""
        return bool(self.connections)

    def now(self) -> Person:
        """This person, or who it turned out to be."""
        person = self
        while person.became is not None:
            person = person.became
        return person


_Mask: TypeAlias = tuple[str, str, str]  # network, folded nick, address


@dataclass(eq=False, slots=True)
class Connection:
    """Somebody's presence in the room. ``chair``: a right given to this connection while without account.
    ``masks``: what it was seen as, and before it those that it is the return of.
    """

    network: str
    nick: str
    address: str | None
    account: str | None
    person: Person
    era: int
    chair: bool = False
    masks: dict[_Mask, None] = field(default_factory=dict)


def holds_chair(person: Person) -> bool:
    """Whether a right of the person's account, or of one of its connections, stands."""
    return person.chair or any(connection.chair for connection in person.connections)


_Key: TypeAlias = tuple[str, str]  # network, folded nick (or account)
_MOST_MASKS = 16  # that are remembered of one connection, so that no return costs much


class People:
    """Everybody seen in the meeting. ``merged(gone, kept)`` is called when two persons prove to be one,
    ``moved(person)`` when somebody came, went, or lost a connection.
    """

    def __init__(self, merged: Callable[[Person, Person], None], moved: Callable[[Person], None]) -> None:
        self.nicks = Nicks()
        """Every nick, account and name that an action may mean."""
        self._merged = merged
        self._moved = moved
        self._here = Here()
        self._accounts: dict[_Key, Person] = {}
        self._known: dict[_Key, dict[_Key, None]] = {}  # for an account, all that are the same person's
        self._left: dict[_Mask, Connection] = {}
        self._persons: dict[Person, None] = {}
        self._bearers: dict[str, dict[Person, str]] | None = None
        self._count = 0
        self._era = 0

    def __iter__(self) -> Iterator[Person]:
        return iter(self._persons)

    # What lines tell.

    def see(self, actor: Actor) -> Connection:
        """Whoever acts; somebody not seen before becomes known. Logging in and out is noticed here."""
        connection = self._here.of(actor)
        if connection is None:
            return self._enter(actor)
        if (
            connection.account == actor.account
            and connection.address == actor.address
            and connection.era == self._era
        ):
            return connection
        return self._recognise(connection, actor)

    def joined(self, actor: Actor) -> Connection:
        """Somebody came in: always a new connection."""
        stale = self._here.replaced_by(actor)
        if stale is not None:
            self._leave(stale)
        return self._enter(actor)

    def left(self, actor: Actor) -> None:
        """Somebody went; what the connection held is lost."""
        connection = self._here.of(actor)
        if connection is None:
            return
        if connection.address is None:
            connection.address = actor.address
        self._leave(connection)

    def renamed(self, actor: Actor, nick: str) -> Connection:
        """Somebody changed nick; the connection goes on under the new one."""
        connection = self.see(actor)
        stale = self._here.exactly(connection.network, nick)
        if stale is not None and stale is not connection:
            self._leave(stale)
        self._here.take(connection)
        connection.nick = nick
        self._here.put(connection)
        self._named(connection.person, nick, connection.network)
        _seen_as_now(connection)
        return connection

    def gap(self, sure: Connection | None = None) -> None:
        """Nothing is known of a while: from now on nobody without account is believed by nick alone, but for
        ``sure``, who has just been made sure of.
        """
        self._era += 1
        if sure is not None:
            sure.era = self._era

    def mean(self, connection: Connection) -> None:
        """Somebody is named who was not heard of since a gap: whoever goes by that nick now is meant."""
        if connection.era != self._era:
            connection.era = self._era
            connection.address = None

    # Looking somebody up.

    def seen_nicks(self) -> frozenset[str]:
        """The nicks and accounts, folded, of everybody who was seen; not the names that others gave."""
        return frozenset(
            fold_nick(name) for person in self for name in (*person.nicks, *person.accounts.values()) if name
        )

    def here(
        self, network: str, nick: str, *, elsewhere: bool = True, begun: bool = False
    ) -> Connection | None:
        """The connection under that nick: on this network, else (``elsewhere``) on another of a linked room.
        ``begun``: the first word of a nick that has blanks is enough.
        """
        return self._here.named(network, nick, elsewhere=elsewhere, begun=begun)

    @property
    def is_linked(self) -> bool:
        """Whether people were seen on more than one network."""
        return len(self._here.networks) > 1

    def nicks_on(self, network: str) -> frozenset[str] | None:
        """The nicks and names, folded, of those who were seen on a network; ``None`` if people were seen on
        no other, where that makes no difference.
        """
        if not self.is_linked:
            return None
        return frozenset(
            fold_nick(name)
            for person in self
            if network in person.nicks.values()
            for name in (*(nick for nick, at in person.nicks.items() if at == network), person.name)
        )

    def bearers(self) -> dict[str, dict[Person, str]]:
        """Who went by each nick, folded, and on which network."""
        if self._bearers is None:
            self._bearers = {}
            for person in self:
                for nick, network in person.nicks.items():
                    self._bearers.setdefault(fold_nick(nick), {})[person] = network
        return self._bearers

    def find(self, actor: Actor) -> Connection | None:
        """The actor's connection if it is known and to be believed; nothing is changed.

        Where the network tells addresses, one that was never seen proves nothing: the actor may have come
        since the last line that was folded.
        """
        connection = self._here.of(actor)
        if connection is None or connection.address != actor.address:
            return None
        return connection if connection.era == self._era or actor.address is not None else None

    def of_account(self, network: str, account: str) -> Person | None:
        """The person of that account, if seen or named before, be it by another account of theirs."""
        key = (network, fold_nick(account))
        person = self._accounts.get(key)
        if person is None and key in self._known:
            person = next((self._accounts[mate] for mate in self._known[key] if mate in self._accounts), None)
        return person

    def know(self, accounts: Iterable[tuple[str, str]]) -> None:
        """These accounts, each with its network, are one person's. That holds from then on, and of all that
        hang together, in whichever order it is told.
        """
        group = {(network, fold_nick(account)): None for network, account in accounts}
        for key in tuple(group):
            group |= self._known.get(key, {})
        self._known |= dict.fromkeys(group, group)
        persons = dict.fromkeys(self._accounts[key] for key in group if key in self._accounts)
        first, *others = persons or (None,)
        for other in others:
            if first is not None:
                first = self._merge(first.now(), other.now())

    def same_as(self, network: str, account: str) -> str:
        """One account, as a text, that stands for all that are known to be the same person's as this one."""
        key = (network, fold_nick(account))
        return " ".join(min(self._known.get(key, {key: None})))

    def is_known(self, accounts: Iterable[tuple[str, str]]) -> bool:
        """Whether these are known to be one person's accounts."""
        group = {(network, fold_nick(account)) for network, account in accounts}
        return all(group <= self._known.get(key, {}).keys() for key in group)

    def expect(self, network: str, account: str) -> Person:
        """The person of a known account, who need not be here."""
        person = self.of_account(network, account)
        if person is None:
            person = self._new(network)
            self._bind(person, (network, fold_nick(account)), account)
        return person

    # The parts of it.

    def _enter(self, actor: Actor) -> Connection:
        before = None
        if actor.address is not None:
            before = self._left.get((actor.network, fold_nick(actor.nick), actor.address))
        person = before.person.now() if before is not None else None
        if person is None and actor.account is not None:
            person = self.of_account(actor.network, actor.account)
        if person is None:
            person = self._new(actor.network, actor.nick)
        connection = Connection(actor.network, actor.nick, actor.address, None, person, self._era)
        if before is not None:
            for mask in before.masks:
                if self._left.get(mask) is before:
                    del self._left[mask]  # whoever comes under it while this one is here is somebody else
            connection.masks = before.masks
        _seen_as_now(connection)
        person.connections[connection] = None
        self._named(person, actor.nick, actor.network)
        self._here.put(connection)
        if actor.account is not None:
            self._log_in(connection, actor.account)
        self._moved(connection.person)
        return connection

    def _recognise(self, connection: Connection, actor: Actor) -> Connection:
        """A known nick that looks different from before: the same connection, or not?"""
        same_account = actor.account is not None and actor.account == connection.account
        both_known = connection.address is not None and actor.address is not None
        same_address = both_known and connection.address == actor.address
        if connection.era != self._era and not (same_account or same_address):
            self._leave(connection)
            return self._enter(actor)
        connection.era = self._era
        if both_known and not same_address and not same_account:
            # A new host under an unbroken connection (a cloak). A lost link that nobody noticed looks just
            # the same, so that the right is not worth the risk.
            connection.chair = False
        connection.address = actor.address or connection.address
        _seen_as_now(connection)
        if connection.account != actor.account:
            if actor.account is None:
                connection.account = None  # logged out: the same person still, who cannot use its rights
            else:
                self._log_in(connection, actor.account)
        self._moved(connection.person)
        return connection

    def _log_in(self, connection: Connection, account: str) -> None:
        connection.account = account
        person = connection.person
        key = (connection.network, fold_nick(account))
        known = self.of_account(*key)
        if known is person:
            self._bind(person, key, account)
        elif not person.accounts:
            if connection.chair:
                person.chair = True  # the right follows the account from now on
            kept = person if known is None else self._merge(person, known)
            self._bind(kept, key, account)
        else:
            # Another account is another person, though the hands may be the same.
            del person.connections[connection]
            connection.chair = False
            self._moved(person)
            if known is None:
                known = self._new(connection.network, connection.nick)
            connection.person = known
            known.connections[connection] = None
            self._named(known, connection.nick, connection.network)
            self._bind(known, key, account)

    def _bind(self, person: Person, key: _Key, account: str) -> None:
        """An account is this person's."""
        if key not in person.accounts:
            person.accounts[key] = account
            self._accounts[key] = person
            self.nicks.add(account)

    def _leave(self, connection: Connection) -> None:
        person = connection.person
        key = (connection.network, fold_nick(connection.nick))
        self._here.take(connection)
        person.connections.pop(connection, None)
        if not person.accounts and connection.address is not None:
            _seen_as_now(connection)
            for mask in connection.masks:
                self._left.setdefault(mask, connection)
            self._left[(*key, connection.address)] = connection
        self._moved(person)

    def _merge(self, one: Person, other: Person) -> Person:
        kept, gone = (one, other) if one.number < other.number else (other, one)
        for connection in gone.connections:
            connection.person = kept
        kept.connections.update(gone.connections)
        gone.connections = {}
        kept.nicks |= {nick: network for nick, network in gone.nicks.items() if nick not in kept.nicks}
        kept.accounts |= gone.accounts
        self._accounts |= dict.fromkeys(gone.accounts, kept)
        kept.name = kept.name or gone.name
        kept.lines += gone.lines
        kept.excuses += gone.excuses
        kept.declared |= gone.declared
        kept.absent &= gone.absent
        kept.regrets &= gone.regrets
        kept.chair |= gone.chair
        gone.became = kept
        self._bearers = None
        del self._persons[gone]
        self._merged(gone, kept)
        self._moved(kept)
        return kept

    def _named(self, person: Person, nick: str, network: str) -> None:
        if nick not in person.nicks:
            person.nicks[nick] = network
            self._bearers = None
        self.nicks.add(nick)

    def _new(self, network: str, nick: str | None = None) -> Person:
        self._count += 1
        person = Person(self._count, network, {})
        if nick is not None:
            self._named(person, nick, network)
        self._persons[person] = None
        return person


def _seen_as_now(connection: Connection) -> None:
    if connection.address is None:
        return
    mask = (connection.network, fold_nick(connection.nick), connection.address)
    connection.masks.pop(mask, None)
    connection.masks[mask] = None
    if len(connection.masks) > _MOST_MASKS:
        del connection.masks[next(iter(connection.masks))]
