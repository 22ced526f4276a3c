"""Addresses in Launchpad's web service, and the names that stand in them. Pure.

Everything is named by its address (https://help.launchpad.net/API/Hacking): a person ``ROOT/devel/~NAME``, a
blueprint ``ROOT/devel/PROJECT/+spec/NAME``. What Muster keeps is the name alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode, urlsplit

VERSION = "devel"
"""The only version of the web service in which blueprints have more than one field."""

ROOTS = {"production": "https://api.launchpad.net/", "staging": "https://api.staging.launchpad.net/"}

HIDDEN = "(private)"
"""The name of what Launchpad does not show to Muster."""

_REDACTED = "tag:launchpad.net:2008:redacted"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def root_of(service_root: str) -> str:
    """The service root that ``production``, ``staging`` or a URL means, with a slash at its end and without
    a version. Raises :class:`ValueError` for what is none, and for plain HTTP to another machine, since the
    credentials go with every request.
    """
    root = ROOTS.get(service_root, service_root).rstrip("/") + "/"
    parts = urlsplit(root)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{service_root} is neither production nor staging nor an https:// address")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError(f"{service_root} would send Muster's credentials unencrypted: use https://")
    if root.endswith(f"/{VERSION}/"):
        raise ValueError(f"{service_root} must not end in the version: Muster adds /{VERSION} itself")
    return root


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of a project's things. ``base`` is the root with the version, ``.../devel/``."""

    base: str
    project: str

    @property
    def target(self) -> str:
        """The project."""
        return self.base + quote(self.project)

    def blueprint(self, name: str) -> str:
        """A blueprint."""
        return f"{self.target}/+spec/{quote(name, safe='')}"

    def task(self, number: str) -> str:
        """The project's task of a bug."""
        return f"{self.target}/+bug/{quote(number, safe='')}"

    def bug(self, number: str) -> str:
        """A bug."""
        return f"{self.base}bugs/{quote(number, safe='')}"

    def series(self, name: str) -> str:
        """A series."""
        return f"{self.target}/{quote(name, safe='')}"

    def milestone(self, name: str) -> str:
        """A milestone."""
        return f"{self.target}/+milestone/{quote(name, safe='')}"

    def person(self, name: str) -> str:
        """A person or a team."""
        return f"{self.base}~{quote(name, safe='')}"

    def member(self, team: str, person: str) -> str:
        """Somebody's place on a team."""
        return f"{self.person(team)}/+member/{quote(person, safe='')}"

    def operation(self, on: str, name: str, **parameters: object) -> str:
        """A named operation that only reads."""
        sent = {parameter: json.dumps(value) for parameter, value in parameters.items()}
        return f"{on}?{urlencode({'ws.op': name, **sent})}"


def name_in(link: object) -> str:
    """The name that an address ends in: of a person, a milestone, a series. Nothing for no link."""
    if not isinstance(link, str):
        return ""
    if link == _REDACTED:
        return HIDDEN
    return unquote(link.rstrip("/").rpartition("/")[2]).removeprefix("~")
