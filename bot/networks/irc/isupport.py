"""What a server says of itself in RPL_ISUPPORT (https://modern.ircdocs.horse/#rplisupport-005).

Rules of this file:

1. Every token is kept, those without a value too (WHOX, NAMESX); ``-TOKEN`` takes one back.
2. A value that makes no sense leaves the protocol's default in place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
CASEMAPPINGS: Mapping[str, Mapping[int, int]] = {
    "ascii": str.maketrans(_UPPER, _LOWER),
    "rfc1459": str.maketrans(_UPPER + "[]\\~", _LOWER + "{}|^"),
    "strict-rfc1459": str.maketrans(_UPPER + "[]\\", _LOWER + "{}|"),
}
_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})")
_NO_NAME = re.compile(r"[\s,\x00\x07]")
_MAX_LINELEN = 16384
_REMEMBERED = 1_000  # folded names


class ISupport:
    """The tokens of one server, and what follows from them. Attributes are as after a server that says none.

    ``nicklen`` and ``topiclen`` are ``None`` where the server says nothing; lengths are in bytes.
    """

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}
        self._settle()

    def feed(self, params: Sequence[str]) -> None:
        """Take in one 005: its parameters without our nick, with or without the closing text."""
        for param in params:
            if " " in param or not param:  # "are supported by this server"
                continue
            name, _, value = param.partition("=")
            if name.startswith("-"):
                self.tokens.pop(name[1:], None)
            elif name:
                self.tokens[name] = (
                    _ESCAPED.sub(lambda m: chr(int(m[1], 16)), value) if "\\" in value else value
                )
        self._settle()

    def __contains__(self, token: str) -> bool:
        return token in self.tokens

    def _settle(self) -> None:
        tokens = self.tokens
        self.casemapping = tokens.get("CASEMAPPING", "rfc1459")
        self._table = CASEMAPPINGS.get(self.casemapping, CASEMAPPINGS["ascii"])
        self._folded: dict[str, str] = {}  # the same few names are asked for with every line
        self.chantypes = tokens.get("CHANTYPES", "#&")
        self.prefixes = _prefixes(tokens.get("PREFIX"))
        self.symbols = "".join(self.prefixes.values())
        self.statusmsg = tokens.get("STATUSMSG", "")
        self.chanmodes = (tokens.get("CHANMODES", "beI,k,l,imnpst") + ",,,").split(",")[:4]
        self.nicklen = _number(tokens.get("NICKLEN") or tokens.get("MAXNICKLEN"))
        self.topiclen = _number(tokens.get("TOPICLEN"))
        linelen = _number(tokens.get("LINELEN")) or 512
        self.linelen = min(max(linelen, 512), _MAX_LINELEN)
        self.whox = "WHOX" in tokens
        self.bot_mode = tokens.get("BOT", "")[:1]
        self.history_limit = _number(tokens.get("CHATHISTORY"))
        self.history_by_id = "msgid" in tokens.get("MSGREFTYPES", "")
        self.monitor = "MONITOR" in tokens

    def fold(self, name: str) -> str:
        """A name as this server compares names."""
        folded = self._folded.get(name)
        if folded is None:
            if len(self._folded) >= _REMEMBERED:
                self._folded.clear()
            folded = self._folded[name] = name.translate(self._table)
        return folded

    def is_channel(self, name: str) -> bool:
        """Whether that is one channel's name here (RFC 2812 section 1.3): a ``0`` in a JOIN would leave all
        channels, and what follows a comma is another one.
        """
        return name[:1] in self.chantypes and name != "" and not _NO_NAME.search(name)

    def targets(self, command: str, default: int | None) -> int | None:
        """How many targets ``command`` takes at once by TARGMAX or MAXTARGETS; ``None`` means any number."""
        for item in self.tokens.get("TARGMAX", "").split(","):
            name, colon, number = item.partition(":")
            if colon and name.upper() == command:
                return _number(number)
        return _number(self.tokens.get("MAXTARGETS")) or default

    def takes_parameter(self, mode: str, setting: bool) -> bool:
        """Whether a channel mode comes with a parameter when it is set, or unset."""
        lists, always, when_set, _ = self.chanmodes
        return mode in self.prefixes or mode in lists or mode in always or (setting and mode in when_set)


def _prefixes(value: str | None) -> dict[str, str]:
    """Modes to the symbols they show as, highest first: ``(ov)@+``."""
    if value is None:
        return {"o": "@", "v": "+"}
    modes, closing, symbols = value.removeprefix("(").partition(")")
    return dict(zip(modes, symbols, strict=False)) if closing else {}


def _number(value: str | None) -> int | None:
    if value is None or not value.isascii() or not value.isdigit():
        return None
    return int(value[:9]) or None
