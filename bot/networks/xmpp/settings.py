"""The settings of a ``[network NAME]`` whose type is ``xmpp``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bot.settings import Secret, TrustedMask, setting

AFFILIATIONS = ("owner", "admin", "member")
"""Standings that a room gives (XEP-0045, section 5.2); having none, or being an outcast, gives no right."""
DIRECT_TLS = 5223
"""The port on which TLS begins at once, without a plain word before it (XEP-0368)."""

_RIGHT = re.compile(r"(\S+@[^\s/]+)/(\S+) *= *(\S+)")


@dataclass(frozen=True, slots=True)
class RoomRight:
    """``ROOM/AFFILIATION = CAPABILITY``: who has that standing in that room may do that, in that room's name.

    It needs no account, and so works in rooms that hide addresses.
    """

    kind_text: ClassVar[str] = "ROOM/AFFILIATION = CAPABILITY"

    room: str
    affiliation: str
    capability: str

    @classmethod
    def from_setting(cls, text: str) -> RoomRight:
        """Read one. Raises ``ValueError``, whose text says what would be right."""
        match = _RIGHT.fullmatch(text)
        if match is None:
            raise ValueError("must be ROOM/AFFILIATION = CAPABILITY")
        if match[2] not in AFFILIATIONS:
            raise ValueError(f"{match[2]!r} is no affiliation: write owner, admin or member")
        return cls(match[1], match[2], match[3])

    def __str__(self) -> str:
        return f"{self.room}/{self.affiliation} = {self.capability}"


@dataclass(frozen=True, slots=True)
class XmppSettings:
    """How to reach an XMPP server and who to be there."""

    jid: str = setting(help="Muster's address: NAME@SERVER.")
    password: Secret = setting(help="Its password.")
    host: str = setting("", help="The server to connect to, where the address's own records do not tell.")
    port: int = setting(
        5222,
        low=1,
        high=65535,
        help="The port, with host; on 5223 TLS begins at once, elsewhere by STARTTLS.",
    )
    tls: bool = setting(
        True,
        help="Whether to encrypt the connection; the server must then show a certificate for its name.",
    )
    cafile: Path | None = setting(
        None,
        help="A PEM file with the certificates of who may vouch for the server, instead of the system's.",
    )
    nick: str = setting("muster", help="Muster's nick in rooms; with another's there, it is taken once free.")
    rooms: tuple[str, ...] = setting(
        (),
        help="Rooms to be in, besides those of the [room] sections; a password may follow: NAME@SERVICE key.",
        shown=False,
    )
    burst: int = setting(10, low=1, help="How many messages may be sent at once before they are paced.")
    rate: float = setting(3.0, low=0.01, help="How many messages a second may be sent after that.")
    trusted_masks: tuple[TrustedMask, ...] = setting(
        (),
        help="NICK!ID@ROOM = ACCOUNT, each: who counts as logged in where a room hides addresses; ID is the "
        "occupant's id (XEP-0421). Whoever can take a nick that stands with * has that account's rights.",
    )
    rights: tuple[RoomRight, ...] = setting(
        (),
        help="ROOM/AFFILIATION = CAPABILITY, each: what the owners, admins or members of a room may do, also "
        "where it hides addresses. Whoever can give that affiliation gives the right.",
    )

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port to connect to; ``None`` where the address's own DNS records tell."""
        return (self.host, self.port) if self.host else None
