"""Addresses (RFC 7622), in the form in which they are compared.

An address is ``local@domain/resource``. Local part and domain are folded, as servers do; a resource (in a
room: the nick) is as it is written. All here are pure functions that raise for nothing.
"""

from __future__ import annotations

import functools
import stringprep
import unicodedata
from typing import NamedTuple

from bot.text import visible

_LONGEST = 1023
"""Bytes of a part, by RFC 7622."""
_NEVER = frozenset("\"&'/:<>@ ")
"""What no local part may hold."""


class Jid(NamedTuple):
    """An address in two parts: ``local@domain`` (or ``domain``), and the resource, which may be empty."""

    bare: str
    resource: str

    @property
    def local(self) -> str:
        """What stands before the ``@``; nothing for a server's or service's own address."""
        return self.bare.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """The server or service."""
        return self.bare.rpartition("@")[2]


def parse(text: str) -> Jid:
    """An address as it stands in a stanza; of nobody, if there is none."""
    bare, _, resource = text.partition("/")
    return Jid(fold(bare), resource)


@functools.lru_cache(maxsize=4096)
def fold(bare: str) -> str:
    """A bare address as it is compared: case does not count, nor how a character is composed."""
    if bare.isascii():
        return bare.lower()
    mapped = "".join(stringprep.map_table_b2(c) for c in bare)
    return unicodedata.normalize("NFKC", mapped)


def is_bare(text: str) -> bool:
    """Whether that is the bare address of a room or a person, all of which can be seen."""
    local, at, domain = text.partition("@")
    return (
        bool(local and at and domain)
        and not set(local) & _NEVER
        and not set(domain) & {"@", "/", " ", "\t"}
        and visible(text) == text
        and max(len(local.encode()), len(domain.encode())) <= _LONGEST
    )
