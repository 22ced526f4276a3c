"""Muster's web server: what plugins import to hang their pages on it.

A plugin's :meth:`~bot.plugin.Plugin.routes` gives Starlette routes; it imports this package there and not
before, so that a Muster without ``[web]`` loads none of it. A route below ``/hooks/`` is for other programs:
it needs no token, and proves by itself who calls. It reads what is sent by :func:`body_of`.

A page is made by :class:`Templates`, and :func:`reader_of` tells who asks for it; charts are made by
:mod:`bot.web.charts`. A page that is live gets what is new from :func:`events`. What every page may rely on
stands in :mod:`bot.web.site`; how clients are kept in bounds, in :mod:`bot.web.server`.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import BaseRoute, Route

from bot.web import charts
from bot.web.html import Options, escaped, link
from bot.web.reader import Frame, Reader, reader_of
from bot.web.streams import Event, events
from bot.web.templates import Templates, shown, wants_json

__all__ = [
    "BaseRoute",
    "Event",
    "Frame",
    "HTTPException",
    "JSONResponse",
    "Options",
    "PlainTextResponse",
    "Reader",
    "RedirectResponse",
    "Request",
    "Response",
    "Route",
    "StreamingResponse",
    "Templates",
    "body_of",
    "charts",
    "escaped",
    "events",
    "link",
    "reader_of",
    "shown",
    "wants_json",
]


async def body_of(request: Request, limit: int) -> bytes:
    """What was sent with a request, read as it comes and no further than ``limit`` bytes.

    Raises :class:`HTTPException` with 413 where it is, or says that it is, longer. One that never comes to
    its end is cut off by the server.
    """
    if int(request.headers.get("content-length", "0")) > limit:  # a number: the server has seen to that
        raise _too_long(limit)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise _too_long(limit)
    return bytes(body)


def _too_long(limit: int) -> HTTPException:
    # The server goes on to read it for a while, and throws it away, so that the answer arrives.
    return HTTPException(413, f"At most {limit} bytes are taken here.")
