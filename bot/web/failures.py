"""What is said where there is no page: for people in a browser within the frame, for programs in one line."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.web.templates import Templates, wants_json

_templates = Templates(__file__)
_TITLES = {
    401: "This needs the token",
    403: "This is not for you",
    404: "There is nothing here",
    405: "This cannot be done here",
    410: "This is gone",
    500: "Something went wrong",
    503: "Muster is busy",
}


def is_browser(request: Request) -> bool:
    """Whether somebody looks at the answer in a browser: those ask for HTML by name."""
    return "text/html" in request.headers.get("accept", "") and not wants_json(request)


def failure(request: Request, status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Why there is no page, as whoever asks can take it."""
    if status in (204, 304):
        return Response(status_code=status, headers=headers)
    if is_browser(request):
        title = _TITLES.get(status, f"Error {status}")
        return _templates.page(
            request,
            "failure.html",
            title=title,
            data=None,
            status=status,
            headers=headers,
            text=text,
            status_code=status,
        )
    if wants_json(request):
        return JSONResponse({"error": text.strip()}, status, headers=headers)
    return PlainTextResponse(text, status, headers=headers)
