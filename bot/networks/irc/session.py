"""One connection's protocol, whole: lines and times in, events out; no socket, no task, no clock.

Every method takes the time now, in UTC, and gives the events that follow, in order. None raises for what
a server may send. A session serves one connection; the next connection gets a new one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.model import Room, RoomState
from bot.networks.base import Known
from bot.networks.entering import leave
from bot.networks.irc import entering, members, nicks, nickserv, registration, rooms, speech, topics
from bot.networks.irc.events import Delivered, Event, Send
from bot.networks.irc.handlers import together
from bot.networks.irc.keepalive import Keepalive
from bot.networks.irc.message import parse
from bot.networks.irc.sasl import Sasl
from bot.networks.irc.settings import IrcSettings
from bot.networks.irc.state import State
from bot.networks.protocol import ProtocolSession

_HANDLERS = together(
    registration.handlers,
    members.handlers,
    speech.handlers,
    entering.handlers,
    rooms.handlers,
    nickserv.handlers,
    nicks.handlers,
    topics.handlers,
)
_UNKNOWN_PREFIX = 1 + 30 + 1 + 11 + 1 + 63
""":nick!user@host at its longest, while the server has not told us ours."""


class Session(ProtocolSession[Event]):
    """The protocol's side of one connection."""

    def __init__(
        self,
        network: str,
        settings: IrcSettings,
        *,
        known: Callable[[Room], Known | None],
        wanted: Mapping[str, str],
        now: datetime,
        keepalive: Keepalive | None = None,
        chance: random.Random | None = None,
    ) -> None:
        """``known`` is as :meth:`bot.networks.base.Hub.known`; ``wanted`` are channels and their keys."""
        s = State(network, settings, known, now, chance)
        self.state: State = s
        s.courtesy = speech.Courtesy()
        s.fences = entering.Fences()
        s.nicks = nicks.Nick(settings.nick)
        s.nickserv = nickserv.NickServ()
        s.rooms = rooms.Rooms(wanted)
        s.sasl = Sasl(settings)
        self._keepalive = keepalive or Keepalive()

    def start(self, now: datetime) -> Sequence[Event]:
        """The connection is open."""
        self.state.now = self.state.heard = now
        registration.start(self.state)
        self._keepalive.start(self.state)
        return self._events()

    def receive(self, raw: str, now: datetime) -> Sequence[Event]:
        """A line came, without its CR LF."""
        s = self.state
        s.now = s.heard = now
        m = parse(raw)
        if m is None:
            return ()
        tags = m.tags
        if tags:
            label = tags.get("label")
            if label is not None:
                s.events.append(Delivered(label))
            reference = tags.get("batch")
            if reference is not None and m.command != "BATCH" and s.batches.collect(m, reference):
                return self._events()
        handlers = _HANDLERS.get(m.command)
        if handlers is not None:
            given = len(m.params)
            for needed, handler in handlers:
                if given >= needed:
                    handler(s, m)
        return self._events()

    def lost(self, now: datetime) -> Sequence[Event]:
        """The connection is gone: what was held for history is given now."""
        self.state.now = now
        for channel in list(self.state.channels.values()):
            leave(self.state, channel)
        return [event for event in self._events() if not isinstance(event, Send)]

    def join(self, name: str, key: str, now: datetime) -> Sequence[Event]:
        """Be in a channel from now on."""
        self.state.now = now
        self.state.rooms.add(self.state, name, key)
        return self._events()

    def leave(self, name: str, why: str, now: datetime) -> Sequence[Event]:
        """Be in a channel no more."""
        self.state.now = now
        self.state.rooms.remove(self.state, name, why)
        return self._events()

    def set_topic(self, name: str, topic: str, now: datetime) -> Sequence[Event]:
        """Set a channel's topic, cut to what the server takes; an empty one clears it."""
        self.state.now = now
        topics.set_topic(self.state, name, topic)
        return self._events()

    def budget(self, command: str, target: str) -> int:
        """Bytes of text that fit in one PRIVMSG or NOTICE, with what the server puts before it."""
        s = self.state
        prefix = _UNKNOWN_PREFIX if s.address is None else len(f":{s.nick}!{s.address}".encode())
        rest = len(f" {command} {target} :\r\n".encode())
        return max(s.isupport.linelen - prefix - rest, 1)

    def room_state(self, name: str) -> RoomState | None:
        """Who and what is in a channel; ``None`` where we are not in it."""
        s = self.state
        channel = s.channel(name)
        if channel is None:
            return None
        mine = ""
        actors = []
        for user, modes in channel.members.items():
            if s.is_me(user.nick):
                mine = modes
            else:
                actors.append(s.actor(user))
        free = channel.modes is not None and "t" not in channel.modes
        may = free or any(mode in mine for mode in "qaoh")
        return RoomState(channel.room, tuple(actors), channel.topic, may)

    def rooms(self) -> Sequence[Room]:
        """The channels that we are in."""
        return [channel.room for channel in self.state.channels.values()]

    def is_in(self, name: str) -> bool:
        """Whether we are in that channel."""
        return self.state.channel(name) is not None
