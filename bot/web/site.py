"""All pages of Muster as one ASGI application: whoever serves it need know nothing of plugins.

Rules:

1. A request is answered by the first route that matches, the plugins' in the order in which they run. A path
   that lacks the slash at its end is sent to where that is, by a relative address.
2. With ``public = no`` everything wants the token of ``[web]`` (:mod:`bot.web.keys` tells how it is given),
   but ``/healthz``, the form at ``/token`` with what that needs, and what is below ``/hooks/``. What a signed
   link opens it opens there too.
3. ``/healthz`` says ``ok`` (200) where Muster runs and its database answers, else ``not ok`` (503).
4. What a route raises is logged with its traceback, and answered by 500 and one line that tells nothing of
   it. A route that takes longer than :data:`PATIENCE` is called off, and answered by 503. Browsers are told
   so within the frame of all pages, programs in one line or in JSON.
5. Every answer forbids guessing its type, telling other sites whence one came, and, where it is no HTML,
   doing anything in a browser at all. HTML may use styles, scripts, pictures, forms and streams of its own
   site and nothing else, none of them inline, unless the page has a policy of its own. What wanted the token
   or a signed link is stored by nobody between.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.config import WebSettings
from bot.text import one_line, shorten
from bot.web import body_of, statics
from bot.web.failures import failure, is_browser
from bot.web.kept import Kept
from bot.web.keys import FORM_BYTES, Keys
from bot.web.metrics import Traffic
from bot.web.reader import SCOPE, Frame, Reader
from bot.web.streams import STREAMS, Streams
from bot.web.turns import Turns

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds in which a route must have answered."""

_STRICT = "default-src 'none'; frame-ancestors 'none'"
_HTML = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_AT_ONCE = ("/static/", "/hooks/")
"""What waits for no turn: it costs nothing, or another program waits."""
ELSEWHERE = ("/hooks/", "/metrics", "/token")
"""What only Muster's own process can answer: it hears of it, counts it, or has to count for all processes."""
_WENT_WRONG = "Something went wrong here. Muster's log says what."


