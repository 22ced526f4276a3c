"""Logging in with SASL (IRCv3 sasl 3.1 and 3.2; RFC 4616 PLAIN, RFC 4422 appendix A EXTERNAL).

Rules of this file:

1. A mechanism is tried only where the server offers it, or does not say what it offers.
2. Credentials go out only after the server asked for them with ``AUTHENTICATE +``.
3. A refusal after the credentials went out means that they are wrong. Any other means that services are
   away: that is no reason to stay away from a meeting, so we go on without an account.
"""

from __future__ import annotations

import base64
import enum
from collections.abc import Sequence

from bot.networks.irc.settings import IrcSettings

CHUNK = 400
"""Characters of base64 in one AUTHENTICATE; a last chunk of that length is followed by a ``+``."""


class Step(enum.Enum):
    """Where the login stands."""

    UNUSED = "unused"
    ASKED = "asked"  # the mechanism was named
    SENT = "sent"  # the credentials went out
    DONE = "done"
    AWAY = "away"  # services cannot say
    WRONG = "wrong"  # services said no


class Sasl:
    """One login. ``step`` says where it stands."""

    def __init__(self, settings: IrcSettings) -> None:
        self._settings = settings
        self.step = Step.UNUSED

    @property
    def wanted(self) -> bool:
        """Whether the operator wants SASL."""
        return self._settings.sasl != "none"

    @property
    def mechanism(self) -> str:
        """The mechanism's name on the wire."""
        return self._settings.sasl.upper()

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self.step in (Step.ASKED, Step.SENT)

    def begin(self, offered: str) -> Sequence[str]:
        """The AUTHENTICATE parameters to send first; ``offered`` is the value of the capability."""
        if offered and self.mechanism not in offered.upper().split(","):
            self.step = Step.AWAY
            return ()
        self.step = Step.ASKED
        return (self.mechanism,)

    def challenged(self, challenge: str) -> Sequence[str]:
        """What to answer to an AUTHENTICATE of the server."""
        if self.step is not Step.ASKED:
            return ()
        if challenge != "+":  # neither mechanism has a challenge
            return ("*",)
        self.step = Step.SENT
        if self._settings.sasl == "external":
            return ("+",)
        user, password = self._settings.sasl_user, self._settings.sasl_password.reveal()
        return chunks(f"{user}\0{user}\0{password}".encode())

    def failed(self) -> None:
        """The server said that it did not work."""
        self.step = Step.WRONG if self.step is Step.SENT else Step.AWAY

    def gave_up(self) -> None:
        """It did not end in time, or the server broke it off."""
        self.step = Step.AWAY


def chunks(payload: bytes) -> Sequence[str]:
    """A payload in base64, cut as AUTHENTICATE wants it."""
    text = base64.b64encode(payload).decode()
    parts = [text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]
    if len(text) % CHUNK == 0:
        parts.append("+")
    return parts
