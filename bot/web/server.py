"""The web server: uvicorn within Muster's own event loop, and the bounds that keep clients from hurting chat.

Rules:

1. It ends when Muster says so and takes no signals. Answers that are being given have :data:`GRACE` to go
   out.
2. A request's head must be here :data:`HEAD` after its connection was opened or has had its last answer; what
   it sends must be here, and its answer must have been taken, :data:`EXCHANGE` after that. Else the
   connection is cut, however busily bytes trickle.
3. There are at most :data:`MOST` connections. One more takes the place of the one that has waited longest
   without asking for anything; where all ask for something, it is cut itself.
4. A head may have :data:`HEAD_BYTES`.
5. A live stream (:mod:`bot.web.streams`) has its own bounds instead of the time of rule 2, until it ends.
6. Of several processes that answer at one address, one that has few connections takes the next
   (:mod:`bot.web.shares`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from bot.config import Config
from bot.settings import Endpoint
from bot.text import one_line
from bot.web.metrics import Traffic
from bot.web.shares import PAUSE, Shares
from bot.web.site import PATIENCE, Site
from bot.web.streams import CONNECTION, Lasting

log = logging.getLogger(__name__)

HEAD = 10.0
"""Seconds."""
EXCHANGE = PATIENCE + 5
"""Seconds: a little longer than a route has, so that whoever waits for one hears of it."""
GRACE = 1
"""Seconds."""
MOST = 200
"""Connections."""
HEAD_BYTES = 16 * 1024
_IDLE = 5
"""Seconds that a connection is kept for another request."""
_AT_ONCE = 32
"""Connections that are taken at once."""
_AGAIN = 1.0
"""Seconds until connections are taken again, where none could be."""
_BACKLOG = 2048
"""Connections that may wait to be accepted."""


class WebServer:
    """A site that is served at an address. Made by :meth:`open`, ended by :meth:`close`."""

    def __init__(
        self, listening: socket.socket, asked: Endpoint, site: Site, shares: Shares | None = None
    ) -> None:
        self.asked = asked
        """The address as ``bot.ini`` has it."""
        self.site = site
        self.endpoint = address_of(listening) or asked
        """The address that it is: with port 0, the port that was free."""
        self._server = _Server(
            uvicorn.Config(
                site,
                interface="asgi3",
                http=Connection,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_IDLE,
                timeout_graceful_shutdown=GRACE,
                h11_max_incomplete_event_size=HEAD_BYTES,
                backlog=_BACKLOG,
            )
        )
        # What clients do wrong would fill the log, and what goes wrong within is logged by the site.
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
        self._accepting: asyncio.Task[None] | None = None
        if shares is not None:
            listening.setblocking(False)  # another may have taken what was there
            self._accepting = asyncio.create_task(self._accept(listening, shares), name="accept")
        self._task = asyncio.create_task(self._serve(listening), name="web")

    @classmethod
    def open(cls, endpoint: Endpoint, site: Site) -> WebServer:
        """Serve a site from now on. Raises :class:`OSError` where the address cannot be listened on."""
        return cls(listening_at(endpoint), endpoint, site)

    @classmethod
    def beside(cls, listening: socket.socket, site: Site, shares: Shares) -> WebServer:
        """Serve a site from now on at an address at which other processes answer too (rule 6)."""
        return cls(listening, address_of(listening) or Endpoint("", 0), site, shares)

    async def _serve(self, listening: socket.socket) -> None:
        try:
            await self._server.serve([listening] if self._accepting is None else [])
        except Exception:
            log.exception("The web server failed")
        finally:
            for server in getattr(self._server, "servers", ()):
                server.close()
            listening.close()
            for connection in tuple(self._server.server_state.connections):
                connection.transport.abort()

    async def _accept(self, listening: socket.socket, shares: Shares) -> None:
        """Take connections (rule 6)."""
        loop = asyncio.get_running_loop()
        state, config = self._server.server_state, self._server.config
        joining: set[asyncio.Task[Any]] = set()

        def tell() -> None:
            shares.tell(len(state.connections) + len(joining))

        def made() -> asyncio.Protocol:
            made = Connection(config=config, server_state=state, app_state={})
            made.on_lost = tell
            return made

        def joined(task: asyncio.Task[Any]) -> None:
            joining.discard(task)
            if not task.cancelled() and task.exception() is not None:
                log.error("A connection broke as it was taken: %s", one_line(str(task.exception())))

        while True:
            tell()
            room = min(shares.room, _AT_ONCE)
            if not room:
                await asyncio.sleep(PAUSE)
            try:
                came = [(await loop.sock_accept(listening))[0], *_waiting(listening, room - 1)]
            except OSError as error:  # too many files are open, say
                log.error("A connection could not be taken: %s", error.strerror or error)
                await asyncio.sleep(_AGAIN)
                continue
            for client in came:  # not waited for: a turn of a busy loop takes some milliseconds
                task = asyncio.create_task(loop.connect_accepted_socket(made, client))
                joining.add(task)
                task.add_done_callback(joined)

    @property
    def count(self) -> int:
        """In how many processes of their own the pages are made: in none."""
        return 0

    @property
    def traffic(self) -> Traffic:
        """How requests were answered."""
        return self.site.traffic

    async def gather(self) -> None:
        """Have :attr:`traffic` hold what was answered until now: it always does."""

    def configure(self, config: Config) -> None:
        """From now on these settings hold: those of ``[web]`` that need no other server."""
        self.site.configure(config.web)

    async def close(self) -> None:
        """Take no more requests, let answers go out that are being given, and end; within 2 seconds."""
        if self._accepting is not None:
            self._accepting.cancel()
        self.site.streams.close()
        self._server.should_exit = True
        await asyncio.wait([self._task])


def listening_at(endpoint: Endpoint) -> socket.socket:
    """A socket that listens. Raises :class:`OSError` where the address cannot be listened on."""
    is_ipv6 = ":" in endpoint.host
    listening = socket.create_server(
        (endpoint.host, endpoint.port),
        family=socket.AF_INET6 if is_ipv6 else socket.AF_INET,
        backlog=_BACKLOG,
        dualstack_ipv6=endpoint.host == "::" and socket.has_dualstack_ipv6(),
    )
    # What is accepted inherits it. asyncio sets it for sockets that were made for TCP by name alone, and
    # else the end of an answer waits 40 ms for the client to acknowledge its beginning.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def address_of(listening: socket.socket) -> Endpoint | None:
    """Where a socket listens; ``None`` for one in the file system."""
    name = listening.getsockname()
    return Endpoint(name[0], name[1]) if isinstance(name, tuple) else None


def _waiting(listening: socket.socket, most: int) -> Iterator[socket.socket]:
    """The connections that wait."""
    with contextlib.suppress(OSError):  # none is left; what else is wrong is seen next time
        for _ in range(most):
            client, _ = listening.accept()
            client.setblocking(False)
            yield client


class _Server(uvicorn.Server):
    """As uvicorn's, but signals are Muster's own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals as they are."""
        yield


class _Lasting(Lasting):
    """A connection on which a stream is sent (rule 5)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begun(self) -> None:
        """No bound in time from now on."""
        self._connection.end_never()

    def ended(self) -> None:
        """Time again for what is still to go out."""
        self._connection.end_in_time()

    def cut(self) -> None:
        """End it at once."""
        self._connection.transport.abort()


