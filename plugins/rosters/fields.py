"""What is said of a team, read from what people type and from files. Pure.

The keys are the words that people use (``list``); each is read into the value that
:class:`~plugins.rosters.roster.Team` has. A mistake is a ``ValueError`` that says what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from bot.model import Room
from bot.text import listed, nearest, one_line, shorten
from bot.zones import read_zone
from plugins.rosters.names import LONGEST, is_handle
from plugins.rosters.roster import Phase

FOR_COORDINATORS = frozenset({"launchpad"})
"""What a lead may not set. Muster lets members join the tracker's team: whose rights these are is not for a
lead to say.
"""

_LENGTHS = {"title": 100, "about": 400, "wanted": 200, "list": 100}
_MOST = 40
"""Tags, or areas."""


ReadRoom: TypeAlias = Callable[[str], "Room | None"]
"""Makes a room of what somebody typed; ``None`` where there can be none."""


def read_field(key: str, text: str, read_room: ReadRoom) -> Any:
    """What a field's text means; an empty text empties it. Raises ``ValueError``."""
    text = one_line(text).strip()
    if key == "phase":
        return read_phase(text)
    if not text:
        return () if key in {"tags", "areas"} else ""
    if key in _LENGTHS:
        return _short(key, text)
    if key in {"tags", "areas"}:
        return read_words(key, [part for part in re.split(r"[,\s]+", text) if part])
    if key == "zone":
        return read_zone(text)
    if key == "launchpad":
        return read_handle(text)
    room = read_room(text)
    if room is None or not (room.name[:1] in "#&+!" or "@" in room.name) or set(room.name) & set(" ,"):
        raise ValueError(f"{shorten(text, 40)!r} is no room: write it as network/#room")
    return str(room)


def _short(key: str, text: str) -> str:
    if len(text) > _LENGTHS[key]:
        raise ValueError(f"{key} has {_LENGTHS[key]} characters at most")
    return text


def read_phase(text: str) -> Phase:
    """A team's phase. Raises ``ValueError``."""
    known = [phase.value for phase in Phase]
    if text.lower() not in known:
        near = nearest(text, known, 1)
        hint = f": did you mean {near[0]}?" if near else f": it is {listed(known, 'or')}"
        raise ValueError(f"there is no phase {shorten(text, 40)!r}{hint}")
    return Phase(text.lower())


def read_words(key: str, words: list[str]) -> tuple[str, ...]:
    """Tags or areas, in small letters, each once. Raises ``ValueError``."""
    found = tuple(dict.fromkeys(word.lower() for word in words))
    if len(found) > _MOST or any(len(word) > LONGEST for word in found):
        raise ValueError(f"{key} are {_MOST} words at most, of {LONGEST} characters")
    return found


def read_handle(text: str) -> str:
    """The name of a person or a team on Launchpad. Raises ``ValueError``."""
    name = text.removeprefix("https://launchpad.net/").lstrip("~")
    if not is_handle(name):
        raise ValueError(f"{shorten(text, 40)!r} is no name on Launchpad: small letters, digits and +.- only")
    return name
