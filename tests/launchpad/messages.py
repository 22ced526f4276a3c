"""What comes to the test Launchpad and what it answers, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """A request. ``path`` is the decoded path from the server's root on, ``headers`` have small letters, and
    ``by`` is who is authenticated: nobody where it is empty. ``status`` is what was answered, 0 where the
    connection was cut before.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    by: str = ""
    may_write: bool = True
    status: int = 0

    @property
    def fields(self) -> dict[str, object]:
        """The body of a PATCH."""
        found: dict[str, object] = json.loads(self.body)
        return found

    @property
    def parameters(self) -> dict[str, object]:
        """Those of a named operation, each decoded where it is JSON, as lazr.restful does."""
        sent = dict(parse_qsl(self.body, keep_blank_values=True)) if self.method == "POST" else self.query
        return {name: _decoded(value) for name, value in sent.items()}

    def answered(self, status: int) -> Request:
        """The request, for the log."""
        return replace(self, status=status)


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """A request that is not granted: the status, and why, as Launchpad says it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def shown(value: object, status: int = 200, **headers: str) -> Reply:
    """An answer in JSON. Its type must be exactly ``application/json``, without a charset: of a PATCH's
    answer launchpadlib takes no other.
    """
    etag = {"ETag": str(value["http_etag"])} if isinstance(value, dict) and "http_etag" in value else {}
    return Reply(status, json.dumps(value).encode(), JSON, {**etag, **headers})
