"""The home page, made of what plugins have to say there, and the files that all pages need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from bot.model import Json
from bot.parts import About, Part, Subject
from bot.web.reader import Reader, reader_of
from bot.web.templates import Templates

PartsOf = Callable[[Subject, Reader], Awaitable[Sequence[Part]]]

_templates = Templates(__file__)
_STATIC = {file.name: file for file in (Path(__file__).parent / "static").iterdir()}


def own_routes(parts: PartsOf) -> Sequence[BaseRoute]:
    """The routes that are no plugin's; ``parts`` asks all plugins."""

    async def home(request: Request) -> Response:
        found = await parts(Subject(About.HOME), reader_of(request))
        data: dict[str, Json] = {part.key: part.data for part in found}
        return _templates.page(request, "parts.html", title="What is on", data=data, parts=found)

    return (Route("/", home), Route("/static/{name}", _static))


async def _static(request: Request) -> Response:
    file = _STATIC.get(request.path_params["name"])
    if file is None:
        raise HTTPException(404, "There is no such file.")
    return FileResponse(file)
