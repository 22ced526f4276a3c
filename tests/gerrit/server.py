"""A small honest Gerrit, over real HTTP, for tests.

    with Server(World(Change(1234, "Quotas"))) as gerrit:
        gerrit.url                                   # http://127.0.0.1:PORT
        gerrit.world.changes[1234].vote("anna", 1)   # somebody in a browser
        gerrit.fail(Fault(503, retry_after=7))       # the next request is answered so
        gerrit.stop(); gerrit.start()                # away and back, at the same port
        gerrit.requests                              # all that was asked: (path, query, user, status)

Rules:

1. It answers what Gerrit answers: ``)]}'`` before JSON, at most :attr:`Server.limit` changes at once with
   ``_more_changes`` on the last where there are more, what was asked for by ``o=`` and no more, times with
   nanoseconds; text and no prefix where it refuses.
2. ``/a/`` wants a password; without one only what is not private is seen.
3. What goes wrong goes wrong on purpose: a :class:`Fault` is for the next request. Nothing sleeps: a slow
   answer waits until the test lets it go.
"""

from __future__ import annotations

import base64
import json
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from tests.gerrit.changes import World
from tests.gerrit.query import QueryError, parsed

PREFIX = ")]}'\n"
LOGIN_PAGE = "<!DOCTYPE html><html><title>Sign in</title><form action='/login'></form></html>"
KNOWN_OPTIONS = frozenset(
    {
        "LABELS",
        "DETAILED_LABELS",
        "DETAILED_ACCOUNTS",
        "CURRENT_REVISION",
        "CURRENT_COMMIT",
        "CURRENT_FILES",
        "MESSAGES",
    }
)


class Asked(NamedTuple):
    """A request, and how it was answered."""

    path: str
    query: dict[str, list[str]]
    user: str
    status: int


@dataclass
class Fault:
    """Something that goes wrong with a request. ``slow`` answers once :meth:`release` is called; with
    ``cut`` the connection ends in the middle of the answer.
    """

    status: int = 0
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    retry_after: str = ""
    location: str = ""
    slow: bool = False
    cut: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    _released: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        """Let the slow answer go."""
        self._released.set()

    def wait(self) -> None:
        """Wait for :meth:`release`."""
        self._released.wait()


class Server:
    """A Gerrit with a world in it, at a port of its own, under ``prefix`` (``/gerrit``) if given. ``limit``
    is how many changes it gives at once.
    """

    def __init__(self, world: World, *, limit: int = 500, prefix: str = "") -> None:
        self.world = world
        self.limit = limit
        self.prefix = prefix
        self.requests: list[Asked] = []
        self._faults: list[Fault] = []
        self._held: list[Fault] = []
        self._port = 0
        self._http: _Http | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._port}{self.prefix}"

    def start(self) -> None:
        """Begin to answer; after a stop at the same port."""
        self._http = _Http(("127.0.0.1", self._port), _Handler)
        self._http.server = self
        self._port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), name="gerrit")
        self._thread.start()

    def stop(self) -> None:
        """Be away: connections are refused."""
        if self._http is None or self._thread is None:
            return
        for fault in [*self._held, *self._faults]:
            fault.release()
        self._http.shutdown()
        self._thread.join()
        self._http.cut_all()
        self._http.server_close()
        self._http = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def fail(self, *faults: Fault) -> Fault:
        """Let something go wrong with each of the next requests; the last fault."""
        with self.world.lock:
            self._faults += faults
        return faults[-1]

    def fault(self) -> Fault | None:
        """What goes wrong with this request."""
        with self.world.lock:
            if not self._faults:
                return None
            self._held.append(self._faults.pop(0))
            return self._held[-1]

    def answer(self, path: str, query: dict[str, list[str]], user: str) -> tuple[int, str]:
        """The status and the text for a request."""
        if path != "/changes/":
            return 404, f"Not found: {path.strip('/')}"
        options = set(query.get("o", ()))
        if options - KNOWN_OPTIONS:
            return 400, f'"{min(options - KNOWN_OPTIONS)}" is not a valid value for "-O"'
        if "CURRENT_FILES" in options and "CURRENT_REVISION" not in options:
            return 400, "CURRENT_FILES needs CURRENT_REVISION"
        try:
            test = parsed(query.get("q", ["status:open"])[0])
            start = int(query.get("S", ["0"])[0])
            count = min(int(query.get("n", [str(self.limit)])[0]), self.limit)
        except ValueError as error:
            return 400, str(error)
        with self.world.lock:
            found = [one for one in self.world.in_order() if test(one) and (user or not one.is_private)]
            page: list[dict[str, Any]] = [one.told(options) for one in found[start : start + count]]
        if page and start + count < len(found):
            page[-1]["_more_changes"] = True
        return 200, PREFIX + json.dumps(page)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    server: Server

    def __init__(self, *arguments: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        """Remember the connection."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """It is over."""
        self._open.discard(request)
        super().shutdown_request(request)

    def cut_all(self) -> None:
        """End what is open."""
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no mistake of the server's; all else is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """What is asked is noted in the server's list, and nothing printed."""

    def do_GET(self) -> None:
        gerrit = self.server.server
        address = urlsplit(self.path)
        path, query = address.path, parse_qs(address.query, keep_blank_values=True)
        fault = gerrit.fault()
        if fault is not None and (fault.status or fault.body):
            gerrit.requests.append(Asked(path, query, "", fault.status or 200))
            fault.reached.set()
            headers = [("Retry-After", fault.retry_after), ("Location", fault.location)]
            self._send(fault.status or 200, fault.body, fault.content_type, headers)
            return
        status, text, user = self._answer(path, query)
        gerrit.requests.append(Asked(path, query, user, status))
        if fault is not None:
            fault.reached.set()
        if fault is not None and fault.slow:
            fault.wait()
        kind = "application/json" if status == 200 else "text/plain"
        wanted = [("WWW-Authenticate", 'Basic realm="Gerrit Code Review"')] if status == 401 else []
        self._send(status, text, f"{kind}; charset=utf-8", wanted, cut=fault is not None and fault.cut)

    def _answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, str, str]:
        gerrit = self.server.server
        if not path.startswith(f"{gerrit.prefix}/"):
            return 404, "Not Found", ""
        path = path.removeprefix(gerrit.prefix)
        user = ""
        if path.startswith("/a/"):
            path = path.removeprefix("/a")
            kind, _, given = self.headers.get("Authorization", "").partition(" ")
            name, _, password = base64.b64decode(given).decode().partition(":")
            if kind != "Basic" or gerrit.world.passwords.get(name) != password:
                return 401, "Unauthorized", ""
            user = name
        return (*gerrit.answer(path, query, user), user)

    def _send(
        self,
        status: int,
        text: str,
        content_type: str,
        headers: Sequence[tuple[str, str]] = (),
        *,
        cut: bool = False,
    ) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True


__all__ = ["LOGIN_PAGE", "PREFIX", "Asked", "Fault", "QueryError", "Server"]
