"""Who reads a page, and what every page shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from bot.parts import Door
from bot.signing import PARAMETER, opens

SCOPE = "muster.reader"
"""Where an ASGI scope has its :class:`Reader`."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What all pages have around them. ``prefix`` is the path of ``base_url``, without a slash at its end:
    pages are served below it by a proxy that takes it away. ``zone`` is the IANA name of Muster's time zone.
    ``is_static``: this is made for a copy that any web server serves, where nothing can be asked for.
    """

    title: str
    doors: tuple[Door, ...] = ()
    base_url: str = ""
    prefix: str = ""
    zone: str = "UTC"
    version: str = ""
    is_static: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks for a page. ``sees_all``: they gave the token of ``[web]``; ``opened``: the path that the
    signed link they came by opens, or nothing, and ``signature`` its signature. ``now`` is when they asked,
    in UTC.
    """

    frame: Frame
    now: datetime
    sees_all: bool = False
    opened: str = ""
    signature: str = ""

    def href(self, path: str) -> str:
        """The link to a page of ours: ``/teams/`` where it is served. Whoever came by a signed link goes on
        with its signature, where it opens that page too.
        """
        if self.opened and opens(self.opened, path.partition("#")[0].partition("?")[0]):
            rest, hash_, fragment = path.partition("#")
            path = f"{rest}{'&' if '?' in rest else '?'}{PARAMETER}={self.signature}{hash_}{fragment}"
        return self.frame.prefix + path

    def may_see(self, path: str) -> bool:
        """Whether what is restricted and at ``path``, or below it, is for this reader."""
        return self.sees_all or (bool(self.opened) and opens(self.opened, path))


def reader_of(request: Request) -> Reader:
    """Who asks. Raises :class:`LookupError` outside of Muster's site."""
    reader: Reader = request.scope[SCOPE]
    return reader
