"""How settings are declared: a frozen dataclass whose fields are made by :func:`setting`.

    @dataclass(frozen=True, slots=True)
    class Settings:
        silence: timedelta = setting(timedelta(minutes=20), help="How long a meeting may be silent.")

One declaration gives a setting its name, type, default, bounds and explanation: ``bot/config.py`` converts
and checks what ``bot.ini`` says by it, and the manual's table is made from it. The types that a setting may
have: ``str``, ``bool``, ``int``, ``float``, ``timedelta``, ``Path``, ``Literal[...]``, ``tuple[str, ...]``,
a ``StrEnum``, the types of this file, and each of them ``| None`` where not being set means something.

This file is pure and imports nothing of ours.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, NewType, TypeVar, overload

T = TypeVar("T")

Zone = NewType("Zone", str)
"""The name of a time zone in the IANA database (``Europe/Berlin``); checked when it is read."""


class Secret(str):
    """A password or token. It is the text itself, but what is logged or shown of it is ``<secret>``.

    ``str(secret)``, ``repr`` and formatting hide it; :meth:`reveal` gives it where it is really used.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("<secret>", spec)

    def reveal(self) -> str:
        """The secret as a plain text."""
        return "".join(self)


class Rooms(tuple[str, ...]):
    """Rooms as ``bot.ini`` names them, ``network/room`` each: ``oftc/#nova, oftc/#nova-meeting``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class TrustedMask:
    """``mask = account``: who comes as ``mask`` counts as logged in as ``account``.

    ``mask`` is ``nick!user@host``, ``*`` and ``?`` standing for any characters and for any one.
    """

    mask: str
    account: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What :func:`setting` notes of a setting: its explanation and its bounds, inclusive."""

    help: str
    low: float | None = None
    high: float | None = None


@overload
def setting(*, help: str, low: float | None = None, high: float | None = None) -> Any: ...
@overload
def setting(default: T, *, help: str, low: float | None = None, high: float | None = None) -> T: ...
def setting(
    default: object = dataclasses.MISSING,
    *,
    help: str,  # noqa: A002
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """A dataclass field that ``bot.ini`` can set; without a default it must be set there.

    ``help`` explains it to the operator in a sentence or two; ``low`` and ``high`` bound a number, both
    inclusive (of a ``timedelta``: in seconds).
    """
    rule = Rule(help=help, low=low, high=high)
    return dataclasses.field(default=default, metadata={"rule": rule, "help": help})
