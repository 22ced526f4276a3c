"""What is true of one connection: who we are, what the server can, who is where.

Rules of this file:

1. Names are looked up folded by the server's casemapping, and shown as they were last spelled.
2. We know a user as long as we share a channel. Who shares none is known by what a message itself carries,
   since a change of account or nick would not be told to us.
3. An account comes from the ``account`` tag of the message, else from JOIN and ACCOUNT, else from WHOX;
   only where those give none, from the operator's trusted masks.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.model import Actor, Room
from bot.networks.accounts import Accounts
from bot.networks.backoff import Failure
from bot.networks.base import Known
from bot.networks.irc.batches import Batches
from bot.networks.irc.capabilities import Capabilities
from bot.networks.irc.events import Close, Event, Priority, Send
from bot.networks.irc.isupport import ISupport
from bot.networks.irc.message import Message, build
from bot.networks.irc.settings import IrcSettings
from bot.networks.protocol import ProtocolState
from bot.text import plain, visible

if TYPE_CHECKING:
    from bot.networks.irc.entering import Entering, Fences
    from bot.networks.irc.nicks import Nick
    from bot.networks.irc.nickserv import NickServ
    from bot.networks.irc.rooms import Rooms
    from bot.networks.irc.sasl import Sasl
    from bot.networks.irc.speech import Courtesy

EARLIEST = datetime(1988, 8, 1, tzinfo=UTC)
"""When IRC began."""
AHEAD = timedelta(days=1)
"""How much a server's clock may be before ours."""
BOT_TAGS = frozenset({"bot", "draft/bot", "inspircd.org/bot"})


class User:
    """Somebody we share a channel with. ``address`` is ``user@host``."""

    __slots__ = ("account", "actor", "address", "away", "bot", "channels", "nick")

    def __init__(self, nick: str, address: str | None = None) -> None:
        self.nick = nick
        self.address = address
        self.account: str | None = None
        self.bot = False
        self.away = False
        self.channels: set[Channel] = set()
        self.actor: Actor | None = None
        """The user as a value; whoever changes the user sets it to ``None``."""


class Channel:
    """A channel we are in. ``members`` maps each to the modes they hold there (``ov``)."""

    __slots__ = ("entering", "is_identified", "members", "modes", "name", "room", "topic", "wanted_topic")

    def __init__(self, name: str, room: Room) -> None:
        self.name = name
        self.room = room
        self.members: dict[User, str] = {}
        self.modes: set[str] | None = None
        self.topic = ""
        self.wanted_topic: tuple[str, int] | None = None
        """What we want to set it to, and how often that may be tried again (topics.py)."""
        self.entering: Entering | None = None
        """Set while live lines wait for history."""
        self.is_identified = False
        """Whether the server has told who everybody is."""


