"""All pages of Muster as one ASGI application: whoever serves it need know nothing of plugins.

Rules:

1. A request is answered by the first route that matches, the plugins' in the order in which they run.
2. With ``public = no`` everything wants the token of ``[web]``, as ``Authorization: Bearer TOKEN`` (RFC 6750)
   or ``?token=TOKEN``, but ``/healthz`` and what is below ``/hooks/``. A wrong one is as good as none: 401.
   How long the comparison takes tells nothing.
3. ``/healthz`` says ``ok`` (200) where Muster runs and its database answers, else ``not ok`` (503).
4. What a route raises is logged with its traceback, and answered by 500 and one line that tells nothing of
   it. A route that takes longer than :data:`PATIENCE` is called off, and answered by 503.
5. Every answer forbids guessing its type, telling other sites whence one came, and, where it is no HTML,
   doing anything in a browser at all. HTML is held to its own site, unless the page has a policy of its own.
   What wanted the token is stored by nobody between.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.config import WebSettings
from bot.text import one_line, shorten
from bot.web.reader import SCOPE, Frame, Reader

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds in which a route must have answered."""

_STRICT = "default-src 'none'; frame-ancestors 'none'"
_HTML = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


class Site:
    """The pages. ``healthy`` tells whether all is well; it must not take long; ``now`` tells the time, in
    UTC. Stateless between requests.
    """

    def __init__(
        self, settings: WebSettings, healthy: Callable[[], Awaitable[bool]], now: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._healthy = healthy
        self._now = now
        self._frame = Frame("Muster")
        self._pages: ASGIApp = _application(())

    def configure(self, settings: WebSettings) -> None:
        """From now on these settings hold: ``public`` and ``token``."""
        self._settings = settings

    def show(self, routes: Sequence[BaseRoute], frame: Frame) -> None:
        """From now on these are the pages, in this frame; requests that are being answered go on as they
        began.
        """
        self._pages = _application(routes)
        self._frame = frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI 3.0 has it."""
        if scope["type"] != "http":
            raise RuntimeError(f"there is no {scope['type']} here")
        path: str = scope["path"]
        is_open = path == "/healthz" or path.startswith("/hooks/")
        wants_token = not (self._settings.public or is_open)
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _guard(MutableHeaders(scope=message), private=wants_token)
            await send(message)

        answer: ASGIApp
        knows = self._knows(scope)
        scope = {**scope, SCOPE: Reader(self._frame, self._now(), sees_all=knows)}
        if wants_token and not knows:
            answer = _refusal()
        elif path == "/healthz":
            answer = await self._health()
        else:
            answer = self._pages
        try:
            async with asyncio.timeout(PATIENCE):
                await answer(scope, receive, with_headers)
        except ClientDisconnect:
            return  # nobody waits for an answer
        except TimeoutError:
            log.error("%s took too long and was called off", _shown(scope))
            answer = _line(503, "That took too long.")
        except Exception:
            log.exception("%s failed", _shown(scope))
            answer = _line(500, "Something went wrong here. Muster's log says what.")
        else:
            return
        if not started:  # else the server cuts it off, so that it is not taken for whole
            await answer(scope, receive, with_headers)

    def _knows(self, scope: Scope) -> bool:
        """Whether a request brings the token."""
        token = self._settings.token
        if token is None:
            return False
        kind, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            given = QueryParams(scope["query_string"]).get("token", "")
        return hmac.compare_digest(given.strip().encode(), token.reveal().encode())

    async def _health(self) -> Response:
        is_well = await self._healthy()
        found = _line(200, "ok") if is_well else _line(503, "not ok")
        found.headers["Cache-Control"] = "no-store"
        return found


def _application(routes: Sequence[BaseRoute]) -> ASGIApp:
    # Slashes are not put right by a redirect: it would lead to whatever host the request names.
    nothing = _line(404, "There is no such page.")
    return ExceptionMiddleware(Router(routes, redirect_slashes=False, default=nothing))


def _refusal() -> Response:
    found = _line(401, "This wants the token.")
    found.headers["WWW-Authenticate"] = "Bearer"
    return found


def _line(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status)


def _guard(headers: MutableHeaders, *, private: bool) -> None:
    """Rule 5."""
    is_html = headers.get("content-type", "").startswith("text/html")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    if is_html:
        headers.setdefault("Content-Security-Policy", _HTML)
    else:
        headers["Content-Security-Policy"] = _STRICT
    if private:
        headers["Cache-Control"] = "no-store"


def _shown(scope: Scope) -> str:
    """A request for the log: without what stands after the ``?``, where the token may be."""
    return f"{scope['method']} {shorten(one_line(scope['path']), 200)}"
