"""A small honest Launchpad, over real HTTP, for tests.

    with Server(World.of_nova(blueprints=20)) as launchpad:
        launchpad.root                                  # the service root, http://127.0.0.1:PORT/
        launchpad.credentials("muster", tmp_path)       # a credentials file for somebody
        launchpad.world.edit("blueprint-0001", priority="High")   # somebody in a browser
        launchpad.fail(Fault(503, retry_after=7))       # the next request is answered so
        launchpad.stop(); launchpad.start()             # away and back, on the same port, knowing everything
        launchpad.requests                              # all that was asked, with what was answered

Rules:

1. It answers what Launchpad answers, refusals included (TRACKER facts: see ``service``, ``rights``).
2. What goes wrong goes wrong on purpose: a :class:`Fault` is for the next request that matches it.
3. Nothing sleeps: a slow answer waits until the test lets it go.
"""

from __future__ import annotations

import re
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.launchpad.messages import Reply, Request
from tests.launchpad.service import Service
from tests.launchpad.state import Token, World

_PLAINTEXT = re.compile(r'(oauth_\w+)="([^"]*)"')


@dataclass
class Fault:
    """Something that goes wrong with a request. With a ``status`` that is answered, and nothing else done.
    ``cut`` ends the connection ``before`` anything is done, ``after`` it is done and before it is answered,
    or ``amid`` the answer. With ``slow`` the answer waits until :meth:`release`, what was asked being done.
    """

    status: int = 0
    body: str = ""
    retry_after: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: Literal["", "before", "after", "amid"] = ""
    slow: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    """Set once a request has met it."""
    _released: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        """Let the slow answer go."""
        self._released.set()

    def wait(self) -> None:
        """Wait for :meth:`release`."""
        self._released.wait()


@dataclass
class _Awaited:
    """A fault waiting for its requests."""

    fault: Fault
    method: str
    path: str
    times: int


class Server:
    """A Launchpad with a world in it, at a port of its own (given: at that). ``on_request`` hears of each
    request that is done, before the answer goes out. ``explained``: with its description's explanations, as
    long as the real one.
    """

    def __init__(
        self,
        world: World,
        port: int = 0,
        on_request: Callable[[Request], None] | None = None,
        *,
        explained: bool = False,
    ) -> None:
        self._explained = explained
        self.world = world
        self.requests: list[Request] = []
        self._port = port
        self.on_request = on_request
        self._faults: list[_Awaited] = []
        self._held: list[Fault] = []
        self._http: _Http | None = None
        self._thread: threading.Thread | None = None

    @property
    def root(self) -> str:
        """The service root."""
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Begin to answer; after a stop at the same port."""
        http = _Http(self, self._port)
        self._port = http.server_address[1]
        http.service = Service(self.root, self.world, explained=self._explained)
        self._http = http
        self._thread = threading.Thread(target=http.serve_forever, args=(0.01,), name="launchpad")
        self._thread.start()

    def stop(self) -> None:
        """Be away: connections are refused, and those that there are end."""
        if self._http is None or self._thread is None:
            return
        self._http.shutdown()
        self._thread.join()
        for fault in self._held:
            fault.release()
        self._http.cut_all()
        self._http.server_close()
        self._http = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def fail(self, fault: Fault, *, method: str = "", path: str = "", times: int = 1) -> Fault:
        """Let something go wrong with the next requests of a method and with this in their path."""
        self._faults.append(_Awaited(fault, method, path, times))
        return fault

    def token(self, person: str, *, may_write: bool = True) -> Token:
        """A new access token of somebody's."""
        token = Token(secrets.token_hex(8), secrets.token_hex(8), "muster", person, may_write, is_access=True)
        with self.world.lock:
            self.world.save(token)
        return token

    def credentials(self, person: str, folder: Path, *, may_write: bool = True) -> Path:
        """A file with somebody's credentials, as launchpadlib reads it."""
        token = self.token(person, may_write=may_write)
        path = folder / f"{person}.credentials"
        path.write_text(
            f"[1]\nconsumer_key = {token.consumer}\nconsumer_secret =\n"
            f"access_token = {token.name}\naccess_secret = {token.secret}\n"
        )
        path.chmod(0o600)
        return path

    def revoke(self, person: str) -> None:
        """Somebody takes back what they allowed."""
        with self.world.lock:
            for token in [one for one in self.world.tokens.values() if one.person == person]:
                self.world.remove(token)

    def review(self, person: str, *, allow: bool = True) -> None:
        """Somebody looks at the request tokens that wait, in a browser, and allows them or not."""
        with self.world.lock:
            for token in [one for one in self.world.tokens.values() if not one.is_access]:
                token.person, token.is_refused = person, not allow
                self.world.save(token)

    def asked(self, method: str = "", path: str = "") -> list[Request]:
        """The requests so far of a method and with this in their path."""
        return [one for one in self.requests if method in {"", one.method} and path in one.path]

    def fault_for(self, request: Request) -> Fault | None:
        """What goes wrong with a request, if anything."""
        with self.world.lock:
            for awaited in self._faults:
                if awaited.method in {"", request.method} and awaited.path in request.path:
                    awaited.times -= 1
                    if not awaited.times:
                        self._faults.remove(awaited)
                    self._held.append(awaited.fault)
                    return awaited.fault
        return None

    def log(self, request: Request) -> None:
        """Note what was asked."""
        self.requests.append(request)
        if self.on_request is not None:
            self.on_request(request)

    def who(self, authorization: str) -> Token | None:
        """Whose request it is by its OAuth header (signature PLAINTEXT); ``None``: anonymous. Raises
        :class:`LookupError` where Launchpad does not know the token.
        """
        given = {name: unquote(value) for name, value in _PLAINTEXT.findall(authorization)}
        name = given.get("oauth_token", "")
        if not name:
            return None
        token = self.world.tokens.get(name)
        if token is None or not token.is_access:
            raise LookupError(f"Unknown access token ({name}).")
        if given.get("oauth_signature") != f"&{token.secret}":
            raise LookupError("Invalid signature.")
        return token


