"""Minutes that go out."""

from __future__ import annotations

from bot.plugin import Plugin


class Publishing(Plugin):
    """Minutes by mail to teams' lists, and as JSON to other programs."""

    requires = ("meetings", "rosters")
