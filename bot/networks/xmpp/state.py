"""What is true of our account and of each room: who we are, who is where, what waits.

Rules of this file:

1. An occupant is found by the nick as the room has it. A new occupant under an old nick is a new
   :class:`Occupant`, unless the room's occupant id (XEP-0421) says otherwise.
2. An account is the real bare address, and only where the room shows everybody's to everybody; a moderator
   sees more in other rooms, but to be hidden there is a promise that the room made. There, the operator's
   trusted masks may name one, by nick and occupant id, and an affiliation gives the rights that the operator
   mapped.
3. Occupant ids and stanza ids count where the room announces that it makes them, and so removes forged ones.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.model import Actor, Room
from bot.networks.accounts import Accounts
from bot.networks.base import Known
from bot.networks.protocol import ProtocolState
from bot.networks.xmpp.events import Close, Event, Gone, Send
from bot.networks.xmpp.jids import Jid, fold, parse
from bot.networks.xmpp.names import Names, clean
from bot.networks.xmpp.references import References
from bot.networks.xmpp.settings import XmppSettings
from bot.networks.xmpp.stanzas import MAM, OCCUPANT, SID, Element, make
from bot.text import shorten, visible

if TYPE_CHECKING:
    from bot.networks.xmpp.entering import Entering

Answer = Callable[[Element | None], None]
"""What an answer to a question of ours is given to; ``None`` where none came in time."""
PATIENCE = timedelta(seconds=30)
"""How long an answer may take."""
_MOST_CHATS = 500


class Occupant:
    """Somebody in a room. ``sender`` is what stays the same of them, also when they change nick."""

    __slots__ = ("actor", "affiliation", "id", "jid", "nick", "role", "sender")

    def __init__(self, nick: str, sender: str) -> None:
        self.nick = nick
        self.sender = sender
        self.jid: str | None = None
        """The real bare address, where the room gave it to us."""
        self.id: str | None = None
        """The occupant id."""
        self.affiliation = "none"
        self.role = "none"
        self.actor: Actor | None = None
        """The occupant as a value; whoever changes the occupant sets it to ``None``."""


class Chat:
    """A room that is wanted, whether we are in it or not. ``nick`` is ours there, as it is or as we ask for
    it.
    """

    def __init__(self, jid: str, room: Room, key: str, nick: str) -> None:
        self.jid = jid
        self.room = room
        self.key = key
        self.nick = nick
        self.names = Names()
        self.references = References()
        self.features: frozenset[str] = frozenset()
        self.told = False
        """Whether the room has ever said what it can."""
        self.is_open = False
        """Whether everybody sees everybody's real address (muc_nonanonymous)."""
        self.everybody_sets_topic = False
        self.occupants: dict[str, Occupant] = {}
        self.joining = False
        self.joined = False
        self.entering: Entering | None = None
        """Set while live lines wait for history."""
        self.topic = ""
        self.has_topic = False
        """Whether the room has told its topic since we came: only from then on another one is a change."""
        self.heard: datetime | None = None
        """When the room last sent us anything."""
        self.attempts = 0
        self.kept_out: set[str] = set()
        """What was logged of why we cannot get in."""
        self.since: datetime | None = None
        """Since when we are in."""
        self.accounts: dict[str, str] = {}
        """Real addresses by occupant id: what the room itself has told of who is or was here."""
        self.names.shown(nick)  # nobody else may be shown under it

    @property
    def has_archive(self) -> bool:
        """Whether the room keeps an archive that we may ask (XEP-0313)."""
        return MAM in self.features

    @property
    def gives_ids(self) -> bool:
        """Whether the room gives each message an id of its own, and lets through no forged one (XEP-0359)."""
        return MAM in self.features or SID in self.features

    @property
    def gives_occupant_ids(self) -> bool:
        """Likewise for occupants (XEP-0421)."""
        return OCCUPANT in self.features

    @property
    def me(self) -> Occupant | None:
        """Ourselves."""
        return self.occupants.get(self.nick)

    def shown(self, nick: str) -> str:
        """What is shown of a nick."""
        return self.names.shown(nick, self.occupants)