class _Http(ThreadingHTTPServer):
    """The socket and its connections."""

    daemon_threads = False
    request_queue_size = 64
    service: Service

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no mistake of the server's; all else is shown."""
        if isinstance(sys.exc_info()[1], ConnectionError):
            return
        super().handle_error(request, client_address)  # type: ignore[arg-type]

    def cut_all(self) -> None:
        """End all connections."""
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection, kept open between requests as Launchpad's are."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_PATCH(self) -> None:
        self._do()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """What is asked is noted in the server's list, and nothing printed."""

    def _do(self) -> None:
        launchpad = self.server.server
        request = self._read()
        fault = launchpad.fault_for(request)
        if fault is not None and (fault.cut == "before" or fault.status):
            launchpad.log(request.answered(fault.status))
            fault.reached.set()
            if fault.cut:
                self._cut()
                return
            wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            self._send(Reply(fault.status, fault.body.encode(), headers={**fault.headers, **wait}))
            return
        reply = self._answer(request)
        launchpad.log(request.answered(reply.status))
        if fault is None:
            self._send(reply)
            return
        fault.reached.set()
        if fault.slow:
            fault.wait()
            self._send(reply)
        else:
            whole = self._bytes(reply)
            self._cut(whole[: -max(len(reply.body) // 2, 5)] if fault.cut == "amid" else b"")

    def _read(self) -> Request:
        address = urlsplit(self.path)
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(
            self.command,
            unquote(address.path),
            dict(parse_qsl(address.query, keep_blank_values=True)),
            headers,
            self.rfile.read(length).decode(),
        )

    def _answer(self, request: Request) -> Reply:
        try:
            token = self.server.server.who(request.headers.get("authorization", ""))
        except LookupError as error:
            return Reply(401, str(error.args[0]).encode())
        if token is None:
            return self.server.service.answer(request)
        known = Request(
            request.method,
            request.path,
            request.query,
            request.headers,
            request.body,
            by=token.person,
            may_write=token.may_write,
        )
        return self.server.service.answer(known)

    def _bytes(self, reply: Reply) -> bytes:
        """A reply as it goes over the wire, in one piece."""
        lines = [f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Status')}"]
        lines += [f"Content-Type: {reply.content_type}", f"Content-Length: {len(reply.body)}"]
        if reply.status == 401:
            lines.append('WWW-Authenticate: OAuth realm="https://api.launchpad.net"')
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + reply.body

    def _send(self, reply: Reply) -> None:
        self.wfile.write(self._bytes(reply))

    def _cut(self, first: bytes = b"") -> None:
        if first:
            self.wfile.write(first)
        self.close_connection = True


_REASONS = {
    200: "OK",
    201: "Created",
    209: "Content Returned",
    303: "See Other",
    304: "Not Modified",
    412: "Precondition Failed",
}
