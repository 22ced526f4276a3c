"""Search over all that was said and decided in public."""

from plugins.search.plugin import Search

__all__ = ["Search"]
