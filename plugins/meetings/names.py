"""Names that are safe: of meetings, of rooms in file names, of files in the archive.

Rules of this file:

1. What comes out is never empty, never an absolute path, never ``.`` or ``..``, holds no control or
   formatting character, and can be encoded in UTF-8.
2. The archive's file names are MeetBot's, so that published addresses can stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import quote

DEFAULT_PATTERN = "%(channel)s/%%Y/%(channel)s.%%F-%%H.%%M"
PATTERN_KEYS = ("network", "channel", "meetingname")

MAX_NAME_BYTES = 100
MAX_COMPONENT_BYTES = 200
"""Of 255 that file systems allow: an ending (``.moin.txt``) and a temporary file's prefix fit as well."""

_DOTS = re.compile(r"\.{2,}")
_REFERENCE = re.compile(r"%(?:\((?P<key>[^)]*)\)s|(?P<percent>%)|)")


def meeting_name(text: str) -> str:
    """A meeting's name: ``Nova / API team!`` gives ``nova_api_team_``.

    Lower case; each run of characters other than letters, digits and ``-`` becomes one ``_``; letters of
    any script stay, with their marks. At most 100 bytes of UTF-8. What has no letter and no digit is
    ``meeting``.
    """
    lowered = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).lower())
    kept: list[str] = []
    for character in lowered:
        if _is_word(character) or (_is_mark(character) and kept and kept[-1] not in "_-"):
            kept.append(character)
        elif not kept or kept[-1] != "_":
            kept.append("_")
    name = _cut("".join(kept), MAX_NAME_BYTES)
    return name if name.strip("_-") else "meeting"


def safe_channel(name: str) -> str:
    """A room's name as a part of file names: ``#Nova`` gives ``nova``, as MeetBot does.

    Lower case, without ``#`` at the ends, without separators of paths, controls and invisible characters; a
    blank becomes ``_``; ``..`` never stands in it. At most 100 bytes of UTF-8. ``room`` when nothing is left.
    """
    kept = []
    for character in unicodedata.normalize("NFC", name.lower()).strip("# "):
        if character.isspace():
            kept.append("_")
        elif character not in "/\\" and not unicodedata.category(character).startswith("C"):
            kept.append(character)
    plain = _DOTS.sub(".", "".join(kept)).lstrip(".")
    return _cut(plain, MAX_NAME_BYTES).rstrip(".") or "room"


def archive_path(
    pattern: str, *, network: str, channel: str, meetingname: str, started: datetime
) -> PurePosixPath:
    """Where in the archive the files of a meeting are, without their endings: a relative path.

    ``pattern`` is MeetBot's: first ``%(network)s``, ``%(channel)s`` and ``%(meetingname)s`` are filled in
    and ``%%`` becomes ``%``, then :meth:`datetime.datetime.strftime` reads it, with ``started`` in the zone
    it comes in. What is filled in is never read as a format. Raises :exc:`ValueError`, which says what
    would be right, where ``pattern`` names something else.
    """
    values = {
        "network": safe_channel(network),
        "channel": safe_channel(channel),
        "meetingname": meeting_name(meetingname),
    }

    written: list[str] = []
    literal, done = "", 0
    for match in _REFERENCE.finditer(pattern):
        literal += pattern[done : match.start()]
        done = match.end()
        if match["percent"]:
            literal += "%"
        elif match["key"] in values:
            written += [_strftime(started, literal), values[match["key"]]]
            literal = ""
        else:
            known = ", ".join(f"%({key})s" for key in PATTERN_KEYS)
            raise ValueError(f"{match[0]} in {pattern!r} means nothing: write {known}, and %%Y for the year")
    filled = "".join([*written, _strftime(started, literal + pattern[done:])])
    parts = [part for part in map(_component, filled.split("/")) if part]
    return PurePosixPath(*parts) if parts else PurePosixPath("meeting")


def public_address(base_url: str, path: PurePosixPath, ending: str) -> str:
    """The address of a file of the archive, where ``base_url`` shows it."""
    return f"{base_url.rstrip('/')}/archive/{quote(f'{path}{ending}')}"


def meeting_id(path: PurePosixPath) -> str:
    """A meeting's own id, which stands in its address: the last part of its archive path."""
    return path.name


def unique(path: PurePosixPath, taken: Callable[[PurePosixPath], bool], network: str) -> PurePosixPath:
    """This path, or if it is taken, with the network's name, or then ``-2``, ``-3`` and so on behind that.

    ``taken`` says whether a path, or a meeting of the same :func:`meeting_id`, exists already.
    """
    if not taken(path):
        return path
    ending = f"-{safe_channel(network)}"
    number = 1
    while True:
        suffix = ending if number == 1 else f"{ending}-{number}"
        room = MAX_COMPONENT_BYTES - len(suffix.encode())
        candidate = path.parent / (_cut(path.name, room) + suffix)
        if not taken(candidate):
            return candidate
        number += 1


def _strftime(time: datetime, literal: str) -> str:
    """``literal`` with the parts of ``time`` filled in; names are kept from it."""
    return time.strftime(literal.replace("\0", "")) if literal else ""


def _component(text: str) -> str:
    """One part of a path, made harmless; empty when it says nothing (``""``, ``.``, ``..``)."""
    plain = "".join(c for c in text if c != "\\" and not unicodedata.category(c).startswith("C"))
    plain = _cut(plain.strip(), MAX_COMPONENT_BYTES)
    return "" if not plain.strip(".") else plain


def _cut(text: str, size: int) -> str:
    """The beginning of ``text`` that fits ``size`` bytes of UTF-8, whole characters only."""
    return text.encode("utf-8", "ignore")[:size].decode("utf-8", "ignore")


def _is_word(character: str) -> bool:
    category = unicodedata.category(character)
    return character == "-" or category.startswith("L") or category == "Nd"


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")
