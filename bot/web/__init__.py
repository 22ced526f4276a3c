"""Muster's web server: what plugins import to hang their pages on it.

A plugin's :meth:`~bot.plugin.Plugin.routes` gives Starlette routes; it imports this package there and not
before, so that a Muster without ``[web]`` loads none of it. A route below ``/hooks/`` is for other programs:
it needs no token, and proves by itself who calls.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

__all__ = ["BaseRoute", "JSONResponse", "PlainTextResponse", "Request", "Response", "Route"]
