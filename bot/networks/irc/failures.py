"""Why a connection ended.

Rules of this file:

1. Trying again cannot help against a wrong password, a ban or a nick that no server takes: permanent.
2. A server that says we come too often, or turns us away for a while, is throttling us; when each kind of
   loss is tried again says :mod:`bot.networks.backoff`.
3. Only what a server says before it let us in can be permanent. Later the same words may be an operator's
   joke in a KILL, and a real ban is said again at the next attempt.
"""

from __future__ import annotations

import re

from bot.networks.backoff import Failure

_THROTTLED = re.compile(
    r"throttl|temporar|too (fast|quickly|many connections|many host|many user)|reconnect|try again later|"
    r"connecting too|connection limit|clone|excess flood|session limit",
    re.IGNORECASE,
)
_BANNED = re.compile(
    r"\b[kgdzxq]-?:?lined?\b|\bbanned\b|\bakill|not authori[sz]ed|no authori[sz]ation|access denied|"
    r"bad password|password (incorrect|mismatch)|invalid password",
    re.IGNORECASE,
)


def classify(text: str, registered: bool) -> Failure:
    """The kind of loss that a server's ERROR text means."""
    if _THROTTLED.search(text):
        return Failure.THROTTLED
    if not registered and _BANNED.search(text):
        return Failure.PERMANENT
    return Failure.TEMPORARY
