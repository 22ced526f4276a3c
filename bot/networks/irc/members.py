"""Who is where: joining, leaving, names, accounts, addresses, topics and modes.

Rules of this file:

1. What one user does is reported once for each room that we share with them.
2. Details that only serve (addresses, accounts, modes of those who were there before us) are asked for when
   there is nothing better to send.
3. What we ourselves do is not reported; being kicked is.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.model import Actor, Json, Kind, Line
from bot.networks.entering import deliver, leave
from bot.networks.irc.entering import begin
from bot.networks.irc.events import Identified, Priority
from bot.networks.irc.handlers import Handlers
from bot.networks.irc.lines import left
from bot.networks.irc.message import Message
from bot.networks.irc.state import Channel, State, User, account_of, clear_nick, is_clear
from bot.text import plain

handlers = Handlers()
on = handlers.on

WHOX_TOKEN = "77"  # noqa: S105  (it marks our own questions, and guards nothing)


def _report(
    s: State,
    m: Message,
    channel: Channel,
    kind: Kind,
    actor: Actor,
    text: str = "",
    data: Mapping[str, Json] | None = None,
    *,
    own: bool = False,
) -> None:
    line = Line(
        channel.room,
        s.time_of(m),
        kind,
        actor,
        plain(text),
        m.tags.get("msgid") or None,
        own=own,
        data=data or {},
    )
    deliver(s, channel, line)


def _meet(s: State, channel: Channel, nick: str, address: str | None) -> User:
    """The user of that nick, as a member of the channel."""
    key = s.fold(nick)
    user = s.users.get(key)
    if user is None:
        user = s.users[key] = User(nick, address)
    elif address and user.address != address:
        user.address, user.actor = address, None
    if user not in channel.members:
        channel.members[user] = ""
        user.channels.add(channel)
    return user


def _part(s: State, channel: Channel, user: User) -> None:
    channel.members.pop(user, None)
    user.channels.discard(channel)
    if not user.channels:
        s.users.pop(s.fold(user.nick), None)


def _forget(s: State, channel: Channel) -> None:
    """We are out of a channel."""
    leave(s, channel)
    for user in list(channel.members):
        _part(s, channel, user)
    s.channels.pop(s.fold(channel.name), None)


def _set_account(user: User, account: str | None) -> None:
    user.account, user.actor = account, None


@on("JOIN", params=1)
def join(s: State, m: Message) -> None:
    """JOIN channel [account realname]."""
    nick, _, address = m.source.partition("!")
    name = m.params[0]
    if s.is_me(nick):
        s.address = address or s.address
        if not is_clear(name):
            s.send("PART", name)
            return
        previous = s.channel(name)
        if previous is not None:
            _forget(s, previous)
        channel = s.channels[s.fold(name)] = Channel(name, s.room(name))
        _meet(s, channel, nick, address or None)
        s.rooms.joined(s, name)
        begin(s, channel, s.time_of(m))
        _ask_details(s, name)
        return
    known = s.channel(name)
    if known is None or not nick:
        return
    user = _meet(s, known, nick, address or None)
    if "extended-join" in s.caps.enabled and len(m.params) > 1:
        _set_account(user, account_of(m.params[1]))
    _report(s, m, known, Kind.JOINED, s.speaker(m))


def _ask_details(s: State, name: str) -> None:
    if s.isupport.whox:
        s.send("WHO", name, f"%tcnuhraf,{WHOX_TOKEN}", priority=Priority.IDLE)
    else:
        s.send("WHO", name, priority=Priority.IDLE)
    s.send("MODE", name, priority=Priority.IDLE)


@on("PART", params=1)
def part(s: State, m: Message) -> None:
    """PART channel [reason]."""
    channel = s.channel(m.params[0])
    if channel is None:
        return
    if s.is_me(m.nick):
        _forget(s, channel)
        s.rooms.put_out(s, channel.name)
        return
    user = s.user(m.nick)
    if user is not None and user in channel.members:
        _report(s, m, channel, Kind.LEFT, s.speaker(m), "".join(m.params[1:2]), left("part"))
        _part(s, channel, user)


@on("442", params=2)
def not_in(s: State, m: Message) -> None:
    """ERR_NOTONCHANNEL: the server does not have us in a channel that we take ourselves to be in."""
    channel = s.channel(m.params[1])
    if channel is not None:
        _forget(s, channel)
        s.rooms.put_out(s, channel.name)


@on("KICK", params=2)
def kick(s: State, m: Message) -> None:
    """KICK channel nick [reason]."""
    channel = s.channel(m.params[0])
    nick = m.params[1]
    user = s.user(nick)
    if channel is None or user is None or user not in channel.members:
        return
    data = left("kick", m.nick)
    reason = "".join(m.params[2:3])
    if s.is_me(nick):
        leave(s, channel)
        line = Line(channel.room, s.time_of(m), Kind.LEFT, s.actor(user), plain(reason), own=True, data=data)
        deliver(s, channel, line)
        _forget(s, channel)
        s.rooms.put_out(s, channel.name)
        return
    _report(s, m, channel, Kind.LEFT, s.actor(user), reason, data)
    _part(s, channel, user)


@on("QUIT")
def quit_(s: State, m: Message) -> None:
    """QUIT [reason]: out of every room."""
    user = s.user(m.nick)
    if user is None or s.is_me(m.nick):
        return
    reason = "".join(m.params[:1])
    actor = s.speaker(m)
    for channel in _rooms_of(user):
        _report(s, m, channel, Kind.LEFT, actor, reason, left("quit"))
        _part(s, channel, user)


def _rooms_of(user: User) -> list[Channel]:
    return sorted(user.channels, key=lambda channel: channel.name)


@on("NICK", params=1)
def nick(s: State, m: Message) -> None:
    """NICK new-nick."""
    new = m.params[0]
    user = s.user(m.nick)
    mine = s.is_me(m.nick)
    if user is not None:
        actor = s.speaker(m)
        for channel in _rooms_of(user):
            _report(s, m, channel, Kind.RENAMED, actor, clear_nick(new), own=mine)
        s.users.pop(s.fold(user.nick), None)
        user.nick, user.actor = new, None
        s.users[s.fold(new)] = user
    if mine:
        s.nick = new


@on("ACCOUNT", params=1)
def account(s: State, m: Message) -> None:
    """ACCOUNT account, or ``*`` (IRCv3 account-notify)."""
    user = s.user(m.nick)
    if user is None:
        return
    s.speaker(m)
    _set_account(user, account_of(m.params[0]))
    if s.is_me(m.nick):
        return
    actor = s.actor(user)
    for channel in _rooms_of(user):
        _report(s, m, channel, Kind.LOGIN, actor)


@on("AWAY")
def away(s: State, m: Message) -> None:
    """AWAY [reason] (IRCv3 away-notify)."""
    user = s.user(m.nick)
    if user is not None:
        user.away = bool(m.params and m.params[0])


@on("CHGHOST", params=2)
def chghost(s: State, m: Message) -> None:
    """CHGHOST new-user new-host (IRCv3 chghost)."""
    address = f"{m.params[0]}@{m.params[1]}"
    user = s.user(m.nick)
    if user is not None:
        user.address, user.actor = address, None
    if s.is_me(m.nick):
        s.address = address


@on("396", params=2)
def displayed_host(s: State, m: Message) -> None:
    """RPL_VISIBLEHOST: our host, or user@host, as others see it from now on."""
    shown = m.params[1]
    if "@" in shown:
        s.address = shown
    elif s.address is not None:
        s.address = f"{s.address.partition('@')[0]}@{shown}"


@on("TOPIC", params=2)
def topic(s: State, m: Message) -> None:
    """TOPIC channel topic."""
    channel = s.channel(m.params[0])
    if channel is None:
        return
    channel.topic = plain(m.params[1])
    _report(s, m, channel, Kind.TOPIC, s.speaker(m), m.params[1], own=s.is_me(m.nick))


@on("332", params=3)
def topic_is(s: State, m: Message) -> None:
    """RPL_TOPIC: channel, topic."""
    channel = s.channel(m.params[1])
    if channel is not None:
        channel.topic = plain(m.params[2])


@on("331", params=2)
def no_topic(s: State, m: Message) -> None:
    """RPL_NOTOPIC."""
    channel = s.channel(m.params[1])
    if channel is not None:
        channel.topic = ""


@on("353", params=4)
def names(s: State, m: Message) -> None:
    """RPL_NAMREPLY: symbol, channel, ``@nick @+nick!user@host ...``."""
    channel = s.channel(m.params[2])
    if channel is None:
        return
    modes = {symbol: mode for mode, symbol in s.isupport.prefixes.items()}
    for word in m.params[3].split(" "):
        who = word.lstrip(s.isupport.symbols)
        if not who:
            continue
        nick, _, address = who.partition("!")
        if not nick:
            continue
        user = _meet(s, channel, nick, address or None)
        channel.members[user] = "".join(modes[symbol] for symbol in word[: len(word) - len(who)])


@on("354", params=8)
def whox(s: State, m: Message) -> None:
    """RPL_WHOSPCRPL: token, channel, user, host, nick, flags, account, realname."""
    _, token, _, name, host, nick, flags, account = m.params[:8]
    user = s.user(nick)
    if token != WHOX_TOKEN or user is None:
        return
    user.address = f"{name}@{host}"
    _flags(s, user, flags)
    _set_account(user, account_of(account))


@on("352", params=7)
def who(s: State, m: Message) -> None:
    """RPL_WHOREPLY: channel, user, host, server, nick, flags."""
    _, _, name, host, _, nick, flags = m.params[:7]
    user = s.user(nick)
    if user is not None:
        user.address = f"{name}@{host}"
        _flags(s, user, flags)


@on("315", params=2)
def end_of_who(s: State, m: Message) -> None:
    """RPL_ENDOFWHO: channel. The accounts of all who are there, or their addresses, are known."""
    channel = s.channel(m.params[1])
    if channel is None or channel.is_identified:
        return
    channel.is_identified = True
    if channel.entering is None or channel.entering.late:
        s.events.append(Identified(channel.room))


def _flags(s: State, user: User, flags: str) -> None:
    user.away = flags.startswith("G")
    user.bot = bool(s.isupport.bot_mode) and s.isupport.bot_mode in flags
    user.actor = None


@on("335", params=2)
def whois_bot(s: State, m: Message) -> None:
    """RPL_WHOISBOT: a user says it is a bot."""
    user = s.user(m.params[1])
    if user is not None:
        user.bot, user.actor = True, None


@on("324", params=3)
def channel_modes(s: State, m: Message) -> None:
    """RPL_CHANNELMODEIS: channel, modes, their parameters."""
    channel = s.channel(m.params[1])
    if channel is not None:
        channel.modes = set()
        _modes(s, channel, m.params[2:])


@on("MODE", params=2)
def mode(s: State, m: Message) -> None:
    """MODE channel modes parameters."""
    channel = s.channel(m.params[0])
    if channel is not None:
        _modes(s, channel, m.params[1:])


def _modes(s: State, channel: Channel, params: list[str]) -> None:
    letters, *arguments = params
    adding = True
    for letter in letters:
        if letter in "+-":
            adding = letter == "+"
            continue
        argument = ""
        if s.isupport.takes_parameter(letter, adding):
            argument = arguments.pop(0) if arguments else ""
        if letter in s.isupport.prefixes:
            user = s.user(argument)
            if user is not None and user in channel.members:
                held = channel.members[user].replace(letter, "")
                channel.members[user] = held + letter if adding else held
        elif letter not in s.isupport.chanmodes[0] and channel.modes is not None:
            (channel.modes.add if adding else channel.modes.discard)(letter)
