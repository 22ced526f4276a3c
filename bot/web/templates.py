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

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from weakref import WeakSet
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.model import Json
from bot.web import statics
from bot.web.reader import Reader, reader_of

_SHARED = Path(__file__).parent / "templates"
_HEADERS = {"Vary": "Accept", "Cache-Control": "no-cache"}
_MARK = Markup("<!-- here -->")
_MOST_FRAMES = 64  # that are kept: one for each place among the doors is enough


_all: WeakSet[Templates] = WeakSet()


def compile_all() -> None:
    """Compile the templates of all pages that are shown: for who would rather start later than have the first
    readers wait.
    """
    for templates in tuple(_all):
        templates.compile()


class Templates:
    """The templates in the folder ``templates`` beside a module, those in further ``folders``, and the frame.
    ``helpers`` are functions that all of them may call.
    """

    def __init__(
        self, module_file: str, *, folders: Sequence[Path] = (), **helpers: Callable[..., object]
    ) -> None:
        self._own = Path(module_file).parent / "templates"
        self._environment = Environment(
            loader=FileSystemLoader([self._own, *folders, _SHARED]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            # They stay as they were when Muster started, like its code and its other files; else each of a
            # page's templates is looked for on the disk for each visit.
            auto_reload=False,
        )
        self._environment.filters["shown"] = shown
        self._environment.globals["static"] = _static
        self._environment.globals.update(helpers)
        self._frames: dict[tuple[object, ...], list[bytes]] = {}
        _all.add(self)
        statics.add(Path(module_file).parent / "static")

    def compile(self) -> None:
        """Do now what is otherwise done when a template is first used, and takes some ten milliseconds."""
        for path in (*self._own.glob("*.html"), *_SHARED.glob("*.html")):
            with contextlib.suppress(TemplateError):  # which is told to who uses it
                self._environment.get_template(path.name)

    def page(
        self,
        request: Request,
        template: str,
        *,
        title: str,
        data: Json | Callable[[], Json],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> Response:
        """A page. Who asks for JSON gets ``data``, or what it returns, which must tell all that the page
        shows; ``title`` is that of the page, without Muster's own.
        """
        if wants_json(request):
            return self.data(request, data() if callable(data) else data, headers, status)
        headers = _HEADERS | dict(headers or {})
        reader = reader_of(request)
        page = self._environment.get_template(template).render(
            title=title, reader=reader, frame=reader.frame, path=request.scope["path"], **context
        )
        return _once(request, HTMLResponse(page, status, headers=headers))

    def framed(
        self,
        request: Request,
        main: Callable[[], Iterable[bytes]],
        *,
        title: str,
        tag: bytes,
        head: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A page whose main part was made before: ``main`` gives it, as HTML in UTF-8; ``head`` is HTML too.
        ``tag`` is another for another main part. It is joined as bytes, once: as a text, a template and the
        answer would each copy it, and the dash in the frame's title makes a text twice as long.
        """
        name = escape(title).encode("utf-8", "replace")
        around = self._around(reader_of(request), request.scope["path"])
        before = b"".join((around[0], name, around[1], head.encode(), around[2], name, around[3]))
        digest = _digest(b"".join((before, tag, around[4])))
        told = _HEADERS | dict(headers or {}) | {"ETag": _etag(digest)}
        if digest in request.headers.get("if-none-match", ""):
            return _unchanged(told)
        return HTMLResponse(b"".join((before, *main(), around[4])), headers=told)

    def _around(self, reader: Reader, path: str) -> list[bytes]:
        """The pieces of the frame, between which are the title, the head, the title again and the main part.
        They are the same for all who came by no signed link, at all paths behind the same door.
        """
        doors = ((path == door.path, door.leads_to(path)) for door in reader.frame.doors)
        key = (reader.frame, path == "/", *doors)
        found = None if reader.opened else self._frames.get(key)
        if found is None:
            page = self._environment.get_template("framed.html").render(
                title=_MARK, mark=_MARK, reader=reader, frame=reader.frame, path=path
            )
            found = [piece.encode() for piece in page.split(_MARK)]
            if not reader.opened:
                if len(self._frames) >= _MOST_FRAMES:
                    self._frames.clear()
                self._frames[key] = found
        return found

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
    digest = _digest(bytes(found.body))
    found.headers["ETag"] = _etag(digest)
    return _unchanged(found.headers) if digest in request.headers.get("if-none-match", "") else found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _etag(digest: str) -> str:
    return f'W/"{digest}"'


def _unchanged(headers: Mapping[str, str]) -> Response:
    kept = ("ETag", "Cache-Control", "Vary")
    return Response(status_code=304, headers={name: headers[name] for name in kept})


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
