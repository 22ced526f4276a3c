"""The home page, made of what plugins have to say there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.model import Json
from bot.parts import About, Part, Subject
from bot.web.reader import Reader, reader_of
from bot.web.templates import Templates

PartsOf = Callable[[Subject, Reader], Awaitable[Sequence[Part]]]

_templates = Templates(__file__)


def home_route(parts: PartsOf) -> BaseRoute:
    """``/``; ``parts`` asks all plugins."""

    async def home(request: Request) -> Response:
        found = await parts(Subject(About.HOME), reader_of(request))

        def data() -> dict[str, Json]:
            return {part.key: part.told for part in found}

        return _templates.page(request, "home.html", title="What is on", data=data, parts=found)

    return Route("/", home)