class State(ProtocolState[Event]):
    """The account's state, and the events that its handlers have for the client."""

    def __init__(
        self,
        network: str,
        settings: XmppSettings,
        known: Callable[[Room], Known | None],
        now: datetime,
        chance: random.Random | None = None,
    ) -> None:
        super().__init__(network, settings.nick, known, now, chance)
        self.settings = settings
        self.me = parse(settings.jid)
        self.chats: dict[str, Chat] = {}
        self.online = False
        self.lost_at: datetime | None = None
        """When the connection was lost that has just been resumed."""
        self.private_references: dict[str, References] = {}
        self._asked: dict[str, tuple[str, Answer]] = {}
        self._serial = 0
        self._accounts = Accounts(settings.trusted_masks, ignore_case=False)
        self._rights: dict[tuple[str, str], frozenset[str]] = {}
        for right in settings.rights:
            key = (fold(right.room), right.affiliation)
            self._rights[key] = self._rights.get(key, frozenset()) | {right.capability}

    # What goes out

    def send(self, stanza: Element) -> None:
        """Have a stanza sent."""
        self.events.append(Send(stanza))

    def close(self, why: str) -> None:
        """Give this connection up."""
        self.events.append(Close(why))

    def gone(self, chat: Chat, nick: str) -> None:
        """Nobody has that nick any more."""
        self.events.append(Gone(self.private_in(chat, nick)))

    def ask(self, to: str, type_: str, query: Element, then: Answer, patience: timedelta = PATIENCE) -> None:
        """Ask somebody something (an iq). Only the one who was asked can answer."""
        id_ = secrets.token_hex(8)
        iq = make("iq", type=type_, to=to, id=id_)
        iq.append(query)
        self._asked[id_] = (to, then)
        self.timers.at(f"ask {id_}", self.now + patience, lambda: self._unanswered(id_, to))
        self.send(iq)

    def has_asked(self, id_: str) -> bool:
        """Whether a question under that id is open."""
        return id_ in self._asked

    def answered(self, id_: str, by: str, answer: Element | None) -> bool:
        """Give an answer to whoever waits for it; ``False`` where nobody does."""
        asked = self._asked.get(id_)
        if asked is None or not _same_address(asked[0], by, self.me):
            return False
        del self._asked[id_]
        self.timers.cancel(f"ask {id_}")
        asked[1](answer)
        return True

    def _unanswered(self, id_: str, to: str) -> None:
        self.answered(id_, to, None)

    def forget_questions(self) -> None:
        """The stream on which they were asked is over: nobody will answer."""
        for id_, (to, _) in list(self._asked.items()):
            self.answered(id_, to, None)

    # Rooms and people

    def room(self, jid: str) -> Room:
        """The room of that address."""
        return Room(self.network, fold(jid))

    def chat(self, jid: str) -> Chat | None:
        """The room of that (folded) address, if we want to be in it."""
        return self.chats.get(jid)

    def private_in(self, chat: Chat, nick: str) -> Room:
        """The private conversation with an occupant."""
        return Room(self.network, f"{chat.jid}/{chat.shown(nick)}", private=True)

    def private_with(self, bare: str) -> Room:
        """The private conversation with an address."""
        return Room(self.network, fold(bare), private=True)

    def new_occupant(self, nick: str) -> Occupant:
        """Somebody who has just come."""
        self._serial += 1
        return Occupant(nick, f"{self._serial}")

    def actor(self, chat: Chat, occupant: Occupant) -> Actor:
        """An occupant as a value."""
        if occupant.actor is None:
            account = occupant.jid if chat.is_open else None
            rights = self._rights.get((chat.jid, occupant.affiliation), frozenset())
            occupant.actor = self._actor(chat, occupant.nick, account, occupant.id, rights)
        return occupant.actor

    def past_actor(self, chat: Chat, nick: str, id_: str | None, jid: str | None) -> Actor:
        """Who a message from history came from: only what the room kept with it counts, since nicks change
        hands. What was a right then, by affiliation, need not be one now.
        """
        account = (chat.accounts.get(id_) if id_ is not None else None) or jid
        return self._actor(chat, nick, account if chat.is_open else None, id_, frozenset())

    def stranger(self, jid: Jid) -> Actor:
        """Somebody who writes to us directly: servers vouch for addresses."""
        clear = jid.bare if visible(jid.bare) == jid.bare else None
        return Actor(self.network, shorten(clean(jid.bare), 64), clear, clear)

    def _actor(
        self, chat: Chat, nick: str, account: str | None, id_: str | None, rights: frozenset[str]
    ) -> Actor:
        address = None if id_ is None else f"{id_}@{chat.jid}"
        account = self._accounts.of(account, nick, address)
        return Actor(self.network, chat.shown(nick), account, address, rights=rights, within=chat.room)

    def references(self, room: str) -> References:
        """The latest messages of a private conversation."""
        found = self.private_references.pop(room, None) or References()
        self.private_references[room] = found
        while len(self.private_references) > _MOST_CHATS:
            del self.private_references[next(iter(self.private_references))]
        return found


def _same_address(asked: str, by: str, me: Jid) -> bool:
    """Whether an answer from ``by`` is one of whom we asked. Our server may answer unnamed."""
    if not by:
        return parse(asked).bare in (me.bare, me.domain)
    one, other = parse(asked), parse(by)
    return one == other


def occupant_id(element: Element | None) -> str | None:
    """An occupant id that may be kept and shown."""
    if element is None:
        return None
    id_ = element.get("id", "")
    return (
        id_ if id_ and len(id_) <= 128 and visible(id_) == id_ and "@" not in id_ and "!" not in id_ else None
    )


def set_open(chat: Chat, is_open: bool) -> None:
    """Whether everybody's address is there for everybody."""
    if chat.is_open != is_open:
        chat.is_open = is_open
        for occupant in chat.occupants.values():
            occupant.actor = None
