"""IRC lines to values and back (RFC 1459 section 2.3, IRCv3 message-tags).

Rules of this file:

1. :func:`parse` raises for no text whatever; what is no message gives ``None``.
2. What :func:`build` and :func:`encode` give carries no CR, LF or NUL. A parameter that cannot stand where
   it is put is made so that it can: a middle one ends before its first blank, and is ``*`` when empty.
3. Tags and the rest are measured apart, in bytes of UTF-8; what is too long is cut between characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

BODY_LIMIT = 512
"""Bytes of a line without its tags, CR and LF included, where the server does not say otherwise."""
TAGS_LIMIT = 4096
"""Bytes of the tags that a client may send, with ``@`` and the blank after them (IRCv3 message-tags)."""

_NO_TAGS: Mapping[str, str] = MappingProxyType({})
_UNESCAPED = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_ESCAPES = str.maketrans({";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n", "\0": ""})
_BREAKING = str.maketrans({"\r": " ", "\n": " ", "\0": None})


class Message(NamedTuple):
    """One line of the protocol. ``source`` is ``nick!user@host``, a server's name, or empty."""

    tags: Mapping[str, str]
    source: str
    command: str
    params: list[str]

    @property
    def nick(self) -> str:
        """The nick (or the server) that it comes from."""
        return self.source.partition("!")[0]


def parse(line: str) -> Message | None:
    """The message in a line without its CR LF; ``None`` where there is no command in it."""
    tags = _NO_TAGS
    if line[:1] == "@":
        raw, _, line = line[1:].partition(" ")
        tags = parse_tags(raw)
    if line[:1] == " ":
        line = line.lstrip(" ")
    source = ""
    if line[:1] == ":":
        source, _, line = line[1:].partition(" ")
    head, colon, trailing = line.partition(" :")
    params = head.split(" ")
    if "" in params:
        params = [param for param in params if param]
        if not params:
            return None
    command = params.pop(0)
    if colon:
        params.append(trailing)
    return Message(tags, source, command if command.isupper() else command.upper(), params)


def parse_tags(raw: str) -> Mapping[str, str]:
    """The tags in ``a=1;b``; a tag without a value has an empty one, and of two alike the last counts."""
    tags: dict[str, str] = {}
    for item in raw.split(";"):
        key, _, value = item.partition("=")
        if key:
            tags[key] = unescape(value) if "\\" in value else value
    return tags


def unescape(value: str) -> str:
    """A tag's value as it is meant; a lone backslash at its end is dropped."""
    first, *rest = value.split("\\")
    parts = [first]
    literal = False
    for part in rest:
        if literal:  # the part after an escaped backslash, which split() left empty
            parts.append(part)
            literal = False
        elif part:
            parts.append(_UNESCAPED.get(part[0], part[0]) + part[1:])
        else:
            parts.append("\\")
            literal = True
    if literal:
        parts.pop()
    return "".join(parts)


def escape(value: str) -> str:
    """A tag's value as the wire carries it."""
    return value.translate(_ESCAPES)


def build(command: str, *params: str, tags: Mapping[str, str] | None = None) -> str:
    """A line, without CR LF, that says ``command`` with ``params``; only the last may hold blanks."""
    words = [command]
    words += [_middle(param) for param in params[:-1]]
    if params:
        last = params[-1].translate(_BREAKING)
        words.append(f":{last}" if not last or " " in last or last[0] == ":" else last)
    line = " ".join(words)
    if not tags:
        return line
    items = ";".join(f"{key}={escape(value)}" if value else key for key, value in tags.items())
    return f"@{items} {line}"


def _middle(param: str) -> str:
    word = param.translate(_BREAKING).split(" ", 1)[0].lstrip(":")
    return word or "*"


def encode(line: str, limit: int = BODY_LIMIT) -> bytes:
    """The bytes of a line, CR LF included: never more lines than one, never longer than allowed.

    ``limit`` bounds all but the tags, CR LF included. Tags that are too long are left out: the line still
    says what it says without them.
    """
    line = line.translate(_BREAKING)
    tags = b""
    if line[:1] == "@":
        raw, _, line = line.partition(" ")
        tags = raw.encode("utf-8", "replace") + b" "
        if len(tags) > TAGS_LIMIT:
            tags = b""
    body = line.encode("utf-8", "replace")
    if len(body) > limit - 2:
        body = body[: limit - 2].decode("utf-8", "ignore").encode()
    return tags + body + b"\r\n"
