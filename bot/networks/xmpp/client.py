"""The XMPP network: tasks and the clock around :class:`~bot.networks.xmpp.session.Session`.

Two things run while a connection stands: the stream's callbacks, which hand each stanza to the session, and
one writer task, which sends from the outbox as the token bucket lets it. One timer runs what the session has
due.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.model import Room, RoomState
from bot.networks.backoff import Backoff, Loss
from bot.networks.base import Hub, Known, Network, Urgency
from bot.networks.events import Entered, Heard, Invited
from bot.networks.pacing import Bucket
from bot.networks.receipts import KEPT
from bot.networks.reconnecting import Reconnecting
from bot.networks.ticking import Ticking
from bot.networks.writing import Writing, has_gone
from bot.networks.xmpp.connection import Connection
from bot.networks.xmpp.events import Close, Event, Gone, Reflected, Refused, Send
from bot.networks.xmpp.jids import fold, is_bare
from bot.networks.xmpp.lines import meant_id, own_id
from bot.networks.xmpp.outbox import Outbox
from bot.networks.xmpp.session import Keepalive, Session
from bot.networks.xmpp.settings import XmppSettings
from bot.networks.xmpp.stanzas import IQ, Element
from bot.text import one_line, split

log = logging.getLogger(__name__)

QUIT_WITHIN = 2.0
MAX_PARTS = 20
"""Messages that one text is split into at most."""
LONGEST = 4000
"""Bytes of one message. Servers take far more, and people's clients show less at once."""
_FAREWELL = "Muster is leaving"
_LEAVING = "leaving"


