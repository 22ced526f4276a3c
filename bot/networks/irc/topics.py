"""Setting a channel's topic.

Rules of this file:

1. InspIRCd takes one change of a topic in a second and answers the next with 437, as for a nick or channel
   that is not to be had just now. The topic wanted last is then set again, a few times.
2. Whoever sets another topic meanwhile has the last word.
"""

from __future__ import annotations

from datetime import timedelta

from bot.networks.irc.events import Priority
from bot.networks.irc.handlers import Handlers
from bot.networks.irc.message import Message
from bot.networks.irc.state import Channel, State
from bot.text import split

handlers = Handlers()
on = handlers.on

AGAIN = timedelta(seconds=1.1)
TRIES = 3


def set_topic(s: State, name: str, text: str) -> None:
    """Set a channel's topic, cut to what the server takes; an empty one clears it."""
    limit = s.isupport.topiclen
    if limit is not None:
        text = (split(text, limit) or [""])[0]
    channel = s.channel(name)
    if channel is not None:
        channel.wanted_topic = (text, TRIES)
        s.timers.cancel(_timer(channel))
    s.send("TOPIC", name, text, priority=Priority.REPLY)


def _timer(channel: Channel) -> str:
    return f"topic {channel.room.name}"


@on("437", params=2)
def too_soon(s: State, m: Message) -> None:
    """ERR_UNAVAILRESOURCE for a channel that we are in: its topic was changed just now."""
    channel = s.channel(m.params[1])
    if channel is None or channel.wanted_topic is None:
        return
    text, tries = channel.wanted_topic
    if not tries:
        channel.wanted_topic = None
        return
    channel.wanted_topic = (text, tries - 1)

    def again() -> None:
        if s.channel(channel.name) is channel and channel.wanted_topic is not None:
            s.send("TOPIC", channel.name, text, priority=Priority.REPLY)

    s.timers.at(_timer(channel), s.now + AGAIN, again)


@on("TOPIC", params=2)
def is_set(s: State, m: Message) -> None:
    """TOPIC: ours is set, or somebody has set another (members.py has noted it)."""
    channel = s.channel(m.params[0])
    if channel is not None and (not s.is_me(m.nick) or (channel.wanted_topic or ("",))[0] == m.params[1]):
        channel.wanted_topic = None
