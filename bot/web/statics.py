"""The files that pages need: styles, scripts, pictures; from the folder ``static`` here and beside plugins'
pages.

Rules:

1. A page names a file with a digest of its content in the address (``/static/site.0123456789ab.css``). What
   is there never changes, so browsers keep it for a year.
2. The plain name, and a digest of long ago, give the file as it is now; browsers ask again each time.
3. A name belongs to whoever had it first.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK = "no-cache"
_HASHED = re.compile(r"(?P<stem>.+)\.(?P<digest>[0-9a-f]{12})(?P<ending>\.[a-z0-9]+)")
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it was when Muster started: its content and its digest."""

    content: bytes
    digest: str
    kind: str


_files: dict[str, _File] = {}


def add(folder: Path) -> None:
    """Serve the files of a folder, if there is one, from now on."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and path.name not in _files:
            content = path.read_bytes()
            kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            _files[path.name] = _File(content, hashlib.sha256(content).hexdigest()[:12], kind)


def address(name: str) -> str:
    """The path of a file, without the prefix of ``base_url``. Raises :class:`LookupError` without one."""
    stem, dot, ending = name.rpartition(".")
    return f"/static/{stem}.{_files[name].digest}{dot}{ending}"


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    hashed = _HASHED.fullmatch(name)
    found = _files.get(f"{hashed['stem']}{hashed['ending']}" if hashed else name)
    if found is None:
        raise HTTPException(404, "There is no such file.")
    is_lasting = hashed is not None and hashed["digest"] == found.digest
    headers = {"ETag": f'"{found.digest}"', "Cache-Control": _FOR_EVER if is_lasting else _ASK}
    if found.digest in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.kind, headers=headers)


route = Route("/static/{name}", _static)
add(Path(__file__).parent / "static")
