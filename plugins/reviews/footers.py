"""What a change is about: the bugs and blueprints that its message and topic name. Pure.

Rules:

1. In the message, footers count, as OpenStack's and Launchpad's tools write them: ``Closes-Bug: #1``,
   ``Partial-Bug: 2``, ``Related-Bug: #3``, ``Fixes bug 4``, ``LP: #5``, ``Implements: blueprint NAME`` and
   ``blueprint NAME`` or ``bp NAME`` alone in a line.
2. A topic ``bp/NAME`` or ``bug/N`` counts likewise.
3. Of each at most :data:`MOST` count. All takes time linear in the text.
"""

from __future__ import annotations

import re

MOST = 10
_LONGEST = 20_000  # characters of a message that are read
_NAME = r"(?P<name>[a-z0-9][a-z0-9+.-]{0,99})"
_BUG = re.compile(
    r"^\s{0,8}(?:(?:closes|partial|related|fixes|resolves)[- ]bugs?\s?:?\s?|lp:?\s?|bug:?\s?|fixes:?\s?)"
    r"(?:lp:?\s?|bug\s?)?#?(?P<number>[0-9]{1,9})\b",
    re.IGNORECASE | re.MULTILINE,
)
_BLUEPRINT = re.compile(
    rf"^\s{{0,8}}(?:(?:partially[- ])?implements:?\s?|(?:part|related)[- ]of:?\s?|related:?\s?)?"
    rf"(?:blueprint|bp)[:\s/]\s?{_NAME}\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_TOPIC_BLUEPRINT = re.compile(rf"(?:bp|blueprint)/{_NAME}", re.IGNORECASE)
_TOPIC_BUG = re.compile(r"bugs?/#?(?P<number>[0-9]{1,9})", re.IGNORECASE)


def bugs(message: str, topic: str) -> tuple[str, ...]:
    """The numbers of the bugs that a change is about, in their order."""
    found = [match["number"] for match in _BUG.finditer(message[:_LONGEST])]
    if match := _TOPIC_BUG.fullmatch(topic):
        found.insert(0, match["number"])
    return _each(str(int(number)) for number in found)


def blueprints(message: str, topic: str) -> tuple[str, ...]:
    """The names of the blueprints that a change is about, in their order."""
    found = [match["name"] for match in _BLUEPRINT.finditer(message[:_LONGEST])]
    name = topic_blueprint(topic)
    if name:
        found.insert(0, name)
    return _each(name.lower().rstrip(".+-") for name in found)


def topic_blueprint(topic: str) -> str:
    """The blueprint that a topic names; nothing where it names none."""
    match = _TOPIC_BLUEPRINT.fullmatch(topic)
    return match["name"].lower() if match else ""


def _each(names: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:MOST]  # type: ignore[call-overload]
