"""What a log's own rows and its file's name say of where and when it was."""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePath

from bot.model import Room
from plugins.meetings.logs.reading import wordy_date
from plugins.meetings.logs.rrsagent import ADDRESS

_ROOM = r"([#&!+][^\s,<]{1,200})"
_IN_ROWS = re.compile(
    rf"has joined {_ROOM}|Now talking on {_ROOM}|topic of {_ROOM} to:|[Tt]opic for {_ROOM}|\bmode/{_ROOM} \["
    r"|logging to (?:<a\b[^<>]{0,300}>)?https?://\S{1,200}?" + ADDRESS.pattern
)
_ENDINGS = re.compile(r"(?:\.log\.txt|\.log\.json|\.weechatlog|\.log|\.txt|\.json|\.html?)\Z", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)|(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)")
_W3C = re.compile(r"(?:\A|/)(?:(\d{4})[-/](\d\d)[-/])?(\d\d)-([^/]+)-irc\Z")
_TOLD = re.compile(r"> Meeting started (\w{3} \w{3} +\d{1,2} \d\d:\d\d:\d\d \d{4})")
_ADDRESS = re.compile(r"[^\s@/]+@[^\s@/]+\.[^\s@/]+")
_HASHED = re.compile(r"#[^\s/]+")


def room_of(path: PurePath, text: str, network: str = "irc") -> Room:
    """The room that a log is of: as its rows say (a join, a topic), else as its file's name has it.

    Names: ``#nova.log``, ``irc.oftc.#nova.weechatlog``, ``oftc-#nova.log``,
    ``nova.2026-11-22-20.15.log.txt``, ZNC's ``#nova/2026-11-22.log``, W3C's ``2026/11/22-nova-irc.txt`` or
    ``22-nova-irc.txt``. A name without a sign gets ``#``, unless it is
    the address of an XMPP room.
    """
    told = _IN_ROWS.search(text)
    if told is not None:
        name = told["room"] or next(group for group in told.groups() if group)
        return Room(network, f"#{name.lower()}" if told["room"] else name.lower())
    stem = _ENDINGS.sub("", path.as_posix())
    w3c = _W3C.search(stem)
    if w3c is not None:
        return Room(network, f"#{w3c[4].lower()}")
    name = _ENDINGS.sub("", path.name)
    dated = _DATE.search(name)
    if dated is not None:
        name = name[: dated.start()].rstrip("._- ") or path.parent.name
    hashed = _HASHED.search(name)
    bare = name.strip("._- ")
    name = hashed[0] if hashed is not None else bare if _ADDRESS.fullmatch(bare) else f"#{bare or 'log'}"
    return Room(network, name.lower())


def date_of(path: PurePath) -> date | None:
    """The date in a log's file name, or in W3C's folders; ``None`` where there is none."""
    stem = _ENDINGS.sub("", path.as_posix())
    w3c = _W3C.search(stem)
    if w3c is not None and w3c[1]:
        return _date(w3c[1], w3c[2], w3c[3])
    for found in reversed(list(_DATE.finditer(path.name))):
        day = _date(*(group for group in found.groups() if group))
        if day is not None:
            return day
    return None


def date_in(text: str) -> date | None:
    """The date that the bot told when it began the first meeting in a log; ``None`` where it told none."""
    told = _TOLD.search(text)
    return wordy_date(told[1]) if told is not None else None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
