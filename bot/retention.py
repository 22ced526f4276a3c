"""For how long a line is kept: what plugins say of it before it is."""

from __future__ import annotations

from datetime import timedelta


class Retain:
    """What a plugin says of a line before it is kept."""

    NEVER = -1
    """It must not be kept, whoever wants it."""
    DEFAULT = 0
    """This plugin has no need of it."""
    LASTING = 1
    """Keep it for ever."""
    PASSING = 2
    """Keep it for now: :meth:`~bot.host.Bot.keep` makes it lasting; :meth:`~bot.host.Bot.forget` ends it, or
    the first night in which it is older than :data:`PASSING`.
    """


PASSING = timedelta(hours=1)
"""So long a line is kept at least that is kept for now."""
