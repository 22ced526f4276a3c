"""Addresses: of mail, and of programs that are told. Pure.

Rules:

1. A mail address is one that every mail server takes: a local part of RFC 5321's ``Dot-string`` (letters of
   any script where the server knows SMTPUTF8, RFC 6531) and a domain, which is kept as it goes on the wire:
   in small letters and, where it has other letters than ASCII's, as IDNA has it. No quoted local part, no
   comment, no display name: who writes one is told.
2. Nothing that could end a header or a command is ever part of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self
from urllib.parse import urlsplit

from bot.text import one_line, shorten

_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_LONGEST_LOCAL = 64  # octets: RFC 5321, section 4.5.3.1.1
_LONGEST = 254
_URL = re.compile(r"https?://[^\s/?#@\x00-\x20\x7f]+(/[^\s#\x00-\x20\x7f]*)?")
_HERE = re.compile(r"localhost|127\.[0-9.]+|::1")


def read_address(text: str) -> str:
    """The mail address that a text is. Raises ``ValueError``, which says what would be right."""
    local, at, domain = text.strip().rpartition("@")
    why = f"{shorten(one_line(text), 60)!r} is no mail address, such as nova@lists.example.org"
    if not at or not local.isprintable() or not _LOCAL.fullmatch(local):
        raise ValueError(why)
    try:
        domain = domain.lower().encode("ascii" if domain.isascii() else "idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(why) from error
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(why)
    if len(local.encode()) > _LONGEST_LOCAL or len(local.encode()) + 1 + len(domain) > _LONGEST:
        raise ValueError(f"{shorten(one_line(text), 60)!r} is longer than a mail address may be")
    return f"{local}@{domain}"


def domain_of(address: str) -> str:
    """What stands behind the ``@``."""
    return address.rpartition("@")[2]


def is_here(host: str) -> bool:
    """Whether a host is this machine, by its name."""
    return _HERE.fullmatch(host.strip("[]")) is not None


class Address(str):
    """A mail address, as a setting."""

    __slots__ = ()
    kind_text: ClassVar[str] = "a mail address"

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """The address. Raises ``ValueError``."""
        return cls(read_address(text))


class HookUrl(str):
    """Where a program is told, as a setting. It may hold a secret in its path or query, so it is shown by its
    host alone (:attr:`host`).
    """

    __slots__ = ()
    kind_text: ClassVar[str] = "a URL"

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """The URL. Raises ``ValueError``."""
        try:
            parts = urlsplit(text)
            named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            named = False
        if not named or not _URL.fullmatch(text):
            raise ValueError("must be http:// or https:// with a host, and without a user or a #")
        return cls(text)

    @property
    def host(self) -> str:
        """The host, which alone is told to people."""
        return urlsplit(self).hostname or ""

    @property
    def is_open(self) -> bool:
        """Whether what is sent there can be read on the way."""
        return self.startswith("http:") and not is_here(self.host)


@dataclass(frozen=True, slots=True)
class RoomTo:
    """``NETWORK/ROOM = ADDRESS``: where a room's minutes go, as a setting; ``-`` for nowhere."""

    kind_text: ClassVar[str] = "NETWORK/ROOM = ADDRESS"

    room: str
    address: str

    def __str__(self) -> str:
        return f"{self.room} = {self.address or '-'}"

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """The room and the address. Raises ``ValueError``."""
        room, equals, address = (part.strip() for part in text.rpartition("="))
        network, slash, name = room.partition("/")
        if not equals or not slash or not network or not name or " " in room:
            raise ValueError(f"{text!r} is no NETWORK/ROOM = ADDRESS, such as oftc/#nova = nova@example.org")
        return cls(room, "" if address == "-" else read_address(address))
