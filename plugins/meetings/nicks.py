"""Who goes by which nick in the room now.

Rules:

1. A nick is one on its network as it is spelled. Where two are here whose spellings fold alike (on XMPP
   ``Bob`` and ``bob`` are two), each is found by its own.
2. A spelling that nobody has means whoever has one that folds alike, if that is one alone, and the addresses
   that the network tells do not say that it is somebody else.
3. On another network of a linked room a nick is looked for only if nobody has it on the own, and means nobody
   where several have it there. ``network/nick`` says where.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from bot.model import Actor
from bot.text import fold_nick

if TYPE_CHECKING:
    from plugins.meetings.people import Connection

_Key: TypeAlias = tuple[str, str]


class Here:
    """The connections in the room, by their nicks."""

    def __init__(self) -> None:
        self._exact: dict[_Key, Connection] = {}
        self._alike: dict[_Key, dict[str, Connection]] = {}
        self._begun: dict[_Key, dict[str, Connection]] = {}
        self.networks: dict[str, None] = {}
        """Those that anybody was ever seen on."""

    def put(self, connection: Connection) -> None:
        """Somebody is here under a nick."""
        network, nick = connection.network, connection.nick
        self.networks[network] = None
        self._exact[network, nick] = connection
        self._alike.setdefault((network, fold_nick(nick)), {})[nick] = connection
        first, blank, _ = nick.partition(" ")
        if blank:
            self._begun.setdefault((network, fold_nick(first)), {})[nick] = connection

    def take(self, connection: Connection) -> None:
        """Nobody is here under that nick any more, unless another took it."""
        network, nick = connection.network, connection.nick
        if self._exact.get((network, nick)) is not connection:
            return
        del self._exact[network, nick]
        first, blank, _ = nick.partition(" ")
        places = [(self._alike, (network, fold_nick(nick)))]
        if blank:
            places.append((self._begun, (network, fold_nick(first))))
        for index, key in places:
            del index[key][nick]
            if not index[key]:
                del index[key]

    def exactly(self, network: str, nick: str) -> Connection | None:
        """Who has this very nick."""
        return self._exact.get((network, nick))

    def of(self, actor: Actor) -> Connection | None:
        """The connection that an actor speaks from, as far as is known."""
        connection = self._exact.get((actor.network, actor.nick))
        if connection is None:
            alike = self._alike.get((actor.network, fold_nick(actor.nick)))
            if alike is not None:
                same = [each for each in alike.values() if not _differs(each, actor)]
                connection = same[-1] if len(same) == 1 else None
        return connection

    def replaced_by(self, actor: Actor) -> Connection | None:
        """The connection that cannot be here any more now that somebody has come under that nick."""
        found = self._exact.get((actor.network, actor.nick))
        if found is None and actor.address is not None:
            alike = self._alike.get((actor.network, fold_nick(actor.nick)), {})
            found = next((each for each in alike.values() if each.address == actor.address), None)
        return found

    def named(
        self, network: str, nick: str, *, elsewhere: bool = True, begun: bool = False
    ) -> Connection | None:
        """Who is meant by a name that somebody on this network types. ``begun``: the first word of a nick
        that has blanks is enough.
        """
        at, slash, rest = nick.partition("/")
        if slash and at in self.networks:
            return self._on(at, rest, begun=begun)
        found = self._on(network, nick, begun=begun)
        if found is None and elsewhere:
            others = [each for each in self._elsewhere(network, nick, begun=begun) if each is not None]
            found = others[0] if len(others) == 1 else None
        return found

    def _elsewhere(self, network: str, nick: str, *, begun: bool) -> Iterator[Connection | None]:
        for other in self.networks:
            if other != network:
                yield self._on(other, nick, begun=begun)

    def _on(self, network: str, nick: str, *, begun: bool) -> Connection | None:
        found = self._exact.get((network, nick))
        folded = (network, fold_nick(nick))
        for index in (self._alike, *((self._begun,) if begun else ())):
            fitting = index.get(folded)
            if found is None and fitting is not None and len(fitting) == 1:
                found = next(iter(fitting.values()))
        return found


def _differs(connection: Connection, actor: Actor) -> bool:
    """Whether the network says that these are two."""
    if connection.account is not None and connection.account == actor.account:
        return False
    return (
        connection.address is not None and actor.address is not None and connection.address != actor.address
    )
