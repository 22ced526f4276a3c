"""Logs that others wrote, read back into lines: one module for each format.

A reader never raises for what a log holds: a row that it cannot read is reported with its number and left
out. What a log does not say (accounts, and mostly who was in the room) stays unknown.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from datetime import date, tzinfo

from bot.model import Room
from plugins.meetings.logs import hcoop, hexchat, irssi, meetbot, muster, rrsagent, weechat, znc
from plugins.meetings.logs.reading import Log, LogError, Problem
from plugins.meetings.logs.source import date_in, date_of, room_of

__all__ = ["Format", "Log", "LogError", "Problem", "date_in", "date_of", "detect", "read", "room_of"]


class Format(enum.StrEnum):
    """Who wrote a log. The values are what ``--format`` takes."""

    MEETBOT = "meetbot"
    HCOOP = "hcoop"
    IRSSI = "irssi"
    WEECHAT = "weechat"
    HEXCHAT = "hexchat"
    ZNC = "znc"
    RRSAGENT = "rrsagent"
    MUSTER = "muster"

    @property
    def is_of_one_meeting(self) -> bool:
        """Whether such a log holds one meeting alone, and not all that was said in a room."""
        return self in {Format.MEETBOT, Format.HCOOP, Format.RRSAGENT, Format.MUSTER}

    @property
    def is_a_meeting(self) -> bool:
        """Whether such a log is a meeting also where nobody began one with ``#startmeeting``."""
        return self is Format.RRSAGENT

    @property
    def profile(self) -> str:
        """The name of the profile whose words are said in such a log, unless another is asked for."""
        return "w3c" if self is Format.RRSAGENT else "muster"


_READERS: dict[Format, Callable[..., Log]] = {
    Format.MEETBOT: meetbot.read,
    Format.HCOOP: hcoop.read,
    Format.IRSSI: irssi.read,
    Format.WEECHAT: weechat.read,
    Format.HEXCHAT: hexchat.read,
    Format.ZNC: znc.read,
    Format.RRSAGENT: rrsagent.read,
    Format.MUSTER: muster.read,
}

_HEAD = 200_000
_RRSAGENT = re.compile(r"^\d\d:\d\d:\d\d <RRSAgent> ", re.M)
_SIGNS: tuple[tuple[Format, re.Pattern[str]], ...] = (
    (
        Format.HEXCHAT,
        re.compile(r"^\*\*\*\* BEGIN LOGGING AT |^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [<*-]", re.M),
    ),
    (Format.WEECHAT, re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\t", re.M)),
    (Format.ZNC, re.compile(r"^\[\d\d:\d\d:\d\d\] (?:<|\* |\*\*\* |-)", re.M)),
    (
        Format.RRSAGENT,
        re.compile(
            r"^\d\d:\d\d:\d\d \[[^\]\s]+\](?:\s*$|\t)|^.*<dt\b[^<>]{0,200}>\d\d:\d\d:\d\d \[|"
            r"logging to https?://\S+-irc\b",
            re.M,
        ),
    ),
    (
        Format.IRSSI,
        re.compile(r"^--- Log opened |^\d\d:\d\d (?:<|-!- | \* )|^\d\d:\d\d:\d\d <[ @+%&~]\S+> ", re.M),
    ),
    (Format.MEETBOT, re.compile(r"^(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d\s+(?:<|\* |-)", re.M)),
)


def detect(name: str, text: str) -> Format | None:
    """Which format a log has, by its first lines and its file's name; ``None`` where nothing fits."""
    head = text[:_HEAD]
    if head.lstrip("\ufeff \t\r\n").startswith("{"):
        return Format.HCOOP if '"messages"' in text and '"muster"' not in head[:200] else Format.MUSTER
    if re.search(r"-irc(?:\.txt|\.html?)?\Z", name) and _SIGNS[3][1].search(head):
        return Format.RRSAGENT
    found = [(match.start(), form) for form, sign in _SIGNS if (match := sign.search(head)) is not None]
    # A pasted line of another client's log may look like anything: the sign that comes first decides.
    first = min(found, key=lambda row: row[0])[1] if found else None
    if name.endswith(".log.txt") and _SIGNS[5][1].search(head):
        first = Format.MEETBOT
    # Its text has MeetBot's shape.
    if first is Format.MEETBOT and _RRSAGENT.search(head) and "startmeeting" not in text:
        return Format.RRSAGENT
    return first


def read(text: str, form: Format, *, room: Room, zone: tzinfo, start: date | None = None) -> Log:
    """Read a whole log.

    ``room`` is where it was said unless the log itself says so; times without a zone are in ``zone``;
    ``start`` is the first line's date where the log has none. Raises :class:`LogError` only where there is no
    date at all, or no log (JSON that is none of the two kinds).
    """
    return _READERS[form](text.removeprefix("\ufeff"), room=room, zone=zone, start=start)