class State(ProtocolState[Event]):
    """One connection's state, and the events that its handlers have for the client."""

    courtesy: Courtesy
    fences: Fences
    nicks: Nick
    nickserv: NickServ
    rooms: Rooms
    sasl: Sasl

    def __init__(
        self,
        network: str,
        settings: IrcSettings,
        known: Callable[[Room], Known | None],
        now: datetime,
        chance: random.Random | None = None,
    ) -> None:
        super().__init__(network, settings.nick, known, now, chance)
        self.settings = settings
        self.isupport = ISupport()
        self.caps = Capabilities()
        self.batches = Batches()
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.address: str | None = None
        """Our own ``user@host`` as the server shows it to others, once it is known."""
        self.account: str | None = None
        self.registered = False
        self.ready = False
        self._accounts = Accounts(settings.trusted_masks, ignore_case=True)

    # What goes out

    def send(self, command: str, *params: str, priority: Priority = Priority.CONTROL) -> None:
        """Have a line sent."""
        self.events.append(Send(build(command, *params), priority))

    def close(self, why: str, failure: Failure = Failure.TEMPORARY) -> None:
        """Give this connection up."""
        self.events.append(Close(why, failure))

    # Names

    def fold(self, name: str) -> str:
        """A name as the server compares names."""
        return self.isupport.fold(name)

    def is_me(self, nick: str) -> bool:
        """Whether that is our nick now."""
        return nick == self.nick or self.fold(nick) == self.fold(self.nick)

    def channel(self, name: str) -> Channel | None:
        """The channel of that name, if we are in it."""
        return self.channels.get(self.fold(name))

    def room(self, name: str) -> Room:
        """The room that a channel's name means."""
        return Room(self.network, plain(self.fold(name)))

    def private(self, nick: str) -> Room:
        """The private conversation with a nick."""
        return Room(self.network, clear_nick(self.fold(nick)), private=True)

    def refold(self) -> None:
        """Look everything up by the casemapping that the server has just told."""
        self.users = {self.fold(user.nick): user for user in self.users.values()}
        self.channels = {self.fold(channel.name): channel for channel in self.channels.values()}
        for channel in self.channels.values():
            room = channel.room = self.room(channel.name)
            entering = channel.entering
            if entering is not None:  # what is told later must not be of a room that is no more
                entering.history = [line.replace(room=room) for line in entering.history]
                entering.held = [line.replace(room=room) for line in entering.held]

    # People

    def user(self, nick: str) -> User | None:
        """The user of that nick, if we share a channel."""
        return self.users.get(self.fold(nick))

    def actor(self, user: User) -> Actor:
        """A user as a value."""
        actor = user.actor
        if actor is None:
            actor = user.actor = self._actor(user.nick, user.address, user.account, user.bot)
        return actor

    def speaker(self, message: Message) -> Actor:
        """Who a live message comes from; what it says of them is remembered."""
        nick, _, address = message.source.partition("!")
        tags = message.tags
        account = account_of(tags.get("account")) if tags else None
        user = self.users.get(self.fold(nick))
        if user is None:
            return self._actor(nick, address or None, account, is_bot(message))
        if address and user.address != address:
            user.address = address
            user.actor = None
        if account != user.account and (account is not None or self._must_be_tagged(message)):
            user.account, user.actor = account, None
        if not user.bot and tags and is_bot(message):
            user.bot = True
            user.actor = None
        return user.actor or self.actor(user)

    def _must_be_tagged(self, message: Message) -> bool:
        """Whether a message without an ``account`` tag comes from somebody who is not logged in."""
        return message.command in ("PRIVMSG", "NOTICE") and "account-tag" in self.caps.enabled

    def past_actor(self, message: Message) -> Actor:
        """Who a message from history came from. Only what it carries counts: nicks change hands."""
        nick, _, address = message.source.partition("!")
        return self._actor(nick, address or None, account_of(message.tags.get("account")), is_bot(message))

    def _actor(self, nick: str, address: str | None, account: str | None, bot: bool) -> Actor:
        return Actor(
            self.network,
            clear_nick(nick),
            self._accounts.of(account, nick, address),
            None if address is None else plain(address),
            bot,
        )

    def time_of(self, message: Message) -> datetime:
        """The server's time of a message (IRCv3 server-time) where it can be true, else now; in UTC."""
        stamp = message.tags.get("time")
        if stamp is None:
            return self.now
        time = parse_time(stamp)
        # A clock that is far off would have every later line taken for one of the past, or break sums.
        return time if time is not None and EARLIEST <= time <= self.now + AHEAD else self.now


def may_enter(isupport: ISupport, name: str) -> bool:
    """Whether that is a channel that we may be in: one by the server's rule, and all of it can be seen."""
    return isupport.is_channel(name) and is_clear(name)


def is_clear(name: str) -> bool:
    """Whether all of a name (a nick, an account, a channel) can be seen. Else it could pass for another."""
    return visible(name) == name


def clear_nick(nick: str) -> str:
    """A nick without what cannot be seen in it; marked then, so that it passes for nobody else's."""
    return nick if is_clear(nick) else visible(nick) + "\N{REPLACEMENT CHARACTER}"


def is_bot(message: Message) -> bool:
    """Whether the message is marked as a bot's."""
    return not BOT_TAGS.isdisjoint(message.tags)


def account_of(value: str | None) -> str | None:
    """An account as the server names it; ``*``, ``0`` and nothing mean that there is none."""
    return None if value is None or value in ("", "*", "0") else value


def parse_time(stamp: str) -> datetime | None:
    """``2011-10-19T16:40:51.620Z`` as a time in UTC; ``None`` where it is none."""
    try:
        time = datetime.fromisoformat(stamp)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def stamp(time: datetime) -> str:
    """A time as IRCv3 writes it, to the millisecond."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"
