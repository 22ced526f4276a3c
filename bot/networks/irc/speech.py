"""What is said to us and around us.

Rules of this file:

1. Our own lines come back with echo-message and from bouncers: they are dropped, since who sent them has
   recorded them.
2. A message to those with a status (``@#team``) belongs to the channel's room; its ``data`` says ``to``.
3. A server's own notices are no lines.
4. CTCP VERSION and PING are answered, to one person at a time and rarely; no other CTCP is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model import Line
from bot.networks.entering import deliver
from bot.networks.events import Heard
from bot.networks.irc.events import Priority
from bot.networks.irc.handlers import Handlers
from bot.networks.irc.lines import speech
from bot.networks.irc.message import Message
from bot.networks.irc.state import State

handlers = Handlers()
on = handlers.on

CTCP_PAUSE = timedelta(seconds=10)
_CTCP_LIMIT = 100
"""Characters of a CTCP PING that are given back."""


class Courtesy:
    """When we last answered a CTCP request."""

    def __init__(self) -> None:
        self.last: datetime | None = None


@on("PRIVMSG", "NOTICE", params=2)
def said(s: State, m: Message) -> None:
    """PRIVMSG, NOTICE: something is said in a channel or to us."""
    source = m.source
    nick = source.partition("!")[0]
    if not nick or s.is_me(nick) or ("." in nick and nick == source):
        return
    target, text = m.params[0], m.params[1]
    what = speech(m.command, text)
    channel = s.channels.get(s.fold(target))
    if channel is None and target[:1] in s.isupport.statusmsg:
        channel = s.channel(target[1:])
        to = target[:1]
    else:
        to = ""
    if what is None:
        if channel is None and m.command == "PRIVMSG" and s.is_me(target):
            _ctcp(s, nick, text)
        return
    if channel is not None:
        room = channel.room
    elif s.is_me(target):
        room = s.private(nick)
    else:
        return
    tags = m.tags
    line = Line(
        room,
        s.time_of(m) if tags else s.now,
        what[0],
        s.speaker(m),
        what[1],
        (tags.get("msgid") or None) if tags else None,
    )
    if to:
        line = line.replace(data={"to": to})
    if channel is None or channel.entering is None:
        s.events.append(Heard(line))
    else:
        deliver(s, channel, line)


def _ctcp(s: State, nick: str, text: str) -> None:
    request, _, rest = text.strip("\x01").partition(" ")
    request = request.upper()
    if request == "VERSION":
        answer = "VERSION Muster"
    elif request == "PING":
        answer = f"PING {rest[:_CTCP_LIMIT]}"
    else:
        return
    if s.courtesy.last is not None and s.now - s.courtesy.last < CTCP_PAUSE:
        return
    s.courtesy.last = s.now
    s.send("NOTICE", nick, f"\x01{answer}\x01", priority=Priority.BULK)
