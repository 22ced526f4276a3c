"""The plugin ``reviews``."""

from plugins.reviews.plugin import Reviews

__all__ = ["Reviews"]
