"""The IRC network: sockets, tasks and the clock around :class:`~bot.networks.irc.session.Session`.

Two things run while a connection stands: the protocol's callbacks, which hand each line to the session, and
one writer task, which sends from the outbox as the token bucket lets it. One timer runs what the session has
due.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.model import Kind, Line, Room, RoomState
from bot.networks.backoff import Backoff, Failure, Loss
from bot.networks.base import Hub, Network, PermanentError, Urgency
from bot.networks.events import Entered, Heard, Invited
from bot.networks.irc.buffer import LineBuffer
from bot.networks.irc.connection import Connection, new_connection
from bot.networks.irc.events import Close, Delivered, Event, Identified, Priority, Ready, Send
from bot.networks.irc.isupport import ISupport
from bot.networks.irc.keepalive import Keepalive
from bot.networks.irc.message import build
from bot.networks.irc.outbox import Outbox, Speech, rest
from bot.networks.irc.session import Session
from bot.networks.irc.settings import IrcSettings
from bot.networks.irc.state import may_enter
from bot.networks.pacing import Bucket
from bot.networks.receipts import KEPT
from bot.networks.reconnecting import Reconnecting
from bot.networks.ticking import Ticking
from bot.networks.writing import Writing, has_gone
from bot.text import one_line, plain, split

log = logging.getLogger(__name__)

CONNECT_WITHIN = 30.0
QUIT_WITHIN = 2.0
MAX_PARTS = 20
"""Messages that one text is split into at most."""
_FAREWELL = "Muster is leaving"
_LEAVING = "leaving"


class IrcNetwork(Network):
    """One IRC network, as ``[network NAME]`` with ``type = irc`` describes it."""

    identifies_later = True

    def __init__(
        self,
        name: str,
        settings: IrcSettings,
        *,
        clock: Callable[[], datetime],
        keepalive: Keepalive | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        self._keepalive = keepalive or Keepalive()
        self._reconnecting = Reconnecting(name, backoff or Backoff())
        self._outbox = Outbox()
        self._wanted: dict[str, str] = {}
        for channel in settings.channels:
            word, _, key = channel.strip().partition(" ")
            self._wanted[word] = key.strip()
        self._names = ISupport()
        self._names.feed(["CASEMAPPING=ascii"])  # until the server says more, what no server takes for two
        self._session: Session | None = None
        self._connection: Connection | None = None
        self._hub: Hub | None = None
        self._is_over = False
        self._writing = Writing()
        self._bucket = Bucket(settings.burst, settings.rate, 0.0)
        self._ticking = Ticking(name, clock, self._due, self._tick)

    # What the rest of Muster asks

    @property
    def nick(self) -> str:
        """Our nick now; without a connection, the one we want."""
        return self._session.state.nick if self._session else self._settings.nick

    @property
    def is_connected(self) -> bool:
        """Whether we are registered and ready."""
        return self._session is not None and self._session.state.ready

    def room(self, name: str) -> Room:
        """A channel's room."""
        return Room(self.name, plain(self._names.fold(name)))

    def is_room(self, name: str) -> bool:
        """Whether that is a channel, by what the server said when it was last connected to."""
        return may_enter(self._names, name)

    def private(self, nick: str, near: Room | None = None) -> Room:
        """The private conversation with a nick."""
        return Room(self.name, plain(self._names.fold(nick)), private=True)

    def state(self, room: Room) -> RoomState | None:
        """Members (without us), topic, and whether we may set it."""
        if self._session is None or room.private:
            return None
        return self._session.room_state(room.name)

    def rooms(self) -> Sequence[Room]:
        """The channels that we are in now."""
        return self._session.rooms() if self._session else ()

    def say(
        self,
        room: Room,
        text: str,
        *,
        notice: bool = False,
        urgency: Urgency = Urgency.REPLY,
        known_as: str | None = None,
    ) -> None:
        """Put ``text`` in the outbox, as one line; it is split when it is sent. An empty one is not said."""
        text = one_line(text).strip(" ")
        if not text:
            return
        priority = Priority.REPLY if urgency is Urgency.REPLY else Priority.BULK
        speech = Speech(room, (text,), notice, priority, asyncio.get_running_loop().time() + KEPT)
        if not self._outbox.say(speech):
            log.warning("%s: too much waits to be said; dropped a line for %s", self.name, room)
        self._writing.wake()

    async def sent(self, room: Room) -> bool:
        """Wait until all that was said there so far is written to the socket, through reconnects and for up
        to :data:`KEPT`; ``False`` where some of it was dropped.
        """
        if self._is_over or not (room.private or any(self.room(name) == room for name in self._wanted)):
            return False
        return await has_gone(functools.partial(self._outbox.when_gone, room))

    def backlog(self, room: Room) -> int:
        """How many lines for a room wait in the outbox."""
        return self._outbox.waiting(room)

    def set_topic(self, room: Room, topic: str) -> None:
        """Set the topic, where we are in the room and the room lets us."""
        state = self.state(room)
        if self._session is not None and state is not None and state.may_set_topic:
            self._handle(self._session.set_topic(room.name, one_line(topic), self._clock()))

    def join(self, room: Room, key: str = "") -> None:
        """Be in a channel from now on."""
        if room.private:
            return
        name = next((name for name in self._wanted if self.room(name) == room), room.name)
        self._wanted[name] = key or self._wanted.get(name, "")
        if self._session is not None:
            self._handle(self._session.join(name, self._wanted[name], self._clock()))

    def leave(self, room: Room, why: str = "") -> None:
        """Be in a channel no more."""
        for name in [name for name in self._wanted if self.room(name) == room]:
            del self._wanted[name]
        self._outbox.forget(room)
        if self._session is not None and not room.private:
            self._handle(self._session.leave(room.name, one_line(why), self._clock()))

    # One connection after the other

    async def run(self, hub: Hub) -> None:
        """Stay connected until cancelled, as :mod:`bot.networks.reconnecting` has it."""
        self._hub = hub
        try:
            await self._reconnecting.forever(functools.partial(self._connect, hub, self._tls_context()))
        finally:
            self._is_over = True
            self._outbox.close()

    def _tls_context(self) -> ssl.SSLContext | None:
        if not self._settings.tls:
            return None
        context = ssl.create_default_context()
        if not self._settings.tls_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self._settings.cert is not None:
            try:
                context.load_cert_chain(self._settings.cert, password="")  # an encrypted key: no prompt
            except (OSError, ValueError) as error:
                why = f"cannot use cert = {self._settings.cert}: {error}; it must hold certificate and key"
                raise PermanentError(f"{self.name}: {why}") from error
        return context

    async def _connect(self, hub: Hub, context: ssl.SSLContext | None) -> Loss:
        loop = asyncio.get_running_loop()
        session = Session(
            self.name,
            self._settings,
            known=hub.known,
            wanted=self._wanted,
            now=self._clock(),
            keepalive=self._keepalive,
        )
        connection = new_connection()
        connection.prepare(
            self._settings.encoding_fallback,
            lambda: self._handle(session.start(self._clock())),
            functools.partial(self._read, session),
            self._outbox.drained,
        )
        self._session, self._connection = session, connection
        self._bucket = Bucket(self._settings.burst, self._settings.rate, loop.time())
        writer: asyncio.Task[None] | None = None
        loss = Loss(_LEAVING)
        host, port = self._settings.address
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await connection.open(host, port, self._settings.nick, context)
            writer = asyncio.create_task(self._write(session, connection), name=f"irc {self.name}")
            writer.add_done_callback(functools.partial(self._writer_ended, connection))
            await asyncio.wait([connection.ended])  # not the future itself: we may be cancelled
            loss = connection.ended.result()
        except TimeoutError:
            loss = Loss(f"{host}:{port} does not answer")
        except ssl.SSLCertVerificationError as error:
            loss = Loss(
                f"the certificate of {host} is not trusted: {error.verify_message}. Let this machine trust "
                "who signed it (or name their certificate in the variable SSL_CERT_FILE); "
                f"tls_verify = no in [network {self.name}] would let anybody listen"
            )
        except OSError as error:
            loss = Loss(f"cannot connect to {host}:{port}: {error}")
        except UnicodeError:
            loss = Loss(f"host = {host} is no host name: correct it", Failure.PERMANENT)
        except asyncio.CancelledError:
            await self._quit(connection)
            raise
        finally:
            if writer is not None:
                writer.cancel()
            self._end(hub, session, connection, loss.why)
        return loss

    def _end(self, hub: Hub, session: Session, connection: Connection, why: str) -> None:
        """Leave nothing of a connection behind."""
        connection.disconnect()
        self._handle(session.lost(self._clock()))
        ready = session.state.ready
        self._session = self._connection = None
        self._ticking.plan()  # nothing, without a session
        self._outbox.disconnected()
        if ready:
            hub.disconnected(self, why)
        elif why != _LEAVING:
            log.warning("%s: not connected: %s", self.name, why)

    async def _quit(self, connection: Connection) -> None:
        """Leave politely: say what may be said at once, then QUIT, and wait for the server to close."""
        if connection.transport is None or connection.ended.done():
            return
        if self._session is not None:
            self._send_all(self._session, connection)
        connection.send_raw(build("QUIT", _FAREWELL))
        await asyncio.wait([connection.ended], timeout=QUIT_WITHIN)

    # What comes in

    def _read(self, session: Session, lines: LineBuffer) -> None:
        now = self._clock()
        for line in lines:
            try:
                self._handle(session.receive(line, now))
            except Exception:
                log.exception("%s: a line from the server could not be handled", self.name)
        self._ticking.plan()

    def _forget_nick(self, line: Line) -> None:
        """What was to be said to somebody in private is not for whoever has their nick next."""
        private = self.private(line.actor.nick)
        if self.private(line.text) != private:
            self._outbox.forget(private)

    def _handle(self, events: Sequence[Event]) -> None:
        hub = self._hub
        if hub is None:
            return
        for event in events:
            if isinstance(event, Heard):
                hub.hear(event.line)
                if _gives_up_nick(event.line):
                    self._forget_nick(event.line)
            elif isinstance(event, Send):
                self._send(event)
            elif isinstance(event, Entered):
                hub.entered(event.room, event.history, event.complete)
                self._writing.wake()
            elif isinstance(event, Identified):
                hub.identified(event.room)
            elif isinstance(event, Delivered):
                self._outbox.confirmed(event.label)
            elif isinstance(event, Invited):
                hub.invited(event.room, event.by)
            elif isinstance(event, Ready):
                if self._session is not None:
                    self._names = self._session.state.isupport
                self._reconnecting.has_worked = True
                hub.connected(self)
                self._writing.wake()
            elif isinstance(event, Close) and self._connection is not None:
                self._connection.end(Loss(event.why, event.failure))
        if events:
            self._ticking.plan()

    def _due(self) -> datetime | None:
        return self._session.due if self._session is not None else None

    def _tick(self) -> None:
        if self._session is not None:
            self._handle(self._session.tick(self._clock()))

    # What goes out

    def _send(self, event: Send) -> None:
        connection = self._connection
        if event.priority is Priority.NOW and connection is not None:
            if self.is_connected:  # registering is not counted, or the first JOIN would wait
                self._bucket.take(asyncio.get_running_loop().time())
            connection.send_raw(event.line)
            return
        self._outbox.put(event.line, event.priority)
        self._writing.wake()

    async def _write(self, session: Session, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        may = functools.partial(self._may_speak, session)
        await self._writing.run(
            lambda: self._send_all(session, connection),
            lambda: self._outbox.wait(loop.time(), self._bucket, may),
        )

    def _writer_ended(self, connection: Connection, writer: asyncio.Task[None]) -> None:
        """A connection that nothing can be said on is of no use."""
        if not writer.cancelled() and (error := writer.exception()) is not None:
            log.error("%s: the writer failed", self.name, exc_info=error)
            connection.end(Loss("the writer failed"))

    def _send_all(self, session: Session, connection: Connection) -> None:
        while self._send_next(session, connection):
            pass

    def _send_next(self, session: Session, connection: Connection) -> bool:
        """Send one line, if one may go."""
        now = asyncio.get_running_loop().time()
        if not connection.is_open:
            return False
        found = self._outbox.next(now, self._bucket, functools.partial(self._may_speak, session))
        if found is None:
            return False
        connection.limit = session.state.isupport.linelen
        if isinstance(found, str):
            connection.send_raw(found)
        else:
            self._speak(session, connection, found)
        self._bucket.take(now)
        return True

    def _speak(self, session: Session, connection: Connection, speech: Speech) -> None:
        command, target = "NOTICE" if speech.notice else "PRIVMSG", speech.room.name
        parts = split(speech.texts[0], session.budget(command, target), MAX_PARTS)
        first, *others = (*parts, *speech.texts[1:])
        if others:
            self._outbox.again(rest(speech, tuple(others)))
        tags = None
        if {"labeled-response", "echo-message"} <= session.state.caps.enabled:
            tags = {"label": self._outbox.label(rest(speech, (first,)))}
        connection.send_raw(build(command, target, first, tags=tags))
        if not others:
            self._outbox.written(speech)
        if connection.is_drained:
            self._outbox.drained()

    @staticmethod
    def _may_speak(session: Session, room: Room) -> bool:
        """Whether what is for that room can go out now."""
        return session.state.ready and (room.private or session.is_in(room.name))


def _gives_up_nick(line: Line) -> bool:
    """Whether somebody's nick is free for others from now on."""
    if line.history or line.own:
        return False
    return line.kind is Kind.RENAMED or (line.kind is Kind.LEFT and line.data.get("how") == "quit")
