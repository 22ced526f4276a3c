"""Time zones as people name them: ``Europe/Berlin``, ``berlin``, ``UTC``, ``CET``. Pure.

Rules:

1. A zone is one of the IANA database, by its name in any case, or by that of its city alone.
2. A zone's abbreviation stands for a place, so that summer time is right: ``CET`` is Europe/Berlin. One that
   several places use (``IST``, ``CST``) is not guessed at: :data:`SEVERAL` has them.
"""

from __future__ import annotations

import functools
import zoneinfo
from collections.abc import Mapping
from types import MappingProxyType

from bot.text import listed, nearest, shorten

_PLAIN = frozenset({"UTC", "GMT"})
"""Of the zones without a region only these: ``EST`` and the like know no summer time, which nobody means."""

ABBREVIATIONS: Mapping[str, str] = MappingProxyType(
    {
        "CET": "Europe/Berlin",
        "CEST": "Europe/Berlin",
        "EET": "Europe/Helsinki",
        "EEST": "Europe/Helsinki",
        "WET": "Europe/Lisbon",
        "WEST": "Europe/Lisbon",
        "MSK": "Europe/Moscow",
        "EDT": "America/New_York",
        "CDT": "America/Chicago",
        "MDT": "America/Denver",
        "PDT": "America/Los_Angeles",
        "AKST": "America/Anchorage",
        "AKDT": "America/Anchorage",
        "HST": "Pacific/Honolulu",
        "JST": "Asia/Tokyo",
        "KST": "Asia/Seoul",
        "SGT": "Asia/Singapore",
        "AEST": "Australia/Sydney",
        "AEDT": "Australia/Sydney",
        "AWST": "Australia/Perth",
        "NZST": "Pacific/Auckland",
        "NZDT": "Pacific/Auckland",
        "SAST": "Africa/Johannesburg",
    }
)
"""Abbreviations that one part of the world uses, and a place there."""

SEVERAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
        "CST": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
        "EST": ("America/New_York", "America/Panama"),
        "PST": ("America/Los_Angeles", "Asia/Manila"),
        "MST": ("America/Denver", "America/Phoenix", "Asia/Kuala_Lumpur"),
        "BST": ("Europe/London", "Asia/Dhaka"),
        "AST": ("America/Halifax", "Asia/Riyadh"),
        "GST": ("Asia/Dubai", "Atlantic/South_Georgia"),
    }
)
"""Abbreviations that mean several zones, and these."""


@functools.cache
def zone_names() -> Mapping[str, str]:
    """The zones that may be named, by their names in small letters."""
    names = zoneinfo.available_timezones()
    return {name.lower(): name for name in names if "/" in name or name in _PLAIN}


def read_zone(text: str) -> str:
    """A time zone's name, also from that of its city. Raises ``ValueError``."""
    known = zone_names()
    wanted = text.lower().replace(" ", "_")
    if wanted in known:
        return known[wanted]
    ends = sorted(name for key, name in known.items() if key.rpartition("/")[2] == wanted)
    if len(ends) == 1:
        return ends[0]
    near = ends or nearest(text, known.values(), 2) or ["Europe/Berlin", "America/New_York"]
    raise ValueError(f"{shorten(text, 40)!r} is no time zone: write one like {listed(near, 'or')}")
