"""How a page is made from a template: as HTML within the frame that all share, or as JSON.

    _templates = Templates(__file__)        # finds templates/ beside this file

    async def teams(plugin, request):
        return _templates.page(request, "teams.html", title="Teams", data=[...], teams=...)

A template extends ``frame.html`` and fills ``{% block main %}``. Everything is escaped unless it is
:class:`markupsafe.Markup`, and a name that is missing is an error. A template has ``reader`` and ``frame``,
the request's ``path``, the filter ``shown``, and ``static("x.js")``: the link to a file of the folder
``static`` beside the module, or of Muster's own.

A page has an ETag of its content: who has it already is told so (304) and not sent it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.model import Json
from bot.web import statics
from bot.web.reader import Reader, reader_of

_SHARED = Path(__file__).parent / "templates"
_HEADERS = {"Vary": "Accept", "Cache-Control": "no-cache"}


class Templates:
    """The templates in the folder ``templates`` beside a module, those in further ``folders``, and the frame.
    ``helpers`` are functions that all of them may call.
    """

    def __init__(
        self, module_file: str, *, folders: Sequence[Path] = (), **helpers: Callable[..., object]
    ) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([Path(module_file).parent / "templates", *folders, _SHARED]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters["shown"] = shown
        self._environment.globals["static"] = _static
        self._environment.globals.update(helpers)
        statics.add(Path(module_file).parent / "static")

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
        if wants_json(request):
            return self.data(request, data, headers, status)
        headers = _HEADERS | dict(headers or {})
        reader = reader_of(request)
        page = self._environment.get_template(template).render(
            title=title, reader=reader, frame=reader.frame, path=request.scope["path"], **context
        )
        return _once(request, HTMLResponse(page, status, headers=headers))

    def data(
        self, request: Request, data: Json, headers: Mapping[str, str] | None = None, status: int = 200
    ) -> Response:
        """A page for a program: what it tells, as JSON."""
        return _once(request, JSONResponse(data, status, headers=_HEADERS | dict(headers or {})))

    def fragment(self, template: str, **context: Any) -> Markup:
        """A piece of a page that is the same whoever reads it: the template has neither reader nor frame."""
        return Markup(self._environment.get_template(template).render(**context))  # noqa: S704 - escaped there

    def part(self, reader: Reader, template: str, **context: Any) -> Markup:
        """A piece of a page: a :class:`bot.parts.Part`'s content, or what a live page gets anew."""
        found = self._environment.get_template(template)
        return Markup(found.render(reader=reader, frame=reader.frame, **context))  # noqa: S704 - escaped there


@pass_context
def _static(context: Context, name: str) -> str:
    """In a template: the link to a file of a folder ``static``."""
    reader: Reader = context["reader"]
    return reader.frame.prefix + statics.address(name)


def _once(request: Request, found: Response) -> Response:
    """An answer, or that nothing has changed since (RFC 9110, 13.1.2)."""
    if found.status_code != 200 or "etag" in found.headers:
        return found
    digest = hashlib.sha256(bytes(found.body)).hexdigest()[:32]
    found.headers["ETag"] = f'W/"{digest}"'
    if digest not in request.headers.get("if-none-match", ""):
        return found
    kept = ("etag", "cache-control", "vary")
    return Response(status_code=304, headers={name: found.headers[name] for name in kept})


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
    at = local.isoformat(timespec="seconds")  # digits and signs alone; strftime takes much longer
    text = f"{at[:10]} {at[11:16]} {local.tzname()}" if day else f"{at[11:16]} {local.tzname()}"
    return Markup(f'<time datetime="{at}">{escape(text)}</time>')  # noqa: S704 - escaped here
