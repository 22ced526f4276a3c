"""The settings of a ``[network NAME]`` whose type is ``irc``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.settings import Secret, TrustedMask, setting


@dataclass(frozen=True, slots=True)
class IrcSettings:
    """How to reach an IRC network and who to be there."""

    host: str = setting(help="The server to connect to.")
    port: int = setting(0, low=0, high=65535, help="Its port; 0 means 6697 with TLS and 6667 without.")
    tls: bool = setting(True, help="Whether to encrypt the connection.")
    tls_verify: bool = setting(
        True, help="Whether the server must show a certificate that this machine trusts for its name."
    )
    nick: str = setting(
        "muster", help="The nick to use; with another in use, it is taken as soon as it is free."
    )
    realname: str = setting("Muster, a meeting bot", help="What WHOIS shows as the real name.")
    password: Secret = setting(Secret(""), help="The server's own password, as bouncers want it.")
    sasl: Literal["plain", "external", "none"] = setting(
        "none",
        help="How to log in to the network's services: plain (sasl_user and sasl_password), external (cert).",
    )
    sasl_user: str = setting("", help="The services account to log in as.")
    sasl_password: Secret = setting(Secret(""), help="The password of that account.")
    cert: Path | None = setting(
        None, help="A PEM file with a client certificate and its key, shown to the server."
    )
    nickserv_password: Secret = setting(
        Secret(""),
        help="Where there is no SASL: the password to tell NickServ. It is given only to real services.",
    )
    channels: tuple[str, ...] = setting(
        (),
        help="Channels to be in, besides those of the [room] sections; a key may follow: #team secret.",
        shown=False,
    )
    encoding_fallback: str = setting("latin-1", help="How to read a line that is not UTF-8.")
    burst: int = setting(5, low=1, help="How many lines may be sent at once before they are paced.")
    rate: float = setting(0.5, low=0.01, help="How many lines a second may be sent after that.")
    trusted_masks: tuple[TrustedMask, ...] = setting(
        (),
        help="nick!user@host = account, each: who counts as logged in where services vouch for nobody. "
        "Whoever can take that host name has that account's rights.",
    )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to connect to."""
        return self.host, self.port or (6697 if self.tls else 6667)
