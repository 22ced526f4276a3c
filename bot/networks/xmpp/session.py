"""The protocol, whole: stanzas and times in, events out; no socket, no task, no clock.

Every method takes the time now, in UTC, and gives the events that follow, in order. None raises for what a
server or a peer may send. A session serves one connection after the other, since a stream may be resumed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model import Room, RoomState
from bot.networks.base import Known
from bot.networks.protocol import ProtocolSession
from bot.networks.xmpp import rooms
from bot.networks.xmpp.events import Event
from bot.networks.xmpp.jids import is_bare, parse
from bot.networks.xmpp.lines import meant_id
from bot.networks.xmpp.presence import presence
from bot.networks.xmpp.settings import XmppSettings
from bot.networks.xmpp.speech import message
from bot.networks.xmpp.stanzas import IQ, MESSAGE, MUC_USER, PING, PRESENCE, SID, Element, add, make
from bot.networks.xmpp.state import Chat, State
from bot.text import fold_nick

RESUMING = timedelta(seconds=30)
"""For how long after a stream was resumed what comes may be what was kept for us."""


@dataclass(frozen=True, slots=True)
class Keepalive:
    """How long the server may be silent before it is asked, and how long its answer may take."""

    idle: timedelta = timedelta(seconds=60)
    patience: timedelta = timedelta(seconds=30)


class Session(ProtocolSession[Event]):
    """The protocol's side of one account."""

    def __init__(
        self,
        network: str,
        settings: XmppSettings,
        *,
        known: Callable[[Room], Known | None],
        wanted: Mapping[str, str],
        now: datetime,
        keepalive: Keepalive | None = None,
        chance: random.Random | None = None,
    ) -> None:
        """``known`` is as :meth:`bot.networks.base.Hub.known`; ``wanted`` are rooms and their passwords."""
        self.state: State = State(network, settings, known, now, chance)
        self._keepalive = keepalive or Keepalive()
        for name, key in wanted.items():
            rooms.add_chat(self.state, name, key)

    # The stream

    def online(self, now: datetime, *, resumed: bool) -> Sequence[Event]:
        """We are logged in. After a stream that was ``resumed`` nothing is lost, and we are where we were."""
        s = self.state
        s.now = s.heard = now
        s.online = True
        if resumed:
            s.timers.at("resumed", now + RESUMING, self._settled)
        else:
            self._settled()
            s.forget_questions()
            s.send(make("presence"))
            for chat in list(s.chats.values()):
                rooms.forget(s, chat)
                rooms.join(s, chat)
        self._watch()
        return self._events()

    def _settled(self) -> None:
        self.state.lost_at = None

    def offline(self, now: datetime) -> Sequence[Event]:
        """The connection is gone. Whether the stream is, nobody knows before the next one."""
        s = self.state
        s.now = now
        if s.online:
            s.lost_at = now
        s.online = False
        s.timers.cancel("keepalive")
        s.timers.cancel("resumed")
        return self._events()

    def over(self, now: datetime) -> Sequence[Event]:
        """There will be no further connection: what was held for history is given now."""
        self.state.now = now
        for chat in list(self.state.chats.values()):
            rooms.forget(self.state, chat)
        return self._events()

    def _watch(self) -> None:
        s = self.state
        s.timers.at("keepalive", s.heard + self._keepalive.idle, self._check)

    def _check(self) -> None:
        s = self.state
        if not s.online:
            return
        if s.now - s.heard < self._keepalive.idle:
            self._watch()
            return
        asked, patience = s.now, self._keepalive.patience

        def answered(answer: Element | None) -> None:
            if not s.online:
                return
            if answer is not None or s.heard > asked:
                self._watch()
            else:
                s.close(f"the server is silent; no answer for {patience.total_seconds():g} s")

        s.ask(s.me.domain, "get", make("ping", PING), answered, patience)

    # What comes in

    def receive(self, stanza: Element, now: datetime) -> Sequence[Event]:
        """A stanza came: a message, a presence, or an answer (iq) to a question of ours."""
        s = self.state
        s.now = s.heard = now
        if stanza.tag == MESSAGE:
            message(s, stanza)
        elif stanza.tag == PRESENCE:
            presence(s, stanza)
        elif stanza.tag == IQ and stanza.get("type") in ("result", "error"):
            s.answered(stanza.get("id", ""), stanza.get("from", ""), stanza)
        return self._events()

    def is_answer(self, stanza: Element) -> bool:
        """Whether an iq answers a question of ours."""
        return self.state.has_asked(stanza.get("id", ""))

    # What Muster wants

    def join(self, name: str, key: str, now: datetime) -> Sequence[Event]:
        """Be in a room from now on."""
        self.state.now = now
        rooms.join(self.state, rooms.add_chat(self.state, name, key))
        return self._events()

    def leave(self, name: str, why: str, now: datetime) -> Sequence[Event]:
        """Be in a room no more."""
        self.state.now = now
        chat = self.state.chats.pop(parse(name).bare, None)
        if chat is not None:
            rooms.leave(self.state, chat, why)
        return self._events()

    def set_topic(self, room: Room, topic: str, now: datetime) -> Sequence[Event]:
        """Set a room's subject; an empty one clears it."""
        self.state.now = now
        chat = self._joined(room)
        if chat is not None:
            stanza = make("message", type="groupchat", to=chat.jid)
            add(stanza, "subject", "jabber:client", topic)
            self.state.send(stanza)
        return self._events()

    def farewell(self, why: str, now: datetime) -> Sequence[Event]:
        """Leave all rooms, with a word."""
        self.state.now = now
        for chat in list(self.state.chats.values()):
            rooms.leave(self.state, chat, why)
        return self._events()

    def message(self, room: Room, text: str, id_: str) -> Element | None:
        """A message to a room or a person; ``None`` where there is nobody whom it could reach."""
        chat, nick = self._partner(room)
        if chat is None:
            if not is_bare(room.name) and room.private:
                return None
            stanza = make("message", type="chat", to=room.name, id=id_)
        elif nick is None:
            stanza = make("message", type="groupchat", to=chat.jid, id=id_)
        else:
            stanza = make("message", type="chat", to=f"{chat.jid}/{nick}", id=id_)
            add(stanza, "x", MUC_USER)
        add(stanza, "body", "jabber:client", text)
        add(stanza, "origin-id", SID, id=id_)
        if room.private:
            self.state.references(room.name).note(meant_id(id_), "me", (id_,))
        return stanza

    def may_speak(self, room: Room) -> bool:
        """Whether what is for that room or person can go out now."""
        if not self.state.online:
            return False
        if not room.private:
            chat = self._joined(room)
            return chat is not None and (chat.entering is None or chat.entering.late)
        return True

    # What Muster asks

    def room_state(self, room: Room) -> RoomState | None:
        """Who and what is in a room; ``None`` where we are not in it."""
        s = self.state
        chat = self._joined(room)
        if chat is None:
            return None
        actors = [s.actor(chat, one) for one in chat.occupants.values() if one.nick != chat.nick]
        me = chat.me
        is_moderator = me is not None and me.role == "moderator"
        may_set_topic = is_moderator or (
            chat.everybody_sets_topic and me is not None and me.role == "participant"
        )
        return RoomState(chat.room, tuple(actors), chat.topic, may_set_topic)

    def rooms(self) -> Sequence[Room]:
        """The rooms that we are in."""
        return [chat.room for chat in self.state.chats.values() if chat.joined]

    @property
    def nick(self) -> str:
        """Our nick: the one that we have everywhere, or the one that we want."""
        nicks = {chat.nick for chat in self.state.chats.values() if chat.joined}
        return nicks.pop() if len(nicks) == 1 else self.state.settings.nick

    def private(self, nick: str, near: Room | None) -> Room:
        """The private conversation with whom ``nick`` means where ``near`` is; leads nowhere where nobody, or
        more than one, could be meant.
        """
        s = self.state
        if near is not None and near.private:
            chat, _ = self._partner(near)
            if chat is None or fold_nick(near.name.partition("/")[2]) == fold_nick(nick):
                return near
        elif near is not None:
            chat = s.chat(near.name)
        else:
            chat = None
        if chat is not None:
            return Room(s.network, f"{chat.jid}/{nick}", private=True)
        found = [
            (chat, raw)
            for chat in s.chats.values()
            if (raw := chat.names.nick(nick)) is not None and raw in chat.occupants and raw != chat.nick
        ]
        people = {chat.occupants[raw].jid or f"{chat.jid}/{raw}" for chat, raw in found}
        if len(people) == 1:
            return s.private_in(*found[0])
        if not found and is_bare(nick):
            return s.private_with(nick)
        return Room(s.network, nick, private=True)

    def _joined(self, room: Room) -> Chat | None:
        chat = None if room.private else self.state.chat(room.name)
        return chat if chat is not None and chat.joined else None

    def _partner(self, room: Room) -> tuple[Chat | None, str | None]:
        """Whom a room means: a room, and in it an occupant where it is a private conversation with one."""
        bare, slash, shown = room.name.partition("/")
        chat = self.state.chat(bare)
        if chat is None or not room.private or not slash:
            return chat, None
        nick = chat.names.nick(shown)
        return (chat, nick) if nick is not None and nick in chat.occupants else (None, None)