class Connection(H11Protocol):
    """One client's connection, which ends in time (rules 2 and 3)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._end: asyncio.TimerHandle | None = None
        self._served: RequestResponseCycle | None = None
        self.on_lost: Callable[[], None] = lambda: None
        """Called once the client is gone."""

    @property
    def is_waiting(self) -> bool:
        """Whether nothing was asked for that is not answered yet, and the answer sent."""
        is_answered = self.cycle is None or self.cycle.response_complete
        return is_answered and not self.transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        self._end_within(HEAD)
        if len(self.connections) > MOST:
            waiting = (
                one for one in self.connections if isinstance(one, Connection) and one.is_waiting and one._end
            )
            oldest = min(waiting, key=lambda one: one._end.when() if one._end else 0.0, default=self)
            oldest.transport.abort()
            self.connections.discard(oldest)  # now: more may come before it has gone

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        super().connection_lost(exc)
        if self._end is not None:
            self._end.cancel()
            self._end = None
        self.on_lost()

    def data_received(self, data: bytes) -> None:
        """The client has sent something."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """The client has been answered."""
        super().on_response_complete()
        self._look()

    def _look(self) -> None:
        """A request or its answer may have come to its end: then the next has its time."""
        if self.transport.is_closing():
            return  # what is still to go out has the time that it had
        served = None if self.is_waiting else self.cycle
        if served is not self._served:
            self._served = served
            if served is not None:  # its task has not begun yet
                served.scope["state"][CONNECTION] = _Lasting(self)
            self._end_within(EXCHANGE if served is not None else HEAD)

    def end_never(self) -> None:
        """What is being answered may take for ever; the next request has its time again."""
        if self._end is not None:
            self._end.cancel()
            self._end = None

    def end_in_time(self) -> None:
        """What is being answered has come to its end."""
        self._end_within(HEAD)

    def _end_within(self, seconds: float) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = self.loop.call_later(seconds, self.transport.abort)
