"""The plugin, put together."""

from __future__ import annotations

from bot.plugin import Plugin


class Reviews(Plugin):
    """Changes that wait for a review, and who could do it."""