class XmppNetwork(Network):
    """One account on an XMPP server, as ``[network NAME]`` with ``type = xmpp`` describes it.

    XMPP has no notices: what is said as one is a message like any other.
    """

    def __init__(
        self,
        name: str,
        settings: XmppSettings,
        *,
        clock: Callable[[], datetime],
        keepalive: Keepalive | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        self._reconnecting = Reconnecting(name, backoff or Backoff())
        self._outbox = Outbox()
        wanted = {}
        for room in settings.rooms:
            word, _, key = room.strip().partition(" ")
            wanted[word] = key.strip()
        self._session = Session(
            name, settings, known=self._known, wanted=wanted, now=clock(), keepalive=keepalive
        )
        self._connection: Connection | None = None
        self._hub: Hub | None = None
        self._was_up = False  # on this connection
        self._is_over = False
        self._writer: asyncio.Task[None]
        self._writing = Writing()
        self._bucket = Bucket(settings.burst, settings.rate, 0.0)
        self._ticking = Ticking(name, clock, self._due, self._tick)

    def _known(self, room: Room) -> Known | None:
        return self._hub.known(room) if self._hub is not None else None

    # What the rest of Muster asks

    @property
    def nick(self) -> str:
        """Our nick in the rooms that we are in; where it differs between them, the one that we want."""
        return self._session.nick

    @property
    def is_connected(self) -> bool:
        """Whether we are logged in."""
        return self._connection is not None and self._connection.is_up

    def room(self, name: str) -> Room:
        """A room of that address."""
        return Room(self.name, fold(one_line(name)))

    def is_room(self, name: str) -> bool:
        """Whether that can be a room's address: ``name@service``, all of which can be seen."""
        return is_bare(name)

    def private(self, nick: str, near: Room | None = None) -> Room:
        """The private conversation with somebody: by nick, of the room that ``near`` is; or by address."""
        return self._session.private(nick, near)

    def state(self, room: Room) -> RoomState | None:
        """Members (without us), topic, and whether we may set it."""
        return self._session.room_state(room)

    def rooms(self) -> Sequence[Room]:
        """The rooms that we are in now; between two connections, those that we may still be in."""
        return self._session.rooms()

    def say(
        self,
        room: Room,
        text: str,
        *,
        notice: bool = False,
        urgency: Urgency = Urgency.REPLY,
        known_as: str | None = None,
    ) -> str | None:
        """Put ``text`` in the outbox, as one line, split where it is very long. An empty one is not said.

        Gives the id that what refers to it will name.
        """
        text = one_line(text).strip(" ")
        if not text or self._is_over:
            return None
        id_ = own_id(room, known_as)
        parts = split(text, LONGEST, MAX_PARTS)
        numbered = [(f"{id_}.{n}" if n else id_, part) for n, part in enumerate(parts)]
        if not self._outbox.say(room, numbered, urgency, asyncio.get_running_loop().time() + KEPT):
            log.warning("%s: too much waits to be said; dropped a line for %s", self.name, room)
            return None
        self._writing.wake()
        return meant_id(id_)

    async def sent(self, room: Room) -> bool:
        """Wait until all that was said there so far is with the server, or back from the room, through
        reconnects and for up to :data:`KEPT`; ``False`` where some of it was dropped.
        """
        if self._is_over or not (room.private or room.name in self._session.state.chats):
            return False
        return await has_gone(functools.partial(self._outbox.when_gone, room))

    def backlog(self, room: Room) -> int:
        """How many messages for a room wait in the outbox."""
        return self._outbox.waiting(room)

    def set_topic(self, room: Room, topic: str) -> None:
        """Set the room's subject, where we are in the room and it lets us."""
        state = self.state(room)
        if state is not None and state.may_set_topic:
            self._handle(self._session.set_topic(room, one_line(topic), self._clock()))

    def join(self, room: Room, key: str = "") -> None:
        """Be in a room from now on."""
        if not room.private and self.is_room(room.name):
            self._handle(self._session.join(room.name, key, self._clock()))
        elif not room.private:
            log.warning("%s: %r is no room; correct its name", self.name, room.name)

    def leave(self, room: Room, why: str = "") -> None:
        """Be in a room no more."""
        self._outbox.forget(room)
        if not room.private:
            self._handle(self._session.leave(room.name, one_line(why), self._clock()))

    # One connection after the other

    async def run(self, hub: Hub) -> None:
        """Stay connected until cancelled, as :mod:`bot.networks.reconnecting` has it."""
        self._hub = hub
        connection = self._connection = Connection(
            self.name, self._settings, take=self._take, up=self._up, acked=self._outbox.arrived
        )
        self._begin_writing(connection)
        try:
            await self._reconnecting.forever(functools.partial(self._connect, hub, connection))
        except asyncio.CancelledError:
            await self._quit(connection)
            raise
        finally:
            self._writer.cancel()
            await connection.close(0.0)
            if self._was_up:
                hub.disconnected(self, _LEAVING)
            self._handle(self._session.over(self._clock()))
            self._connection = None
            self._ticking.plan()  # nothing, without a connection
            self._is_over = True
            self._writer.cancel()  # one that began when another had failed
            self._outbox.close()

    async def _connect(self, hub: Hub, connection: Connection) -> Loss:
        loss = await connection.once()
        self._handle(self._session.offline(self._clock()))
        if self._was_up:
            hub.disconnected(self, loss.why)
        else:
            log.warning("%s: not connected: %s", self.name, loss.why)
        self._was_up = False
        return loss

    async def _quit(self, connection: Connection) -> None:
        """Leave politely: say what may be said at once, leave the rooms, end the stream."""
        if not connection.is_up:
            return
        self._send_all(connection)
        self._handle(self._session.farewell(_FAREWELL, self._clock()))
        await connection.close(QUIT_WITHIN)

    # What comes in

    def _up(self, resumed: bool) -> None:
        self._was_up = self._reconnecting.has_worked = True
        if not resumed:
            self._outbox.again()
        loop = asyncio.get_running_loop()
        self._bucket = Bucket(self._settings.burst, self._settings.rate, loop.time())
        self._handle(self._session.online(self._clock(), resumed=resumed))
        if self._hub is not None:
            self._hub.connected(self)
        if resumed and self._connection is not None:
            self._connection.request_ack()
        self._writing.wake()

    def _take(self, stanza: Element) -> bool:
        if stanza.tag == IQ and not self._session.is_answer(stanza):
            return False
        try:
            self._handle(self._session.receive(stanza, self._clock()))
        except Exception:
            log.exception("%s: a stanza from the server could not be handled", self.name)
        return True

    def _handle(self, events: Sequence[Event]) -> None:
        hub = self._hub
        for event in events:
            if isinstance(event, Send):
                if self._connection is not None:
                    self._connection.send(event.stanza)
            elif isinstance(event, Reflected):
                self._outbox.arrived(event.id)
            elif isinstance(event, Refused):
                self._outbox.refused(event.id, later=event.later)
            elif isinstance(event, Gone):
                self._outbox.forget(event.room)
            elif isinstance(event, Close):
                if self._connection is not None:
                    self._connection.end(Loss(event.why))
            elif hub is None:
                continue
            elif isinstance(event, Heard):
                hub.hear(event.line)
            elif isinstance(event, Entered):
                hub.entered(event.room, event.history, event.complete)
                self._writing.wake()
            elif isinstance(event, Invited):
                hub.invited(event.room, event.by)
        self._ticking.plan()

    def _due(self) -> datetime | None:
        return self._session.due if self._connection is not None else None

    def _tick(self) -> None:
        self._handle(self._session.tick(self._clock()))

    # What goes out

    async def _write(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()

        def send() -> None:
            if self._send_all(connection):
                connection.request_ack()

        await self._writing.run(send, lambda: self._outbox.wait(loop.time(), self._bucket, self._may_speak))

    def _begin_writing(self, connection: Connection) -> None:
        self._writer = asyncio.create_task(self._write(connection), name=f"xmpp {self.name}")
        self._writer.add_done_callback(functools.partial(self._writer_ended, connection))

    def _writer_ended(self, connection: Connection, writer: asyncio.Task[None]) -> None:
        """What could not be written is taken out already: the rest has another writer."""
        if not writer.cancelled() and (error := writer.exception()) is not None:
            log.error("%s: the writer failed", self.name, exc_info=error)
            if not self._is_over:
                self._begin_writing(connection)

    def _send_all(self, connection: Connection) -> bool:
        """Send all that may go; whether that was anything."""
        has_sent = False
        while self._send_next(connection):
            has_sent = True
        return has_sent

    def _send_next(self, connection: Connection) -> bool:
        """Send one message, if one may go."""
        now = asyncio.get_running_loop().time()
        if not connection.is_up:
            return False
        item = self._outbox.next(now, self._bucket, self._may_speak)
        if item is None:
            return False
        stanza = self._session.message(item.room, item.text, item.id)
        if stanza is None:
            log.info("%s: nobody is %s any more; what was for them is dropped", self.name, item.room)
            self._outbox.drop(item)
            return True
        connection.send(stanza)
        self._bucket.take(now)
        if item.room.private and not connection.acknowledges:
            self._outbox.arrived(item.id)  # nobody will tell
        return True

    def _may_speak(self, room: Room) -> bool:
        return self.is_connected and self._session.may_speak(room)
