"""Search over lines, items and decisions."""

from __future__ import annotations

from bot.plugin import Plugin


class Search(Plugin):
    """Search over all that was said and decided in public."""

    requires = ("meetings", "rosters")
