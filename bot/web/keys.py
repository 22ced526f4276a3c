"""Who may read what: the token of ``[web]`` in all the ways in which it is given, and signed links.

Rules:

1. The token is given as ``Authorization: Bearer TOKEN`` (RFC 6750), as ``?token=TOKEN``, or by the form at
   ``/token``, which leaves a cookie: not the token, but what only who knows it can make. The cookie is sent
   to this site alone, by no other site's doing, and no script reads it. Another token ends it. A browser that
   comes with ``?token=`` gets the cookie too, and is sent on to the address without it.
2. A wrong token is as good as none. How long the comparison takes tells nothing.
3. The form takes :data:`TRIES` wrong tokens at once and then one in :data:`EVERY` seconds, from all together:
   behind a proxy all have one address.
4. After the form one is sent back to where one was, on this site alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote, urlencode

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from bot.config import WebSettings
from bot.limits import Bucket
from bot.signing import PARAMETER, opened_by
from bot.web.reader import Frame, Reader, reader_of
from bot.web.templates import Templates

COOKIE = "muster"
LASTS = 30 * 24 * 3600
"""Seconds."""
TRIES = 10
EVERY = 5.0
FORM_BYTES = 4096

_templates = Templates(__file__)


class Keys:
    """What opens pages, by the settings that hold now. ``key`` is what signs links, if there is any."""

    def __init__(self, settings: WebSettings, now: Callable[[], datetime]) -> None:
        self.settings = settings
        self.key: bytes | None = None
        self._now = now
        self._tries = Bucket(TRIES, 1 / EVERY)

    def reader(self, scope: Scope, frame: Frame) -> Reader:
        """Who asks for something."""
        now = self._now()
        opened, signature = "", ""
        if self.key is not None and b"signed=" in scope["query_string"]:
            signature = QueryParams(scope["query_string"]).get(PARAMETER, "")
            opened = opened_by(self.key, signature, scope["path"], now)
        return Reader(frame, now, self._knows(scope), opened, signature if opened else "")

    def _knows(self, scope: Scope) -> bool:
        if self.settings.token is None:
            return False
        headers = Headers(scope=scope)
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self._is_token(given)
        if b"token=" in scope["query_string"] and scope["path"] != "/token":
            return self._is_token(QueryParams(scope["query_string"]).get("token", ""))
        return self._is_cookie(headers.get("cookie", ""))

    def _is_token(self, given: str) -> bool:
        token = self.settings.token
        return token is not None and hmac.compare_digest(given.strip().encode(), token.reveal().encode())

    def _is_cookie(self, header: str) -> bool:
        if f"{COOKIE}=" not in header:
            return False
        try:
            found = SimpleCookie(header).get(COOKIE)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(found.value.encode(), self._cookie().encode())

    def _cookie(self) -> str:
        token = self.settings.token
        known = token.reveal() if token is not None else ""
        return hmac.new(known.encode(), b"muster cookie", hashlib.sha256).hexdigest()

    # The form

    def form(self, request: Request, to: str, *, status: int = 200, error: str = "") -> Response:
        """The page with the form; after it one comes to ``to``."""
        headers = {"Cache-Control": "no-store"}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return _templates.page(
            request,
            "token.html",
            title="This needs the token" if status == 401 else "The token",
            data={"error": error or "This needs the token."},
            status=status,
            headers=headers,
            to=to,
            error=error,
            has_token=self.settings.token is not None,
        )

    async def answer(self, request: Request, body: bytes) -> Response:
        """``/token``: show the form, or take what it sends."""
        if request.method in ("GET", "HEAD"):
            return self.form(request, _ours(request.query_params.get("to", "")))
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
        to = _ours(fields.get("to", [""])[0])
        if not self._is_token(fields.get("token", [""])[0]):
            # A right token is taken whatever others try.
            if not self._tries.take(self._now().timestamp()):
                return self.form(request, to, status=429, error="Too many wrong ones: wait a little.")
            return self.form(request, to, status=401, error="That is not the token.")
        prefix = reader_of(request).frame.prefix
        return self._with_cookie(request, quote(prefix + to, safe="/?&=%#:@!$,;~+"))

    def kept(self, request: Request) -> Response:
        """Whoever came with the token in the address goes on with the cookie instead."""
        query = urlencode([one for one in request.query_params.multi_items() if one[0] != "token"])
        name = quote(request.scope["path"].rpartition("/")[2], safe="")
        return self._with_cookie(request, f"./{name}{'?' if query else ''}{query}")

    def _with_cookie(self, request: Request, to: str) -> Response:
        frame = reader_of(request).frame
        found = Response(status_code=303, headers={"Location": to, "Cache-Control": "no-store"})
        found.set_cookie(
            COOKIE,
            self._cookie(),
            max_age=LASTS,
            path=f"{frame.prefix}/",
            secure=frame.base_url.startswith("https:"),
            httponly=True,
            samesite="strict",
        )
        return found


def _ours(to: str) -> str:
    """A path of ours that one may be sent to; the home page, where it is anything else."""
    is_path = to.startswith("/") and not to.startswith(("//", "/\\", "/token")) and to.isprintable()
    return to if is_path else "/"
