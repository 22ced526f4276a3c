"""Messages to the lines that the rest of Muster knows.

Here stands what live messages and history have in common; who is where does not matter here.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.model import Json, Kind, Line, Room
from bot.networks.irc.message import Message
from bot.networks.irc.state import State, clear_nick
from bot.text import plain

_CTCP = "\x01"
_ACTION = "\x01ACTION"


def speech(command: str, text: str) -> tuple[Kind, str] | None:
    """What PRIVMSG or NOTICE says; ``None`` for a CTCP request or reply that is no ACTION."""
    if text[:1] == _CTCP:
        if command == "NOTICE" or text[:7] != _ACTION or text[7:8] not in ("", " ", _CTCP):
            return None
        return Kind.ACTED, plain(text[8:].removesuffix(_CTCP))
    return (Kind.SAID if command == "PRIVMSG" else Kind.NOTICE), plain(text)


def left(how: str, by: str | None = None) -> Mapping[str, Json]:
    """The ``data`` of a line of kind ``LEFT``."""
    return {"how": how} if by is None else {"how": how, "by": clear_nick(by)}


def is_ours(s: State, m: Message) -> bool:
    """Whether a message from history is our own: under our nick, from our address or account.

    The host may have changed since, or be hidden now, so the user name is enough of the address.
    """
    nick, _, address = m.source.partition("!")
    if not (s.is_me(nick) or s.fold(nick) == s.fold(s.settings.nick)):
        return False
    account = m.tags.get("account")
    if s.account is not None and account == s.account:
        return True
    if s.address is None or not address:
        return account is None
    return address.partition("@")[0] == s.address.partition("@")[0]


def past(s: State, m: Message, room: Room) -> Line | None:
    """A line of a room's history; ``None`` for what is our own or no line."""
    if is_ours(s, m):
        return None
    command, params = m.command, m.params
    kind: Kind
    text = ""
    data: Mapping[str, Json] = {}
    if command in ("PRIVMSG", "NOTICE") and len(params) > 1:
        said = speech(command, params[1])
        if said is None or ("!" not in m.source and "." in m.source):
            return None
        kind, text = said
        if params[0][:1] in s.isupport.statusmsg and not s.isupport.is_channel(params[0]):
            data = {"to": params[0][:1]}  # bouncers keep it with what all were told
    elif command == "JOIN":
        kind = Kind.JOINED
    elif command == "PART":
        kind, text, data = Kind.LEFT, "".join(params[1:2]), left("part")
    elif command == "QUIT":
        kind, text, data = Kind.LEFT, "".join(params[:1]), left("quit")
    elif command == "NICK" and params:
        kind, text = Kind.RENAMED, clear_nick(params[0])
    elif command == "TOPIC" and len(params) > 1:
        kind, text = Kind.TOPIC, params[1]
    elif command == "KICK" and len(params) > 1:
        kind, text, data = Kind.LEFT, "".join(params[2:3]), left("kick", m.nick)
        m = m._replace(
            source=params[1], tags={key: m.tags[key] for key in ("time", "msgid") if key in m.tags}
        )
    else:
        return None
    actor = s.past_actor(m)
    return Line(
        room, s.time_of(m), kind, actor, plain(text), m.tags.get("msgid") or None, history=True, data=data
    )
