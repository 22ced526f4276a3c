"""How settings are declared and read: a frozen dataclass whose fields are made by :func:`setting`.

    @dataclass(frozen=True, slots=True)
    class Settings:
        silence: timedelta = setting(timedelta(minutes=20), help="How long a meeting may be silent.")

One declaration gives a setting its name, type, default, bounds and explanation: :func:`convert` turns what
``bot.ini`` says into its value, and the manual's table is made from it (:func:`declared`). The types that a
setting may have: ``str``, ``bool``, ``int``, ``float``, ``timedelta``, ``Path``, ``Literal[...]`` of texts, a
``StrEnum``, ``tuple[X, ...]``, the types of this file, a plugin's own (:class:`Readable`), and each of them
``| None`` where not being set means something. A field whose key is a word of Python has an underscore
after it.

This file is pure and imports nothing of ours but :mod:`bot.text`.
"""

from __future__ import annotations

import dataclasses
import enum
import ipaddress
import math
import re
import types
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import (
    Any,
    ClassVar,
    Literal,
    NewType,
    Protocol,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from bot.text import listed, nearest

T = TypeVar("T")

Zone = NewType("Zone", str)
"""The name of a time zone in the IANA database (``Europe/Berlin``); checked when it is read."""

Capability = NewType("Capability", str)
"""The capability that something takes, or nothing. That there is such a one is checked with the whole."""

Prefix = NewType("Prefix", str)
"""What commands begin with: a sign, such as ``!``, so that no word is taken for a command."""


class Readable(Protocol):
    """What a type of a plugin's own has, so that a setting may be of that type."""

    kind_text: ClassVar[str]
    """What a value looks like, for people: ``a time zone``."""

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """The value that ``text``, which is not empty, means. Raises ``ValueError``, which says what would be
        right.
        """


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


class DatabaseUrl(Secret):
    """Where the database is: an SQLAlchemy URL without a driver's name. Secret, as it may hold a password."""

    __slots__ = ()


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

    def __str__(self) -> str:
        return f"{self.mask} = {self.account}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and port to listen on: ``127.0.0.1:8642`` or ``[::1]:8642``."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Rule:
    """What :func:`setting` notes of a setting: its explanation, its bounds, and whether to show its value."""

    help: str = ""
    low: float | None = None
    high: float | None = None
    shown: bool = True


@overload
def setting(*, help: str, low: float | None = None, high: float | None = None, shown: bool = True) -> Any: ...
@overload
def setting(
    default: T, *, help: str, low: float | None = None, high: float | None = None, shown: bool = True
) -> T: ...
def setting(
    default: object = dataclasses.MISSING,
    *,
    help: str,  # noqa: A002
    low: float | None = None,
    high: float | None = None,
    shown: bool = True,
) -> Any:
    """A dataclass field that ``bot.ini`` can set; without a default it must be set there.

    ``help`` explains it to the operator in a sentence or two; ``low`` and ``high`` bound a number, both
    inclusive (of a ``timedelta``: in seconds). With ``shown=False`` the value stays out of logs, where it may
    hold a secret among other things.
    """
    rule = Rule(help=help, low=low, high=high, shown=shown)
    return dataclasses.field(default=default, repr=shown, metadata={"rule": rule, "help": help})


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting as it was declared. ``default`` is ``dataclasses.MISSING`` where it must be set."""

    field: str
    key: str
    type: Any
    default: object
    rule: Rule

    @property
    def is_secret(self) -> bool:
        """Whether its value is never shown, and may come from ``KEY_file`` or ``KEY_env``."""
        plain, _ = _optional(self.type)
        return isinstance(plain, type) and issubclass(plain, Secret)

    @property
    def is_shown(self) -> bool:
        """Whether its value may stand in messages and logs."""
        return self.rule.shown and not self.is_secret


def declared(settings: type) -> dict[str, Declared]:
    """The settings of a dataclass by their keys in ``bot.ini``, in order."""
    hints = get_type_hints(settings)
    found = {}
    for field in dataclasses.fields(settings):
        default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
        key = field.name.rstrip("_")
        rule = field.metadata.get("rule", Rule())
        found[key] = Declared(field.name, key, hints[field.name], default, rule)
    return found


def _optional(kind: Any) -> tuple[Any, bool]:
    """A type without its ``| None``, and whether it had one."""
    if get_origin(kind) in {Union, types.UnionType}:
        (plain,) = (arg for arg in get_args(kind) if arg is not types.NoneType)
        return plain, True
    return kind, False


def convert(text: str, kind: Any, rule: Rule, base: Path) -> object:
    """The value that ``text`` means for a setting of type ``kind``; relative paths are relative to ``base``.

    Raises ``ValueError``, whose text says what would be right.
    """
    plain, may_be_none = _optional(kind)
    if may_be_none and (not text or (plain is timedelta and text.lower() == "forever")):
        return None
    origin = get_origin(plain)
    if origin is Literal:
        return _choice(text, get_args(plain))
    if origin is tuple:
        return tuple(convert(part, get_args(plain)[0], rule, base) for part in _list(text))
    if plain in {str, Capability}:
        return text
    if not text and plain is not Rooms:
        raise ValueError(f"is empty: give {kind_text(plain, rule)}, or leave the whole line out")
    if plain is Path:
        return path_in(base, text)
    if plain in {int, float}:
        return _number(text, plain, rule)
    if plain is timedelta:
        return _duration(text, rule)
    if isinstance(plain, type) and issubclass(plain, enum.StrEnum):
        return plain(_choice(text, [str(member.value) for member in plain]))
    if hasattr(plain, "from_setting"):
        own: type[Readable] = plain
        return own.from_setting(text)
    if plain not in _CONVERTERS:
        raise TypeError(f"a setting cannot be a {plain!r}")
    return _CONVERTERS[plain](text)


def path_in(base: Path, text: str) -> Path:
    """The path that ``text`` names from ``base`` on; ``~`` and ``~user`` are homes.

    Raises ``ValueError``, whose text says what would be right.
    """
    if "\0" in text:
        raise ValueError("holds a NUL character, which no path may")
    path = Path(text)
    try:
        return base / path.expanduser()
    except RuntimeError as error:
        raise ValueError(_homeless(path.parts[0][1:])) from error


def _homeless(user: str) -> str:
    who = f"no user here is called {user}" if user else "the home of this user is not known"
    return f"{who}: write the whole path"


def _list(text: str) -> list[str]:
    return [part.strip() for part in re.split("[,\n]", text) if part.strip()]


def _choice(text: str, choices: Any) -> str:
    for choice in choices:
        if text.lower() == choice.lower():
            return str(choice)
    near = nearest(text, choices, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise ValueError(f"must be {listed(choices, 'or')}{hint}")


_YES = {"yes", "on", "true", "1"}
_NO = {"no", "off", "false", "0"}


def _bool(text: str) -> bool:
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    raise ValueError("must be yes or no")


def _within(number: float, rule: Rule) -> bool:
    low = -math.inf if rule.low is None else rule.low
    high = math.inf if rule.high is None else rule.high
    return low <= number <= high


def _number(text: str, kind: Callable[[str], int | float], rule: Rule) -> int | float:
    try:
        number = kind(text)
    except ValueError:
        number = math.nan
    if not _within(number, rule) or not math.isfinite(number):  # a NaN is within nothing
        raise ValueError(f"must be {kind_text(kind, rule)}")
    return number


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(
    r"([0-9]{1,6}) *(seconds?|secs?|s|minutes?|mins?|m|hours?|h|days?|d|weeks?|w)(?![a-z])", re.IGNORECASE
)


def _duration(text: str, rule: Rule) -> timedelta:
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError("must be a length of time, such as 90 seconds, 20 minutes, 2 hours or 30 days")
    seconds = sum(int(number) * _UNITS[unit[0].lower()] for number, unit in parts)
    if not _within(seconds, rule):
        raise ValueError(f"must be {kind_text(timedelta, rule)}")
    return timedelta(seconds=seconds)


def duration_text(length: timedelta) -> str:
    """A length of time as ``bot.ini`` writes it: ``20 minutes``, in the largest unit that is exact."""
    seconds = int(length.total_seconds())
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds and seconds % unit == 0:
            count = seconds // unit
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return "0 seconds"


def _zone(text: str) -> str:
    names = zoneinfo.available_timezones()
    if text in names:
        return text
    near = nearest(text, names, 1) or ["Europe/Berlin"]
    raise ValueError(f"is no time zone; write a name of the IANA database, such as {near[0]} or UTC")


def _prefix(text: str) -> str:
    if text[-1].isalnum() or re.search(r"\s", text):
        raise ValueError("must be a sign without blanks, such as !")
    return text


def _database(text: str) -> DatabaseUrl:
    scheme, _, _ = text.partition("://")
    if "://" not in text or scheme not in {"sqlite", "postgresql"}:
        driver = " (without a driver's name)" if "+" in scheme else ""
        raise ValueError(f"must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME{driver}")
    if scheme == "sqlite" and not text.startswith("sqlite:///"):
        raise ValueError("has two slashes too few or many: write sqlite:///muster.db")
    return DatabaseUrl(text)


def _rooms(text: str) -> Rooms:
    rooms = _list(text)
    for room in rooms:
        network, slash, name = room.partition("/")
        if not slash or not network or not name or " " in room:
            raise ValueError(f"{room!r} names no room: write NETWORK/ROOM, such as oftc/#nova")
    return Rooms(rooms)


_MASK = re.compile(r"[^\s!@]+![^\s!@]+@[^\s!]+")  # on XMPP the host is a room, which has an @ itself


def _trusted_mask(text: str) -> TrustedMask:
    mask, equals, account = (part.strip() for part in text.rpartition("="))
    if not equals or not _MASK.fullmatch(mask) or not account or " " in account:
        raise ValueError(f"{text!r} is no NICK!USER@HOST = ACCOUNT, such as alice!al@*.example.org = alice")
    return TrustedMask(mask, account)


def _endpoint(text: str) -> Endpoint:
    host, _, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    try:
        address_ok = host == "localhost" or bool(ipaddress.ip_address(host))
        port_ok = 0 <= int(port) <= 65535
    except ValueError:
        address_ok = port_ok = False
    if not address_ok or not port_ok:
        raise ValueError("must be ADDRESS:PORT, such as 127.0.0.1:8642 or [::]:8642")
    return Endpoint(host, int(port))


_CONVERTERS: Mapping[Any, Callable[[str], object]] = {
    bool: _bool,
    Zone: _zone,
    Prefix: _prefix,
    Secret: Secret,
    DatabaseUrl: _database,
    Rooms: _rooms,
    TrustedMask: _trusted_mask,
    Endpoint: _endpoint,
}

_KIND_TEXTS: Mapping[Any, str] = {
    str: "a text",
    bool: "yes or no",
    Path: "a path",
    Zone: "a time zone",
    Prefix: "a sign",
    Capability: "a capability",
    Secret: "a secret",
    DatabaseUrl: "a database URL",
    Rooms: "a list of NETWORK/ROOM",
    TrustedMask: "NICK!USER@HOST = ACCOUNT",
    Endpoint: "ADDRESS:PORT",
}


def kind_text(kind: Any, rule: Rule) -> str:
    """What a setting's value looks like, for people: ``yes or no``, ``a number from 1 to 65535``."""
    plain, may_be_none = _optional(kind)
    if get_origin(plain) is Literal:
        return listed(get_args(plain), "or")
    if get_origin(plain) is tuple:
        part = kind_text(get_args(plain)[0], rule)
        return "a list of texts" if part == "a text" else f"a list of {part}"
    if plain is timedelta:
        text = "a length of time" + _bounds_text(rule, lambda end: duration_text(timedelta(seconds=end)))
        return f"{text}, or forever" if may_be_none else text
    if plain in {int, float}:
        name = "a whole number" if plain is int else "a number"
        return name + _bounds_text(rule, lambda end: f"{end:.12g}")
    if isinstance(plain, type) and issubclass(plain, enum.StrEnum):
        return listed([str(member.value) for member in plain], "or")
    if hasattr(plain, "from_setting"):
        own: type[Readable] = plain
        return own.kind_text
    return _KIND_TEXTS[plain]


def _bounds_text(rule: Rule, show: Callable[[float], str]) -> str:
    if rule.low is None:
        return "" if rule.high is None else f" up to {show(rule.high)}"
    return f" from {show(rule.low)}" + (" on" if rule.high is None else f" to {show(rule.high)}")


def value_text(value: object) -> str:
    """A value as ``bot.ini`` would write it; nothing for what is not set, and for a secret ``<secret>``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, tuple):
        return ", ".join(value_text(part) for part in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
