"""How a page is made from a template: as HTML within the frame that all share, or as JSON.

    _templates = Templates(__file__)        # finds templates/ beside this file

    async def teams(plugin, request):
        return _templates.page(request, "teams.html", title="Teams", data=[...], teams=...)

A template extends ``frame.html`` and fills ``{% block main %}``. Everything is escaped unless it is
:class:`markupsafe.Markup`, and a name that is missing is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.model import Json
from bot.web.reader import Reader, reader_of

_SHARED = Path(__file__).parent / "templates"


class Templates:
    """The templates in the folder ``templates`` beside a module, and the frame."""

    def __init__(self, module_file: str) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([Path(module_file).parent / "templates", _SHARED]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters["shown"] = shown

    def page(
        self,
        request: Request,
        template: str,
        *,
        title: str,
        data: Json,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> Response:
        """A page. Who asks for JSON gets ``data``, which must tell all that the page shows; ``title`` is that
        of the page, without Muster's own.
        """
        headers = {"Vary": "Accept", **(headers or {})}
        if wants_json(request):
            return JSONResponse(data, status, headers=headers)
        reader = reader_of(request)
        page = self._environment.get_template(template).render(
            title=title, reader=reader, frame=reader.frame, path=request.url.path, **context
        )
        return HTMLResponse(page, status, headers=headers)

    def part(self, reader: Reader, template: str, **context: Any) -> Markup:
        """A piece of a page: a :class:`bot.parts.Part`'s content, or what a live page gets anew."""
        found = self._environment.get_template(template)
        return Markup(found.render(reader=reader, frame=reader.frame, **context))  # noqa: S704 - escaped there


def wants_json(request: Request) -> bool:
    """Whether a page is wanted as JSON: by ``?format=json``, or since that is accepted and HTML is not."""
    wanted = request.query_params.get("format")
    if wanted is not None:
        return wanted == "json"
    accepts = request.headers.get("accept", "")
    return "application/json" in accepts and "text/html" not in accepts


def shown(when: datetime, zone: str, *, day: bool = True) -> Markup:
    """A time for people, with its zone's name, which a program can read too."""
    local = when.astimezone(ZoneInfo(zone))
    text = local.strftime("%Y-%m-%d %H:%M %Z" if day else "%H:%M %Z")
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), text)