class Site:
    """The pages. ``healthy`` tells whether all is well; it must not take long; ``now`` tells the time, in
    UTC; ``generation`` is another number once anything was stored, ``heard`` how many lines were heard.
    Stateless between requests, but for what :mod:`bot.web.kept` keeps for a moment.
    """

    def __init__(
        self,
        settings: WebSettings,
        healthy: Callable[[], Awaitable[bool]],
        now: Callable[[], datetime],
        generation: Callable[[], object],
        heard: Callable[[], int],
    ) -> None:
        self.keys = Keys(settings, now)
        self.streams = Streams()
        self.traffic = Traffic()
        self._kept = Kept(generation)
        self._turns = Turns(heard)
        self.before: Callable[[], Awaitable[None]] | None = None
        """What is awaited before a page is made: where what plugins hold may be old."""
        self.elsewhere: ASGIApp | None = None
        """What answers :data:`ELSEWHERE`, where this is not Muster's own process."""
        self._healthy = healthy
        self._frame = Frame("Muster")
        self._pages: ASGIApp = _application(())

    @property
    def frame(self) -> Frame:
        """What all pages have around them."""
        return self._frame

    def configure(self, settings: WebSettings) -> None:
        """From now on these settings hold: ``public`` and ``token``."""
        self.keys.settings = settings

    def show(self, routes: Sequence[BaseRoute], frame: Frame) -> None:
        """From now on these are the pages, in this frame; requests that are being answered go on as they
        began.
        """
        self._pages = _application((statics.route, *routes))
        self._frame = frame
        self._kept.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI 3.0 has it."""
        if scope["type"] != "http":
            raise RuntimeError(f"there is no {scope['type']} here")
        began = asyncio.get_running_loop().time()
        path: str = scope["path"]
        wants_token = not (self.keys.settings.public or _is_open(path))
        reader = self.keys.reader(scope, self._frame)
        is_own = path.startswith("/static/")
        is_private = not is_own and (wants_token or reader.sees_all or bool(reader.opened))
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _guard(MutableHeaders(scope=message), private=is_private)
            await send(message)

        scope = {**scope, SCOPE: reader, STREAMS: self.streams}
        request = Request(scope, receive)
        try:
            async with asyncio.timeout(PATIENCE) as patience:
                scope["muster.unbounded"] = lambda: patience.reschedule(None)
                answer = await self._answer(request, reader, wants_token=wants_token)
                if answer is self._pages:
                    await self._kept.answer(self._in_turn, scope, receive, with_headers)
                else:
                    await answer(scope, receive, with_headers)
        except ClientDisconnect:
            return  # nobody waits for an answer
        except TimeoutError:
            log.error("%s took too long and was called off", _shown(scope))
            answer = failure(request, 503, "That took too long.\n")
        except Exception:
            log.exception("%s failed", _shown(scope))
            answer = failure(request, 500, f"{_WENT_WRONG}\n")
        else:
            return
        finally:
            self.traffic.note(status or 500, asyncio.get_running_loop().time() - began)
        if not status:  # else the server cuts it off, so that it is not taken for whole
            await answer(scope, receive, with_headers)

    async def _in_turn(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(_AT_ONCE):
            await self._pages(scope, receive, send)
        else:
            await self._turns.make(self._pages, scope, receive, send)

    async def _answer(self, request: Request, reader: Reader, *, wants_token: bool) -> ASGIApp:
        path = request.scope["path"]
        if self.elsewhere is not None and path.startswith(ELSEWHERE):
            return self.elsewhere
        if path == "/healthz":
            return await self._health()
        if path == "/token":
            return await self._token(request)
        if wants_token and not (reader.sees_all or reader.opened):
            return self._refusal(request)
        if reader.sees_all and b"token=" in request.scope["query_string"] and is_browser(request):
            return self.keys.kept(request)
        if self.before is not None and not path.startswith("/static/"):
            await self.before()
        return self._pages

    async def _token(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD", "POST"):
            return failure(request, 405, "Method Not Allowed\n", {"Allow": "GET, HEAD, POST"})
        try:
            body = await body_of(request, FORM_BYTES)
        except HTTPException as error:
            return failure(request, error.status_code, f"{error.detail}\n")
        return await self.keys.answer(request, body)

    def _refusal(self, request: Request) -> Response:
        if is_browser(request):
            query = f"?{request.url.query}" if request.url.query else ""
            return self.keys.form(request, f"{request.scope['path']}{query}", status=401)
        return failure(request, 401, "This needs the token.\n", {"WWW-Authenticate": "Bearer"})

    async def _health(self) -> Response:
        is_well = await self._healthy()
        found = PlainTextResponse("ok\n" if is_well else "not ok\n", 200 if is_well else 503)
        found.headers["Cache-Control"] = "no-store"
        return found


def _is_open(path: str) -> bool:
    """Whether everybody may ask for a path, whatever ``public`` says."""
    return path in ("/healthz", "/token") or path.startswith(("/hooks/", "/static/"))


def _application(routes: Sequence[BaseRoute]) -> ASGIApp:
    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        found = _with_slash(scope, routes) or failure(request, 404, "There is no such page.\n")
        await found(scope, receive, send)

    # Starlette's own redirect would lead to whatever host the request names.
    router = Router(routes, redirect_slashes=False, default=nothing)
    return ExceptionMiddleware(router, handlers={HTTPException: _refused})


def _with_slash(scope: Scope, routes: Sequence[BaseRoute]) -> Response | None:
    """Where the path with a slash at its end leads to a page: the way there, seen from here."""
    path: str = scope["path"]
    if path.endswith("/") or scope["method"] not in ("GET", "HEAD"):
        return None
    longer = {**scope, "path": f"{path}/"}
    if not any(route.matches(longer)[0] is Match.FULL for route in routes):
        return None
    query = scope["query_string"].decode("latin-1")
    there = f"./{quote(path.rpartition('/')[2], safe='')}/{'?' if query else ''}{query}"
    return Response(status_code=308, headers={"Location": there})


def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return failure(request, error.status_code, error.detail, error.headers)


def _guard(headers: MutableHeaders, *, private: bool) -> None:
    """Rule 5."""
    is_html = headers.get("content-type", "").startswith("text/html")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if is_html:
        headers.setdefault("Content-Security-Policy", _HTML)
    else:
        headers["Content-Security-Policy"] = _STRICT
    if private:
        headers["Cache-Control"] = "no-store"


def _shown(scope: Scope) -> str:
    """A request for the log: without what stands after the ``?``, where the token may be."""
    return f"{scope['method']} {shorten(one_line(scope['path']), 200)}"
